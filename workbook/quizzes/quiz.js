// What both quizzes share: making elements, and keeping their keys to themselves.

/** Make an element; `parts` are its children, `facts` its properties. */
function make(tag, facts = {}, ...parts) {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...parts); // texts become text, never HTML
  return made;
}

/** Make something that can have the focus. JupyterLab leaves keys alone on an element with this mark:
    without it, "x" on a focused button cuts the notebook's cell (ipywidgets issue 3912). */
function control(tag, facts, ...parts) {
  const made = make(tag, facts, ...parts);
  made.dataset.lmSuppressShortcuts = "true";
  return made;
}

/** A radio button in its label. The label holds the mark that says in a word how it stands. */
function choice(group, text, chosen) {
  const input = control("input", { type: "radio", name: group, value: text });
  const mark = make("span", { className: "mark" });
  const label = make("label", { className: "option" }, input, make("span", {}, text), mark);
  input.addEventListener("change", () => chosen(text));
  return { label, input, mark };
}

/** One line that stays in the page while its words change: a screen reader announces only such a one. */
function statusLine() {
  const said = make("span");
  const count = make("strong", { className: "count" });
  const line = make("p", { className: "said" }, said, " ", count);
  line.setAttribute("role", "status");
  line.setAttribute("aria-atomic", "true");
  return { line, said, count };
}

/** Call `show` now, and whenever one of the traits changes. Returns the way to stop. */
function follow(model, traits, show) {
  for (const trait of traits) model.on(`change:${trait}`, show);
  show();
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, show);
  };
}

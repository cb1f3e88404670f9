// One question at a time. Python knows the answers; this only shows.

function render({ model, el }) {
  const group = Math.random().toString(36).slice(2);
  const { line, said, count } = statusLine();
  const where = make("span", { className: "where" });
  const legend = make("legend");
  const options = make("div");
  const question = make("fieldset", {}, legend, options);
  const check = control("button", { type: "button", className: "plain" }, "Check answer");
  const next = control("button", { type: "button", className: "plain" }, "Next question");
  let choices = [];

  check.addEventListener("click", () => model.send({ answer: choices.find(({ input }) => input.checked)?.input.value ?? "" }));
  next.addEventListener("click", () => model.send({ next: true }));

  el.append(make("section", { className: "workbook-quiz" },
    make("p", { className: "title" }, "Knowledge Check ", where), question, line,
    make("p", { className: "actions" }, check, next)));

  const ask = () => {
    const hadFocus = el.contains(document.activeElement);
    legend.textContent = model.get("question");
    choices = model.get("choices").map((text) => choice(group, text, () => {}));
    options.replaceChildren(...choices.map(({ label }) => label));
    if (hadFocus) choices[0]?.input.focus(); // the button that was pressed is hidden now
  };
  const show = () => {
    const marks = model.get("marks");
    for (const { label, input, mark } of choices) {
      const how = marks[input.value];
      label.classList.toggle("right", how === "right");
      label.classList.toggle("wrong", how === "wrong");
      mark.textContent = how === "right" ? "✓ right" : how === "wrong" ? "✗ not this one" : "";
      if (how === "right") input.checked = true;
    }
    where.textContent = model.get("where");
    said.textContent = model.get("message");
    count.textContent = model.get("score");
    const focused = document.activeElement === check;
    check.hidden = model.get("answered");
    next.hidden = !model.get("answered") || model.get("last");
    if (focused && check.hidden && !next.hidden) next.focus();
  };
  const stopAsking = follow(model, ["question"], ask);
  const stopShowing = follow(model, ["marks", "where", "message", "score", "answered", "last", "question"], show);
  return () => {
    stopAsking();
    stopShowing();
  };
}

export default { render };

// Choose a symptom on the left, then its place on the right. Python knows the answers; this only shows.

function render({ model, el }) {
  const group = Math.random().toString(36).slice(2);
  const { line, said, count } = statusLine();
  const hint = make("p", { className: "hint", id: `hint-${group}` });

  const symptoms = model.get("symptoms").map((text) => choice(group, text, () => model.send({ choose: text })));
  const examples = make("fieldset", {}, make("legend", {}, "Examples"),
    make("p", { className: "hint" }, "Choose one, then match it on the right"),
    ...symptoms.map(({ label }) => label));

  const places = model.get("places").map((text) => {
    const mark = make("span", { className: "mark" });
    const button = control("button", { type: "button", className: "option" }, make("span", {}, text), mark);
    button.addEventListener("click", () => model.send({ match: text }));
    return { text, button, mark };
  });
  const characteristics = make("fieldset", {}, make("legend", {}, "Characteristics"), hint,
    ...places.map(({ button }) => button));
  characteristics.setAttribute("aria-describedby", hint.id);

  const again = control("button", { type: "button", className: "plain" }, "Start again");
  let restarts = false; // the button hides itself then, and hands the focus on
  again.addEventListener("click", () => {
    restarts = true;
    model.send({ restart: true });
  });

  el.append(make("section", { className: "workbook-quiz" },
    make("p", { className: "title" }, "Match each symptom to the first place you should investigate"),
    make("div", { className: "sides" }, examples, characteristics), line, again));

  return follow(model, ["chosen", "matched", "mistaken", "message", "progress"], () => {
    const matched = model.get("matched");
    const numbers = Object.fromEntries(Object.entries(matched).map(([symptom, place], at) => [place, at + 1]));
    const chosen = model.get("chosen");
    for (const { label, input, mark } of symptoms) {
      const done = input.value in matched;
      input.disabled = done;
      input.checked = input.value === chosen;
      label.classList.toggle("right", done);
      mark.textContent = done ? `✓ pair ${numbers[matched[input.value]]}` : "";
    }
    for (const { text, button, mark } of places) {
      const done = text in numbers;
      const wrong = text === model.get("mistaken");
      button.setAttribute("aria-disabled", String(done || !chosen)); // it keeps the focus, and can say why
      button.classList.toggle("right", done);
      button.classList.toggle("wrong", wrong);
      mark.textContent = done ? `✓ pair ${numbers[text]}` : wrong ? "✗ not this one" : "";
    }
    const finished = Object.keys(matched).length === symptoms.length;
    hint.textContent = finished ? "All are matched" : chosen ? "Where would you look first?" : "Select an example first";
    said.textContent = model.get("message");
    count.textContent = model.get("progress");
    again.hidden = Object.keys(matched).length === 0;
    if (restarts && again.hidden) {
      restarts = false;
      symptoms[0].input.focus();
    }
  });
}

export default { render };

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
  let goesOn = false; // somebody pressed "Next question", a button that is hidden when the question comes

  check.addEventListener("click", () => {
    const chosen = choices.find(({ input }) => input.checked);
    model.send({ answer: chosen ? chosen.input.value : "" });
  });
  next.addEventListener("click", () => {
    goesOn = true;
    model.send({ next: true });
  });

  el.append(make("section", { className: "workbook-quiz" },
    make("p", { className: "title" }, "Knowledge Check ", where), question, line,
    make("p", { className: "actions" }, check, next)));

  const ask = () => {
    legend.textContent = model.get("question");
    choices = model.get("choices").map((text) => choice(group, text, () => {}));
    options.replaceChildren(...choices.map(({ label }) => label));
    if (goesOn) choices[0].input.focus();
    goesOn = false;
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
    check.hidden = model.get("answered") && !model.get("last"); // the last one stays, and keeps the focus
    next.hidden = !check.hidden;
    if (focused && check.hidden) next.focus();
  };
  const stopAsking = follow(model, ["question"], ask);
  const stopShowing = follow(model, ["marks", "where", "message", "score", "answered", "last", "question"], show);
  return () => {
    stopAsking();
    stopShowing();
  };
}

export default { render };

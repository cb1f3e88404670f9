"""One line that says what just happened, aloud too, and a bar while something is on its way."""

import anywidget
import traitlets

# A screen reader announces changes only inside an element that was there before: hence one lasting line.
LINE = """
function render({ model, el }) {
  const said = document.createElement("p");
  const bar = document.createElement("progress");
  said.setAttribute("role", "status");
  said.style.cssText = "margin: 0; min-height: 1.5em; overflow-wrap: anywhere";
  bar.style.cssText = "width: 100%";
  const show = () => {
    said.textContent = model.get("text"); // text, never HTML: it holds names that others chose
    bar.hidden = model.get("part") === null;
    bar.value = model.get("part") ?? 0;
    bar.setAttribute("aria-label", model.get("bar_name"));
  };
  for (const name of ["text", "part", "bar_name"]) model.on(`change:${name}`, show);
  show();
  el.append(bar, said);
}

export default { render };
"""


class StatusLine(anywidget.AnyWidget):
    """``text`` is what it says; ``part`` is how far something has come, 0 to 1, or None for no bar."""

    _esm = LINE
    text = traitlets.Unicode("").tag(sync=True)
    part = traitlets.Float(None, allow_none=True).tag(sync=True)
    bar_name = traitlets.Unicode("Progress").tag(sync=True)

    def __repr__(self) -> str:
        return f"StatusLine: {self.text}"[:109]

"""Keys pressed on a widget stay in it: without this, "x" on a focused button cuts the notebook cell."""

import anywidget

# JupyterLab leaves keys alone on an element with this attribute. It has to be on the very element that
# has the focus, and ipywidgets cannot set it (ipywidgets issue 3912).
GUARD = """
const FOCUSABLE = "button, select, input, textarea, a[href], [tabindex]";

function protect(area) {
  for (const at of area.querySelectorAll(FOCUSABLE)) at.dataset.lmSuppressShortcuts = "true";
}

function render({ el }) {
  el.hidden = true;
  let observer;
  const start = setInterval(() => {
    const area = el.closest(".jp-OutputArea-output") ?? el.closest(".widget-box");
    if (!area) return; // not in the page yet
    clearInterval(start);
    observer = new MutationObserver(() => protect(area));
    observer.observe(area, { childList: true, subtree: true });
    protect(area);
  }, 20);
  return () => {
    clearInterval(start);
    observer?.disconnect();
  };
}

export default { render };
"""


class KeyGuard(anywidget.AnyWidget):
    """Invisible. Put one among the children of a widget; it guards everything in the same output."""

    _esm = GUARD

    def __repr__(self) -> str:
        return "KeyGuard"

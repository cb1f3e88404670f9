"""The page for everybody: by keyboard, on a narrow screen, in the dark, and with names meant to do harm."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

HOSTILE = [
    "incoming/1/<img src=x onerror=hacked=1>.txt",
    "incoming/2/'\"><script>hacked=1</script>",
    "incoming/<b>3</b>/javascript:hacked=1",
    "incoming/4/50% + #1 & a?b=c.txt",
    "incoming/5/\u202egpj.exe",
    "incoming/6/" + "long-" * 40 + ".txt",
]
READABLE = 4.5  # the contrast that WCAG 2.2 asks of text


@pytest.fixture
def hostile_files(files):
    for key in HOSTILE:
        files.put(key, key.encode())
    files.settle(len(HOSTILE))
    return files


def test_names_that_look_like_html_stay_names(built, hostile_files, reader):
    reader.visit(built["site_url"])
    for key in HOSTILE:
        shown = key.replace("\u202e", "\ufffd")  # a mark that would turn the rest of the name around
        name = shown.rsplit("/", 1)[1]
        reader.listed(name).click()
        expect(reader.details.locator("dd code").last).to_have_text(shown)
        href = reader.details.get_by_role("link", name="Open").get_attribute("href")
        assert reader.page.request.get(href).text() == key  # the key survived path, route, table and URL
        reader.details.get_by_role("button", name="Delete").click()
        expect(reader.page.get_by_role("alertdialog")).to_contain_text(name)
        reader.page.keyboard.press("Escape")
    assert reader.page.locator("main :is(img, script, b)").count() == 0
    assert reader.page.evaluate("window.hacked") is None


def test_the_browser_itself_refuses_html_made_of_text(built, reader):
    reader.visit(built["site_url"])
    refusal = reader.page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>' } catch (e) { return e.name } }"
    )
    assert refusal == "TypeError"
    reader.errors.clear()  # the refusal is in the console too


def test_everything_works_by_keyboard_alone(built, files, reader):
    reader.page.on("filechooser", lambda _: None)  # from now on the browser asks us, and shows no window
    reader.visit(built["site_url"])
    press = reader.page.keyboard.press
    tab_to(reader, "Choose files")
    with reader.page.expect_file_chooser() as chooser:
        press("Enter")
    chooser.value.set_files({"name": "keys.txt", "mimeType": "text/plain", "buffer": b"typed"})
    expect(reader.listed("keys.txt")).to_be_visible()

    tab_to(reader, "keys.txt")
    press("Enter")
    expect(reader.details.get_by_role("heading")).to_be_focused()
    expect(reader.details.get_by_role("heading")).to_have_text("keys.txt")
    tab_to(reader, "Open")
    with reader.page.expect_popup() as opened:
        press("Enter")
    opened.value.close()
    tab_to(reader, "Delete")
    press("Enter")
    expect(reader.page.get_by_role("button", name="Keep it")).to_be_focused()
    press("Escape")
    expect(reader.details.get_by_role("button", name="Delete")).to_be_focused()
    press("Escape")
    expect(reader.listed("keys.txt")).to_be_focused()

    press("Enter")
    expect(reader.details.get_by_role("heading")).to_have_text("keys.txt")
    tab_to(reader, "Delete")
    press("Enter")
    expect(reader.page.get_by_role("button", name="Keep it")).to_be_focused()
    press("Tab")
    press("Enter")
    expect(reader.listed("keys.txt")).to_have_count(0)
    expect(reader.page.get_by_role("heading", name="Files")).to_be_focused()
    expect(reader.page.locator("status-line").get_by_role("status")).to_have_text("Deleted keys.txt.")


def test_what_has_the_focus_can_be_seen(built, files, reader):
    reader.visit(built["site_url"])
    for _ in range(3):
        reader.page.keyboard.press("Tab")
        ring = reader.page.evaluate(
            """() => {
                const { activeElement: at } = document;
                return getComputedStyle(at.type === "file" ? at.nextElementSibling : at).outlineStyle;
            }"""
        )
        assert ring == "solid"


@pytest.mark.parametrize("width", [320, 360, 768])
def test_no_width_scrolls_sideways(width, built, hostile_files, reader):
    reader.page.set_viewport_size({"width": width, "height": 740})
    reader.visit(built["site_url"])
    reader.listed("long-long").click()
    expect(reader.details.get_by_role("link", name="Open")).to_be_in_viewport()
    reader.photograph(f"{width}-wide")
    reader.details.get_by_role("button", name="Delete").click()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    dialog = reader.page.get_by_role("alertdialog").bounding_box()
    assert dialog["x"] >= 0
    assert dialog["x"] + dialog["width"] <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_the_light_and_in_the_dark(scheme, built, files, reader):
    files.put("incoming/1/a.txt", b"a")
    files.settle(1)
    reader.page.emulate_media(color_scheme=scheme)
    reader.visit(built["site_url"])
    reader.listed("a.txt").click()
    expect(reader.details.get_by_role("link", name="Open")).to_be_visible()
    reader.photograph(scheme)
    poor = {text: ratio for text, ratio in reader.page.evaluate(CONTRASTS).items() if ratio < READABLE}
    assert poor == {}


def test_every_control_has_a_name_and_the_page_has_its_landmarks(built, reader):
    reader.visit(built["site_url"])
    for role in ("button", "link", "textbox", "searchbox", "progressbar"):
        for control in reader.page.get_by_role(role).all():
            assert control.evaluate("at => at.textContent || at.labels?.length || at.ariaLabel"), role
    for landmark in ("banner", "main", "contentinfo"):
        expect(reader.page.get_by_role(landmark)).to_have_count(1)
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Upload dashboard")


FOCUSED = """() => {
    const { activeElement: at } = document;
    return at === document.body ? "nothing" : (at.labels?.[0] ?? at).textContent;
}"""


def tab_to(reader, name):
    """Press Tab until what is called ``name`` has the focus."""
    for _ in range(20):
        reader.page.keyboard.press("Tab")
        if name in reader.page.evaluate(FOCUSED):
            return
    raise AssertionError(f"20 presses of Tab never came to {name!r}")


# The contrast of each visible text with the first opaque ground behind it, as WCAG 2.2 computes it.
CONTRASTS = """() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
        const [r, g, b] = channels(colour).map((c) => linear(c / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (at) => {
        for (; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if ((channels(colour)[3] ?? 1) === 1) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const found = {};
    for (const at of document.querySelectorAll("body *")) {
        const own = [...at.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
        if (!own.length || !at.checkVisibility() || at.closest("noscript")) continue;
        const [a, b] = [light(getComputedStyle(at).color), light(ground(at))];
        found[own[0].data.trim()] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }
    return found;
}"""

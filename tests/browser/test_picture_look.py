"""What the picture looks like, and sounds like: themes, zoom, a frame that keeps still, names."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

STATES = {
    "start": "explore({'x': X, '+': PLUS}, HORIZONTAL_BAR, step=4)",
    "padding": "explore(COUNTING, COUNTING_KERNEL, padding='same', stride=2, step=3)",
    "unreached": "explore(np.arange(49).reshape(7, 7), COUNTING_KERNEL, dilation=2, stride=3)",
    "short": "explore([[1, 2, 3, 4], [5, 6, 7, 8]], [[1]], stride=3)",
    "decimals": "explore([[np.nan, 1, -2.5], [3, 1e7, 0], [0.5, 2, 4]], np.full((2, 2), 1 / 9), step=3)",
    "largest": "explore_pooling(COUNTING, 2, 1, padding='same', step=8)",
    "average": "explore_pooling(COUNTING, 3, 2, padding='same', mode='average', step=2)",
    "wrong": "explore(X, HORIZONTAL_BAR, mine=lambda a, k: conv2d(a, k) + np.eye(3), step=8)",
    "impossible": "explore(COUNTING, COUNTING_KERNEL)",
    "nonsense": "explore(COUNTING, COUNTING_KERNEL)",
    "large": "explore(np.arange(400).reshape(20, 20), np.ones((3, 3)), step=50)",
    "bars": "explore(np.arange(49).reshape(7, 7), COUNTING_KERNEL, stride=3, footprints=True,"
    " controls=['n', 'size', 'stride', 'dilation'])",
    "to scale": "explore(np.arange(676).reshape(26, 26), np.ones((5, 5)), stride=2, footprints=True,"
    " controls=['n', 'size', 'stride'], step=40)",
    "sides": "explore(NINE, np.ones((2, 2)), padding=((0, 1), (2, 1)), fill=7,"
    " controls=['sides', 'fill', 'n', 'size'], step=3)",
    "beside": "explore_pooling(COUNTING, beside=True, controls=['shift', 'stride'], step=3)",
}


@pytest.fixture
def show_state(show):
    def run(state):
        picture = show(f"picture = {STATES[state]}\npicture")
        if state == "impossible":
            picture.host.execute("picture.kernel = np.ones((6, 6))")
            expect(picture.box.locator(".cw-refusal")).to_be_visible()
        if state == "nonsense":
            picture.weight(1, 1).fill("x")
        if state == "wrong":
            expect(picture.box.locator(".cw-message")).to_contain_text("3 of its 9 cells")
        picture.box.locator("summary").click()
        return picture

    return run


# ------------------------------------------------------------------ contrast, axe

# Every text that can be seen, with the ratio of its contrast to what is under it (WCAG 2).
CONTRAST = """(box) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const under = (element) => {
    const [r, g, b, a] = parts(getComputedStyle(element).backgroundColor);
    if (a === 255) return [r, g, b];
    const behind = element.parentElement ? under(element.parentElement) : [255, 255, 255];
    return [r, g, b].map((v, i) => (v * a + behind[i] * (255 - a)) / 255);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v <= 10 ? v / 3294 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const seen = [];
  const add = (element, text, colour, ground) => {
    const visible = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!text.trim() || !visible || element.closest(".cw-hidden, :disabled")) return;
    const [a, b] = [light(parts(colour).slice(0, 3)), light(ground)];
    seen.push([text, Math.max(a, b) / Math.min(a, b)]);
  };
  for (const svg of box.querySelectorAll("svg")) {
    const cells = svg.querySelectorAll(".cw-cell");
    svg.querySelectorAll(".cw-values text").forEach((text, i) => {
      const fill = getComputedStyle(cells[i]).fill;
      const ground = fill === "none" ? under(box) : parts(fill).slice(0, 3);
      add(text, text.textContent, getComputedStyle(text).fill, ground);
    });
    for (const text of svg.querySelectorAll(".cw-index"))
      add(text, text.textContent, getComputedStyle(text).fill, under(box));
  }
  for (const input of box.querySelectorAll("input[type=text], select"))
    add(input, input.value, getComputedStyle(input).color, under(input));
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!element.closest("svg, select"))
      add(element, texts.currentNode.textContent, getComputedStyle(element).color, under(element));
  }
  return seen;
}"""


def assert_readable(picture, state):
    seen = picture.box.evaluate(CONTRAST)
    assert len(seen) > 30
    assert [(text, round(ratio, 2)) for text, ratio in seen if ratio < 4.5] == [], state


def assert_accessible(picture, state):
    found = Axe().run(picture.page, context=".cw").response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], state


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_readable_and_axe_finds_nothing(host, show_state, theme):
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[theme]
    host.theme(theme)
    for state in STATES:
        picture = show_state(state)
        expect(picture.box).to_have_css("background-color", ground)
        assert_readable(picture, state)
        assert_accessible(picture, state)
    host.theme("light")


def test_a_changed_theme_repaints_the_picture(show, host):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    first = picture.cell(picture.image, 4, 0)
    before = first.get_attribute("fill")
    host.theme("dark")
    expect(first).not_to_have_attribute("fill", before)
    assert_readable(picture, "dark")
    host.theme("light")
    expect(first).to_have_attribute("fill", before)


def test_forced_colours(show_state):
    picture = show_state("padding")
    picture.page.emulate_media(forced_colors="active")
    assert_readable(picture, "forced colours")
    fills = {cell.evaluate("(cell) => getComputedStyle(cell).fill") for cell in
             picture.image.locator(".cw-pixel").all()}  # fmt: skip
    picture.page.emulate_media(forced_colors="none")
    assert len(fills) > 10, "the cells keep their shades"


# ------------------------------------------------------------------ size

# Whatever sticks out of the picture or lies on something else, in words.
MISFITS = """(box) => {
  const whole = box.getBoundingClientRect();
  const shown = [...box.querySelectorAll("*")].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.closest(".cw-hidden, .cw-front, defs, pre, option"));
  const rect = (element) => element.getBoundingClientRect();
  const name = (element) =>
    `${element.tagName}.${element.getAttribute("class")} "${element.textContent.slice(0, 40)}"`;
  const out = shown.filter((e) => rect(e).right > whole.right + 1 || rect(e).left < whole.left - 1);
  const cut = shown.filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible");
  const leaves = shown.filter((e) =>
    (!e.firstElementChild && e.textContent.trim() && !e.closest("svg")) ||
    e.matches("input, button, select, svg > g:first-of-type"));
  const on = [];
  leaves.forEach((a, i) => leaves.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    const [p, q] = [rect(a), rect(b)];
    const [w, h] = [Math.min(p.right, q.right) - Math.max(p.left, q.left),
                    Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)];
    if (w > 2 && h > 2) on.push(`${name(a)} on ${name(b)}`);
  }));
  const texts = [];
  for (const grid of box.querySelectorAll("svg")) {
    const cells = grid.querySelectorAll(".cw-cell");
    grid.querySelectorAll(".cw-values text").forEach((text, i) => {
      if (rect(text).width > rect(cells[i]).width) texts.push(`wide: ${text.textContent}`);
    });
    const index = [...grid.querySelectorAll(".cw-index")];
    index.forEach((a, i) => index.slice(i + 1).forEach((b) => {
      const [p, q] = [rect(a), rect(b)];
      if (p.right > q.left && q.right > p.left && p.bottom > q.top + 4 && q.bottom > p.top + 4)
        texts.push(`index ${a.textContent} on ${b.textContent}`);
    }));
  }
  return [...out.map((e) => `out: ${name(e)}`), ...cut.map((e) => `cut: ${name(e)}`), ...on, ...texts];
}"""


@pytest.fixture
def without_sidebar(host):
    """A reader who zooms in closes JupyterLab's file browser."""
    if host.kind == "lab":
        host.command("application:toggle-left-area")
    yield
    if host.kind == "lab":
        host.command("application:toggle-left-area")


def test_nothing_is_cut_off_or_covered_at_any_zoom(without_sidebar, show_state):
    for state in STATES:
        picture = show_state(state)
        for width, height in [(1280, 720), (853, 480), (640, 360), (480, 800)]:
            picture.page.set_viewport_size({"width": width, "height": height})
            picture.page.wait_for_timeout(150)
            assert picture.box.evaluate(MISFITS) == [], f"{state} at {width}x{height}"


def test_everything_stands_in_one_row_on_a_laptop(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    image, kernel, target = (
        picture.box.locator(name).bounding_box()
        for name in (".cw-panel-image svg", ".cw-weights", ".cw-panel-output svg")
    )
    assert image["x"] + image["width"] < kernel["x"] < kernel["x"] + kernel["width"] < target["x"]
    assert image["y"] < kernel["y"] + kernel["height"] / 2 < image["y"] + image["height"]
    cells = [
        picture.cell(grid, 0, 0).bounding_box()["width"] for grid in (picture.image, picture.map)
    ]
    assert cells[0] == cells[1] >= 43


def player_at(picture):
    box, player = picture.box.bounding_box(), picture.box.locator(".cw-player").bounding_box()
    return round(player["y"] - box["y"])


@pytest.mark.parametrize("state", ["start", "padding", "largest", "average"])
def test_the_frame_does_not_jump(show, state):
    picture = show(f"picture = {STATES[state]}\npicture")
    names = ("stride", "padding", "dilation", "kernel size", "window size")
    sliders = [picture.slider(name) for name in names if picture.slider(name).count()]

    start = player_at(picture)

    def drive():
        for slider in sliders:
            for key in ("End", "ArrowLeft", "Home", "ArrowRight"):
                if slider.is_enabled():
                    slider.press(key)
                    yield player_at(picture)
        for _ in range(2):
            picture.button("padding same").click()
            yield player_at(picture)

    list(drive()), list(drive())  # room is made for the largest setting when it is first needed
    assert len(set(drive())) == 1
    picture.button("Reset to the start of the lesson").click()
    assert player_at(picture) == start


@pytest.mark.parametrize("state", ["decimals", "largest", "average", "wrong"])
def test_the_frame_does_not_jump_from_step_to_step(show_state, state):
    picture = show_state(state)
    places = set()
    picture.map.press("Home")
    for _ in range(8):
        picture.slider("place of the window").press("ArrowRight")
        places.add(player_at(picture))
    assert len(places) == 1


# ------------------------------------------------------------------ motion, names


def test_motion_only_while_playing_and_never_if_it_is_not_wanted(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    moves = "(box) => getComputedStyle(box.querySelector('.cw-window-line')).transitionDuration"
    assert picture.box.evaluate(moves) == "0s"
    picture.button("Play").click()
    assert picture.box.evaluate(moves) != "0s"
    picture.page.emulate_media(reduced_motion="reduce")
    assert picture.box.evaluate(moves) == "0s"
    picture.page.emulate_media(reduced_motion="no-preference")


NAMES = """
- 'group "Sliding window: convolution"':
  - group "Choose the image":
    - button "image x" [pressed]
    - button "image +"
  - application /Image. Arrow keys move the window.*Enter starts painting/
  - group "Kernel weights":
    - textbox "weight row 0, column 0"
    - textbox "weight row 0, column 1"
    - textbox "weight row 0, column 2"
    - textbox "weight row 1, column 0"
    - textbox "weight row 1, column 1"
    - textbox "weight row 1, column 2"
    - textbox "weight row 2, column 0"
    - textbox "weight row 2, column 1"
    - textbox "weight row 2, column 2"
  - application /Feature map. Arrow keys move by one window/
  - group "Move the window":
    - button "First place"
    - button "Back one place"
    - button "Play"
    - combobox "speed"
    - button "Step to the next place"
    - button "Last place"
    - slider "place of the window"
    - button "Reset to the start of the lesson"
  - group "Settings":
    - slider "stride"
    - slider "padding"
    - button "padding same"
    - slider "dilation"
    - slider "kernel size"
    - textbox "paint pixels with"
  - status: "row 1, column 1: sum −3"
"""


def test_names_for_a_screen_reader(show):
    picture = show(f"picture = {STATES['start']}\npicture")
    expect(picture.box).to_match_aria_snapshot(NAMES)
    every = picture.box.locator("button, input, select, summary, [tabindex='0']")
    assert every.count() == 29
    values = {name: picture.slider(name).get_attribute("aria-valuetext") for name in
              ("place of the window", "stride", "padding", "dilation", "kernel size")}  # fmt: skip
    assert list(values.values()) == ["place 5 of 9, row 1, column 1", "1", "valid", "1", "3"]
    assert picture.box.locator("[aria-live]").count() == 1  # nothing is said twice


def test_tab_goes_through_everything_once(show):
    picture = show("picture = explore(COUNTING, COUNTING_KERNEL)\npicture")
    picture.image.focus()
    every = picture.box.locator("button, input, select, summary, [tabindex='0']")
    count = every.filter(visible=True).count()
    reached = set()
    for i in range(count):
        name = "(e) => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        reached.add(picture.box.evaluate(name))
        assert picture.box.locator(":focus").count() == 1, f"after {i} times Tab: {reached}"
        picture.page.keyboard.press("Tab")
    assert len(reached) == count

"""Takes the handbook's pictures. One that shows what it showed before is left as it is."""

import io
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

from tests.handbook.chapters import PICTURES

ROOM = 16  # pixels round what is shown
COLOURS = 128
# Fonts are drawn a little differently now and then: so many pixels may differ, each by so much.
SAME_PIXELS, SAME_SHADE = 120, 64

# What the clock makes differ from run to run is shown as on one day.
DATES = r"""() => {
  const months = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|" +
    "January|February|March|April|May|June|July|August|September|October|November|December";
  const french = document.documentElement.lang.startsWith("fr");
  const rules = [
    [new RegExp(`\\d{1,2} (?:${months}) 20\\d\\d`, "gi"), french ? "3 mars 2026" : "3 March 2026"],
    [/\b[A-Z][a-z]{2,8}\.? \d{1,2}, 20\d\d/g, "March 3, 2026"],
    [new RegExp(`(?:${months}) 20\\d\\d`, "gi"), french ? "mars 2026" : "March 2026"],
    [/\b\d{1,2}:\d\d(?: [ap]\.m\.)?/g, "09:30"],
    [/\b20\d\d-\d\d-\d\d/g, "2026-03-03"],
    [/\b\d\d\/\d\d\/20\d\d/g, "03/03/2026"],
    [/il y a \d+[\s\u00a0](?:seconde|minute|heure)s?|à l[’']instant/gi, "il y a 5 minutes"],
    [/\d+[\s\u00a0](?:second|minute|hour)s? ago|just now/gi, "5 minutes ago"],
  ];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    let words = texts.currentNode.data;
    for (const [pattern, instead] of rules) words = words.replace(pattern, instead);
    if (words !== texts.currentNode.data) texts.currentNode.data = words;
  }
  for (const field of document.querySelectorAll("input")) {
    if (!/^20\d\d-\d\d-\d\d/.test(field.value)) continue;
    field.dataset.handbook = field.value;
    field.value = field.value.replace(/^20\d\d-\d\d-\d\d/, "2026-03-03").replace(/\d\d:\d\d/, "09:30");
  }
}"""
# Fields keep what they held: the form is sent after the picture.
FIELDS = "() => document.querySelectorAll('[data-handbook]').forEach((one) => { one.value = one.dataset.handbook; })"
# A frame of its own above everything, so that nothing cuts it off.
FRAME = """(element) => {
  const box = element.getBoundingClientRect(), frame = document.createElement("div");
  const edges = {left: box.left - 5, top: box.top - 5, width: box.width + 10, height: box.height + 10};
  for (const [edge, size] of Object.entries(edges)) frame.style[edge] = `${size}px`;
  Object.assign(frame.style, {position: "fixed", zIndex: 2147483647, border: "3px solid #c8442c", borderRadius: "5px",
    boxSizing: "border-box", pointerEvents: "none"});
  frame.className = "handbook-frame";
  document.body.append(frame);
}"""
NO_FRAMES = "() => document.querySelectorAll('.handbook-frame').forEach((frame) => frame.remove())"
# What stays in its place while a long page is scrolled would lie over it.
QUIET = """
*, *::before, *::after { caret-color: transparent !important; scroll-behavior: auto !important; }
.messages .fade-out { opacity: 1 !important; }
.xdsoft_datetimepicker { display: none !important; }
"""


def take(
    language: str,
    name: str,
    page: Page,
    around: tuple[Locator, ...],
    *,
    press: tuple[Locator, ...],
    hide: tuple[Locator, ...],
    height: int | None,
    window: int | None,
) -> None:
    """Store the picture `name` of the part of the screen that holds `around`, unless it would show the same.

    The window is `window` pixels high meanwhile, if that is given; for the rest see `Guide.picture`.
    """
    page.wait_for_load_state()
    size = page.viewport_size
    if window:
        page.set_viewport_size(size | {"height": window})
    page.add_style_tag(content=QUIET)
    around[0].scroll_into_view_if_needed()
    for one in press:
        one.scroll_into_view_if_needed()
    page.evaluate("() => document.fonts.ready")
    page.evaluate(DATES)
    for one in press:
        one.evaluate(FRAME)
    boxes = [box for one in around if (box := one.bounding_box())]
    main = page.locator("#main").first.bounding_box() if page.locator("#main").count() else None
    first = min(box["x"] for box in boxes)
    left = max(main["x"] if main and first >= main["x"] else 0, first - ROOM)  # no strip of the menu
    top = max(0, min(box["y"] for box in boxes) - ROOM)
    right = min(page.viewport_size["width"], max(box["x"] + box["width"] for box in boxes) + ROOM)
    bottom = min(page.viewport_size["height"], max(box["y"] + box["height"] for box in boxes) + ROOM)
    if height and height > 0:
        bottom = min(bottom, top + height)
    elif height:
        top = max(top, bottom + height)
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    data = page.screenshot(clip=clip, mask=list(hide), mask_color="#b9c4c6", animations="disabled")
    page.evaluate(NO_FRAMES)
    page.evaluate(FIELDS)
    if window:
        page.set_viewport_size(size)
    _keep(PICTURES / language / f"{name}.png", Image.open(io.BytesIO(data)).convert("RGB"))


def _keep(file: Path, picture: Image.Image) -> None:
    few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    if file.exists():
        with Image.open(file) as before:
            if _same(before.convert("RGB"), few.convert("RGB")):
                return
    file.parent.mkdir(parents=True, exist_ok=True)
    few.save(file, optimize=True)


def _same(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    bands = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(most.histogram()[SAME_SHADE:]) <= SAME_PIXELS

"""Takes the handbook's pictures. One that shows what it showed before is left as it is."""

import io
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

from tests.handbook.chapters import PICTURES

ROOM = 16  # pixels round what is shown
COLOURS = 64
# Fonts are drawn a little differently now and then: so many pixels may differ, each by so much.
SAME_PIXELS, SAME_SHADE = 60, 40

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
}"""
FRAME = """(element) => {
  element.style.outline = "3px solid #c8442c"; element.style.outlineOffset = "3px"; element.style.borderRadius = "3px";
}"""
NO_FRAME = "(element) => { element.style.outline = ''; element.style.outlineOffset = ''; element.style.borderRadius = ''; }"
# What stays in its place while a long page is scrolled would lie over it.
QUIET = """
*, *::before, *::after { caret-color: transparent !important; scroll-behavior: auto !important; }
.messages .fade-out { opacity: 1 !important; }
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
) -> None:
    """Store the picture `name` of the part of the screen that holds `around`, unless it would show the same."""
    page.wait_for_load_state()
    page.add_style_tag(content=QUIET)
    around[0].scroll_into_view_if_needed()
    for one in press:
        one.scroll_into_view_if_needed()
        one.evaluate(FRAME)
    page.evaluate("() => document.fonts.ready")
    page.evaluate(DATES)
    boxes = [box for one in around if (box := one.bounding_box())]
    window = page.viewport_size
    main = page.locator("#main").bounding_box()
    first = min(box["x"] for box in boxes)
    left = max(main["x"] if main and first >= main["x"] else 0, first - ROOM)  # no strip of the menu
    top = max(0, min(box["y"] for box in boxes) - ROOM)
    right = min(window["width"], max(box["x"] + box["width"] for box in boxes) + ROOM)
    bottom = min(window["height"], max(box["y"] + box["height"] for box in boxes) + ROOM)
    if height:
        bottom = min(bottom, top + height)
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    data = page.screenshot(clip=clip, mask=list(hide), mask_color="#b9c4c6", animations="disabled")
    for one in press:
        one.evaluate(NO_FRAME)
    _keep(PICTURES / language / f"{name}.png", Image.open(io.BytesIO(data)).convert("RGB"))


def _keep(file: Path, picture: Image.Image) -> None:
    few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    if file.exists() and _same(Image.open(file).convert("RGB"), few.convert("RGB")):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    few.save(file, optimize=True)


def _same(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    bands = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(most.histogram()[SAME_SHADE:]) <= SAME_PIXELS

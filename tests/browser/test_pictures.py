"""That no head is cut off in the frise: what the eye is to rest on is in view at every width."""

from typing import Any

from playwright.sync_api import Page

from institutes.models import InstitutePage
from portal.models import PortalImage
from portal.templatetags.picture_tags import focal_class, place_in_frise

WIDTHS = (320, 480, 640, 768, 1024, 1280, 1920)

# Of each picture in view: whether each corner of its focal area, and its middle, belong to it alone.
HIDDEN_POINTS = """(areas) => [...document.querySelectorAll(".frise__item")].flatMap((item, number) => {
  const image = item.querySelector("img"), area = areas[number], box = image.getBoundingClientRect();
  const frise = item.parentElement.getBoundingClientRect();
  if (!box.width || box.top >= frise.bottom) return [];
  const [, less, share, sign, length, more, top] = getComputedStyle(image).objectPosition.match(
    /^clamp\\(100% [+-] (\\S+)px, (\\S+)% ([+-]) (\\S+)px, 0% [+-] (\\S+)px\\) (\\S+)%$/);
  const scale = Math.max(box.width / area.width, box.height / area.height);
  const free = box.width - area.width * scale;
  const left = Math.max(free - less, Math.min(more, free * share / 100 + (sign + length) * 1));
  const above = (box.height - area.height * scale) * top / 100;
  return [area.left, (area.left + area.right) / 2, area.right].flatMap((x) =>
    [area.top, (area.top + area.bottom) / 2, area.bottom].map((y) => [
      box.left + left + x * scale - Math.sign(x - (area.left + area.right) / 2),
      box.top + above + y * scale - Math.sign(y - (area.top + area.bottom) / 2),
    ])).filter(([x, y]) => document.elementFromPoint(x, y) !== image).map((point) => [number, ...point]);
})"""

# Another picture in a place of the frise, as the portal would put it there.
PUT_IN = """([number, picture, place, focus]) => {
  const item = document.querySelectorAll(".frise__item")[number];
  item.className = `frise__item ${place}`;
  item.innerHTML = `<picture><img class="${focus}" src="${picture}" alt=""></picture>`;
}"""


def area_of(image: PortalImage) -> dict[str, Any]:
    area = image.get_focal_point()
    edges = {"left": area.left, "right": area.right, "top": area.top, "bottom": area.bottom}
    return edges | {"width": image.width, "height": image.height}


def nothing_is_cut_off(page: Page, areas: list[dict[str, Any]]) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1600})
        assert page.evaluate(HIDDEN_POINTS, areas) == [], width


def test_no_head_is_cut_off_in_the_frise(visitor):
    for slug in ("iuc", "hopital-de-demonstration"):
        institute = InstitutePage.objects.get(slug=slug, locale__language_code="fr")
        areas = [area_of(picture.value) for picture in institute.frise]
        visitor.goto(f"/fr/{slug}/")
        nothing_is_cut_off(visitor, areas)
        assert visitor.evaluate("document.querySelectorAll('.frise img:not([width])').length") == 0

    head = {"focal_point_width": 300, "focal_point_height": 320}
    portrait = PortalImage(width=800, height=1200, focal_point_x=380, focal_point_y=180, **head)
    group = PortalImage(width=1600, height=900, focal_point_x=1400, focal_point_y=180, **head)
    for image in (portrait, group):
        for number in range(len(areas)):
            drawn = f"<svg xmlns='http://www.w3.org/2000/svg' width='{image.width}' height='{image.height}'/>"
            picture = f"data:image/svg+xml,{drawn}".replace("<", "%3C").replace(">", "%3E")
            visitor.evaluate(PUT_IN, [number, picture, place_in_frise(image), focal_class(image)])
        nothing_is_cut_off(visitor, [area_of(image)] * len(areas))

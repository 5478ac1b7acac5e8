"""The frise as a ribbon: a mosaic of small patterns - cells, fibres, waves, windows, leaves - for the thin band.

The stylesheet shows it as a repeated background under the header, above the footer and wherever a page has no
picture. One file per palette and pattern, so that each institute has its own; drawn once and kept with the code:

    python -m portal.ribbon        # draws portal/static/portal/img/frise-<palette>-<pattern>.svg anew

The same arguments give the same text. Lengths are in the units of the view box, `HEIGHT` units high.
"""

import math
from pathlib import Path
from random import Random

HEIGHT = 24.0
WIDTH = 840
PATTERNS = 3
STATIC = Path(__file__).resolve().parent / "static" / "portal" / "img"

INK, SUN, SAND, CREAM = "#10272e", "#f2c14e", "#dcc9a8", "#f7efe1"
# Of each palette: the deep paper, the pale one, a companion, and the small accent.
PALETTES = {
    "petrol": ("#0b5561", "#8fbcc0", "#5f8a6b", "#c4573a"),
    "moss": ("#2f5f45", "#a3c2a0", "#7c8f4e", "#c4573a"),
    "coral": ("#8f3524", "#e3a98d", "#c4573a", "#0b5561"),
    "plum": ("#4d3260", "#b7a3c4", "#8a5a7d", "#c4573a"),
    "sand": ("#6d5434", "#cdb38a", "#a8834f", "#0b5561"),
}


def ribbon(palette: str, pattern: int) -> str:
    """The ribbon as SVG text. Raises KeyError for an unknown palette."""
    deep, pale, companion, accent = PALETTES[palette]
    # Each ground with two papers that stay apart from it.
    grounds = [
        (deep, (pale, SUN)),
        (SAND, (deep, CREAM)),
        (companion, (CREAM, SAND)),
        (CREAM, (accent, deep)),
        (pale, (deep, CREAM)),
        (accent, (CREAM, SUN)),
        (deep, (SAND, accent)),
        (SUN, (deep, CREAM)),
        (INK, (pale, SAND)),
    ]
    rng = Random(f"ribbon {palette} {pattern}")
    tiles: list[str] = []
    bag: list = []
    left, last_motif, last_ground = 0.0, None, None
    while left < WIDTH:
        width = rng.choice((24.0, 36.0, 48.0, 60.0, 84.0))
        if WIDTH - left - width < 24:
            width = WIDTH - left
        if not bag:
            bag = list(MOTIFS)
            rng.shuffle(bag)
        motif = bag.pop(0 if bag[-1] is last_motif else -1)
        ground, papers = rng.choice([pair for pair in grounds if pair[0] != last_ground])
        tiles.append(_sheet(ground, f"M{_short(left)} 0h{_short(width)}v{_short(HEIGHT)}h{_short(-width)}z"))
        tiles += motif(rng, left, width, papers)
        left, last_motif, last_ground = left + width, motif, ground
    size = f'viewBox="0 0 {WIDTH} {HEIGHT:.0f}" width="{WIDTH}" height="{HEIGHT:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(tiles)}</svg>\n'


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _sheet(colour: str, line: str) -> str:
    return f'<path fill="{colour}" d="{line}"/>'


def _blob(rng: Random, x: float, y: float, radius: float) -> str:
    """A disc that a hand has cut: six handles at uneven distances, and the soft line between them."""
    handles = []
    for corner in range(6):
        angle, reach = math.tau * corner / 6 + rng.uniform(-0.1, 0.1), radius * rng.uniform(0.9, 1.08)
        handles.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    middles = [
        ((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in zip(handles, handles[1:] + handles[:1], strict=True)
    ]
    line = f"M{_short(middles[-1][0])} {_short(middles[-1][1])}"
    for (hx, hy), (mx, my) in zip(handles, middles, strict=True):
        line += f"Q{_short(hx)} {_short(hy)} {_short(mx)} {_short(my)}"
    return line + "z"


def _cells(rng: Random, left: float, width: float, papers: tuple[str, str]) -> list[str]:
    pitch = HEIGHT * 0.56
    count = max(2, round(width / pitch))
    shapes = []
    for k in range(count):
        radius = pitch * (0.3 if (k + rng.randrange(2)) % 3 == 0 else 0.5) * rng.uniform(0.9, 1.08)
        x = min(max(left + (k + 0.5) * width / count, left + radius + 0.5), left + width - radius - 0.5)
        y = HEIGHT * (0.3 if k % 2 else 0.66) + rng.uniform(-1.5, 1.5)
        shapes.append(_sheet(papers[k % 2], _blob(rng, x, y, radius)))
    return shapes


def _fibres(rng: Random, left: float, width: float, papers: tuple[str, str]) -> list[str]:
    x, line = left + 2.5, ""
    while x < left + width - 4.5:
        thick, lean = rng.choice((1.4, 2.0, 2.8)), rng.uniform(-1.4, 1.4)
        line += (
            f"M{_short(x)} {_short(HEIGHT)}L{_short(x + lean)} 0h{_short(thick)}L{_short(x + thick)} {_short(HEIGHT)}z"
        )
        x += thick + rng.uniform(2.0, 3.6)
    return [_sheet(papers[0], line)]


def _waves(rng: Random, left: float, width: float, papers: tuple[str, str]) -> list[str]:
    count = max(1, round(width / 12))
    step = width / count
    lines = []
    for height, paper in zip((0.36, 0.66), papers, strict=True):
        y = HEIGHT * height + rng.uniform(-0.8, 0.8)
        wave = f"q{_short(step / 4)} {_short(-HEIGHT * 0.34)} {_short(step / 2)} 0t{_short(step / 2)} 0"
        lines.append(
            f'<path fill="none" stroke="{paper}" stroke-width="2.6" d="M{_short(left)} {_short(y)}{wave * count}"/>'
        )
    box = f'x="{_short(left)}" width="{_short(width)}" height="{_short(HEIGHT)}"'
    view = f'viewBox="{_short(left)} 0 {_short(width)} {_short(HEIGHT)}"'
    return [f"<svg {box} {view}>", *lines, "</svg>"]  # a frame of its own clips the ends of the strokes


def _windows(rng: Random, left: float, width: float, papers: tuple[str, str]) -> list[str]:
    count = max(1, round(width / 11))
    pitch = width / count
    lit = rng.randrange(count)
    shapes = []
    for k in range(count):
        wide, top = pitch * 0.56, HEIGHT * rng.uniform(0.2, 0.3)
        x, half = left + k * pitch + pitch * 0.22, _short(pitch * 0.28)
        arch = f"a{half} {half} 0 0 1 {_short(wide)} 0"
        line = f"M{_short(x)} {_short(HEIGHT)}V{_short(top + wide / 2)}{arch}V{_short(HEIGHT)}z"
        shapes.append(_sheet(papers[1] if k == lit else papers[0], line))
    return shapes


def _leaves(rng: Random, left: float, width: float, papers: tuple[str, str]) -> list[str]:
    count = max(1, round(width / 13))
    pitch = width / count
    shapes = []
    for k in range(count):
        x, reach = left + k * pitch, pitch * rng.uniform(0.9, 1.0)
        foot, tip = (0.94, 0.06) if k % 2 == 0 else (0.06, 0.94)
        x, end, foot, tip = map(_short, (x, x + reach, HEIGHT * foot, HEIGHT * tip))
        shapes.append(_sheet(papers[k % 2], f"M{x} {foot}Q{x} {tip} {end} {tip}Q{end} {foot} {x} {foot}z"))
    return shapes


MOTIFS = (_cells, _fibres, _waves, _windows, _leaves)


def main() -> None:
    """Draw every ribbon into the folder of static files."""
    for palette in PALETTES:
        for pattern in range(PATTERNS):
            (STATIC / f"frise-{palette}-{pattern}.svg").write_text(ribbon(palette, pattern), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The frise as a line drawing: a band of layered paper for headers, rules, edges and e-mails, as inline SVG.

    band_svg(7, "petrol", height=24)                      # a rule under the header
    band_svg(7, "petrol", height=240, motif="windows")    # a wide band

The drawing has no colours of its own: its layers carry the classes `frise-1` (the ground) to `frise-5` (the
light), which a stylesheet fills with tokens. Without a stylesheet they are tints of the text colour. It
scales with `slice`, so that a thin band is cut at its ends, never squeezed.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from random import Random

from portal.paper import PALETTES, mix

_TINTS = {1: ".08", 2: ".18", 3: ".34", 4: ".62", 5: ".9"}


def band_svg(seed: int, palette: str, width: int = 1440, height: int = 160, motif: str | None = None) -> str:
    """The band of a seed: an SVG of less than 6 kB that shows nothing to a screen reader.

    `width` and `height` give the shape of the view box in pixels; `motif` is a key of `BAND_MOTIFS`, chosen
    by the seed when it is left out. Raises `KeyError` for an unknown motif or palette.
    """
    if palette not in PALETTES:
        raise KeyError(palette)
    rng = Random(f"frise {seed}")
    name = motif or rng.choice(sorted(BAND_MOTIFS))
    body = "".join(BAND_MOTIFS[name](rng, width, height))
    ground = _path(1, f"M0 0H{width}V{height}H0z")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="frise-band frise-band--{palette}" '
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMid slice" fill="currentColor" '
        f'aria-hidden="true" focusable="false">'
        f"{ground}{body}</svg>"
    )


def band_colours(palette: str, dark: bool = False) -> list[str]:
    """The five colours of a band, `frise-1` first, as `#rrggbb`: for stylesheets and for e-mail."""
    papers = PALETTES[palette]
    if dark:
        night = (14, 28, 33)
        tones = [mix(papers.tone(t), night, share) for t, share in ((0.95, 0.55), (0.85, 0.35), (0.7, 0.2), (0.5, 0.1))]
        light = mix(papers.glow, night, 0.12)
    else:
        tones = [
            mix(papers.counter, papers.sky[1], 0.3),
            papers.tone(0.22),
            papers.tone(0.45),
            papers.tone(0.78),
        ]
        light = papers.glow
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in (*tones, light)]


def _number(value: float) -> str:
    """A coordinate in as few characters as the eye needs."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _path(layer: int, line: str) -> str:
    return f'<path class="frise-{layer}" fill-opacity="{_TINTS[layer]}" d="{line}"/>'


def _line(points: list[tuple[float, float]]) -> str:
    """A soft line near the points: they are its handles, it runs through the middles between them."""
    parts = [f"M{points[0][0]:.0f} {_number(points[0][1])}"]
    for (x, y), (ax, ay) in pairwise(points[1:]):
        parts.append(f"Q{x:.0f} {_number(y)} {(x + ax) / 2:.0f} {_number((y + ay) / 2)}")
    parts.append(f"L{points[-1][0]:.0f} {_number(points[-1][1])}")
    return "".join(parts)


def _horizon(rng: Random, width: int, height: int, base: float, swell: float) -> Callable[[float], float]:
    """A line of hills that ends as high as it begins; `base` and `swell` are shares of the height."""
    turns = max(2, min(11, round(width / height / 3.4)))
    waves = [
        (
            swell * share * height,
            (turns * times + rng.randint(-1, 1)) * math.tau / width,
            rng.uniform(0, math.tau),
        )
        for share, times in ((0.7, 1), (0.3, 2))
    ]
    return lambda x: base * height + sum(size * math.sin(pace * x + phase) for size, pace, phase in waves)


def _below(horizon: Callable[[float], float], width: int, height: int) -> str:
    steps = max(14, min(46, round(width / height * 3)))
    return _line([(width * i / steps, horizon(width * i / steps)) for i in range(steps + 1)]) + f"V{height}H0z"


def _disc(x: float, y: float, radius: float) -> str:
    r, across = _number(radius), _number(2 * radius)
    return f"M{_number(x - radius)} {_number(y)}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z"


def _leaf(x: float, y: float, length: float, angle: float, slim: float = 0.3) -> str:
    """A leaf from its foot to its tip, with a round and a straighter side."""
    dx, dy = length * math.cos(angle), length * math.sin(angle)
    nx, ny = -dy * slim, dx * slim
    ends = f"{_number(dx)} {_number(dy)}"
    return (
        f"M{_number(x)} {_number(y)}"
        f"q{_number(dx * 0.35 + nx * 1.3)} {_number(dy * 0.35 + ny * 1.3)} {ends}"
        f"q{_number(-dx * 0.5 - nx * 1.6)} {_number(-dy * 0.5 - ny * 1.6)} {_number(-dx)} {_number(-dy)}z"
    )


def _sun_place(rng: Random, width: int) -> float:
    """Near the middle, so that the light is there on a telephone too."""
    return width / 2 + rng.choice((-1, 1)) * rng.uniform(0.03, 0.09) * width


def _hills(rng: Random, width: int, height: int) -> list[str]:
    at = _sun_place(rng, width)
    horizons = [_horizon(rng, width, height, base, 0.13) for base in (0.46, 0.62, 0.8)]
    trees = []
    groves = max(4, min(9, round(width / height / 2.4)))
    for grove in range(groves):
        x = width * (grove + 0.3 + rng.uniform(-0.2, 0.2)) / groves
        for k in range(rng.randint(2, 4)):
            tx = x + k * height * rng.uniform(0.15, 0.2)
            trees.append(_leaf(tx, horizons[1](tx) + 0.05 * height, height * rng.uniform(0.24, 0.42), -math.pi / 2))
    return [
        _path(2, _disc(at, 0.42 * height, 0.36 * height)),
        _path(5, _disc(at, 0.42 * height, 0.2 * height)),
        _path(2, _below(horizons[0], width, height)),
        _path(4, "".join(trees)),
        _path(3, _below(horizons[1], width, height)),
        _path(4, _below(horizons[2], width, height)),
    ]


def _waves(rng: Random, width: int, height: int) -> list[str]:
    at = _sun_place(rng, width)
    parts = [_path(5, _disc(at, 0.36 * height, 0.2 * height))]
    for layer, base in ((2, 0.4), (3, 0.58), (2, 0.7), (4, 0.8)):
        count = max(4, min(15, round(width / height / (1.1 + 0.4 * base))))
        shares = [rng.uniform(0.8, 1.25) for _ in range(count)]
        scale = width / sum(shares)
        line = f"M0 {_number(base * height)}"
        for share in shares:
            length = share * scale
            # Each wave is scooped out, and leans: its lowest point lies before its middle.
            line += f"q{_number(length * 0.36)} {_number(height * 0.27)} {_number(length)} 0"
        parts.append(_path(layer, f"{line}V{height}H0z"))
    return parts


def _leaves(rng: Random, width: int, height: int) -> list[str]:
    back = _horizon(rng, width, height, 0.55, 0.16)
    stem = _horizon(rng, width, height, 0.52, 0.09)
    pairs = max(6, min(22, round(width / height / 0.9)))
    groups: dict[int, list[str]] = {3: [], 4: [], 5: []}
    chosen = pairs // 2 + rng.choice((-1, 0, 1))
    for k in range(pairs):
        x = width * (k + 0.15 + rng.uniform(-0.08, 0.08)) / pairs
        for side in (-1, 1):
            size = height * rng.uniform(0.4, 0.55)
            layer = 5 if k == chosen and side < 0 else 4 if (k + side) % 3 else 3
            reach = min(size, width - x - 1)
            groups[layer].append(_leaf(x, stem(x), reach, side * rng.uniform(0.5, 0.8), 0.26 * side))
    steps = max(14, min(40, pairs * 2))
    line = [(width * i / steps, stem(width * i / steps)) for i in range(steps + 1)]
    thick = max(0.6, 0.012 * height)
    lower = [(x, y + 2 * thick) for x, y in reversed(line)]
    strip = _line(line) + _line(lower).replace("M", "L", 1) + "z"
    return [
        _path(2, _below(back, width, height)),
        _path(4, strip),
        *(_path(layer, "".join(shapes)) for layer, shapes in groups.items() if shapes),
    ]


def _windows(rng: Random, width: int, height: int) -> list[str]:
    count = max(5, min(34, round(width / height / 0.5)))
    pitch = width / count
    lit = count // 2 + rng.choice((-1, 0, 1))
    groups: dict[int, list[str]] = {3: [], 4: [], 5: [], 1: []}
    for k in range(count):
        w = min(pitch * 0.7, height * 0.33) * rng.uniform(0.7, 1)
        x, foot, tall = pitch * (k + 0.5) - w / 2, 0.84 * height, height * rng.uniform(0.46, 0.68)
        shape = f"M{_number(x)} {_number(foot)}V{_number(foot - tall + w / 2)}"
        if rng.random() < 0.65:
            shape += f"a{_number(w / 2)} {_number(w / 2)} 0 0 1 {_number(w)} 0"
        else:
            shape += f"v{_number(-w / 2)}h{_number(w)}"
        layer = 5 if k == lit else rng.choice((3, 3, 4))
        groups[layer].append(f"{shape}V{_number(foot)}z")
        at, bar = foot - tall * rng.uniform(0.4, 0.6), _number(max(0.5, height * 0.016))
        groups[1].append(f"M{_number(x)} {_number(at)}h{_number(w)}v{bar}h{_number(-w)}z")
        if count < 24:
            groups[1].append(f"M{_number(x + w / 2)} {_number(foot)}v{_number(-tall)}h{bar}v{_number(tall)}z")
    back = _horizon(rng, width, height, 0.5, 0.14)
    return [
        _path(2, _below(back, width, height)),
        *(_path(layer, "".join(shapes)) for layer, shapes in groups.items() if shapes),
        _path(4, _below(_horizon(rng, width, height, 0.87, 0.03), width, height)),
    ]


def _fibres(rng: Random, width: int, height: int) -> list[str]:
    parts = []
    turns = max(1, min(4, round(width / height / 7)))
    steps = max(12, turns * 6)
    shift = rng.uniform(0, math.tau)
    for i, layer in enumerate((2, 3, 4, 3, 5, 4)):
        offset = (i - 2.5) / 2.5
        phase = shift + rng.uniform(-0.35, 0.35)
        size = height * rng.uniform(0.08, 0.15) * (0.5 if layer == 5 else 1)
        sway = 0.2 * height

        def middle(t: float, offset: float = offset, phase: float = phase, sway: float = sway) -> float:
            open_ = 0.45 + 0.55 * math.cos(math.tau * turns * t + phase)
            return height / 2 + 0.34 * height * offset * open_ + sway * math.sin(math.tau * turns * t + shift) * 0.5

        upper = [(width * k / steps, middle(k / steps) - size / 2) for k in range(steps + 1)]
        lower = [(x, y + size) for x, y in reversed(upper)]
        parts.append(_path(layer, _line(upper) + _line(lower).replace("M", "L", 1) + "z"))
    return parts


def _cells(rng: Random, width: int, height: int) -> list[str]:
    groups: dict[int, list[str]] = {2: [], 5: [], 3: [], 4: []}
    middle, found = _sun_place(rng, width), False
    count = max(3, min(32, round(width / height / 0.62)))
    sizes = [height * rng.uniform(0.17, 0.32) for _ in range(count)]
    gap = (width - 2 * sum(sizes)) / count
    x = gap / 2
    for r in sizes:
        y = height / 2 + rng.uniform(-0.12, 0.12) * height
        lit = not found and x > middle
        found = found or lit
        groups[5 if lit else rng.choice((2, 2, 3))].append(_disc(x + r, y, r))
        # Half of each opening is land: a chord, nearly level, with the lower arc.
        rise = r * rng.uniform(-0.35, 0.35)
        land = f"M{_number(x)} {_number(y)}q{_number(r)} {_number(rise)} {_number(2 * r)} 0"
        groups[4].append(f"{land}a{_number(r)} {_number(r)} 0 0 1 {_number(-2 * r)} 0z")
        x += 2 * r + gap
    back = _below(_horizon(rng, width, height, 0.5, 0.2), width, height)
    return [_path(2, back), *(_path(layer, "".join(shapes)) for layer, shapes in groups.items() if shapes)]


BAND_MOTIFS: dict[str, Callable[[Random, int, int], list[str]]] = {
    "cells": _cells,
    "fibres": _fibres,
    "hills": _hills,
    "leaves": _leaves,
    "waves": _waves,
    "windows": _windows,
}

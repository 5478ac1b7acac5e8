"""Paper, scissors and light: what the drawn pictures are made of.

A `Table` holds a pile of sheets seen from above. Each sheet is a few shapes of one colour, lit from the upper
left, that throw a soft shadow on what lies below. Shapes are measured in *units*: whatever its size in
pixels, a picture has the area of 1600 × 1000 units, so that a thumbnail is the same picture as the print.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
Shape = list[Point]


# --- Colour ---


def _rgb(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that lies `share` (0 to 1) of the way from `one` to `other`."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


class Palette(NamedTuple):
    """The papers at hand: two for the sky, a ramp from the far and pale to the near and deep, and a few small
    sheets to place with restraint."""

    sky: tuple[Colour, Colour]
    ramp: tuple[Colour, ...]
    accent: Colour
    glow: Colour
    counter: Colour

    def tone(self, depth: float) -> Colour:
        """The paper at `depth` in the ramp: 0 is the palest, 1 the deepest."""
        place = min(max(depth, 0.0), 1.0) * (len(self.ramp) - 1)
        index = min(int(place), len(self.ramp) - 2)
        return mix(self.ramp[index], self.ramp[index + 1], place - index)

    def towards(self, other: "Palette", share: float) -> "Palette":
        """A palette on the way to another, as the light of a day changes."""
        return Palette(
            (mix(self.sky[0], other.sky[0], share), mix(self.sky[1], other.sky[1], share)),
            tuple(mix(a, b, share) for a, b in zip(self.ramp, other.ramp, strict=True)),
            mix(self.accent, other.accent, share),
            mix(self.glow, other.glow, share),
            mix(self.counter, other.counter, share),
        )


def _palette(sky: str, ramp: str, accent: str, glow: str, counter: str) -> Palette:
    first, second = map(_rgb, sky.split())
    return Palette((first, second), tuple(map(_rgb, ramp.split())), _rgb(accent), _rgb(glow), _rgb(counter))


PALETTES: dict[str, Palette] = {
    "petrol": _palette(
        "#fbf8f2 #f4e3c8", "#e3e6dc #b5cfcb #76a9ab #3a828b #0b5561 #10272e", "#b8452b", "#f2c14e", "#efe6d8"
    ),
    "moss": _palette(
        "#fbf8ec #efe7c9", "#e8e8d3 #c3cfa9 #92ad83 #628b66 #3f6a4d #17332f", "#c9603a", "#f2c14e", "#f3ead6"
    ),
    "coral": _palette(
        "#fdf5ea #f8dcc0", "#f6e0cd #ecbb9c #d98c6b #b9563b #7d2f2a #2a1f2a", "#0b5561", "#f6cd6b", "#f5e9d9"
    ),
    "plum": _palette(
        "#fbf4f1 #f3dccf", "#eee0e0 #d3b9c5 #a98aa6 #7a5a82 #513860 #231a33", "#c8573c", "#f4c766", "#f1e4d8"
    ),
    "sand": _palette(
        "#fdfaf4 #f4e8d2", "#f1e7d6 #e2cfb0 #c8ab82 #9b805f #4d6363 #12343c", "#a8371f", "#f2c14e", "#dfe7e0"
    ),
    "sun": _palette(
        "#fdf8e8 #fae3ad", "#faedcb #f6d996 #eebb58 #c98a3e #55705f #133f47", "#a8371f", "#fff0c4", "#e3e8da"
    ),
    "dusk": _palette(
        "#f6dcc0 #eeb493", "#e3b9a4 #b894a0 #7f7591 #47597a #1d3f56 #0c1f2b", "#f0a04e", "#fbe3ae", "#f3ddc6"
    ),
}


# --- Shapes ---


def blob(rng: Random, x: float, y: float, radius: float, wobble: float = 0.1, stretch: float = 1.0) -> Shape:
    """A disc cut by hand: nearly round, never quite."""
    phases = [(k, rng.uniform(0, math.tau), wobble * rng.uniform(0.4, 1) / (k - 1)) for k in (2, 3, 4)]
    shape = []
    corners = 72 if radius > 60 else 24
    for i in range(corners):
        a = math.tau * i / corners
        r = radius * (1 + sum(size * math.sin(k * a + phase) for k, phase, size in phases))
        shape.append((x + r * stretch * math.cos(a), y + r * math.sin(a)))
    return shape


def ribbon(line: Sequence[Point], width: Callable[[float], float]) -> Shape:
    """A strip along a line; `width` takes the way gone, from 0 to 1."""
    left, right = [], []
    last = len(line) - 1
    for i, (x, y) in enumerate(line):
        (ax, ay), (bx, by) = line[max(i - 1, 0)], line[min(i + 1, last)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (ay - by) / length, (bx - ax) / length
        half = width(i / last) / 2
        left.append((x + nx * half, y + ny * half))
        right.append((x - nx * half, y - ny * half))
    return left + right[::-1]


def arc(x: float, y: float, length: float, angle: float, bend: float, steps: int = 18) -> Shape:
    """A line that sets out at `angle` (radians, 0 to the right) and turns by `bend` on its way."""
    line = [(x, y)]
    for i in range(steps):
        a = angle + bend * i / steps
        x, y = x + math.cos(a) * length / steps, y + math.sin(a) * length / steps
        line.append((x, y))
    return line


def leaf_of(
    x: float, y: float, length: float, width: float, angle: float, bend: float, veins: int = 0
) -> tuple[Shape, list[Shape]]:
    """A leaf that grows from a point, and the slits that are cut into it along its veins."""
    spine = arc(x, y, length, angle, bend)
    outline = ribbon(spine, lambda t: width * math.sin(math.pi * t**0.8) ** 0.85 if 0 < t < 1 else 0.0)
    if not veins:
        return outline, []
    slits = [ribbon(spine[2:-2], lambda t: length * 0.014 * (1.1 - t))]
    for i in range(veins):
        t = 0.2 + 0.55 * i / veins
        at = spine[int(t * 18)]
        reach = width * 0.36 * math.sin(math.pi * t**0.8)
        for side in (-1, 1):
            vein = arc(*at, reach, angle + bend * t + side * 0.75, -side * 0.35, 6)
            slits.append(ribbon(vein[1:], lambda t: length * 0.011 * (1 - 0.7 * t)))
    return outline, slits


class Ridge:
    """A horizon: a sum of three slow waves, so that it never repeats within a picture."""

    def __init__(self, rng: Random, base: float, swell: float, length: float) -> None:
        self.base = base
        self.waves = [
            (swell * share, math.tau / (length * scale * rng.uniform(0.8, 1.25)), rng.uniform(0, math.tau))
            for share, scale in ((0.62, 1.0), (0.28, 0.47), (0.10, 0.21))
        ]

    def __call__(self, x: float) -> float:
        return self.base + sum(size * math.sin(x * pace + phase) for size, pace, phase in self.waves)

    def meet(self, x: float, y: float) -> "Ridge":
        """Raise or lower the whole horizon so that it passes through a point."""
        self.base += y - self(x)
        return self


def neighbourhoods(rng: Random, sites: list[Point], box: tuple[float, float, float, float]) -> list[Shape]:
    """The neighbourhood of each site (Voronoi cells), evened out once."""
    x0, y0, x1, y1 = box
    for final in (False, True):
        cells = []
        for i, (sx, sy) in enumerate(sites):
            cell: Shape = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
            for j, (ox, oy) in enumerate(sites):
                if i == j:
                    continue
                nx, ny = ox - sx, oy - sy
                limit = (ox * ox + oy * oy - sx * sx - sy * sy) / 2
                kept: Shape = []
                for (ax, ay), (bx, by) in zip(cell, cell[1:] + cell[:1], strict=True):
                    da, db = ax * nx + ay * ny - limit, bx * nx + by * ny - limit
                    if da <= 0:
                        kept.append((ax, ay))
                    if (da < 0) != (db < 0) and da != db:
                        t = da / (da - db)
                        kept.append((ax + (bx - ax) * t, ay + (by - ay) * t))
                cell = kept
                if not cell:
                    break
            cells.append(cell)
        if final:
            return cells
        sites = [middle(cell) if cell else site for cell, site in zip(cells, sites, strict=True)]
    return cells


def middle(shape: Shape) -> Point:
    return sum(x for x, _ in shape) / len(shape), sum(y for _, y in shape) / len(shape)


def inset(shape: Shape, margin: float, keep: float = 1.0) -> Shape:
    """The shape drawn in by `margin` units and scaled by `keep`, its corners rounded off."""
    mx, my = middle(shape)
    points = []
    for x, y in shape:
        distance = math.hypot(x - mx, y - my) or 1.0
        share = max(0.0, 1 - margin / distance) * keep
        points.append((mx + (x - mx) * share, my + (y - my) * share))
    for _ in range(4):
        points = [
            ((1 - t) * ax + t * bx, (1 - t) * ay + t * by)
            for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True)
            for t in (0.25, 0.75)
        ]
    return points


# --- The table on which sheets are laid ---

_SHADOW_GRID = 4
"""Shadows are soft, so they are drawn at a quarter of the size, which saves most of the time."""


@dataclass
class Table:
    """A pile of sheets in the making; all measures are units."""

    image: Image.Image
    palette: Palette
    rng: Random
    focus: Point
    unit: float
    wash: Image.Image

    @classmethod
    def of(cls, size: tuple[int, int], palette: Palette, rng: Random, focus: Point) -> "Table":
        width, height = size
        unit = math.sqrt(width * height / 1_600_000)
        mottle = Image.frombytes("L", (12, 8), rng.randbytes(96)).resize(size, Image.Resampling.BICUBIC)
        image = Image.new("RGB", size)
        return cls(
            image,
            palette,
            rng,
            (round(focus[0] * width / unit, 6), round(focus[1] * height / unit, 6)),
            unit,
            mottle,
        )

    @property
    def w(self) -> float:
        return round(self.image.width / self.unit, 6)

    @property
    def h(self) -> float:
        return round(self.image.height / self.unit, 6)

    @property
    def whole(self) -> Shape:
        return [(-50, -50), (self.w + 50, -50), (self.w + 50, self.h + 50), (-50, self.h + 50)]

    def below(self, ridge: Callable[[float], float]) -> Shape:
        """Everything under a horizon."""
        steps = max(8, int(self.w / 9))
        line = [(x, ridge(x)) for x in (-40 + (self.w + 80) * i / steps for i in range(steps + 1))]
        return [*line, (self.w + 40, self.h + 60), (-40, self.h + 60)]

    def ground(self, upper: Colour, lower: Colour) -> None:
        box = (0, 0, *self.image.size)
        self.image.paste(self._tint(box, upper, lower, 0.1, 1.0))

    def sheet(
        self,
        shapes: Iterable[Shape],
        colour: Colour,
        *,
        holes: Iterable[Shape] = (),
        lift: float = 1.0,
        fade: Colour | None = None,
        rim: int = 70,
    ) -> None:
        """Lay one sheet: `lift` is how high it floats (its shadow), `fade` a colour that it takes lower down,
        as hills do in mist, and `rim` the light on its cut edge (0 to 255)."""
        shapes, holes = [s for s in shapes if len(s) > 2], [s for s in holes if len(s) > 2]
        if not shapes:
            return
        reach = 46 * lift + 4
        xs = [x for shape in shapes for x, _ in shape]
        ys = [y for shape in shapes for _, y in shape]
        u = self.unit
        left, top = max(0, int((min(xs) - reach) * u)), max(0, int((min(ys) - reach) * u))
        right = min(self.image.width, math.ceil((max(xs) + reach) * u))
        bottom = min(self.image.height, math.ceil((max(ys) + reach) * u))
        if right - left < 1 or bottom - top < 1:
            return
        box = (left, top, right, bottom)
        size = (right - left, bottom - top)
        if lift:
            shadow = self._shadow(shapes, holes, box, lift)
            self.image.paste(mix(self.palette.ramp[-1], (0, 0, 0), 0.25), box, shadow)
        # A pen cannot draw less than a pixel: the smaller the picture, the finer the grid for its thin lines.
        finer = 2 if u > 0.7 else min(6, math.ceil(1.4 / u))
        mask = self._mask(shapes, holes, (left, top), size, finer, 0.0).reduce(finer)
        if fade is None:
            paper = self._tint(
                box, mix(colour, (255, 255, 255), 0.09), mix(colour, self.palette.ramp[-1], 0.13), 0.55, 0.85
            )
        else:
            paper = self._tint(box, mix(colour, (255, 255, 255), 0.04), fade, 0.12, 1.0)
        self.image.paste(paper, box, mask)
        if rim:
            step = max(1, round(1.6 * u))
            moved = mask.copy()
            moved.paste(mask, (step, step))
            edge = ImageChops.subtract(mask, moved).point(lambda v: v * rim // 255)
            self.image.paste((255, 252, 244), box, edge)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """A round light without an edge."""
        side = max(2, round(2 * radius * self.unit))
        disc = Image.radial_gradient("L").point(lambda v: round(max(0, 1 - v / 181) ** 2 * 255 * strength))
        at = round((x - radius) * self.unit), round((y - radius) * self.unit)
        mask = Image.new("L", self.image.size)
        mask.paste(disc.resize((side, side), Image.Resampling.BILINEAR), at)
        self.image.paste(colour, (0, 0), mask)

    def beams(self, strength: float, count: int = 3) -> None:
        """Light that falls in from the upper left in broad soft bands."""
        small = Image.new("L", (max(1, self.image.width // 8), max(1, self.image.height // 8)))
        pen = ImageDraw.Draw(small)
        scale = self.unit / 8
        for i in range(count):
            x = self.focus[0] - self.h * 0.75 + (i - count / 2) * 230 + self.rng.uniform(-40, 40)
            wide = self.rng.uniform(60, 130)
            band = [
                (x, -20),
                (x + wide, -20),
                (x + wide * 1.5 + self.h * 1.1, self.h + 20),
                (x + self.h, self.h + 20),
            ]
            pen.polygon([(px * scale, py * scale) for px, py in band], fill=round(255 * strength))
        small = small.filter(ImageFilter.GaussianBlur(max(0.6, 26 * scale)))
        self.image.paste((255, 248, 226), (0, 0), small.resize(self.image.size, Image.Resampling.BICUBIC))

    def finish(self, grain: bool = True) -> Image.Image:
        """The fall of light over the whole, and the paper's grain, which is seen only close up."""
        width, height = self.image.size
        light = Image.radial_gradient("L").transform(
            (width, height),
            Image.Transform.AFFINE,
            (110 / width, 0, 128 + 14, 0, 116 / height, 128 + 6),
            Image.Resampling.BILINEAR,
        )
        light = light.point(lambda v: 168 - v * 66 // 180)
        if grain:
            noise = Image.frombytes("L", (width, height), self.rng.randbytes(width * height))
            relief = noise.filter(ImageFilter.GaussianBlur(0.8)).filter(ImageFilter.EMBOSS)
            light = Image.blend(light, relief, 0.16).point(lambda v: min(255, max(0, round((v - 20.5) / 0.84))))
        return ImageChops.soft_light(self.image, Image.merge("RGB", (light, light, light)))

    def _mask(
        self,
        shapes: list[Shape],
        holes: list[Shape],
        corner: Point,
        size: tuple[int, int],
        finer: float,
        drop: float,
    ) -> Image.Image:
        mask = Image.new("L", (max(1, math.ceil(size[0] * finer)), max(1, math.ceil(size[1] * finer))))
        pen = ImageDraw.Draw(mask)
        scale = self.unit * finer
        dx, dy = drop * scale - corner[0] * finer, drop * scale * 1.25 - corner[1] * finer
        for group, value in ((shapes, 255), (holes, 0)):
            for shape in group:
                pen.polygon([(x * scale + dx, y * scale + dy) for x, y in shape], fill=value)
        return mask

    def _shadow(
        self, shapes: list[Shape], holes: list[Shape], box: tuple[int, int, int, int], lift: float
    ) -> Image.Image:
        size = (box[2] - box[0], box[3] - box[1])
        grid = _SHADOW_GRID if min(self.image.size) >= 240 else 1
        cast = self._mask(shapes, holes, box[:2], size, 1 / grid, 9 * lift)
        touch = self._mask(shapes, holes, box[:2], size, 1 / grid, 2.5 * lift)
        soft = self.unit / grid
        cast = cast.filter(ImageFilter.GaussianBlur(max(1.2, 15 * lift * soft))).point(lambda v: v * 92 // 255)
        touch = touch.filter(ImageFilter.GaussianBlur(max(1.1, 3.6 * lift * soft))).point(lambda v: v * 62 // 255)
        return ImageChops.add(cast, touch).resize(size, Image.Resampling.BILINEAR)

    def _tint(
        self, box: tuple[int, int, int, int], upper: Colour, lower: Colour, across: float, down: float
    ) -> Image.Image:
        """A gradient from the upper left to the lower right, a little uneven as coloured paper is."""
        width, height = box[2] - box[0], box[3] - box[1]
        total = across + down
        slope = Image.linear_gradient("L").transform(
            (width, height),
            Image.Transform.AFFINE,
            (0, 0, 128, 254 * across / total / width, 254 * down / total / height, 0.5),
            Image.Resampling.BILINEAR,
        )
        slope = Image.blend(slope, self.wash.crop(box), 0.2)
        return Image.merge(
            "RGB",
            [
                slope.point([round(a + (b - a) * v / 255) for v in range(256)])
                for a, b in zip(upper, lower, strict=True)
            ],
        )

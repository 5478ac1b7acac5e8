"""Pictures of cut paper, drawn by rule: the family to which every demonstration image and the frise belong.

Layered landscapes and patterns, a little irregular, in the papers of one palette, lit from the upper left.
Nothing depicts a person, an organ or an instrument.

    draw("hills", 7, "petrol").save("hills.jpg")
    focal_point("hills", 7)            # (0.661, 0.443): the centre for a crop, in fractions of the size

The same arguments give the same bytes.
"""

import math
from collections.abc import Callable
from random import Random

from PIL import Image

from portal.paper import (
    PALETTES,
    Colour,
    Palette,
    Point,
    Ridge,
    Shape,
    Table,
    arc,
    blob,
    inset,
    leaf_of,
    middle,
    mix,
    neighbourhoods,
    ribbon,
)

# --- Motifs ---


def _sun(table: Table, x: float, y: float, radius: float, colour: Colour, rings: int = 2) -> None:
    """A disc with paler discs behind it, as if the light were cut out too."""
    sky = mix(*table.palette.sky, y / table.h)
    for i in range(rings, 0, -1):
        disc = blob(table.rng, x, y, radius * (1 + 0.62 * i), 0.03)
        table.sheet([disc], mix(sky, colour, 0.34 / i), lift=0.45, rim=40)
    table.sheet([blob(table.rng, x, y, radius, 0.025)], colour, lift=0.7)


def _hills(table: Table) -> None:
    """Hills in the morning: ridge behind ridge, a low sun, a grove where the eye rests."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(*p.sky)
    _sun(
        table,
        fx + rng.uniform(-60, 60),
        fy - rng.uniform(40, 110),
        rng.uniform(62, 104),
        p.glow,
        rng.randint(1, 3),
    )
    count = rng.randint(6, 8)
    grove = rng.randint(2, 3)
    high = rng.random() < 0.45
    for i in range(count):
        depth = i / (count - 1)
        base = fy + (table.h * 1.04 - fy) * (depth**1.15) * 0.86 - 26
        swell = 96 if i < 2 and high else 34 + 46 * rng.random() + 26 * depth
        ridge = Ridge(rng, base, swell, rng.uniform(420, 700) if i < 2 and high else rng.uniform(620, 1250))
        if i == 0:
            ridge.meet(fx, fy + 6)
        tone = p.tone(0.1 + 0.86 * depth)
        if i == grove + 1 and rng.random() < 0.7:
            tone = mix(p.counter, p.tone(0.3), 0.18)
        if i == grove:
            ridge.meet(fx, fy + 0.15 * table.h)
        if i in (grove, count - 2):
            _grove(table, ridge, fx if i == grove else table.w * rng.choice((0.12, 0.88)), p, depth, i == grove)
        table.sheet([table.below(ridge)], tone, lift=0.75 + 0.6 * depth, fade=mix(tone, p.sky[1], 0.42 - 0.3 * depth))


def _grove(table: Table, ridge: Callable[[float], float], x: float, p: Palette, depth: float, bright: bool) -> None:
    rng = table.rng
    count = rng.randint(4, 7)
    lit = rng.randrange(count) if bright else -1
    for i in range(count):
        tx = x + (i - count / 2) * rng.uniform(34, 52) + rng.uniform(-12, 12)
        tall = rng.uniform(70, 150)
        colour = p.accent if i == lit else p.tone(min(1, depth + rng.uniform(0.12, 0.4)))
        if rng.random() < 0.6:
            crown, _ = leaf_of(
                tx, ridge(tx) + 14, tall, tall * rng.uniform(0.3, 0.42), -math.pi / 2, rng.uniform(-0.1, 0.1)
            )
            table.sheet([crown], colour, lift=0.45)
        else:
            stem = ribbon([(tx, ridge(tx) + 16), (tx, ridge(tx) - tall * 0.5)], lambda t: 5)
            table.sheet([stem, blob(rng, tx, ridge(tx) - tall * 0.55, tall * 0.3, 0.12)], colour, lift=0.45)


def _waves(table: Table) -> None:
    """A swell: pointed crests that lean one way, with a disc of light going down among them."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(*p.sky)
    lean = rng.choice((-1, 1))
    size, low = rng.uniform(84, 128), rng.random() > 0.75
    # A low sun reddens, where the palette's accent is a warm one.
    red = low and p.accent[0] > p.accent[2]
    _sun(table, fx, fy - 44, size, mix(p.accent, p.glow, 0.3) if red else p.glow, 2)
    count = rng.randint(6, 8)
    light = rng.randint(2, count - 4)
    for i in range(count):
        depth = i / (count - 1)
        length = (230 + 420 * depth) * rng.uniform(0.85, 1.2)
        height = (24 + 62 * depth) * rng.uniform(0.8, 1.15)
        base = fy + 6 + (table.h - fy) * 0.93 * depth**1.12
        swell = Ridge(rng, 0, 16 + 14 * depth, 900)
        start = rng.uniform(0, length)
        crest: Shape = []
        for step in range(int((table.w + 3 * length) / 7)):
            way = step * 7 / length * math.tau
            x = step * 7 - length - start + lean * height * 0.5 * math.cos(way) - height * 0.9 * math.sin(way)
            crest.append((x, base - height * math.cos(way) * (1 + 0.18 * math.sin(way / 3.1 + i)) + swell(step * 7)))
        body = [*crest, (table.w + 60, table.h + 60), (-60, table.h + 60)]
        tone = p.tone(0.14 + 0.84 * depth)
        if i == light:
            tone = p.counter
        if i == light + 2 and rng.random() < 0.5:
            tone = mix(p.glow, p.counter, 0.35)
        spray = [(x + lean * 10 * depth, y - 10 - 12 * depth) for x, y in crest]
        table.sheet([[*spray, *body[-2:]]], mix(tone, p.sky[0], 0.45), lift=0.6)
        table.sheet([body], tone, lift=0.75 + 0.5 * depth, fade=mix(tone, p.sky[1], 0.28 - 0.2 * depth))


def _river(table: Table) -> None:
    """A river seen from above, its banks cut through sheet after sheet, and one island."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    upright = table.h > table.w
    turns = rng.uniform(0.85, 1.35)
    phase = rng.uniform(-0.4, 0.4)
    sway = 0.24 * table.h
    steps = 70
    flip = rng.choice((-1, 1))

    def bed(t: float, side: float) -> Point:
        x = -90 + (table.w + 180) * t
        bend = math.sin((x - fx) / table.w * math.tau * turns + phase) - math.sin(phase)
        return x, fy + flip * sway * bend + (x - fx) * 0.10 * flip + side

    deep = [p.tone(0.9), p.tone(0.66), p.tone(0.5)]
    table.ground(deep[0], p.tone(1.0))
    for i in range(7):
        at = rng.uniform(-46, 46)
        start, end = sorted((rng.uniform(-0.1, 1.0), rng.uniform(0.1, 1.1)))
        line = [bed(start + (end - start) * k / 40, at + 6 * math.sin(k / 6 + i)) for k in range(41)]
        table.sheet([ribbon(line, lambda t: 8 * math.sin(math.pi * t))], mix(deep[1], p.sky[0], 0.25), lift=0.15)
    isle, _ = leaf_of(fx - 92, fy + 14 * flip, 200, 62, 0.12 * flip, rng.uniform(-0.4, 0.4), 0)
    table.sheet([isle], p.glow if rng.random() < 0.6 else mix(p.accent, p.glow, 0.15), lift=0.8)
    levels = rng.randint(6, 7)
    for i in range(levels):
        share = i / (levels - 1)
        half = 78 + (0.5 * min(table.h, table.w)) * share**1.25
        tone = p.tone(0.62 - 0.6 * share)
        if i == 1:
            tone = p.counter
        if i == levels - 3 and rng.random() < 0.6:
            tone = mix(p.glow, p.counter, 0.55)
        for side in (-1, 1):
            edge = Ridge(rng, half, 16 + 26 * share, rng.uniform(330, 620))
            line = []
            for k in range(steps + 1):
                x, y = bed(k / steps, 0)
                line.append((x, y + side * (edge(x) + 26 * math.sin(x / 310 + i * 0.9 + side))))
            far = side * (table.h + table.w + 400)
            table.sheet([[*line, (table.w + 150, fy + far), (-150, fy + far)]], tone, lift=0.9 + 0.25 * (not upright))


def _strata(table: Table) -> None:
    """The edge of a pile of papers, folded together as rock is, with one bright seam."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(*p.sky)
    arch = rng.choice((-1, 1)) * rng.uniform(0.12, 0.2) * table.h
    wide = rng.uniform(0.16, 0.26) * table.w
    tilt = rng.uniform(-0.16, 0.16)
    count = rng.randint(13, 16)
    y = 0.05 * table.h
    seam = min(range(count), key=lambda i: abs(y + (i + 0.5) * (table.h / count) - fy + arch * 0.3))
    tones = [0.06 + 0.9 * i / (count - 1) for i in range(count)]
    for i in range(count):
        thick = table.h / count * rng.choice((0.45, 0.8, 1.0, 1.5))
        grain = Ridge(rng, 0, rng.uniform(7, 20), rng.uniform(240, 760))
        fold = arch * (1 - 0.55 * i / count)

        def top(x: float, y: float = y, fold: float = fold, grain: Ridge = grain) -> float:
            return y + tilt * (x - fx) - fold * math.exp(-(((x - fx) / wide) ** 2)) + grain(x)

        tone = p.tone(min(1, max(0, tones[i] + rng.uniform(-0.16, 0.16))))
        if i == seam:
            tone, thick = p.glow, thick * 0.7
        elif i == seam + 1:
            tone, thick = p.accent, table.h / count * 0.32
        elif i % 5 == 3:
            tone = p.counter
        table.sheet([table.below(top)], tone, lift=0.62 + 0.35 * rng.random(), rim=95)
        y += thick


def _sites(table: Table, spacing: float) -> list[Point]:
    """Points scattered evenly but by hand, a little beyond the edges, one of them in the focus."""
    rng = table.rng
    sites = [table.focus]
    rows = round((table.h + 2 * spacing) / (spacing * 0.88))
    columns = round((table.w + 2 * spacing) / spacing)
    for row in range(rows + 1):
        for column in range(columns + 1):
            x = (column + 0.5 * (row % 2) - 1) * spacing + rng.uniform(-0.3, 0.3) * spacing
            y = (row - 0.8) * spacing * 0.88 + rng.uniform(-0.3, 0.3) * spacing
            if math.hypot(x - table.focus[0], y - table.focus[1]) > spacing * 0.8:
                sites.append((x, y))
    return sites


def _cell_sheets(table: Table) -> None:
    """A tissue of openings, each going down through several sheets; the widest gives on a sunny hill."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    spacing = rng.uniform(190, 250)
    sites = []
    for x, y in _sites(table, spacing):
        away = math.hypot(x - fx, y - fy) or 1.0
        push = 1 + 1.0 * spacing / away * math.exp(-((away / (2.2 * spacing)) ** 2)) if away > 1 else 1.0
        sites.append((fx + (x - fx) * push, fy + (y - fy) * push))
    margin = 2 * spacing
    cells = neighbourhoods(rng, sites, (-margin, -margin, table.w + margin, table.h + margin))
    heart, others = cells[0], [cell for cell in cells[1:] if cell]
    depths = [rng.choice((1, 2, 2, 3, 3, 4, 4)) for _ in others]
    table.ground(p.tone(0.72), p.tone(0.95))
    mx, my = middle(heart)
    view = [blob(rng, mx, my, spacing * 1.1, 0.02)]
    table.sheet(view, mix(p.sky[0], p.glow, 0.3), lift=0, rim=0)
    _sun(table, mx + 8, my - spacing * 0.06, spacing * 0.24, p.glow, 1)
    for i in range(3):
        ridge = Ridge(rng, 0, 16, 330).meet(mx, my + spacing * (0.12 + 0.2 * i))
        line = [(mx + k * 12, ridge(mx + k * 12)) for k in range(-20, 21)]
        low = [(mx + 240, my + spacing), (mx - 240, my + spacing)]
        table.sheet([[*line, *low]], p.tone(0.34 + 0.2 * i), lift=0.5)
    drift = [(rng.uniform(-7, 7), rng.uniform(-7, 7)) for _ in others]
    tones = [p.tone(0.66), p.tone(0.44), p.tone(0.25), p.tone(0.04)]
    order = rng.random()
    if order < 0.34:
        tones[2] = mix(p.glow, p.counter, 0.35)
    elif order < 0.67:
        tones[1] = p.counter
    for level, tone in zip((4, 3, 2, 1), tones, strict=True):
        keep = 1 - 0.19 * (level - 1)
        holes = [
            [(x + dx * level, y + dy * level) for x, y in inset(cell, 10, keep)]
            for cell, deep, (dx, dy) in zip(others, depths, drift, strict=True)
            if deep >= level
        ]
        holes.append(inset(heart, 4, min(1.0, keep + 0.14)))
        table.sheet([table.whole], tone, holes=holes, lift=0.8)
    for i in rng.sample(range(len(others)), k=min(len(others), 7)):
        (x, y), (dx, dy) = middle(others[i]), drift[i]
        size, angle = spacing * rng.uniform(0.34, 0.46), rng.uniform(-1.2, -0.3)
        at = (x + 2 * dx - 0.5 * size * math.cos(angle), y + 2 * dy - 0.5 * size * math.sin(angle))
        leaf, _ = leaf_of(*at, size, size * 0.44, angle, rng.uniform(-0.5, 0.5))
        table.sheet([leaf], rng.choice((p.tone(0.3), p.tone(0.55), p.glow, p.counter)), lift=0.7)


def _fibres(table: Table) -> None:
    """Strips that run together, cross in one place and fan out again."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(mix(p.sky[0], p.counter, 0.3), p.sky[1])
    count = rng.randint(20, 24)
    slope = rng.uniform(0.08, 0.24) * rng.choice((-1, 1))
    pinch = rng.uniform(0.2, 0.3) * table.h
    wave = rng.uniform(0.05, 0.11) * table.h
    turn = rng.choice((-1, 1))
    places = [(i + rng.uniform(-0.35, 0.35)) / (count - 1) * 2 - 1 for i in range(count)]
    order = sorted(range(count), key=lambda i: -abs(places[i]) + rng.uniform(-0.5, 0.5))
    bright = {order[-2]: p.accent, order[-5]: p.glow}
    for i in order:
        s, own = places[i], Ridge(rng, 0, 20, rng.uniform(900, 1500))
        line = []
        for k in range(61):
            x = -70 + (table.w + 140) * k / 60
            d = (x - fx) / table.w
            spread = pinch + (1.0 * table.h - pinch) * (1 - math.exp(-((d * 2.1) ** 2)))
            twist = math.cos(math.pi / (1 + math.exp(-d * 13))) * turn
            bow = wave * math.sin(d * 5) + slope * (x - fx)
            line.append((x, fy + bow + s * spread * (0.35 + 0.65 * twist if turn > 0 else twist) + own(x)))
        body = rng.uniform(18, 74)

        def width(t: float, body: float = body) -> float:
            return body * (0.5 + 1.3 * abs(t - fx / table.w) ** 0.8)

        tone = bright.get(i) or p.tone(0.06 + 0.88 * abs(s) ** 0.8 * rng.uniform(0.55, 1.05))
        if i not in bright and rng.random() < 0.14:
            tone = p.counter
        table.sheet([ribbon(line, width)], tone, lift=0.7, rim=85)


def _windows(table: Table) -> None:
    """A wall with openings of many sizes, and behind it the hills and the evening."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(p.sky[0], mix(p.sky[1], p.glow, 0.35))
    _sun(table, fx + 18, fy - 18, rng.uniform(74, 96), p.glow, 2)
    for i in range(5):
        ridge = Ridge(rng, 0, 56, rng.uniform(380, 700)).meet(fx, fy + 36 + i * 100)
        tone = p.tone(0.22 + 0.17 * i)
        if i in (1, 3):
            _grove(
                table,
                ridge,
                fx + rng.choice((-1, 1)) * rng.uniform(0, 0.3) * table.w,
                p,
                0.2 + 0.17 * i,
                False,
            )
        table.sheet([table.below(ridge)], tone, fade=mix(tone, p.sky[1], 0.3), lift=0.8)
    arched = rng.random() < 0.6
    pitch = rng.uniform(270, 350)
    rows = max(1, round(table.h / (pitch * 1.42)))
    storey = table.h / rows
    bars: list[Shape] = []
    wide: list[Shape] = []
    narrow: list[Shape] = []
    blinds: list[tuple[Shape, Colour]] = []
    for row in range(-1, rows + 2):
        y = fy + (row - round(fy / storey - 0.5)) * storey
        x = fx - math.ceil(fx / pitch + 1) * pitch
        while x < table.w + pitch:
            centre = abs(x - fx) < 1 and abs(y - fy) < 1
            w = pitch * (0.78 if centre else rng.uniform(0.5, 0.74))
            h = storey * (0.84 if centre else rng.uniform(0.58, 0.8))
            cx, cy = (x, y) if centre else (x + rng.uniform(-14, 14), y + rng.uniform(-12, 16))
            kind = rng.random()
            outline = _opening(rng, cx, cy, w, h, arched and kind < 0.8)
            wide.append(outline)
            narrow.append(_opening(rng, cx + 1, cy + 3, w - 30, h - 30, arched and kind < 0.8))
            if centre or rng.random() < 0.55:
                bars.append(ribbon([(cx, cy - h * 0.6), (cx + rng.uniform(-2, 2), cy + h * 0.6)], lambda t: 6))
                at = cy - h * rng.uniform(-0.05, 0.12)
                bars.append(ribbon([(cx - w * 0.6, at), (cx + w * 0.6, at + rng.uniform(-2, 2))], lambda t: 6))
            elif rng.random() < 0.5:
                fall = h * rng.uniform(0.3, 0.8)
                corners = [(cx - w, cy - h), (cx + w, cy - h), (cx + w, cy - h / 2 + fall)]
                blinds.append(
                    (
                        [*corners, (cx - w, cy - h / 2 + fall + rng.uniform(-8, 8))],
                        rng.choice((p.tone(0.35), p.tone(0.55), p.counter, p.tone(0.75), p.glow)),
                    )
                )
            x += pitch
    _blinds(table, blinds, pitch, storey)
    table.sheet(bars, p.tone(0.16), lift=0.45)
    table.sheet([table.whole], p.tone(0.36), holes=narrow, lift=0.9)
    wall = p.counter if rng.random() < 0.6 else p.tone(0.08)
    table.sheet([table.whole], wall, holes=wide, lift=1.0, rim=110)
    sill = [
        ribbon(
            [
                (min(x for x, _ in o) - 9, max(y for _, y in o) + 5),
                (max(x for x, _ in o) + 9, max(y for _, y in o) + 5),
            ],
            lambda t: 12,
        )
        for o in wide
    ]
    table.sheet(sill, mix(wall, (255, 255, 255), 0.3), lift=0.55)


def _blinds(table: Table, blinds: list[tuple[Shape, Colour]], pitch: float, storey: float) -> None:
    for shape, tone in blinds:
        mx = middle(shape)[0]
        top, bottom = min(y for _, y in shape), max(y for _, y in shape)
        left, right = mx - pitch * 0.46, mx + pitch * 0.46
        table.sheet([[(left, top), (right, top), (right, bottom), (left, bottom - 5)]], tone, lift=0.6)


def _opening(rng: Random, x: float, y: float, w: float, h: float, arched: bool) -> Shape:
    """A window cut by hand: nearly straight, with a round head where the house has them."""

    def off() -> float:
        return rng.uniform(-2.5, 2.5)

    foot = [(x + w / 2 + off(), y + h / 2), (x - w / 2 + off(), y + h / 2 + off())]
    if not arched:
        return [*foot, (x - w / 2 + off(), y - h / 2 + off()), (x + w / 2 + off(), y - h / 2 + off())]
    head = y - h / 2 + w / 2
    return [
        *foot,
        *((x - w / 2 * math.cos(a), head - w / 2 * math.sin(a)) for a in (math.pi * k / 24 for k in range(25))),
    ]


def _leaves(table: Table) -> None:
    """Branches that lean in from the edges, pale behind and deep in front, and one leaf that has turned."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(*p.sky)
    _sun(
        table,
        fx + rng.uniform(-60, 60),
        fy + rng.uniform(-60, 0),
        rng.uniform(150, 200),
        mix(p.glow, p.sky[0], 0.4),
        1,
    )
    count = rng.randint(8, 10)
    for i in range(count):
        depth = i / (count - 1)
        x = table.w * ((i * 0.618 + rng.uniform(-0.04, 0.04) + fx / table.w) % 1)
        y = table.h + 50
        # Those that start far from the light bend over to it; none grows across it.
        away = (fx - x) / table.w
        aim = -math.pi / 2 + 0.9 * away + rng.uniform(-0.16, 0.16)
        tall = table.h * (0.5 + 0.62 * abs(away) ** 0.6 - 0.26 * depth + rng.uniform(-0.05, 0.1))
        _branch(table, x, y, tall, aim, away * 0.9 + rng.uniform(-0.25, 0.25), 0.12 + 0.84 * depth, p)
    hanging = rng.choice((-1, 1))
    x = fx + hanging * rng.uniform(0.3, 0.42) * table.w
    _branch(table, x, -50, table.h * 0.56, math.pi / 2 + hanging * 0.35, hanging * 0.5, 0.55, p)
    angle = rng.choice((-0.7, -1.2, -2.0, -2.5)) + rng.uniform(-0.15, 0.15)
    start = (fx - 105 * math.cos(angle), fy - 105 * math.sin(angle))
    leaf, slits = leaf_of(*start, 240, 96, angle, rng.uniform(-0.5, 0.5), 5)
    table.sheet([leaf], p.accent if rng.random() < 0.7 else p.glow, holes=slits, lift=1.35)


def _branch(
    table: Table, x: float, y: float, length: float, angle: float, bend: float, depth: float, p: Palette
) -> None:
    rng = table.rng
    stem = arc(x, y, length, angle - bend / 2, bend, 40)
    pairs = max(3, int(length / rng.uniform(96, 124)))
    big = rng.uniform(170, 260) * (0.8 + 0.35 * depth)
    slim = rng.uniform(0.26, 0.42)
    tone = p.counter if rng.random() < 0.16 else p.tone(depth + rng.uniform(-0.08, 0.05))
    leaves, slits = [ribbon(stem, lambda t: 9 - 6 * t)], []
    for k in range(pairs + 1):
        t = 0.12 + 0.86 * k / pairs
        at = stem[min(40, int(t * 40))]
        heading = angle - bend / 2 + bend * t
        size = big * (1 - 0.45 * t) * rng.uniform(0.85, 1.1)
        for side in (-1, 1) if k < pairs else (0,):
            turn = heading + side * rng.uniform(0.62, 0.86)
            leaf, cut = leaf_of(*at, size, size * slim, turn, -side * rng.uniform(0.2, 0.6), 4 if depth > 0.35 else 0)
            leaves.append(leaf)
            slits.extend(cut)
    table.sheet(leaves, tone, holes=slits, lift=0.7 + 0.7 * depth)


def _canopy(table: Table) -> None:
    """Under the trees: trunks rank behind rank, crowns hanging in from above, light where the wood opens."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(mix(p.sky[0], p.glow, 0.12), mix(p.sky[1], p.glow, 0.25))
    table.glow(fx, fy, 520, p.glow, 0.6)
    _sun(table, fx, fy - 10, rng.uniform(76, 108), mix(p.glow, (255, 255, 255), 0.15), 2)
    ranks = 5
    for i in range(ranks):
        depth = i / (ranks - 1)
        tone = p.tone(0.16 + 0.8 * depth)
        floor = Ridge(rng, fy + (0.17 + 0.3 * depth) * table.h, 18 + 12 * depth, rng.uniform(500, 900))
        roof = Ridge(rng, (0.3 - 0.24 * depth) * table.h, 26, rng.uniform(400, 700))
        pitch = 120 + 120 * depth
        trunks = []
        x = rng.uniform(-pitch, 0)
        while x < table.w + pitch:
            # No trunk stands before the light; the nearer the rank, the wider the way that it leaves open.
            if abs(x - fx) > 90 + 250 * depth:
                lean = rng.uniform(-0.05, 0.05)
                foot = floor(x) + 40
                stem = arc(x, foot, foot + 60, -math.pi / 2 + lean, -lean * rng.uniform(0, 3), 14)
                stout = (15 + 44 * depth) * rng.uniform(0.7, 1.3)
                trunks.append(ribbon(stem, lambda t, stout=stout: stout * (1 - 0.4 * t + 0.9 * max(0.0, 0.12 - t) * 5)))
                for _ in range(rng.randint(0, 2)):
                    at, side = stem[rng.randint(5, 10)], rng.choice((-1, 1))
                    bough = arc(*at, pitch * rng.uniform(0.6, 1.1), -math.pi / 2 + side * 0.9, -side * 0.5)
                    trunks.append(ribbon(bough, lambda t, stout=stout: stout * 0.42 * (1 - 0.8 * t)))
            x += pitch * rng.uniform(0.6, 1.4)
        crowns: list[Shape] = []
        x = -60.0
        while x < table.w + 60:
            open_ = math.exp(-(((x - fx) / (160 + 130 * depth)) ** 2))
            size = (70 + 60 * depth) * rng.uniform(0.75, 1.25)
            y = roof(x) - 0.3 * table.h * open_ * (0.5 + depth) + rng.uniform(-20, 20)
            crowns.append(blob(rng, x, y, size, 0.16, 1.25))
            crowns.append([(x - size, y), (x + size, y), (x + size, -50), (x - size, -50)])
            x += size * rng.uniform(0.8, 1.25)
        table.sheet(trunks, tone, lift=0.6 + 0.5 * depth)
        leafage = p.counter if i == 1 and rng.random() < 0.4 else mix(tone, p.tone(0.35), 0.25)
        table.sheet(crowns, leafage, lift=0.7 + 0.5 * depth)
        table.sheet([table.below(floor)], tone, lift=0.8, fade=mix(tone, p.sky[1], 0.3 - 0.2 * depth))
    table.beams(0.16)
    fall = rng.choice((-1, 1))
    leaf, slits = leaf_of(fx + fall * 120, fy + 70, 84, 36, rng.uniform(-2.4, -0.7), 0.4, 3)
    table.sheet([leaf], p.accent, holes=slits, lift=1.3)


def _lattice(table: Table) -> None:
    """A pierced screen before a landscape; its openings widen where the light comes through."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(p.sky[0], mix(p.sky[1], p.glow, 0.3))
    table.glow(fx, fy, 600, p.glow, 0.6)
    _sun(table, fx, fy, rng.uniform(120, 165), p.glow, 1)
    for i in range(5):
        ridge = Ridge(rng, 0, 60, rng.uniform(420, 800)).meet(fx, fy + 60 + 96 * i)
        tone = p.glow if i == 2 and rng.random() < 0.4 else p.tone(0.22 + 0.11 * i)
        table.sheet([table.below(ridge)], tone, fade=mix(tone, p.sky[1], 0.25), lift=0.8)
    kind = rng.choice(("ogee", "ogee", "clover"))
    pitch = rng.uniform(128, 168)
    storey = pitch * (0.8 if kind == "ogee" else 0.9)
    back: list[Shape] = []
    front: list[Shape] = []
    for row in range(-math.ceil(fy / storey) - 1, math.ceil((table.h - fy) / storey) + 2):
        for column in range(-math.ceil(fx / pitch) - 1, math.ceil((table.w - fx) / pitch) + 2):
            x = fx + (column + 0.5 * (row % 2)) * pitch + rng.uniform(-2, 2)
            y = fy + row * storey + rng.uniform(-2, 2)
            near = math.exp(-((math.hypot(x - fx, y - fy) / (0.36 * table.w)) ** 2))
            size = pitch * (0.24 + 0.19 * near)
            front += _piercing(rng, kind, x, y, size)
            back += _piercing(rng, kind, x + 2, y + 3, size - 9)
    table.sheet([table.whole], p.tone(0.6), holes=back, lift=1.0)
    table.sheet([table.whole], p.counter if rng.random() < 0.6 else p.tone(0.8), holes=front, lift=0.8, rim=110)
    table.beams(0.17)


def _piercing(rng: Random, kind: str, x: float, y: float, size: float) -> list[Shape]:
    if kind == "ogee":
        spine = [(x, y + size * 1.72 * (k / 9 - 1)) for k in range(19)]
        return [ribbon(spine, lambda t: 2.0 * size * math.sin(math.pi * t) ** 1.25)]
    corners = ((0, -0.54), (0.54, 0), (0, 0.54), (-0.54, 0), (0, 0))
    return [blob(rng, x + dx * size, y + dy * size, size * 0.56, 0.03) for dx, dy in corners]


def _threads(table: Table) -> None:
    """Threads stretched between two rails: straight lines that make curves, woven round a disc of light."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(p.sky[0], mix(p.sky[1], p.tone(0.15), 0.4))
    big = rng.uniform(230, 300)
    _sun(table, fx, fy, big * 0.9, mix(p.tone(0.2), p.sky[1], 0.25), 1)
    families = 4
    for i in range(families):
        share = i / (families - 1)
        if i == 2:
            table.sheet([blob(rng, fx + 10, fy + 6, big * 0.58, 0.03)], p.glow, lift=1.1)
        last = i == families - 1
        count = 9 if last else rng.randint(20, 26)
        fan = rng.uniform(0.14, 0.22) if last else rng.uniform(0.9, 1.3)
        ax, bx = -40.0, table.w + 40
        at = (fx - ax) / (bx - ax)
        a0 = rng.uniform(-0.1, 0.8) * table.h if last else (-0.35 + 0.45 * i + rng.uniform(-0.15, 0.15)) * table.h
        b0 = table.h - a0 - fan * table.h + rng.uniform(-0.2, 0.2) * table.h
        turn = rng.random() < 0.5
        lines = []
        for k in range(count):
            t = k / (count - 1)
            ay, by = a0 + fan * table.h * t, b0 + fan * table.h * ((1 - t) if turn else t**1.5)
            # Every family leans towards the focus: there its threads are closest.
            target = fy + (t - 0.5) * (0.05 if last else 0.3) * table.h
            pull = (target - (ay + (by - ay) * at)) * 0.8
            power = math.log(0.5) / math.log(at)
            line = [
                (ax + (bx - ax) * s, ay + (by - ay) * s + pull * math.sin(math.pi * s**power) ** 2)
                for s in (j / 44 for j in range(45))
            ]
            thick = 6.0 if last else 3.2 + 2.4 * share
            lines.append(ribbon(line, lambda t, thick=thick: thick))
        table.sheet(lines, p.accent if last else p.tone(0.4 + 0.6 * share), lift=0.6 + 0.3 * share, rim=60)


def _reeds(table: Table) -> None:
    """Reeds at the water's edge, rank behind rank in the haze."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(*p.sky)
    _sun(table, fx, fy - 30, rng.uniform(92, 140), p.glow, 2)
    for i in range(3):
        ridge = Ridge(rng, fy + 60 + 62 * i, 16, rng.uniform(500, 900))
        tone = p.tone(0.14 + 0.13 * i)
        table.sheet([table.below(ridge)], tone, fade=mix(tone, p.sky[1], 0.5), lift=0.7)
    wind = rng.choice((-1, 1)) * rng.uniform(0.12, 0.34)
    ranks = 4
    for i in range(ranks):
        depth = i / (ranks - 1)
        count = round(table.w / (46 + 12 * i))
        shapes, heads = [], []
        for k in range(count):
            x = (k + rng.uniform(-0.5, 0.5)) * table.w / count
            # The ranks part in front of the light, as a curtain does.
            open_ = 1 - 0.62 * math.exp(-(((x - fx) / (190 + 90 * depth)) ** 2))
            tall = (0.42 + 0.3 * rng.random()) * table.h * open_ * (0.75 + 0.4 * depth)
            stem = arc(
                x,
                table.h + 30,
                tall,
                -math.pi / 2 + rng.uniform(-0.07, 0.07),
                wind * rng.uniform(0.5, 1.3),
                22,
            )
            body = rng.uniform(7, 13) * (0.7 + 0.6 * depth)
            shapes.append(ribbon(stem, lambda t, body=body: body * (1 - 0.75 * t)))
            ax, ay = stem[-1]
            lean = math.atan2(ay - stem[-3][1], ax - stem[-3][0])
            if rng.random() < 0.5:
                heads.append(leaf_of(*stem[-2], 96 + 40 * depth, 22 + 9 * depth, lean, wind)[0])
            if rng.random() < 0.7:
                at = stem[rng.randint(4, 12)]
                side = rng.choice((-1, 1))
                shapes.append(leaf_of(*at, tall * 0.42, 15 + 12 * depth, lean + side * 0.5, side * 0.5 + wind)[0])
        tone = p.tone(0.28 + 0.68 * depth)
        table.sheet(shapes, tone, lift=0.6 + 0.5 * depth)
        table.sheet(
            heads,
            (p.counter, mix(p.glow, p.tone(0.5), 0.35), p.accent, p.tone(0.8))[i],
            lift=0.6 + 0.4 * depth,
        )


def _islands(table: Table) -> None:
    """A map in relief: long islands that rise contour by contour out of a deep sea, lightest at the top."""
    rng, p, (fx, fy) = table.rng, table.palette, table.focus
    table.ground(p.tone(0.76), p.tone(0.94))
    lie = rng.uniform(-0.5, 0.5)
    cos, sin = math.cos(lie), math.sin(lie)
    places = [(fx, fy, rng.uniform(0.17, 0.21) * min(table.h, table.w))]
    for _ in range(120):
        x, y, r = rng.uniform(-80, table.w + 80), rng.uniform(-60, table.h + 60), rng.uniform(30, 120)
        # Distances are taken along the lie of the land, in which every island is twice as long as wide.
        if all(
            math.hypot(((x - ox) * cos + (y - oy) * sin) / 2, (y - oy) * cos - (x - ox) * sin) > (r + size) * 1.5
            for ox, oy, size in places
        ):
            places.append((x, y, r))
    grown = [[(k, rng.uniform(0, math.tau), rng.uniform(0.5, 1)) for k in (2, 3, 5, 7)] for _ in places]

    def contour(number: int, share: float) -> Shape:
        x, y, r = places[number]
        points = []
        for k in range(96):
            a = math.tau * k / 96
            wave = sum(s * 0.22 / (n - 1) * math.sin(n * a + q + 0.7 * share) for n, q, s in grown[number])
            radius = r * (1 - share) * (1 + wave * (0.6 + share))
            long, wide = 2 * radius * math.cos(a) - 0.34 * r * share, radius * math.sin(a) - 0.3 * r * share
            points.append((x + long * cos - wide * sin, y + long * sin + wide * cos))
        return points

    for reach, depth in ((-0.62, 0.72), (-0.34, 0.6), (-0.14, 0.42)):
        table.sheet([contour(i, reach) for i in range(len(places))], p.tone(depth), lift=0.7)
    table.sheet([contour(i, 0.0) for i in range(len(places))], p.counter, lift=0.9)
    for level in range(1, 6):
        tone = p.tone(0.5 - 0.09 * level) if level < 5 else p.glow
        high = [contour(i, 0.16 * level) for i, (_, _, r) in enumerate(places) if r > 30 * level]
        table.sheet(high, tone, lift=0.85, rim=95)
    for _ in range(rng.randint(3, 5)):
        x, y = rng.uniform(0, table.w), rng.uniform(0, table.h)
        away = min(math.hypot(x - ox, y - oy) / size for ox, oy, size in places)
        if away > 2.4:
            sail, _ = leaf_of(x, y, 46, 15, lie + rng.uniform(-0.3, 0.3), 0.1)
            table.sheet([sail], p.sky[0], lift=0.5)


MOTIFS: dict[str, Callable[[Table], None]] = {
    "canopy": _canopy,
    "cells": _cell_sheets,
    "fibres": _fibres,
    "hills": _hills,
    "islands": _islands,
    "lattice": _lattice,
    "leaves": _leaves,
    "reeds": _reeds,
    "river": _river,
    "strata": _strata,
    "threads": _threads,
    "waves": _waves,
    "windows": _windows,
}


_SUN_ABOVE = {"hills": 0.06, "reeds": 0.03, "waves": 0.045}
"""Where the sun stands above the heart of a picture, a narrow crop has to reach up to it."""


def _heart(motif: str, seed: int) -> Point:
    rng = Random(f"{motif} {seed} focus")
    x = rng.choice((rng.uniform(0.3, 0.42), rng.uniform(0.58, 0.7)))
    return round(x, 3), round(rng.uniform(0.4, 0.54), 3)


def focal_point(motif: str, seed: int) -> Point:
    """Where the eye rests in `draw(motif, seed, …)`: fractions of width and height, for any size and palette.

    A band of 5:1 that is centred on it holds what the picture is about. Raises `KeyError` for an unknown
    motif.
    """
    if motif not in MOTIFS:
        raise KeyError(motif)
    x, y = _heart(motif, seed)
    return x, round(y - _SUN_ABOVE.get(motif, 0.0), 3)


def draw(
    motif: str,
    seed: int,
    palette: str | Palette,
    size: tuple[int, int] = (1600, 1000),
    grain: bool = True,
) -> Image.Image:
    """Draw a picture: `motif` is a key of `MOTIFS`, `palette` one of `PALETTES` or its key, `size` in pixels.

    Without `grain` the paper is smooth, and a lossless file several times smaller. Raises `KeyError` for
    a motif or palette that does not exist.
    """
    lay = MOTIFS[motif]
    papers = PALETTES[palette] if isinstance(palette, str) else palette
    table = Table.of(size, papers, Random(f"{motif} {seed}"), _heart(motif, seed))
    lay(table)
    return table.finish(grain)


# --- A day, for the film ---

_HOURS = (
    (0.0, PALETTES["plum"].towards(PALETTES["coral"], 0.3)),
    (0.24, PALETTES["petrol"].towards(PALETTES["moss"], 0.15)),
    (0.52, PALETTES["petrol"].towards(PALETTES["moss"], 0.7)),
    (0.78, PALETTES["sun"]),
    (1.0, PALETTES["dusk"]),
)


def day(progress: float, size: tuple[int, int] = (1280, 540)) -> Image.Image:
    """One picture of a film of wind in paper hills: `progress` runs from 0, dawn, to 1, evening."""
    rng = Random("a day in the hills")
    later = next(i for i, (hour, _) in enumerate(_HOURS) if i and progress <= hour)
    (start, before), (end, after) = _HOURS[later - 1], _HOURS[later]
    share = (progress - start) / (end - start)
    p = before.towards(after, share * share * (3 - 2 * share))
    table = Table.of(size, p, rng, (0.5, 0.45))
    w, h = table.w, table.h
    table.ground(*p.sky)
    course = math.pi * (0.06 + 0.88 * progress)
    sun_x, sun_y = w * (0.5 - 0.4 * math.cos(course)), h * (0.6 - 0.4 * math.sin(course))
    table.glow(sun_x, sun_y, 460, p.glow, 0.45)
    for reach, strength in ((2.2, 0.17), (1.6, 0.34), (1.0, 1.0)):
        disc = blob(Random("sun"), sun_x, sun_y, 84 * reach, 0.03)
        table.sheet([disc], mix(mix(*p.sky, sun_y / h), p.glow, strength), lift=0.5, rim=40)
    for i in range(3):
        cloud_x = (rng.random() * w * 1.6 + progress * (260 + 130 * i)) % (w * 1.5) - 0.25 * w
        cloud_y = h * (0.1 + 0.1 * i)
        bars = [
            ribbon(
                arc(cloud_x + shift, cloud_y + drop, length, 0, 0),
                lambda t: 30 * math.sin(math.pi * t) ** 0.45,
            )
            for shift, drop, length in ((0, 0, 250), (120, 21, 230))
        ]
        table.sheet(bars, mix(p.sky[0], p.sky[1], 0.25), lift=0.5)
    ranks = 6
    for i in range(ranks):
        depth = i / (ranks - 1)
        hill = Ridge(rng, h * (0.5 + 0.42 * depth), 34 + 22 * depth, 760 + 120 * i)
        drift = progress * (60 + 420 * depth)

        def ridge(x: float, hill: Ridge = hill, drift: float = drift) -> float:
            return hill(x + drift)

        tone = p.counter if i == 3 else p.tone(0.14 + 0.82 * depth)
        for k in range(4 + i):
            # Trees stand on the moving land and come back, out of sight, on its other side.
            place, tall, slim = (
                rng.random(),
                rng.uniform(70, 130) * (0.7 + 0.5 * depth),
                rng.uniform(0.28, 0.4),
            )
            x = (place * (w + 500) - drift) % (w + 500) - 250
            sway = 0.12 * math.sin(progress * 38 + place * 9) + 0.07
            crown, _ = leaf_of(x, ridge(x) + 14, tall, tall * slim, -math.pi / 2 + sway * 0.4, sway)
            colour = p.accent if (i, k) == (2, 1) else p.tone(min(1.0, 0.34 + 0.66 * depth + 0.1 * (k % 2)))
            if i in (1, 2, 4):
                table.sheet([crown], colour, lift=0.5)
        table.sheet([table.below(ridge)], tone, lift=0.8 + 0.5 * depth, fade=mix(tone, p.sky[1], 0.4 - 0.3 * depth))
    for _ in range(9):
        start_x, height, pace, turn = (
            rng.random(),
            rng.uniform(0.16, 0.8),
            rng.uniform(0.9, 1.5),
            rng.uniform(0, 6),
        )
        x = (start_x * 1.3 * w + progress * pace * 1500) % (1.3 * w) - 0.15 * w
        y = h * height + 46 * math.sin(progress * 11 * pace + turn) + 20 * math.sin(progress * 23 + turn)
        angle = 0.5 * math.sin(progress * 26 + turn) + 0.2
        leaf, _ = leaf_of(x, y, rng.uniform(34, 58), rng.uniform(13, 20), angle, 0.5 * math.sin(progress * 17 + turn))
        table.sheet([leaf], rng.choice((p.accent, p.glow, p.tone(0.55))), lift=0.8)
    return table.finish(grain=False)

"""The drawn pictures and the frise: repeatable, unlike each other, never flat, and clean inside a page."""

import itertools
import re
from random import Random
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops, ImageStat

from portal.drawings import MOTIFS, day, draw, focal_point
from portal.frise import BAND_MOTIFS, band_colours, band_svg
from portal.paper import PALETTES, Table

SMALL = (160, 100)
SVG = "{http://www.w3.org/2000/svg}"


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean absolute difference of two pictures, over channels, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_the_same_arguments_give_the_same_bytes(motif):
    assert draw(motif, 3, "petrol", (64, 40)).tobytes() == draw(motif, 3, "petrol", (64, 40)).tobytes()


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_different_seeds_give_pictures_that_differ_visibly(motif):
    one, other = (draw(motif, seed, "moss", (96, 60)) for seed in (1, 2))
    assert difference(one, other) > 6


def test_no_two_motifs_look_alike():
    pictures = [draw(motif, 1, "sand", (96, 60)) for motif in MOTIFS]
    for one, other in itertools.combinations(pictures, 2):
        assert difference(one, other) > 6


def test_a_palette_changes_the_colours_and_not_the_drawing():
    petrol, coral = (draw("hills", 5, palette, SMALL) for palette in ("petrol", "coral"))
    red, _, blue = ImageStat.Stat(petrol).mean
    warm_red, _, warm_blue = ImageStat.Stat(coral).mean
    assert warm_red - warm_blue > red - blue + 20
    lines = [picture.convert("L").resize((8, 5)).tobytes() for picture in (petrol, coral)]
    assert all((lines[0][i] > lines[0][-1]) == (lines[1][i] > lines[1][-1]) for i in range(8))


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_every_motif_in_every_palette_fills_odd_sizes_with_a_picture_that_is_not_flat(motif):
    for palette, size in zip(PALETTES, itertools.cycle(((97, 61), (151, 30), (41, 83))), strict=False):
        picture = draw(motif, 11, palette, size)
        assert (picture.size, picture.mode) == (size, "RGB")
        assert max(ImageStat.Stat(picture).stddev) > 12


def test_a_picture_of_one_pixel_is_still_a_picture():
    assert {draw(motif, 1, "plum", (1, 1)).size for motif in MOTIFS} == {(1, 1)}


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_a_thumbnail_shows_the_same_picture_as_the_large_one(motif):
    large = draw(motif, 4, "petrol", (480, 300)).resize((32, 20), Image.Resampling.BOX)
    small = draw(motif, 4, "petrol", SMALL).resize((32, 20), Image.Resampling.BOX)
    other = draw(motif, 5, "petrol", SMALL).resize((32, 20), Image.Resampling.BOX)
    assert difference(large, small) < difference(large, other) / 2


def test_light_comes_from_the_upper_left_and_shadows_fall_to_the_lower_right():
    grey = (150, 150, 150)
    table = Table.of((160, 100), PALETTES["sand"], Random(1), (0.5, 0.5))
    table.ground(grey, grey)
    bare = table.finish(grain=False).convert("L")
    assert bare.getpixel((8, 5)) > bare.getpixel((80, 50)) > bare.getpixel((152, 95))
    # A square sheet from (60, 30) to (100, 70) pixels, ten units to the pixel.
    table.sheet([[(600, 300), (1000, 300), (1000, 700), (600, 700)]], grey)
    laid = table.finish(grain=False).convert("L")
    before, behind = (ImageChops.difference(bare, laid).getpixel(at) for at in ((58, 28), (101, 71)))
    assert behind > before + 5
    assert laid.getpixel((101, 71)) < bare.getpixel((101, 71))


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_a_band_round_the_focal_point_is_as_rich_as_the_whole(motif):
    for seed in (1, 2):
        x, y = focal_point(motif, seed)
        assert 0.25 < x < 0.75 and 0.3 < y < 0.6
        picture = draw(motif, seed, "petrol", SMALL).convert("L")
        top = round(y * 100) - 16
        band = picture.crop((0, top, 160, top + 32))
        assert ImageStat.Stat(band).stddev[0] > 0.3 * ImageStat.Stat(picture).stddev[0]


def test_an_unknown_motif_or_palette_is_refused():
    with pytest.raises(KeyError):
        draw("portraits", 1, "petrol", SMALL)
    with pytest.raises(KeyError):
        draw("hills", 1, "grey", SMALL)
    with pytest.raises(KeyError):
        focal_point("portraits", 1)
    with pytest.raises(KeyError):
        band_svg(1, "grey")


def test_the_film_goes_from_dawn_to_evening_in_small_steps():
    hours = [day(step / 20, (128, 54)) for step in range(21)]
    assert all(0 < difference(one, other) < 20 for one, other in itertools.pairwise(hours))
    assert hours[10].tobytes() == day(10 / 20, (128, 54)).tobytes()
    assert difference(hours[0], hours[10]) > 20
    assert difference(hours[10], hours[20]) > 20


@pytest.mark.parametrize("motif", sorted(BAND_MOTIFS))
def test_a_band_is_small_clean_svg_that_a_screen_reader_passes_over(motif):
    sizes = ((1440, 12), (1440, 40), (1440, 160), (1920, 24), (320, 40), (1440, 400))
    for size, seed in itertools.product(sizes, range(6)):
        text = band_svg(seed, "petrol", *size, motif=motif)
        assert len(text.encode()) < 6000
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert root.get("aria-hidden") == "true" and root.get("focusable") == "false"
        assert root.get("viewBox") == "0 0 {} {}".format(*size)
        assert root.get("preserveAspectRatio") == "xMidYMid slice"
        for element in root.iter():
            assert element.tag in {f"{SVG}svg", f"{SVG}path"}
            assert not {"style", "id", "href"} & set(element.attrib)
            assert not any(name.startswith("on") for name in element.attrib)
        assert "NaN" not in text and "inf" not in text
        assert not re.search("#[0-9a-f]{3}", text), "colours belong to the stylesheet"
        layers = {path.get("class") for path in root.iter(f"{SVG}path")}
        assert {"frise-1", "frise-2", "frise-4", "frise-5"} <= layers <= {f"frise-{n}" for n in range(1, 6)}


def test_bands_repeat_for_a_seed_and_differ_between_seeds():
    assert band_svg(3, "moss") == band_svg(3, "moss")
    assert len({band_svg(seed, "moss") for seed in range(20)}) == 20
    assert len({band_svg(7, "moss", motif=motif) for motif in BAND_MOTIFS}) == len(BAND_MOTIFS)


def test_hills_meet_where_a_band_is_tiled():
    for seed in range(5):
        root = ElementTree.fromstring(band_svg(seed, "moss", motif="hills"))
        for path in list(root)[3:4] + list(root)[-2:]:
            start = re.match(r"M0 ([\d.]+)", path.get("d"))
            end = re.search(r"L1440 ([\d.]+)V", path.get("d"))
            assert start and end and start[1] == end[1]


@pytest.mark.parametrize("palette", sorted(PALETTES))
def test_a_palette_has_five_band_colours_that_differ_by_day_and_by_night(palette):
    light, dark = band_colours(palette), band_colours(palette, dark=True)
    for colours in (light, dark):
        assert len(set(colours)) == 5
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
    assert int(light[0][1:3], 16) > 200 > 80 > int(dark[0][1:3], 16)

"""The drawn pictures: repeatable, unlike each other, never flat."""

import itertools
from random import Random

import pytest
from PIL import Image, ImageChops, ImageStat

from portal.drawings import MOTIFS, day, draw, focal_point
from portal.paper import PALETTES, Table

SMALL = (160, 100)


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


def test_the_film_goes_from_dawn_to_evening_in_small_steps():
    hours = [day(step / 20, (128, 54)) for step in range(21)]
    assert all(0 < difference(one, other) < 20 for one, other in itertools.pairwise(hours))
    assert hours[10].tobytes() == day(10 / 20, (128, 54)).tobytes()
    assert difference(hours[0], hours[10]) > 20
    assert difference(hours[10], hours[20]) > 20

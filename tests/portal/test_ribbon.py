"""The ribbon: the files kept with the code are what the code draws, each its own, clean and small."""

from xml.etree import ElementTree

import pytest

from portal.ribbon import PALETTES, PATTERNS, STATIC, ribbon

EVERY = [(palette, pattern) for palette in PALETTES for pattern in range(PATTERNS)]


@pytest.mark.parametrize(("palette", "pattern"), EVERY)
def test_the_kept_file_is_what_is_drawn(palette, pattern):
    kept = STATIC / f"frise-{palette}-{pattern}.svg"
    assert kept.read_text(encoding="utf-8") == ribbon(palette, pattern)


def test_no_two_ribbons_are_alike():
    assert len({ribbon(palette, pattern) for palette, pattern in EVERY}) == len(EVERY)


@pytest.mark.parametrize(("palette", "pattern"), EVERY)
def test_a_ribbon_is_small_drawing_without_code_or_references(palette, pattern):
    text = ribbon(palette, pattern)
    assert len(text.encode()) < 20_000
    for element in ElementTree.fromstring(text).iter():
        assert element.tag.rpartition("}")[2] in {"svg", "path"}
        assert not {"style", "id", "href"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)


def test_an_unknown_palette_is_refused():
    with pytest.raises(KeyError):
        ribbon("grey", 0)

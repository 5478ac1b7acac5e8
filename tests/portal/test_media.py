"""Pictures and films: what several threads read at once, formats, captions."""

from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.models import Filter, SourceImageIOError

from portal.blocks import VideoBlock
from portal.models import PortalDocument, PortalImage, StandardPage
from portal.templatetags.picture_tags import photo
from tests import factories

pytestmark = pytest.mark.django_db


def test_each_reader_of_a_picture_has_a_file_of_its_own():
    image = PortalImage.objects.first()
    with image.open_file() as first:
        start = first.read(2)
        with image.open_file() as second:
            assert second.read(2) == start
        assert first.read(1)  # the second reader neither closed nor moved it


def test_a_reader_who_ends_first_leaves_the_others_file_open():
    image = PortalImage.objects.first()
    readers = [image.open_file(), image.open_file()]
    first, second = (reader.__enter__() for reader in readers)
    readers[0].__exit__(None, None, None)
    assert first.closed
    assert second.read(2) == b"\xff\xd8"  # how every JPEG begins
    readers[1].__exit__(None, None, None)
    assert second.closed


def test_a_picture_without_its_file_says_so():
    image = PortalImage.objects.first()
    image.file.name = "original_images/nowhere.jpg"
    with pytest.raises(SourceImageIOError), image.open_file():
        pass


def test_the_slowest_format_is_offered_once_it_was_made_beforehand(page_at):
    image = page_at("fr", "iuc").frise[0].value
    sizes, shown = "width-{64,128}", "92vw"
    first = photo(image, sizes, shown)
    assert "image/webp" in first and "image/avif" not in first
    assert 'height="40"' in first and 'width="64"' in first  # nothing jumps while it loads
    call_command("warm_pictures", "--dry-run", stdout=(told := StringIO()))
    assert "lack AVIF" in told.getvalue() and not told.getvalue().startswith("0 ")
    other = PortalImage.objects.exclude(pk=image.pk).first()
    other.get_rendition("format-webp|width-32")
    PortalImage.objects.filter(pk=other.pk).update(shows_people=True)  # nobody has agreed
    call_command("warm_pictures", stdout=StringIO())
    made = image.find_existing_renditions(*map(Filter, ("format-avif|width-64", "format-avif|width-128")))
    assert {size.file.name.rpartition(".")[2] for size in made.values()} == {"avif"} and len(made) == 2
    assert not other.renditions.filter(filter_spec__contains="avif").exists()
    image.get_rendition_model().cache_backend.clear()  # within five minutes
    warm = photo(image, sizes, shown)
    assert warm.index("image/avif") < warm.index("image/webp") < warm.index("<img")


def test_a_film_of_the_portal_has_captions_in_the_language_of_its_page(client):
    film, captions = (
        PortalDocument.objects.create(title="Film", file=ContentFile(b"x", name=name))
        for name in ("film.mp4", "film.vtt")
    )
    block = VideoBlock()
    told = {"heading": "Film", "title": "Le jardin", "transcript": "<p>On voit le jardin.</p>"}
    value = block.to_python(told | {"file": film.pk, "captions": captions.pk})
    block.clean(value)
    for wrong in ({"captions": film.pk, "file": film.pk}, {"captions": captions.pk}):
        with pytest.raises(StructBlockValidationError) as refused:
            block.clean(block.to_python(told | wrong))
        assert set(refused.value.block_errors) == {"captions"}
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(block.to_python(told | {"file": film.pk, "transcript": ""}))
    assert set(refused.value.block_errors) == {"transcript"}

    page = StandardPage(title="Film", body=[("video", value)])
    factories.homes()["en"].add_child(instance=page)
    html = Client().get(page.url).content.decode()
    assert f'<track kind="captions" src="{captions.url}" srclang="en" label="Captions" default>' in html
    answer = client.get(captions.url)
    assert b"".join(answer.streaming_content) == b"x"
    assert answer["Content-Type"] == "text/vtt"

"""Pictures: what several threads read at once."""

import pytest
from wagtail.images.models import SourceImageIOError

from portal.models import PortalImage

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

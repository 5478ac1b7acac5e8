"""The handbook in the admin: chapters in the reader's language, with their pictures, one click from each screen."""

import re

import pytest
from django.urls import get_resolver, reverse
from django.utils.translation import override

from portal import handbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(editor):
    """Asks for an address of the admin in a language."""

    def read(address: str, language: str = "fr", **options):
        return editor.get(address, headers={"accept-language": language}, **options)

    return read


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_chapter_is_read_in_the_readers_language_with_pictures_that_are_there(reader, language):
    contents = reader(reverse("handbook"), language).content.decode()
    chapters = handbook.chapters(language)
    assert [chapter.number for chapter in chapters.values()] == list(range(1, len(chapters) + 1))
    for chapter in chapters.values():
        assert f'<a href="{chapter.url}">' in contents
        screen = reader(chapter.url, language).content.decode()
        assert screen.count("<h1") == 1
        assert "../pictures" not in screen and ".md" not in screen
        pictures = re.findall(r'<img src="(/admin/handbook/[^"]+)" alt="([^"]+)"', screen)
        assert pictures and all(alt for _address, alt in pictures)
        for address, _alt in pictures:
            picture = reader(address)
            assert picture["Content-Type"] == "image/png"
            assert b"".join(picture.streaming_content).startswith(b"\x89PNG")
        for address in re.findall(rf'href="({reverse("handbook")}[^"]+)"', screen):
            assert reader(address).status_code == 200


def test_a_language_that_the_handbook_does_not_speak_gets_the_portals_own():
    with override("ar"):
        assert handbook.language_of_the_reader() == "fr"


@pytest.mark.parametrize("name", ["../../operations.md", "..%2F..%2Foperations.md", "nothing.png", "fr/text-1.png"])
def test_only_the_handbooks_pictures_are_served(reader, name):
    assert reader(f"/admin/handbook/pictures/fr/{name}", follow=True).status_code == 404


def test_who_has_not_logged_in_is_sent_to_the_door(client):
    for address in (reverse("handbook"), "/admin/handbook/telephone-number/"):
        assert client.get(address).url.startswith("/admin/login/")


def test_the_help_menu_leads_to_the_handbook_and_to_the_chapter_of_the_screen(reader):
    home, lines = reader("/admin/").content.decode(), reader(reverse("contact_lines")).content.decode()
    assert "guide.wagtail.org" not in home
    assert "releases/latest" not in home and "keyboard-shortcuts-trigger" in home
    assert f'"url": "{reverse("handbook")}"' in home
    assert reverse("handbook_chapter", args=["telephone-number"]) in lines


def test_every_screen_that_has_help_exists_and_so_does_its_chapter():
    for name, chapter in handbook.CHAPTER_OF_SCREEN.items():
        assert _exists(name), name
        assert chapter in handbook.chapters("fr"), chapter


def _exists(name: str) -> bool:
    resolver = get_resolver()
    *namespaces, last = name.split(":")
    for namespace in namespaces:
        resolver = resolver.namespace_dict[namespace][1]
    return last in resolver.reverse_dict

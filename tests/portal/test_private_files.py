"""Files leave through views that ask who may have them, never straight from the folder of uploads."""

import re
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from portal.models import PortalDocument, PortalImage, StandardPage
from tests import factories

pytestmark = pytest.mark.django_db


def picture(title: str = "Plan du jardin") -> PortalImage:
    file = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(file, "JPEG")
    image = PortalImage(title=title, alt_text={"fr": title, "en": title}, width=600, height=400)
    image.file = ImageFile(file, name="garden.jpg")
    image.save()
    return image


def document(title: str = "Livret d’accueil", **fields) -> PortalDocument:
    return PortalDocument.objects.create(title=title, file=ContentFile(b"%PDF-1.4", name="livret.pdf"), **fields)


def page_with(image: PortalImage, paper: PortalDocument) -> StandardPage:
    """A draft that shows the picture and links to the document."""
    page = StandardPage(
        title="Jardin",
        live=False,
        body=[("figure", {"image": image, "caption": "Le jardin"})],
        introduction=f'<p><a linktype="document" id="{paper.pk}">Le livret</a></p>',
    )
    factories.homes()["fr"].add_child(instance=page)
    return page


def fetch(client: Client, address: str, **options) -> HttpResponse:
    """The answer, read to its end."""
    answer = client.get(address, **options)
    answer.bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def status(client: Client, address: str) -> int:
    return fetch(client, address).status_code


def test_a_restricted_document_is_not_found_among_the_uploads():
    collection = Collection.get_first_root_node().add_child(name="Staff")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type=CollectionViewRestriction.LOGIN)
    paper = document(collection=collection)
    assert Client().get(paper.url).status_code == 302
    assert Client().get(f"/media/{paper.file.name}").status_code == 404


def test_every_picture_and_film_of_public_pages_is_there():
    visitor = Client()
    seen = set()
    for path in ("/fr/", "/fr/iuc/", "/en/hopital-de-demonstration/", "/fr/hopital-de-demonstration/faire-un-don/"):
        html = visitor.get(path, follow=True).content.decode()
        found = re.findall(r"(?:/media/images/|/documents/)[^\s\"&]+", html)
        seen |= {re.sub(r"\.(width|fill)-.*", "", address): address for address in found}.items()
    assert len(seen) > 5
    assert {address: status(visitor, address) for _name, address in seen if status(visitor, address) != 200} == {}


def test_what_only_a_draft_uses_is_private_until_the_page_is_public(client_of):
    image, paper, staff, visitor = picture(), document(), client_of("Communications editors"), Client()
    page = page_with(image, paper)
    size = image.get_rendition("format-webp|width-480").url
    files = [size, paper.url]
    assert [status(visitor, address) for address in files] == [404, 404]
    assert [status(staff, address) for address in files] == [200, 200]
    assert fetch(staff, size)["Cache-Control"] == "private, no-store"
    assert [status(visitor, address) for address in files] == [404, 404]  # and nothing was kept of what staff got

    page.save_revision().publish()
    assert [status(visitor, address) for address in files] == [200, 200]
    assert fetch(visitor, size)["Cache-Control"] == "public, max-age=3600"
    assert "Cookie" not in fetch(staff, size).get("Vary", "")
    assert status(visitor, image.file.url) == 404  # never the original, with what a camera wrote into it
    assert status(staff, image.file.url) == 200

    closed = PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert [status(visitor, address) for address in files] == [404, 404]
    closed.delete()
    draft = StandardPage.objects.get(pk=page.pk)
    draft.body = []
    draft.introduction = ""
    draft.save_revision()
    assert [status(visitor, address) for address in files] == [200, 200]  # visitors read the page as it was
    StandardPage.objects.get(pk=page.pk).unpublish()
    assert [status(visitor, address) for address in files] == [404, 404]


@pytest.mark.parametrize("path", ["images/../../portal/urls.py", "wagtail_uploads/x.jpg", "images/", "images/none.jpg"])
def test_nothing_else_is_served(path, client_of):
    assert client_of("Administrators").get(f"/media/{path}").status_code == 404


def test_a_web_server_can_send_the_bytes(page_at, settings):
    settings.MEDIA_ACCEL = "/private-media/"
    size = page_at("fr", "iuc").frise[0].value.get_rendition("format-webp|width-480")
    answer = Client().get(size.url)
    assert answer["X-Accel-Redirect"] == f"/private-media/{size.file.name}"
    assert (answer.content, answer["Content-Type"]) == (b"", "image/webp")


def test_names_of_sizes_cannot_be_guessed():
    image = picture()
    first = image.get_rendition("width-200").file.name
    image.renditions.all().delete()
    second = image.get_rendition("width-200|format-jpeg").file.name
    assert len({first.split(".")[0], second.split(".")[0]}) == 2
    assert len(first.split(".")[0]) > len("images/") + 10

"""Documents: what opens is said before it opens, and a new file takes the old one's place under the same address."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from portal.models import PortalDocument
from tests import factories
from tests.portal.test_private_files import document, fetch, page_with, picture

pytestmark = pytest.mark.django_db


def test_a_link_to_a_document_says_what_opens():
    paper = document(language="en")
    page = page_with(picture(), paper)
    page.save_revision().publish()
    html = Client().get(page.url).content.decode()
    note = '<span class="file-note">(PDF, 8\xa0octets, anglais)</span>'
    assert f'<a href="{paper.url}" type="application/pdf" hreflang="en">Le livret {note}</a>' in html
    assert "data-file" not in html
    PortalDocument.objects.filter(pk=paper.pk).update(language="")
    assert "(PDF, 8\xa0octets)</span>" in Client().get(page.url).content.decode()


def test_a_new_file_takes_the_old_ones_place(client_of, django_capture_on_commit_callbacks, settings):
    forgotten = []
    settings.WAGTAILFRONTENDCACHE = {"all": {"BACKEND": "tests.portal.test_consent.Recorder", "KEPT": forgotten}}
    paper = document(language="fr")
    page_with(picture(), paper).save_revision().publish()
    visitor, staff = Client(), factories.speaking_english(client_of("Moderators"))
    before, first = paper.url, Path(paper.file.path)
    tag = fetch(visitor, before)["ETag"]
    answers = {"title": "Livret d’accueil", "language": "fr", "collection": paper.collection_id, "tags": ""}
    for name, at in (("livret.pdf", before), ("livret-2027.pdf", before.replace("livret", "livret-2027"))):
        new = SimpleUploadedFile(name, b"%PDF-1.7 more " + name.encode(), "application/pdf")
        with django_capture_on_commit_callbacks() as at_the_end:
            saved = staff.post(reverse("wagtaildocs:edit", args=[paper.pk]), answers | {"file": new})
            assert saved.status_code == 302
            assert first.exists()  # should anything fail until then, the old one is still there
        for act in at_the_end:
            act()
        assert not first.exists()
        paper = PortalDocument.objects.get(pk=paper.pk)
        first = Path(paper.file.path)
        assert (paper.url, paper.get_file_size()) == (at, 14 + len(name))
        fetched = fetch(visitor, before, headers={"if-none-match": tag}, follow=True)
        assert fetched.bytes.endswith(name.encode())
        assert fetched["Cache-Control"] == "public, no-cache"
    assert settings.WAGTAILADMIN_BASE_URL + before in forgotten
    assert any(address.endswith("/fr/jardin/") for address in forgotten)  # it says another size
    notes = ModelLogEntry.objects.for_instance(paper).filter(action="portal.replace_file").order_by("pk")
    assert [note.data["is"] for note in notes] == ["livret.pdf", "livret-2027.pdf"]


def test_a_document_needs_a_title_that_says_what_it_is_and_its_language(client_of):
    staff = factories.speaking_english(client_of("Moderators"))
    new = {"file": ContentFile(b"%PDF-1.4", name="scan_0042.pdf"), "collection": 1, "tags": ""}
    refused = staff.post(reverse("wagtaildocs:add"), new | {"title": "scan_0042.pdf", "language": ""})
    assert set(refused.context["form"].errors) == {"title", "language"}
    assert "file’s name" in refused.content.decode()
    # Several at once: each is kept aside until its title and language are known.
    sent = {"title": "scan_0042", "files[]": SimpleUploadedFile("scan_0042.pdf", b"%PDF-1.4"), "collection": 1}
    asked = staff.post(reverse("wagtaildocs:add_multiple"), sent, headers={"x-requested-with": "XMLHttpRequest"}).json()
    assert asked["success"] and "uploaded_file_id" in asked and 'name="uploaded-document-' in asked["form"]
    assert not PortalDocument.objects.filter(title__contains="scan").exists()

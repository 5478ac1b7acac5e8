"""Documents go through the view that asks who may read them, never straight from the folder of uploads."""

import contextlib

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.models import Collection, CollectionViewRestriction

from portal.models import PortalDocument

pytestmark = pytest.mark.django_db


def test_a_restricted_document_is_not_found_among_the_uploads():
    collection = Collection.get_first_root_node().add_child(name="Staff")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type=CollectionViewRestriction.LOGIN)
    document = PortalDocument.objects.create(
        title="Plan", file=ContentFile(b"%PDF-1.4", name="plan.pdf"), collection=collection
    )
    assert Client().get(document.url).status_code == 302
    assert Client().get(f"/media/{document.file.name}").status_code == 404


def test_pictures_are_served_from_the_uploads(page_at):
    image = page_at("fr", "iuc").frise[0].value
    with contextlib.closing(Client().get(image.file.url)) as answer:
        assert answer.status_code == 200

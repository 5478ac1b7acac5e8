"""Pictures of people: shown while these agree, and not a day longer."""

import re
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from wagtail.contrib.frontend_cache.backends import BaseBackend
from wagtail.models import ModelLogEntry
from wagtail.test.utils.form_data import nested_form_data

from portal import care_notices, media_rules, pictures, publishing
from portal.models import CareNotice, Consent, PortalImage
from tests import factories

pytestmark = pytest.mark.django_db

LAST_DAY, NEXT_DAY = datetime.fromisoformat("2027-03-31T23:59:30+02:00"), "2027-04-01T00:00:30+02:00"
WORDS = "Deux soignantes rient dans un couloir"


@pytest.fixture
def picture(page_at) -> PortalImage:
    """A picture of the institute's frise, of which somebody says that it shows people."""
    image = page_at("fr", "iuc").frise[0].value
    # Rows come back when a test ends, files do not: only sizes that it makes itself may go.
    image.renditions.all().delete()
    image.title, image.alt_text = "Couloir", {"fr": WORDS, "en": "Two nurses laugh in a corridor"}
    image.shows_people, image.consent_until = True, LAST_DAY.date()
    image.consent_reference = "Classeur 7"
    image.save()
    return PortalImage.objects.get(pk=image.pk)


def sizes_on(path: str, image: PortalImage) -> list[str]:
    """The addresses of the sizes of `image` that a page names."""
    html = Client().get(path).content.decode()
    stem = Path(image.file.name).stem
    return [address for address in re.findall(r"/media/images/[^\s\"&]+", html) if stem in address]


def test_a_picture_leaves_every_page_and_its_addresses_at_midnight(
    picture, page_at, django_capture_on_commit_callbacks
):
    words = {language: escape(page_at(language, "iuc").frise[0].value.words_instead) for language in ("fr", "en")}
    assert all(words.values())
    with time_machine.travel(LAST_DAY, tick=False):
        pages = {path: sizes_on(path, picture) for path in ("/fr/", "/fr/iuc/", "/en/iuc/")}
        assert all(pages.values())
        address = pages["/fr/iuc/"][0]
        answer = Client().get(address)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "public, no-cache")
        assert b"".join(answer.streaming_content)[:2] in (b"RI", b"\xff\xd8")
        tags = {"if-none-match": answer["ETag"]}
        assert Client().get(address, headers=tags).status_code == 304
        page_tag = Client().get("/fr/iuc/")["ETag"]
        call_command("withdraw_pictures", stdout=(quiet := StringIO()))
        assert quiet.getvalue() == ""

    with time_machine.travel(NEXT_DAY, tick=False):  # nothing has run, nobody has published
        assert [sizes_on(path, picture) for path in pages] == [[], [], []]
        again = Client().get("/fr/iuc/", headers={"if-none-match": page_tag})
        assert again.status_code == 200
        assert f'<span class="picture-words">{words["fr"]}</span>' in again.content.decode()
        assert f'<meta property="og:image" content="http://testserver{settings.STATIC_URL}' in again.content.decode()
        assert f'<span class="picture-words">{words["en"]}</span>' in Client().get("/en/iuc/").content.decode()
        assert words["fr"] not in Client().get("/fr/").content.decode()  # a card says beside it what matters
        assert Client().get(address, headers=tags).status_code == 404

        call_command("withdraw_pictures", "--dry-run", stdout=(told := StringIO()))
        assert "“Couloir”: ended" in told.getvalue()
        files = [Path(size.file.path) for size in picture.renditions.all()]
        assert files and all(file.exists() for file in files)
        with django_capture_on_commit_callbacks(execute=True):
            call_command("withdraw_pictures", stdout=StringIO())
        assert not picture.renditions.exists()
        assert not any(file.exists() for file in files)
        assert Path(picture.file.path).exists()

        # The consent is renewed: the same picture is back, under other addresses.
        renewed = PortalImage.objects.get(pk=picture.pk)
        renewed.consent_until = date(2030, 1, 1)
        renewed.save()
        back = sizes_on("/fr/iuc/", picture)
        assert back and address not in back
        with_file = Client().get(back[0])
        assert b"".join(with_file.streaming_content)


def test_caches_in_front_are_told(picture, settings, django_capture_on_commit_callbacks):
    purged = []
    settings.WAGTAILFRONTENDCACHE = {"all": {"BACKEND": "tests.portal.test_consent.Recorder", "KEPT": purged}}
    (size, *_more) = sizes_on("/fr/iuc/", picture)
    with time_machine.travel(NEXT_DAY, tick=False), django_capture_on_commit_callbacks(execute=True):
        call_command("withdraw_pictures", stdout=StringIO())
    assert settings.WAGTAILADMIN_BASE_URL + size in purged
    assert any(address.endswith("/fr/iuc/") for address in purged)
    assert any(address.endswith("/en/iuc/") for address in purged)


class Recorder(BaseBackend):
    """A cache in front that notes what it is told to forget."""

    def __init__(self, params: dict) -> None:
        super().__init__(params)
        self.kept = params["KEPT"]

    def purge_batch(self, urls: list[str]) -> None:
        self.kept += urls


@pytest.mark.parametrize(
    ("fields", "consent"),
    [
        ({"shows_people": None}, Consent.UNASKED),
        ({"shows_people": False}, Consent.NOBODY),
        ({"consent_until": None}, Consent.MISSING),
        ({"consent_until": None, "consent_unlimited": True}, Consent.UNLIMITED),
        ({"consent_until": "2027-05-01"}, Consent.RUNNING),
        ({"consent_until": "2027-04-30"}, Consent.SOON),
        ({"consent_until": "2027-04-01"}, Consent.SOON),
        ({"consent_until": "2027-03-31"}, Consent.ENDED),
    ],
)
def test_what_was_agreed_says_whether_a_picture_is_shown(picture, fields, consent):
    PortalImage.objects.filter(pk=picture.pk).update(**fields)
    with time_machine.travel("2027-04-01T12:00:00+02:00", tick=False):
        image = PortalImage.objects.get(pk=picture.pk)
        assert image.consent == consent
        among = PortalImage.objects.filter(pk=image.pk)
        assert [one for one in Consent if among.with_consent(one).exists()] == [consent]
        assert among.withheld().exists() == image.is_withheld
        assert image.is_withheld == (consent in ("missing", "ended"))


def test_the_checks_the_mails_and_the_report_say_what_is_to_be_done(picture, page_at, client_of, make_user):
    page = page_at("fr", "iuc")

    def findings() -> set[tuple[str, str]]:
        return {(one.severity, str(one.where)) for one in publishing.judge(page) if one.rule == "consent"}

    with time_machine.travel("2027-02-01T12:00:00+02:00", tick=False):
        assert findings() == set()
    with time_machine.travel(LAST_DAY, tick=False):
        assert {severity for severity, _where in findings()} == {"warning"}
        due = [one for one in media_rules.consents_that_end(LAST_DAY.date()) if one.thing == picture]
        assert [one.day for one in due] == [LAST_DAY.date()]
        owner = make_user("Communications editors", "photographer")
        PortalImage.objects.filter(pk=picture.pk).update(uploaded_by_user=owner)
        told = care_notices.plan(LAST_DAY.date()).notices
        assert any(isinstance(one, CareNotice) and one.matter.thing == picture for one in told[owner])
    with time_machine.travel(NEXT_DAY, tick=False):
        assert {severity for severity, _where in findings()} == {"error"}
        assert len(findings()) == 2  # in the frise, and where it is shared
        with pytest.raises(publishing.NotPublishable):
            page.save_revision().publish()
        staff = factories.speaking_english(client_of("Moderators"))
        shown = staff.get(reverse("pictures_of_people")).content.decode()
        assert "Couloir" in shown and "Consent has ended: not shown" in shown and "Classeur 7" in shown
        assert "Couloir" in staff.get(reverse("pictures_of_people"), {"consent": "ended"}).content.decode()
        assert "Couloir" not in staff.get(reverse("pictures_of_people"), {"consent": "soon"}).content.decode()
        rows = b"".join(staff.get(reverse("pictures_of_people"), {"export": "csv"}).streaming_content).decode()
        assert "Couloir,Consent has ended: not shown,2027-03-31,Classeur 7" in rows
        for name in ("wagtailimages:index", "wagtailimages_chooser:choose"):
            for layout in ("grid", "list"):
                listed = staff.get(reverse(name), {"q": "Couloir", "layout": layout})
                assert "Consent has ended" in listed.content.decode(), (name, layout)


def test_whoever_adds_a_picture_is_asked_for_people_and_their_consent(
    picture, client_of, django_capture_on_commit_callbacks
):
    staff = factories.speaking_english(client_of("Moderators"))
    address = reverse("wagtailimages:edit", args=[picture.pk])
    answers = nested_form_data({"title": "Couloir", "alt_text_0": WORDS, "collection": picture.collection_id})
    answers = {name: "" if value is None else value for name, value in answers.items()}
    form = staff.get(address).content.decode()
    assert '<select name="shows_people"' in form and "Only where the signed paper says so." in form

    unanswered = staff.post(address, answers)
    assert unanswered.context["form"].errors.keys() == {"shows_people"}
    unfounded = staff.post(address, answers | {"shows_people": "True", "consent_until": "2027-01-01"})
    assert unfounded.context["form"].errors.keys() == {"consent_reference"}
    both = {"shows_people": "True", "consent_until": "2027-01-01", "consent_unlimited": "on", "consent_reference": "A"}
    assert "choose one of the two" in staff.post(address, answers | both).content.decode()
    saved = staff.post(address, answers | both | {"consent_until": ""})
    assert saved.status_code == 302
    assert PortalImage.objects.get(pk=picture.pk).consent == Consent.UNLIMITED

    # Somebody takes their consent back: what lies about is deleted with the click.
    assert sizes_on("/fr/iuc/", picture)
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(address, answers | {"shows_people": "True", "consent_until": "2020-01-01", "consent_reference": "A"})
    assert not picture.renditions.exists()

    # Several at once: each is kept aside until somebody has said whom it shows.
    file = SimpleUploadedFile("couloir.jpg", Path(picture.file.path).read_bytes(), "image/jpeg")
    sent = {"title": "Autre couloir", "files[]": file, "collection": picture.collection_id}
    asked = staff.post(
        reverse("wagtailimages:add_multiple"), sent, headers={"x-requested-with": "XMLHttpRequest"}
    ).json()
    assert asked["success"] and "-shows_people" in asked["form"]
    assert not PortalImage.objects.filter(title="Autre couloir").exists()


@time_machine.travel(NEXT_DAY, tick=False)
def test_a_withdrawal_in_the_first_hours_of_the_day_is_noted_once(picture):
    for _night in range(2):
        picture.get_rendition("width-100")  # as a thumbnail for staff
        assert pictures.withdraw(PortalImage.objects.get(pk=picture.pk))
    assert ModelLogEntry.objects.filter(action=pictures.WITHDRAWN, object_id=str(picture.pk)).count() == 1

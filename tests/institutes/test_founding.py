"""Setting up an institute: by command and by screen, once, again, half, and tried without anything staying."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.models import Collection, GroupApprovalTask, GroupPagePermission, Page, Workflow, WorkflowPage

from departments.models import Duty
from donations.models import DonationPage
from institutes.models import Belongings, InstitutePage, Team
from portal import bootstrapping
from portal.models import ContactField, ContactPage
from portal.roles import StaffRole
from tests import factories

pytestmark = pytest.mark.django_db

NAME = "Institut des collines"
COUNTED = [Page, Group, GroupPagePermission, Collection, Workflow, WorkflowPage, GroupApprovalTask, Team, Belongings]
COUNTED += [Duty, ContactField]


def counts():
    return {model.__name__: model.objects.count() for model in COUNTED}


def create(*args, **options):
    call_command("create_institute", *args, **options)


def in_languages(model=InstitutePage, title=NAME):
    source = InstitutePage.objects.get(title=title, locale__language_code="fr")
    pages = source.get_translations(inclusive=True).select_related("locale")
    if model is not InstitutePage:
        pages = [model.objects.child_of(page).select_related("locale").get() for page in pages]
    return {page.locale.language_code: page for page in pages}


def test_one_command_sets_up_an_institute_in_every_language(capsys):
    create(NAME, short_name="IDC", city="Collines-sur-Mer", en="Institute of the Hills", email="ici@example.org")
    institute = in_languages()
    assert institute["en"].title == "Institute of the Hills"
    assert {page.short_name for page in institute.values()} == {"IDC"}
    assert (institute["fr"].city, institute["en"].city) == ("Collines-sur-Mer", "")
    contact, giving = in_languages(ContactPage), in_languages(DonationPage)
    assert [giving[language].title for language in ("fr", "en")] == ["Faire un don", "Make a donation"]
    assert (contact["fr"].to_address, contact["en"].to_address) == ("ici@example.org", "")
    for pages in (institute, contact, giving):
        assert {page.live for page in pages.values()} == {False}
        assert len({page.translation_key for page in pages.values()}) == 1
        assert all(page.latest_revision for page in pages.values())
    for page in contact.values():
        assert [question.field_type for question in page.form_fields.all()] == ["singleline", "email", "multiline"]
        assert "112" in page.warning
    assert "medical details" in contact["en"].warning
    # People work on it: a group for each role, a collection, a workflow in which its own moderators decide.
    teams = {team.role: team.group for team in Team.objects.filter(institute=institute["fr"])}
    assert set(teams) == {"writer", "translator", "moderator", "switchboard"}
    own = Belongings.objects.get(institute=institute["fr"])
    assert own.collection.name == "IDC"
    for page in (*institute.values(), *contact.values(), *giving.values()):
        assert page.get_workflow() == own.workflow
    readers, reviewers = ({group.name for group in step.specific.groups.all()} for step in own.workflow.tasks)
    assert readers == {teams["moderator"].name, bootstrapping.MODERATORS}
    assert reviewers == {bootstrapping.MEDICAL_REVIEWERS}
    assert Duty.objects.get(institute=institute["fr"]).group == teams["switchboard"]
    assert "is set up" in capsys.readouterr().out


def test_asked_for_again_it_changes_nothing(capsys):
    create(NAME, short_name="IDC", en="Institute of the Hills")
    writers = Team.objects.get(institute__title=NAME, role=StaffRole.WRITER).group
    writers.page_permissions.filter(permission__codename="add_page").delete()
    writers.name = "Les plumes"
    writers.save()
    before = counts()
    create("institut des Collines", short_name="other", en="Other")
    assert counts() == before
    assert in_languages()["en"].title == "Institute of the Hills"
    assert "Nothing was missing" in capsys.readouterr().out


def test_what_is_missing_is_made_and_reaches_no_further():
    create(NAME)
    for page in (in_languages(DonationPage)["en"], in_languages(ContactPage)["fr"], in_languages(ContactPage)["en"]):
        page.delete()
    Team.objects.get(institute__title=NAME, role=StaffRole.TRANSLATOR).group.delete()
    create(NAME)
    assert set(in_languages(DonationPage)) == set(in_languages(ContactPage)) == {"fr", "en"}
    group = Team.objects.get(institute__title=NAME, role=StaffRole.TRANSLATOR).group
    [held] = group.page_permissions.all()
    assert (held.page_id, held.permission.codename) == (in_languages()["en"].pk, "change_page")


def test_an_institute_that_is_there_gets_what_it_lacks_and_keeps_its_pages():
    there = factories.institute(NAME)
    titles = list(Page.objects.filter(pk__in=[page.pk for page in there.values()]).values_list("title", "live"))
    create(NAME, city="Ailleurs")
    assert titles == list(Page.objects.filter(pk__in=[page.pk for page in there.values()]).values_list("title", "live"))
    assert InstitutePage.objects.filter(title=NAME).count() == 2
    assert Team.objects.filter(institute=there["fr"].pk).count() == 4


def test_a_dry_run_says_all_and_makes_nothing(capsys):
    before = counts()
    create(NAME, dry_run=True)
    assert counts() == before
    said = capsys.readouterr().out
    assert NAME in said
    assert "would be made" in said


def test_an_institute_that_cannot_be_finished_is_not_begun(monkeypatch):
    def break_off(self):
        raise RuntimeError

    before = counts()
    monkeypatch.setattr(DonationPage, "full_clean", break_off)
    with pytest.raises(RuntimeError):
        create(NAME)
    assert counts() == before


@pytest.mark.parametrize(
    ("args", "options", "what_to_do"),
    [
        ((" ",), {}, "Give the name"),
        (("x" * 256,), {}, "255 characters"),
        ((NAME,), {"short_name": "x" * 61}, "60 characters"),
        ((NAME,), {"email": "nobody"}, "name@example.org"),
        ((NAME,), {"short_name": "iuc"}, "or the city of each"),
    ],
)
def test_bad_input_is_told_what_to_do(args, options, what_to_do):
    before = counts()
    with pytest.raises(CommandError, match=what_to_do):
        create(*args, **options)
    assert counts() == before


def test_two_institutes_may_share_an_acronym_when_their_cities_tell_them_apart():
    create(NAME, short_name="IDC", city="Collines-sur-Mer")
    create("Institut du coteau", short_name="IDC", city="Coteau")
    names = Group.objects.filter(name__startswith="IDC").values_list("name", flat=True)
    assert len(set(names)) == 8
    assert sum("Coteau" in name for name in names) == 4


def test_the_screen_shows_first_and_makes_then(client_of):
    client, before = factories.speaking_english(client_of(bootstrapping.ADMINISTRATORS)), counts()
    assert reverse("set_up_institute") in client.get(reverse("institutes:index")).content.decode()
    url = reverse("set_up_institute")
    data = {"title": NAME, "title_en": "Institute of the Hills", "short_name": "IDC", "city": "", "email": ""}
    assert client.get(url).status_code == 200
    shown = client.post(url, data).content.decode()
    assert "Draft of the donation page “Make a donation” (English)" in shown
    assert counts() == before
    response = client.post(url, data | {"make": "1"})
    assert response.url == reverse("wagtailadmin_pages:edit", args=[in_languages()["fr"].pk])
    after = counts()
    again = client.post(url, data).content.decode()
    assert "Nothing is missing" in again
    assert counts() == after
    response = client.post(url, data | {"title": "", "email": "x"})
    assert response.status_code == 422
    assert 'value="IDC"' in response.content.decode()


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.MODERATORS, bootstrapping.TRANSLATORS])
def test_nobody_but_administrators_sets_up_institutes(client_of, group):
    client, before = client_of(group), counts()
    assert client.get(reverse("set_up_institute")).status_code == 302
    client.post(reverse("set_up_institute"), {"title": NAME, "make": "1"})
    assert counts() == before

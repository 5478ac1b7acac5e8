"""Setting up, and the demonstration: whatever is asked for twice is there once, and staff's work is kept."""

import json
import socket

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page, Workflow, WorkflowPage

from departments.models import ContactLine, Location
from donations.models import Fund, Issuer
from institutes.models import Organisation, Role, Team
from portal import bootstrapping, seeding
from portal.models import AppliedSeed, PortalImage, User

pytestmark = pytest.mark.django_db

COUNTED = [AppliedSeed, ContactLine, Fund, Group, GroupPagePermission, Issuer, Location, Organisation]
COUNTED += [Page, PortalImage, Role, User, Workflow, WorkflowPage]


def counts():
    return {model.__name__: model.objects.count() for model in COUNTED}


def set_up():
    bootstrapping.bootstrap("127.0.0.1", 80, lambda line: None)
    seeding.seed_every_app(lambda line: None)


def page(language, path):
    return Page.objects.get(locale__language_code=language, url_path__endswith=f"/{path}/").specific


def test_setting_up_again_adds_nothing():
    before = counts()
    assert all(number for name, number in before.items() if name != "User")
    set_up()
    assert counts() == before


def test_setting_up_again_keeps_what_staff_changed():
    institute = page("en", "iuc")
    institute.title = "Our institute"
    institute.save_revision().publish()
    ContactLine.objects.filter(number="+33142167884").update(number="+33199001122")
    Group.objects.get(name=bootstrapping.EDITORS).permissions.clear()
    set_up()
    assert page("en", "iuc").title == "Our institute"
    assert not ContactLine.objects.filter(number="+33142167884").exists()
    assert not Group.objects.get(name=bootstrapping.EDITORS).permissions.exists()


def test_a_demonstration_page_that_was_deleted_stays_deleted():
    page("en", "iuc/pneumology").delete()
    page("fr", "iuc/pneumologie").delete()
    set_up()
    assert not Page.objects.filter(url_path__regex="/iuc/pneumolog(y|ie)/").exists()


def test_a_seed_that_breaks_off_leaves_nothing_half_done():
    act = seeding.Seeding(lambda line: None)

    def break_off():
        with act.once("tests"):
            Organisation.objects.create(name={"fr": "Moitié", "en": "Half"}, kind="federation")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert not Organisation.objects.filter(folded_name="moitie").exists()
    assert not act.is_done("tests")
    with act.once("tests"):
        pass
    assert act.is_done("tests")


ON_PAGES = {
    bootstrapping.ADMINISTRATORS: {"add", "change", "publish", "bulk_delete", "lock", "unlock"},
    bootstrapping.EDITORS: {"add", "change"},
    bootstrapping.MODERATORS: {"add", "change", "publish", "lock", "unlock"},
    bootstrapping.FUNDRAISERS: set(),
    bootstrapping.SWITCHBOARD: set(),
    bootstrapping.FINANCE: set(),
    bootstrapping.TRANSLATORS: set(),
    bootstrapping.DATA_PROTECTION: set(),
}


@pytest.mark.parametrize(("group", "acts"), ON_PAGES.items())
def test_each_group_may_do_on_pages_what_it_is_for(group, acts):
    everywhere = GroupPagePermission.objects.filter(group__name=group, page__depth=1)
    held = everywhere.values_list("permission__codename", flat=True)
    assert set(held) == {f"{act}_page" for act in acts}


@pytest.mark.parametrize(
    ("group", "names"),
    [
        (bootstrapping.ADMINISTRATORS, {"portal.open_portal", "portal.add_user", "donations.add_fund"}),
        (bootstrapping.MODERATORS, {"portal.add_notice", "portal.change_portalsettings"}),
        (bootstrapping.EDITORS, set()),
        (bootstrapping.FUNDRAISERS, {"donations.add_fund", "donations.change_issuer"}),
    ],
)
def test_each_group_may_do_with_lists_and_settings_what_it_is_for(make_user, group, names):
    user = make_user(group)
    guarded = {
        "portal.open_portal",
        "portal.add_user",
        "portal.add_notice",
        "portal.change_portalsettings",
        "donations.add_fund",
        "donations.change_issuer",
    }
    assert user.has_perm("wagtailadmin.access_admin")
    allowed = {name for name in guarded if user.has_perm(name)}
    assert allowed >= names
    if group != bootstrapping.ADMINISTRATORS:
        assert allowed == names


@pytest.mark.parametrize(("group", "may_publish"), [(bootstrapping.EDITORS, False), (bootstrapping.MODERATORS, True)])
def test_editors_draft_and_moderators_publish(make_user, group, may_publish):
    permissions = page("fr", "iuc/pneumologie").permissions_for_user(make_user(group))
    assert permissions.can_edit()
    assert permissions.can_publish() is may_publish
    assert permissions.can_unpublish() is may_publish


def test_fundraisers_change_donation_pages_alone(make_user):
    fundraiser = make_user(bootstrapping.FUNDRAISERS)
    assert page("fr", "iuc/faire-un-don").permissions_for_user(fundraiser).can_edit()
    for path in ("iuc", "iuc/pneumologie", "iuc/contact"):
        assert not page("fr", path).permissions_for_user(fundraiser).can_edit()


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.MODERATORS, bootstrapping.ADMINISTRATORS])
def test_staff_who_write_pages_may_choose_and_add_pictures(client_of, group):
    client = client_of(group)
    assert client.get(reverse("wagtailimages:index")).status_code == 200
    assert client.get(reverse("wagtailimages:add")).status_code == 200
    assert client.get(reverse("wagtailimages_chooser:choose")).status_code == 200


@pytest.mark.parametrize("group", ON_PAGES)
def test_every_group_enters_the_admin(client_of, group):
    assert client_of(group).get(reverse("wagtailadmin_home")).status_code == 200


def test_every_page_is_read_by_a_moderator_and_if_it_is_medical_by_a_medical_reviewer():
    reading, validation = (task.specific for task in page("fr", "iuc/pneumologie").get_workflow().tasks)
    assert [group.name for group in reading.groups.all()] == [bootstrapping.MODERATORS]
    assert [group.name for group in validation.groups.all()] == [bootstrapping.MEDICAL_REVIEWERS]
    assert not reading.validates_medically and validation.validates_medically


def test_the_command_sets_up_as_the_demonstration_does(capsys):
    before = counts()
    call_command("bootstrap", hostname="portal.example.org", port=443)
    assert counts() == before
    assert "The portal is set up" in capsys.readouterr().out


@pytest.fixture
def demo(settings, tmp_path):
    """Runs the demonstration's command, without serving; returns the passwords that it made."""
    settings.VAR_DIR = tmp_path
    settings.SETTINGS_MODULE = "portal.settings.test"

    def run():
        call_command("demo", no_serve=True)
        [passwords] = json.loads((tmp_path / "demo-accounts.json").read_text()).values()  # of one database
        return passwords

    return run


def test_the_demonstration_makes_accounts_and_a_team_once_and_keeps_them(demo, tmp_path, capsys):
    passwords = demo()
    central = {"admin", "editor", "moderator", "fundraiser", "switchboard", "finance", "protection"}
    assert set(passwords) == central | {"writer", "translator"}
    assert len(set(passwords.values())) == 9
    shown = capsys.readouterr().out
    for name, password in passwords.items():
        assert authenticate(username=name, password=password)
        assert password in shown
    assert (tmp_path / "demo-accounts.json").stat().st_mode & 0o077 == 0
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]
    assert "http://127.0.0.1:8000/fr/" in shown

    the_team_of_the_fictional_hospital_works_there_alone()

    before = counts()
    editor = User.objects.get(username="editor")
    editor.set_password("chosen by the editor")
    editor.save()
    assert demo() == passwords
    assert counts() == before
    assert authenticate(username="editor", password="chosen by the editor")


def the_team_of_the_fictional_hospital_works_there_alone():
    writer, translator = User.objects.get(username="writer"), User.objects.get(username="translator")
    theirs = {language: page(language, path) for language, path in (("fr", "iuc"), ("en", "iuc"))}
    for language, institute in theirs.items():
        assert not institute.permissions_for_user(writer).can_edit(), language
        assert not institute.permissions_for_user(translator).can_edit(), language
    own = Team.objects.get(role="writer").institute
    for one in own.get_translations(inclusive=True):
        assert one.permissions_for_user(writer).can_edit()
        assert one.permissions_for_user(translator).can_edit() is (one.locale.language_code != "fr")


def test_existing_portals_get_the_new_groups_once():
    """Also where staff renamed or changed those that were there."""
    names = ("translators and data protection", "translators: en", "setting up institutes")
    AppliedSeed.objects.filter(name__in=names).delete()
    Group.objects.filter(name__in=(bootstrapping.TRANSLATORS, bootstrapping.DATA_PROTECTION)).delete()
    Group.objects.get(name=bootstrapping.EDITORS).permissions.clear()
    Group.objects.filter(name=bootstrapping.ADMINISTRATORS).update(name="Chefs")
    bootstrapping.bootstrap("127.0.0.1", 80, lambda line: None)
    held = GroupPagePermission.objects.filter(group__name=bootstrapping.TRANSLATORS)
    assert [(row.page.locale.language_code, row.permission.codename) for row in held] == [("en", "change_page")]
    officer = Group.objects.get(name=bootstrapping.DATA_PROTECTION)
    assert "erase_donor" in officer.permissions.values_list("codename", flat=True)
    assert not Group.objects.get(name=bootstrapping.EDITORS).permissions.exists()


def test_the_demonstration_says_when_its_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken.*PORT={port + 1}"):
            call_command("demo", port=port)


def test_production_refuses_the_demonstration(settings):
    settings.SETTINGS_MODULE = "portal.settings.production"
    with pytest.raises(CommandError, match="development"):
        call_command("demo", no_serve=True)

"""The switchboard: its call list, its list of lines, and what it may not touch."""

from copy import copy
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.menu import admin_menu
from wagtail.images import get_image_model
from wagtail.models import Page

from departments import verifying
from departments.models import ContactLine, DepartmentPage, Duty, LineClaim, Location
from portal import bootstrapping
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

URGENT = {"purpose": "emergency", "instruction": {"fr": "Appelez avant de venir.", "en": "Call before you come."}}


class House:
    """Two institutes with a department each; the switchboard has a duty for the first."""

    def __init__(self):
        self.institute = factories.institute("Maison Une")
        self.hospital = factories.hospital(self.institute)
        self.department = factories.department(self.institute, "Service des essais")
        self.elsewhere = factories.department(factories.institute("Maison Deux"), "Service voisin")
        self.line = factories.line(self.department, "01 99 00 10 01")
        self.foreign = factories.line(self.elsewhere, "01 99 00 30 01")
        group = Group.objects.get(name=bootstrapping.SWITCHBOARD)
        Duty.objects.all().delete()
        self.duty = Duty.objects.create(group=group, institute=self.institute["fr"])


@pytest.fixture(scope="module")
def made_house(kept):
    return House()


@pytest.fixture
def house(made_house):
    house = copy(made_house)
    vars(house).update(factories.again(vars(made_house)))
    return house


@pytest.fixture
def caller(house, client_of):
    return factories.speaking_english(client_of(bootstrapping.SWITCHBOARD))


def shown(client, **query):
    """The line that the call list shows."""
    return client.get(reverse("call_list"), query).context.get("line")


def answer(client, line, act, **more):
    values = {"line": line.pk, "seen": verifying.seen(ContactLine.objects.get(pk=line.pk)), "act": act}
    return client.post(reverse("call_list"), values | more)


def fresh(line):
    return ContactLine.objects.get(pk=line.pk)


# --- The list -------------------------------------------------------------------------------------


def test_emergencies_come_first_then_what_was_never_checked_then_the_oldest_then_who_did_not_answer(house, caller):
    today = timezone.localdate()
    line = {
        name: factories.line(house.department, f"01 99 00 10 1{place}", **fields)
        for place, (name, fields) in enumerate({"old": {}, "older": {}, "silent": {}, "urgent": URGENT}.items())
    }
    for name, days in (("old", 200), ("older", 300), ("urgent", 40)):
        ContactLine.objects.filter(pk=line[name].pk).update(
            verified_number=line[name].number, verified_on=today - timedelta(days=days)
        )
    ContactLine.objects.filter(pk=line["silent"].pk).update(unanswered_on=today)
    order = []
    while found := shown(caller):
        order.append(found)
        answer(caller, found, "confirm")
        assert len(order) < 9
    assert order == [line["urgent"], house.line, line["older"], line["old"], line["silent"]]
    assert "every number was checked" in text(caller.get(reverse("call_list")))


def test_who_did_not_answer_and_what_was_skipped_comes_back_at_the_end(house, caller):
    second = factories.line(house.department, "01 99 00 10 02")
    third = factories.line(house.department, "01 99 00 10 03")
    assert shown(caller) == house.line
    answer(caller, house.line, "no_answer")
    assert fresh(house.line).unanswered_on == timezone.localdate()
    answer(caller, second, "skip")
    assert shown(caller) == third
    answer(caller, third, "confirm")
    assert shown(caller) == house.line  # only skipped and silent lines are left
    answer(caller, house.line, "confirm")
    assert shown(caller) == second


def test_the_list_says_how_far_one_has_come(house, caller):
    factories.line(house.department, "01 99 00 10 02")
    assert "0 of 2 dealt with today" in text(caller.get(reverse("call_list")))
    answer(caller, house.line, "confirm")
    assert "1 of 2 dealt with today" in text(caller.get(reverse("call_list")))


def test_a_number_is_changed_on_the_spot_and_verified_only_if_it_was_called(house, caller):
    answer(caller, house.line, "change", number="01.99.00.10.77")
    assert (fresh(house.line).number, fresh(house.line).verified_day) == ("+33199001077", None)
    answer(caller, house.line, "change", number="01 99 00 10 78", called="1")
    assert (fresh(house.line).number, fresh(house.line).checked_on) == ("+33199001078", timezone.localdate())


def test_what_is_no_number_stays_in_the_field_with_the_reason(house, caller):
    page = answer(caller, house.line, "change", number="appelez-nous", called="1")
    assert page.status_code == 422
    assert page.context["typed"] == "appelez-nous"
    assert "letters" in text(page)
    assert b'name="called" value="1" checked' in page.content
    assert fresh(house.line).number == "+33199001001"


def test_two_people_never_have_the_same_line_before_them(house, caller, make_user):
    second = factories.line(house.department, "01 99 00 10 02")
    other = Client()
    other.force_login(make_user(bootstrapping.SWITCHBOARD, "second"))
    assert shown(caller) == house.line
    assert shown(other) == second
    assert shown(caller) == house.line  # reloading keeps it
    third = Client()
    third.force_login(make_user(bootstrapping.SWITCHBOARD, "third"))
    factories.speaking_english(third)
    page = third.get(reverse("call_list"))
    assert "line" not in page.context
    assert "Colleagues have the remaining lines" in text(page)
    LineClaim.objects.filter(line=second).update(until=timezone.now() - timedelta(seconds=1))
    assert shown(third) == second


def test_nobody_overwrites_what_a_colleague_changed_meanwhile(house, caller):
    as_seen = verifying.seen(house.line)
    answer(caller, house.line, "change", number="01 99 00 10 77")
    for act in ("confirm", "change", "no_answer"):
        page = answer(caller, house.line, act, seen=as_seen, number="01 99 00 10 55")
        assert page.status_code == 422
        assert "Somebody changed this line" in text(page)
        assert page.context["typed"] == "01 99 00 10 55"
    assert (fresh(house.line).number, fresh(house.line).verified_day) == ("+33199001077", None)


def test_what_went_wrong_has_the_focus_and_is_read_before_the_line(house, caller):
    page = soup(caller.get(reverse("call_list")))
    assert [tag["id"] for tag in page.select("main [autofocus]")] == ["line-to-call"]
    values = {"line": house.line.pk, "seen": "0/+33199009999", "act": "confirm"}
    page = soup(caller.post(reverse("call_list"), values))
    (focused,) = page.select("main [autofocus]")
    assert focused["role"] == "alert" and "Somebody changed this line" in focused.get_text()
    assert focused.find_next(id="line-to-call")


def test_the_list_is_narrowed_to_an_institute_or_a_hospital_and_stays_so(house, caller):
    Location.objects.create(page=house.department["fr"], hospital=house.hospital["fr"])
    board = factories.line(house.hospital, "01 99 00 40 00", purpose="switchboard")
    hospital = house.hospital["fr"].pk
    assert shown(caller, hospital=hospital) in (house.line, board)
    other = factories.hospital(house.institute, "Hôpital du Mont", "01 99 00 50 00")
    assert shown(caller, hospital=other["fr"].pk).page_id == other["fr"].pk
    moved = answer(caller, house.line, "confirm", hospital=hospital)
    assert moved["Location"] == f"{reverse('call_list')}?hospital={hospital}"
    nobody_elses = house.elsewhere["fr"].get_parent().pk
    assert caller.get(reverse("call_list"), {"institute": nobody_elses}).context["chosen"].institute is None


def test_who_enters_a_number_that_stands_elsewhere_is_told_where(house, caller):
    factories.line(house.elsewhere, "01 99 00 10 77", purpose="secretariat")
    page = answer(caller, house.line, "change", number="01 99 00 10 77")
    assert fresh(house.line).number == "+33199001077"
    told = [str(message) for message in caller.get(page["Location"]).context["messages"]]
    assert any("Service voisin" in message for message in told)
    assert "Service voisin" in text(caller.get(reverse("call_list")))


def test_the_list_costs_the_same_for_one_line_and_for_many(house, caller):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            caller.get(reverse("call_list"))
            caller.get(reverse("contact_lines"))
        return len(captured)

    few = queries()
    ContactLine.objects.bulk_create(
        ContactLine(page=house.department["fr"], number=f"+3319900{place:04}") for place in range(5000, 5060)
    )
    assert queries() <= few


def test_the_dashboard_says_how_much_there_is_to_do(house, caller):
    factories.line(house.department, "01 99 00 10 02")
    shown = caller.get(reverse("wagtailadmin_home"))
    assert "2 lines are due to be checked" in text(shown)
    assert soup(shown).find(id="numbers-to-check-section")["class"] == ["w-panel", "w-panel--dashboard"]


# --- The list of lines ----------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["0199001001", "01.99.00.10.01", "9900 1001", "essais", "Éssais  SERVICE"])
def test_a_line_is_found_by_any_part_of_its_number_and_by_its_department(house, caller, query):
    for place in range(3):
        factories.line(house.hospital, f"01 99 00 44 0{place}")
    found = caller.get(reverse("contact_lines_results"), {"q": query}).context["object_list"]
    assert list(found) == [house.line]


@pytest.mark.parametrize(
    "query", ["poste 1234", "ext. 1234", "1234", "rendez-vous", "appointments essais", "accueil bleu", "maison une"]
)
def test_a_line_is_found_by_its_extension_its_purpose_its_own_words_and_its_institute(house, caller, query):
    house.line.delete()
    words = {"fr": "Accueil bleu", "en": "Blue desk"}
    line = factories.line(house.department, "01 99 00 10 01 poste 1234", purpose="appointments", label=words)
    factories.line(house.elsewhere, "01 99 00 30 02")
    assert "extension 1234" in text(caller.get(reverse("contact_lines"))).replace("\xa0", " ")
    found = caller.get(reverse("contact_lines_results"), {"q": query}).context["object_list"]
    assert list(found) == [line]


def test_the_name_in_the_other_language_finds_and_a_long_question_costs_what_a_short_one_costs(house, caller):
    DepartmentPage.objects.filter(pk=house.department["en"].pk).update(title="Trial unit", folded_title="trial unit")

    def cost(query):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = caller.get(reverse("contact_lines_results"), {"q": query}).context["object_list"]
        return list(found), len(queries)

    cost("unit")
    assert cost("trial unit")[0] == [house.line]
    assert cost("trial")[1] == cost("trial unit maison une call the department trial")[1]
    factories.line(house.hospital, "01 99 00 44 01", purpose="switchboard")
    assert [line.number for line in cost("standard")[0]] == ["+33199004401"]
    assert cost("!?")[0] == []


def test_who_only_asks_for_the_headers_of_the_call_list_keeps_no_line_from_colleagues(house, caller):
    assert caller.head(reverse("call_list")).status_code == 200
    assert not LineClaim.objects.exists()
    caller.get(reverse("call_list"))
    assert LineClaim.objects.count() == 1


def test_the_menu_has_one_entry_for_the_upkeep_of_the_directory(house, caller, client_of):
    shown = {}
    for who, client in (("caller", caller), ("editor", client_of(bootstrapping.EDITORS))):
        request = client.get(reverse("wagtailadmin_home")).wsgi_request
        directory = next(item for item in admin_menu.menu_items_for_request(request) if item.name == "directory")
        items = directory.menu.menu_items_for_request(request)
        assert len({item.icon_name for item in items}) == len(items)
        shown[who] = [item.name for item in sorted(items, key=lambda item: item.order)]
    assert shown["caller"] == ["call-list", "contact-lines", "reported-numbers"]
    assert {"call-list", "import-and-export", "numbers-in-texts", "missed-queries"} <= set(shown["editor"])
    orders = [item.order for item in admin_menu.registered_menu_items if item.order < 200]
    assert len(orders) == len(set(orders))


def test_the_list_of_lines_is_filtered_by_what_is_due(house, caller):
    second = factories.line(house.department, "01 99 00 10 02")
    answer(caller, house.line, "confirm")
    found = caller.get(reverse("contact_lines"), {"state": "due"}).context["object_list"]
    assert list(found) == [second]


# --- Who may do what ------------------------------------------------------------------------------


def change_of(line):
    return reverse("fact_change", args=["departments", "contactline", line.pk])


def test_the_switchboard_changes_lines_of_its_institute_and_returns_to_its_list(house, caller):
    factories.line(house.elsewhere, "01 99 00 10 66")
    page = caller.get(change_of(house.line))
    assert page.status_code == 200
    assert page.context["back_url"] == reverse("contact_lines")
    form = page.context["form"]
    values = {bound.html_name: bound.value() or "" for bound in form if "instruction" not in bound.name}
    values["sort_order"] = 0
    values |= {"label_0": "", "label_1": "", "instruction_0": "", "instruction_1": "", "languages": []}
    saved = caller.post(change_of(house.line), values | {"seen": page.context["seen"], "number": "01 99 00 10 66"})
    assert saved["Location"] == reverse("contact_lines")
    assert fresh(house.line).number == "+33199001066"
    told = [str(message) for message in caller.get(reverse("contact_lines")).context["messages"]]
    assert any("Service voisin" in message for message in told)


def test_the_switchboard_touches_nothing_else(house, caller, page_at):
    location = Location.objects.create(page=house.department["fr"], hospital=house.hospital["fr"])
    role = factories.role(house.department, title="Chefferie")
    department, image = house.department["fr"].pk, get_image_model().objects.first()
    refused = [
        change_of(house.foreign),
        reverse("fact_history", args=["departments", "contactline", house.foreign.pk]),
        reverse("fact_change", args=["departments", "location", location.pk]),
        reverse("fact_change", args=["institutes", "role", role.pk]),
        reverse("fact_add", args=["institutes", "role", department]),
        reverse("fact_add", args=["departments", "contactline", house.elsewhere["fr"].pk]),
        reverse("role_timeline", args=[department]),
        reverse("wagtailadmin_pages:edit", args=[department]),
        reverse("wagtailadmin_pages:add_subpage", args=[house.institute["fr"].pk]),
        reverse("wagtailadmin_pages:delete", args=[department]),
        reverse("wagtailimages:index"),
        reverse("wagtailimages:edit", args=[image.pk]),
        reverse("wagtaildocs:index"),
        reverse("wagtailsnippets:index"),
        reverse("wagtailsnippets_departments_duty:list"),
        reverse("wagtailsnippets_institutes_organisation:list"),
        reverse("wagtailusers_users:index"),
    ]
    for address in refused:
        response = caller.get(address)
        assert response.status_code in (302, 403), address
        assert response.status_code == 403 or response["Location"].startswith(reverse("wagtailadmin_home")), address
    before = fresh(house.foreign)
    assert answer(caller, house.foreign, "change", number="01 99 00 66 66").status_code == 302
    assert answer(caller, house.foreign, "confirm").status_code == 302
    assert (fresh(house.foreign).number, fresh(house.foreign).verified_on) == (before.number, None)
    listed = caller.get(reverse("contact_lines")).context["object_list"]
    assert {line.page_id for line in listed} == {department}


def test_without_a_duty_there_is_nothing_to_see(house, caller):
    house.duty.delete()
    for name in ("call_list", "contact_lines", "reported_numbers"):
        assert caller.get(reverse(name))["Location"] == reverse("wagtailadmin_home")
    assert caller.get(change_of(house.line)).status_code == 302
    assert reverse("call_list") not in caller.get(reverse("wagtailadmin_home")).content.decode()


def test_an_account_that_was_closed_may_change_nothing(house, make_user):
    user = make_user(bootstrapping.SWITCHBOARD)
    assert house.line.may_be_changed_by(user)
    user.is_active = False
    assert not house.line.may_be_changed_by(user)
    assert not ContactLine.objects.changeable_by(user).exists()


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.MODERATORS])
def test_who_edits_pages_checks_their_lines_too(house, client_of, group):
    client = client_of(group)
    answer(client, house.line, "confirm")
    assert fresh(house.line).verified_day == timezone.localdate()
    assert client.get(change_of(house.line)).context["back_url"].startswith("/admin/pages/")


def test_a_fundraiser_is_no_switchboard(house, client_of):
    client = client_of(bootstrapping.FUNDRAISERS)
    assert client.get(reverse("call_list"))["Location"] == reverse("wagtailadmin_home")
    answer(client, house.line, "confirm")
    assert fresh(house.line).verified_day is None


def test_a_duty_is_for_the_page_in_the_source_language(house):
    duty = Duty(group=Group.objects.get(name=bootstrapping.EDITORS), institute=house.institute["en"])
    duty.full_clean()
    assert duty.institute == house.institute["fr"]


def test_administrators_set_duties(house, client_of):
    client = client_of(bootstrapping.ADMINISTRATORS)
    group = Group.objects.get(name=bootstrapping.FUNDRAISERS)
    client.post(
        reverse("wagtailsnippets_departments_duty:add"), {"group": group.pk, "institute": house.institute["fr"].pk}
    )
    assert Duty.objects.filter(group=group, institute=house.institute["fr"]).exists()


def test_what_the_admins_search_shows_is_no_page_of_the_switchboards(house, caller):
    """Wagtail's own screens show nobody pages that they have no permission for."""
    for address in (reverse("wagtailadmin_explore_root"), reverse("wagtailadmin_pages:search") + "?q=essais"):
        response = caller.get(address)
        assert response.status_code in (302, 403) or "Service des essais" not in response.content.decode()
    assert Page.objects.filter(title="Service des essais").exists()

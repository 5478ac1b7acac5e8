"""Facts in the admin: live at once in every language, logged, undoable, guarded, never copied or brought back."""

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale

from departments.models import ContactLine, Location
from institutes.models import InstitutePage, KeyFigure, Role
from portal import bootstrapping, fact_log
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db

OLD, NEW = "01 99 00 10 10", "01 99 00 20 20"


@pytest.fixture(scope="module")
def made(kept):
    return factories.department(factories.institute("Maison des faits"), "Service des essais", number=OLD)


@pytest.fixture
def department(made):
    return factories.again(made)


@pytest.fixture
def line(department):
    return ContactLine.objects.of(department["fr"]).get()


def shown(page):
    """The words of a public page as a stranger reads them."""
    return text(Client().get(page.url))


def address(line, name="fact_change"):
    return reverse(name, args=["departments", "contactline", line.pk])


def post(client, line, **changes):
    """Sends the editor of a line, filled in as it stands but for some changes."""
    latest = fact_log.entries(line).first()
    values = {
        "seen": latest.pk if latest else "",
        "purpose": line.purpose,
        "number": line.number_as_read,
        "hospital": "",
        "instruction_0": "",
        "instruction_1": "",
        "label_0": "",
        "label_1": "",
        "audience": line.audience,
        "kind": line.kind,
        "hours_are": line.hours_are,
        "closed_on_holidays": "on" if line.closed_on_holidays else "",
        "valid_from": "",
        "valid_until": "",
        "sort_order": line.sort_order,
        "internal_note": line.internal_note,
    }
    return client.post(address(line), values | changes)


def new_line(number, purpose, sort_order):
    """What the form of a new line sends."""
    kept = {"audience": "patients", "kind": "voice", "hours_are": "not_stated", "closed_on_holidays": "on"}
    return kept | {"number": number, "purpose": purpose, "sort_order": sort_order}


def stored(line):
    return ContactLine.objects.get(pk=line.pk)


def undo(client, line, entry=None):
    entry = entry or fact_log.entries(line).first()
    return client.post(address(line, "fact_undo"), {"entry": entry.pk})


@pytest.mark.parametrize("group", [bootstrapping.ADMINISTRATORS, bootstrapping.EDITORS, bootstrapping.MODERATORS])
def test_staff_change_a_number_and_visitors_of_both_languages_see_it_at_once(client_of, department, line, group):
    response = post(client_of(group), line, number=NEW)
    assert response["Location"] == reverse("wagtailadmin_pages:edit", args=[department["fr"].pk])
    assert stored(line).number == "+33199002020"
    assert "01 99 00 20 20" in shown(department["fr"])
    assert "+33 (0)1 99 00 20 20" in shown(department["en"])
    assert "01 99 00 10 10" not in shown(department["fr"])


@pytest.mark.parametrize("name", ["fact_change", "fact_history"])
def test_who_may_not_change_the_page_may_not_see_its_facts_editor(client_of, line, name):
    response = client_of(bootstrapping.FUNDRAISERS).get(address(line, name))
    assert (response.status_code, response["Location"]) == (302, reverse("wagtailadmin_home"))


def test_who_may_not_change_the_page_changes_archives_adds_and_undoes_nothing(client_of, department, line, editor):
    post(editor, line, number=NEW)
    fundraiser = client_of(bootstrapping.FUNDRAISERS)
    add = reverse("fact_add", args=["departments", "contactline", department["fr"].pk])
    for response in (
        post(fundraiser, line, number=OLD),
        fundraiser.post(address(line), {"archive": "1"}),
        undo(fundraiser, line),
        fundraiser.post(
            add,
            {
                "number": OLD,
                "purpose": "department",
                "audience": "patients",
                "kind": "voice",
                "hours_are": "not_stated",
                "sort_order": 0,
            },
        ),
    ):
        assert response["Location"] == reverse("wagtailadmin_home")
    line = ContactLine.objects.of(department["fr"]).get()
    assert (line.number, line.archived_at) == ("+33199002020", None)


def test_a_stranger_is_asked_to_log_in(client, line):
    assert post(client, line, number=NEW)["Location"].startswith("/admin/login/")
    assert stored(line).number == "+33199001010"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_line_hangs_on_the_page_of_the_source_language(editor, department, language):
    add = reverse("fact_add", args=["departments", "contactline", department[language].pk])
    assert editor.get(add).status_code == 200
    form = {
        "number": NEW,
        "purpose": "appointments",
        "audience": "patients",
        "kind": "voice",
        "hours_are": "not_stated",
        "sort_order": 1,
    }
    assert editor.post(add, form).status_code == 302
    new = ContactLine.objects.get(number="+33199002020")
    assert new.page_id == department["fr"].pk
    assert "Appointments" in shown(department["en"])
    [entry] = fact_log.entries(new)
    assert entry.action == fact_log.ADDED


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "obligatoire|requis|required"),
        ("ask at the desk", "lett"),
        ("01 99 00", "court|short"),
        ("01 99 00 10 10 / 01 99 00 20 20", "plusieurs|deux|several|one"),
        ("desk@example.org", "mail|électronique|courriel"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason_and_what_is_accepted(editor, line, typed, why):
    response = post(editor, line, number=typed)
    assert response.status_code == 200
    [message] = response.context["form"].errors["number"]
    assert any(word in message.lower() for word in why.split("|")), message
    assert stored(line).number == "+33199001010"
    assert not fact_log.entries(line).exists()


def test_a_change_is_logged_with_who_and_what_stood_before(editor, line):
    post(editor, line, number=NEW)
    entry = fact_log.entries(line).get()
    assert (entry.action, entry.user.username) == (fact_log.CHANGED, "communications-editors")
    assert fact_log.differences(entry) == ({"number": "+33199001010"}, {"number": "+33199002020"})
    history = editor.get(address(line, "fact_history")).content.decode()
    assert "+33199001010" in history
    assert "+33199002020" in history


def test_saving_without_a_change_logs_nothing(editor, line):
    assert post(editor, line).status_code == 302
    assert not fact_log.entries(line).exists()


def test_a_change_can_be_undone_and_the_undoing_too(editor, department, line):
    post(editor, line, number=NEW, internal_note="Moved")
    undo(editor, line)
    assert (stored(line).number, stored(line).internal_note) == ("+33199001010", "")
    assert "01 99 00 10 10" in shown(department["fr"])
    undo(editor, line)
    assert stored(line).number == "+33199002020"
    assert [entry.action for entry in fact_log.entries(line)] == [fact_log.UNDONE, fact_log.UNDONE, fact_log.CHANGED]


def test_a_change_that_somebody_followed_up_cannot_be_undone_by_who_did_not_see_it(editor, line):
    post(editor, line, number=NEW)
    seen = fact_log.entries(line).first()
    post(editor, stored(line), number="01 99 00 30 30")
    response = undo(editor, line, seen)
    assert response["Location"] == address(line, "fact_history")
    assert stored(line).number == "+33199003030"


def test_a_line_taken_off_its_page_is_gone_at_once_and_comes_back_by_undo(editor, department, line):
    editor.post(address(line), {"archive": "1"})
    assert stored(line).archived_at
    assert "01 99 00 10 10" not in shown(department["fr"])
    assert "01 99 00 10 10" not in shown(department["en"])
    undo(editor, line)
    assert stored(line).archived_at is None
    assert "01 99 00 10 10" in shown(department["fr"])


def test_undoing_the_adding_of_a_line_takes_it_off_the_page(editor, department):
    add = reverse("fact_add", args=["departments", "contactline", department["fr"].pk])
    editor.post(
        add,
        {
            "number": NEW,
            "purpose": "appointments",
            "audience": "patients",
            "kind": "voice",
            "hours_are": "not_stated",
            "sort_order": 1,
        },
    )
    new = ContactLine.objects.get(number="+33199002020")
    undo(editor, new)
    assert stored(new).archived_at


def test_an_undo_that_is_no_longer_allowed_says_why(editor, department):
    hospital = factories.hospital({"fr": department["fr"].get_parent(), "en": department["en"].get_parent()})["fr"]
    location = Location.objects.create(page=department["fr"], hospital=hospital)
    fact_log.archive(location, None)
    Location.objects.create(page=department["fr"], hospital=hospital)
    entry = fact_log.entries(location).first()
    undo_address = reverse("fact_undo", args=["departments", "location", location.pk])
    response = editor.post(undo_address, {"entry": entry.pk}, follow=True)
    assert response.status_code == 200
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    location.refresh_from_db()
    assert location.archived_at


@pytest.mark.parametrize("entry", ["", "x", "0", "99999999"])
def test_a_made_up_entry_undoes_nothing(editor, line, entry):
    post(editor, line, number=NEW)
    assert editor.post(address(line, "fact_undo"), {"entry": entry}).status_code == 302
    assert stored(line).number == "+33199002020"


def test_undo_answers_to_posts_alone(editor, line):
    assert editor.get(address(line, "fact_undo")).status_code == 405


@pytest.mark.parametrize("kind", ["departments/departmentpage", "portal/user", "nobody/nothing"])
def test_only_facts_are_edited_here(editor, kind):
    assert editor.get(f"/admin/facts/{kind}/1/", follow=True).status_code == 404


def test_publishing_an_older_draft_brings_no_old_number_back(editor, moderator, department, line):
    page = department["fr"]
    page.introduction = "<p>An older text</p>"
    draft = page.save_revision()
    post(editor, line, number=NEW)
    draft.publish()
    assert "An older text" in shown(page)
    assert "01 99 00 20 20" in shown(page)
    assert "01 99 00 10 10" not in shown(page)


def test_unpublishing_the_source_page_leaves_the_translation_its_numbers(department):
    department["fr"].unpublish()
    assert "+33 (0)1 99 00 10 10" in shown(department["en"])


def test_copying_a_page_copies_no_facts(department):
    copy = department["fr"].copy(update_attrs={"slug": "copie", "title": "Copie"})
    assert not ContactLine.objects.of(copy).exists()
    assert ContactLine.objects.filter(number="+33199001010").count() == 1


@pytest.mark.parametrize("alias", [False, True])
def test_translating_a_page_copies_no_facts_and_reads_those_of_the_source(department, line, alias):
    english = department["en"].locale
    department["en"].delete()
    translated = department["fr"].copy_for_translation(english, copy_parents=True, alias=alias)
    assert ContactLine.objects.filter(number=line.number).count() == 1
    assert list(ContactLine.objects.of(translated)) == [line]


def test_translating_an_institute_copies_no_row_that_is_kept_once():
    institute = factories.institute(city="Arles", palette="plum")
    words = {"fr": "patients", "en": "patients"}
    KeyFigure.objects.create(page=institute["fr"], value=30000, precision="nearly", unit=words)
    english = institute["en"].locale
    institute["en"].delete()
    source = type(institute["fr"]).objects.get(pk=institute["fr"].pk)
    translated = source.copy_for_translation(english)
    assert not translated.key_figures.exists()
    assert translated.city == ""
    assert translated.source.key_figures.get().value == 30000


def test_a_translation_offers_no_field_that_is_kept_once(editor):
    institute = factories.institute()
    forms = {
        language: editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).context["form"]
        for language, page in institute.items()
    }
    assert {"city", "palette"} <= set(forms["fr"].fields)
    assert not {"city", "palette"} & set(forms["en"].fields)
    assert "key_figures" in forms["fr"].formsets
    assert "key_figures" not in forms["en"].formsets


def test_a_role_is_a_fact_like_a_number(editor):
    institute = factories.institute()
    role = factories.role(institute, title="Directrice")
    change = reverse("fact_change", args=["institutes", "role", role.pk])
    form = {"person": "", "title_0": "Cheffe", "title_1": "Head", "organisation": "", "sort_order": 0}
    assert editor.post(change, form).status_code == 302
    assert Role.objects.get(pk=role.pk).title.data == {"fr": "Cheffe", "en": "Head"}
    assert "Head" in shown(institute["en"])
    assert "Cheffe" in shown(institute["fr"])


@pytest.mark.parametrize(
    ("typed", "number", "extension"),
    [
        ("01 99 00 10 10 poste 1234", "+33199001010", "1234"),  # as it stands
        ("01 99 00 10 10 poste 999", "+33199001010", "999"),
        ("01 99 00 10 10", "+33199001010", ""),
        ("+33199001010", "+33199001010", ""),  # the stored form, typed by somebody who means no extension
        ("01 99 00 20 20", "+33199002020", ""),
    ],
)
def test_an_extension_is_changed_kept_or_dropped_as_it_is_typed(editor, line, typed, number, extension):
    post(editor, line, number="01 99 00 10 10 poste 1234")
    post(editor, stored(line), number=typed)
    assert (stored(line).number, stored(line).extension) == (number, extension)


def test_undoing_brings_the_extension_back(editor, line):
    post(editor, line, number=f"{OLD} poste 1234")
    post(editor, stored(line), number=NEW)
    undo(editor, line)
    assert (stored(line).number, stored(line).extension) == ("+33199001010", "1234")


def test_who_opened_the_editor_before_a_colleague_saved_overwrites_nothing(editor, line):
    post(editor, line, number=NEW)
    response = post(editor, stored(line), number="01 99 00 30 30", seen="")
    assert response.status_code == 200
    assert stored(line).number == "+33199002020"


def test_a_department_has_one_place_at_a_hospital_and_the_form_says_so(editor, department):
    hospital = factories.hospital(factories.institute("Deuxième maison"))
    Location.objects.create(page=department["fr"], hospital=hospital["fr"])
    url = reverse("fact_add", args=["departments", "location", department["fr"].pk])
    response = editor.post(
        url, {"seen": "", "hospital": hospital["fr"].pk, "place_0": "", "place_1": "", "sort_order": 0}
    )
    assert response.status_code == 200
    assert Location.objects.filter(page=department["fr"]).count() == 1


@pytest.mark.parametrize("note", ["{voir poste 12}", "None", "[1, 2]", "{}"])
def test_a_note_of_any_kind_is_logged_shown_and_undone(editor, line, note):
    post(editor, line, internal_note=note)
    post(editor, stored(line), internal_note="autre chose")
    assert editor.get(address(line, "fact_history")).status_code == 200
    undo(editor, line)
    assert stored(line).internal_note == note


def test_a_hospital_of_another_language_is_kept_as_its_source_page(editor, line):
    hospital = factories.hospital(factories.institute("Deuxième maison"))
    post(editor, line, hospital=hospital["en"].pk)
    assert stored(line).hospital == hospital["fr"]


def test_facts_are_added_only_where_a_page_shows_them(client_of, department):
    admin = client_of(bootstrapping.ADMINISTRATORS)
    for kind, page in (("contactline", 1), ("location", factories.homes()["fr"].pk)):
        assert admin.get(reverse("fact_add", args=["departments", kind, page])).status_code == 404


def test_what_was_taken_off_a_page_is_found_again_from_that_page(editor, department, line):
    editor.post(address(line), {"archive": "1"})
    edit = editor.get(reverse("wagtailadmin_pages:edit", args=[department["fr"].pk]))
    assert address(line, "fact_history") in edit.content.decode()
    assert editor.get(address(line))["Location"] == address(line, "fact_history")


def test_translating_in_the_admin_copies_no_setting_that_is_kept_once(client_of):
    home = factories.homes()["fr"]
    source = factories.pages(InstitutePage, {"fr": home}, "Maison seule", city="Lyon")["fr"]
    source.key_figures.add(KeyFigure(value=3, unit={"fr": "lits", "en": "beds"}))
    source.save_revision().publish()
    english = Locale.objects.get(language_code="en")
    admin = client_of(bootstrapping.ADMINISTRATORS)
    url = reverse("simple_translation:submit_page_translation", args=[source.pk])
    admin.post(url, {"locales": [english.pk], "include_subtree": "on"})
    translated = InstitutePage.objects.get(translation_key=source.translation_key, locale=english)
    assert translated.city == ""
    assert not translated.key_figures.exists()
    assert translated.source.city == "Lyon"

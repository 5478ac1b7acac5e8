"""The state of translations: what makes one out of date, what ends that, where staff see it."""

import pytest
from django.urls import reverse
from wagtail.models import Locale, Page

from portal import bootstrapping, translation_state
from portal.models import ContactField, HomePage, StandardPage, TranslationMark
from portal.translation_state import State
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """A page of text in French and in English, published from revisions."""
    made = factories.pages(StandardPage, factories.homes(), "Un texte", introduction="<p>Bonjour</p>")
    for page in made.values():
        page.save_revision().publish()
    return made


def _state(page) -> State:
    return translation_state.states_of([page])[page.pk][0].state


def _publish(page, **words):
    page = page.get_latest_revision_as_object()
    for name, value in words.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_the_demonstration_is_translated():
    pages = Page.objects.filter(locale__language_code="fr", depth__gt=1, live=True)
    states = translation_state.states_of(pages)
    found = {page.title: [str(one) for one in states[page.pk] if one.state != State.TRANSLATED] for page in pages}
    assert not {title: others for title, others in found.items() if others}


def test_other_words_of_the_source_make_a_translation_out_of_date(pair):
    assert _state(pair["fr"]) == _state(pair["en"]) == State.TRANSLATED
    _publish(pair["fr"], show_in_menus=True, slug="autre-adresse")
    assert _state(pair["en"]) == State.TRANSLATED
    draft = pair["fr"].get_latest_revision_as_object()
    draft.title = "Brouillon"
    draft.save_revision()
    assert _state(pair["en"]) == State.TRANSLATED
    _publish(pair["fr"], introduction="<p>Bonsoir</p>")
    found = translation_state.states_of([pair["fr"]])[pair["fr"].pk][0]
    assert (found.state, found.language, found.page_id) == (State.OUT_OF_DATE, "en", pair["en"].pk)
    since = found.since
    _publish(pair["fr"], introduction="<p>Bonne nuit</p>")
    assert translation_state.states_of([pair["en"]])[pair["en"].pk][0].since == since, "the first day counts"
    _publish(pair["fr"], title="Un texte", introduction="<p>Bonjour</p>")
    assert _state(pair["en"]) == State.TRANSLATED, "the source says again what was translated"


def test_a_question_of_a_form_is_among_the_words():
    made = factories.contact_page(factories.institute())
    TranslationMark.objects.all().delete()  # from before the questions
    for page in made.values():
        page.save_revision().publish()
    assert _state(made["en"]) == State.TRANSLATED
    _publish(made["fr"], to_address="other@example.org")
    assert _state(made["en"]) == State.TRANSLATED
    page = made["fr"].get_latest_revision_as_object()
    page.form_fields = [ContactField(label="Prénom", field_type="singleline"), *page.form_fields.all()[1:]]
    page.save_revision().publish()
    assert _state(made["en"]) == State.OUT_OF_DATE


def test_drafts_aliases_and_pages_of_no_other_language_are_missing(pair):
    home = factories.homes()
    page = StandardPage(title="Sans anglais", slug="sans-anglais", locale=home["fr"].locale)
    home["fr"].add_child(instance=page)
    page.save_revision().publish()
    assert _state(page) == State.MISSING
    english = Locale.objects.get(language_code="en")
    begun = page.copy_for_translation(english)
    found = translation_state.states_of([page])[page.pk][0]
    assert (found.state, found.is_draft) == (State.MISSING, True)
    begun.delete()
    alias = page.copy_for_translation(english, alias=True)
    assert _state(page) == State.MISSING
    _publish(page, title="Toujours sans")
    assert not TranslationMark.objects.filter(page_id=alias.pk).exists()
    only_english = StandardPage(title="Only here", slug="only-here", locale=english)
    HomePage.objects.get(locale=english).add_child(instance=only_english)
    only_english.save_revision().publish()
    found = translation_state.states_of([only_english])[only_english.pk][0]
    assert (found.language, found.state) == ("fr", State.MISSING)


def test_a_source_that_changed_while_a_translation_was_a_draft(pair):
    TranslationMark.objects.all().delete()
    pair["en"].delete()
    begun = pair["fr"].copy_for_translation(Locale.objects.get(language_code="en"))
    _publish(pair["fr"], introduction="<p>Bonsoir</p>")
    begun.refresh_from_db()
    _publish(begun, introduction="<p>Hello</p>")
    assert _state(begun) == State.OUT_OF_DATE


def test_the_translator_says_that_a_version_follows(pair):
    _publish(pair["fr"], introduction="<p>Bonsoir</p>")
    source = translation_state.source_of(pair["en"])
    seen = translation_state.digest(StandardPage, translation_state.words_of(source))
    draft = pair["en"].get_latest_revision_as_object()
    draft.introduction = "<p>Good evening</p>"
    draft.save_revision()
    assert translation_state.intend(draft, seen)
    found = translation_state.states_of([pair["fr"]])[pair["fr"].pk][0]
    assert (found.state, found.will_follow) == (State.OUT_OF_DATE, True)
    draft.get_latest_revision().publish()
    assert _state(pair["en"]) == State.TRANSLATED
    _publish(pair["fr"], introduction="<p>Bonne nuit</p>")
    assert not translation_state.intend(pair["en"], seen), "what was seen is not what the source says now"
    assert _state(pair["en"]) == State.OUT_OF_DATE


def _form(response) -> dict:
    """What the edit screen's form would send."""
    form = response.context["form"]
    data = {name: form[name].value() for name in ("title", "slug", "summary", "seo_title", "search_description")}
    data |= {
        f"{formset.prefix}-{name}": 0
        for formset in form.formsets.values()
        for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    }
    return data | {"menu_title": "", "body-count": 0, "introduction": '{"blocks": [], "entityMap": {}}'}


def test_a_translator_works_side_by_side(pair, client_of):
    client = factories.speaking_english(client_of(bootstrapping.EDITORS))
    _publish(pair["fr"], introduction="<p>Bonsoir</p>")
    url = reverse("side_by_side", args=[pair["en"].pk])
    response = client.get(url)
    words = response.content.decode()
    assert "Out of date since" in words
    assert "changed since the last translation" in words
    assert "Bonsoir" in words and "Bonjour" in words
    seen = translation_state.digest(StandardPage, translation_state.words_of(translation_state.source_of(pair["en"])))
    assert f'value="{seen}"' in words
    data = _form(response) | {"source_seen": "1", "follows_source": seen}
    response = client.post(url, data | {"title": "A text"})
    assert response.url == url, "a draft stays beside its source"
    assert _state(pair["en"]) == State.OUT_OF_DATE
    reader = client_of(bootstrapping.MODERATORS)  # the text is the translator's, so somebody else makes it public
    reader.post(url, data | {"title": "A text", "action-publish": "1"})
    assert _state(pair["en"]) == State.TRANSLATED
    assert client.get(reverse("side_by_side", args=[pair["fr"].pk])).status_code == 302, "a source has no source"


def test_lists_and_the_editor_say_it(pair, client_of, django_assert_max_num_queries):
    client = factories.speaking_english(client_of(bootstrapping.EDITORS))
    _publish(pair["fr"], introduction="<p>Bonsoir</p>")
    explorer = reverse("wagtailadmin_explore", args=[pair["fr"].get_parent().pk])
    assert "English: Out of date since" in client.get(explorer).content.decode()
    flat = reverse("departments:index")
    assert "English: Translated" in client.get(flat).content.decode()
    editor = client.get(reverse("wagtailadmin_pages:edit", args=[pair["fr"].pk])).content.decode()
    assert "English: Out of date since" in editor
    pages = list(Page.objects.filter(depth=3)[:10])
    with django_assert_max_num_queries(1):
        translation_state.states_of(pages)


def test_the_report_filters_and_exports(pair, client_of):
    client = factories.speaking_english(client_of(bootstrapping.EDITORS))
    url = reverse("translations")
    _publish(pair["fr"], introduction="<p>Bonsoir</p>")
    words = client.get(url, {"state": "out_of_date", "language": "en"}).content.decode()
    assert "Un texte" in words
    assert reverse("side_by_side", args=[pair["en"].pk]) in words
    assert "Un texte" not in client.get(url, {"state": "translated"}).content.decode()
    pair["en"].unpublish()
    assert "Un texte" in client.get(url, {"state": "missing"}).content.decode()
    table = client.get(url, {"state": "missing", "export": "csv"}).getvalue().decode()
    assert "Un texte" in table and "Missing: only a draft" in table
    switchboard = client_of(bootstrapping.SWITCHBOARD)
    assert switchboard.get(url).status_code == 302

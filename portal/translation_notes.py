"""What an editor is told about a page's languages: on its edit screen and beside its source."""

from typing import Any

from django.http import HttpRequest
from wagtail.models import Page

from portal import translation_state
from portal.models import BasePage, TranslationMark
from portal.translation_state import State


def note_on(page: BasePage, request: HttpRequest) -> dict[str, Any]:
    """For the note on a page's edit screen: of a source its other languages; of a translation how far it follows."""
    states = translation_state.states_of([page])[page.pk]
    source = translation_state.source_of(page)
    if source is None:
        return {"states": _openable(states, request), "source": None}
    mark = translation_state.mark_of(page)
    changes = changes_since(source, mark) if mark and mark.source_words else []
    seen = translation_state.digest(type(source), translation_state.words_of(source))
    intended = mark.next_words if mark else None
    return {
        "states": [],
        "state": states[0],
        "is_behind": states[0].state == State.OUT_OF_DATE or bool(mark and mark.behind_since),
        "source": source,
        "may_edit_source": source.permissions_for_user(request.user).can_edit(),
        "mark": mark,
        "changes": changes,
        "seen": seen,
        "is_ticked": intended is not None and translation_state.digest(type(source), intended) == seen,
    }


def _openable(states: list[Any], request: HttpRequest) -> list[tuple[Any, bool]]:
    """Each state, and whether the user may open the translation that it tells of."""
    pages = Page.objects.in_bulk([state.page_id for state in states if state.page_id])
    return [
        (state, state.page_id in pages and pages[state.page_id].permissions_for_user(request.user).can_edit())
        for state in states
    ]


def changes_since(source: BasePage, mark: TranslationMark) -> list[Any]:
    """What changed in the source since the words that the translation was made from."""
    if not translation_state.differ(type(source), mark.source_words, translation_state.words_of(source)):
        return []
    return [one for one in translation_state.differences(source, mark.source_words).values() if one.has_changed()]

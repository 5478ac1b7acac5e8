"""Beginning a translation: whoever may edit a language may begin there what the source already says."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from wagtail.contrib.simple_translation.views import SubmitPageTranslationView
from wagtail.models import Locale, Page


class TranslatePage(SubmitPageTranslationView):
    """Wagtail's screen asks for the right to edit the source, and then makes the page in any language.

    This one asks for the right to work where the translation will stand: translators have that one alone.
    """

    def get_object(self) -> Page:
        page = get_object_or_404(Page, pk=self.kwargs["page_id"]).specific
        if page.is_root():
            raise Http404
        self.locales = _open_to(self.request.user, page)
        if not self.locales:
            raise PermissionDenied
        return page

    def get_form(self) -> Any:
        form = super().get_form()
        locales = form.fields["locales"]
        locales.queryset = locales.queryset.filter(pk__in=self.locales)
        return form


def _open_to(user: Any, page: Page) -> set[int]:
    """The languages in which `user` works where a translation of `page` would stand."""
    parent = page.get_parent()
    if parent.is_root():  # a home page: the root holds all languages
        places = dict.fromkeys(Locale.objects.values_list("pk", flat=True), parent)
    else:
        places = {place.locale_id: place for place in parent.get_translations()}
    return {
        locale
        for locale, place in places.items()
        if user.is_superuser or {"add", "change"} & set(place.permissions_for_user(user).permissions)
    }

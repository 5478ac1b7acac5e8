"""Institutes, people and organisations in the admin's menu, by the names that staff use."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from institutes.models import InstitutePage, Organisation, ProfilePage


@hooks.register("register_admin_viewset")
def institutes() -> PageListingViewSet:
    return PageListingViewSet(
        "institutes",
        model=InstitutePage,
        icon="home",
        menu_label=_("Institutes"),
        menu_order=110,
        add_to_admin_menu=True,
    )


@hooks.register("register_admin_viewset")
def people() -> PageListingViewSet:
    return PageListingViewSet(
        "people", model=ProfilePage, icon="user", menu_label=_("People"), menu_order=130, add_to_admin_menu=True
    )


class OrganisationViewSet(SnippetViewSet):
    """The bodies that institutes belong to: one list for the whole portal."""

    model = Organisation
    icon = "group"
    menu_label = _("Organisations")
    menu_order = 190
    add_to_admin_menu = True
    list_display = ["__str__", "kind", "city"]
    list_filter = ["kind"]
    search_fields = ["folded_name"]


register_snippet(OrganisationViewSet)

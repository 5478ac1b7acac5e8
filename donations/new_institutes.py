"""What a new institute needs of giving: a donation page to fill, which fundraisers may change."""

from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from donations.models import DonationPage
from institutes.founding import Founding
from portal import roles
from portal.roles import FUNDRAISERS


def add_donation_page(founding: Founding) -> None:
    """A draft without funds: until one is chosen, the page asks for nothing and takes nothing."""
    pages = founding.drafts(DonationPage, _words)
    for group in Group.objects.filter(name=FUNDRAISERS):
        roles.let_work_on_pages(group, pages, ("change_page",))


def _words() -> dict[str, Any]:
    return {"title": _("Make a donation"), "summary": ""}

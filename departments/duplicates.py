"""Numbers that stand on more than one line: allowed, since services share desks, but said to whoever enters one."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages

from departments.models import ContactLine
from departments.verifying import close_outdated_reports

MOST_NAMED = 5  # a switchboard may stand on hundreds of lines: a few of them say enough


def others_with(line: ContactLine) -> list[ContactLine]:
    """Other lines with the number of `line`, a few of them."""
    found = ContactLine.objects.standing_on(line.number).exclude(pk=line.pk).filter(extension=line.extension)
    return list(found.select_related("page")[:MOST_NAMED])


def warn(request: HttpRequest, line: ContactLine) -> None:
    """Say on which other lines the number stands, with ways to those that the user may change."""
    others = others_with(line)
    if not others:
        return
    mine = set(
        ContactLine.objects.changeable_by(request.user)
        .filter(pk__in=[other.pk for other in others])
        .values_list("pk", flat=True)
    )
    messages.warning(
        request,
        _("%(number)s also stands on: %(lines)s. Is it meant to?")
        % {"number": line.number_as_read, "lines": "; ".join(where(other) for other in others)},
        buttons=[
            messages.button(
                reverse("fact_change", args=["departments", "contactline", other.pk]),
                _("Open: %(where)s") % {"where": other.page.title},
            )
            for other in others
            if other.pk in mine
        ],
    )


def where(line: ContactLine) -> str:
    """ "Cardiology – Appointments": where a line stands and what it is for."""
    return f"{line.page.title} – {line.name}"


def after_saving(request: HttpRequest, fact: Any) -> None:
    """What follows from a line that was saved in its form."""
    if isinstance(fact, ContactLine):
        close_outdated_reports(fact, request.user)
        warn(request, fact)

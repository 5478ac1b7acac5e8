"""Letters to families by post: which are to be printed, one of them on paper, and that it was sent. Never an amount."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from donations import donor_access, lifecycle
from donations.emails import letter_to_family
from donations.giving_menu import for_those_who, screen
from donations.models import Donation, DonorAccess, Tribute
from donations.states import CERTIFIABLE

VIEW = "donations.view_tribute"
_SHOWN = 200
_SENT_LATELY = timedelta(days=30)


def by_post() -> QuerySet[Tribute]:
    """The tributes whose family is to be told by post, and whose gift has arrived."""
    tributes = Tribute.objects.select_related("donor", "family").exclude(family_address="")
    return tributes.filter(donor__erased_at=None, donor__donations__state__in=CERTIFIABLE).distinct()


def to_be_sent() -> QuerySet[Tribute]:
    """The letters that nobody has sent yet, those that wait longest first."""
    return by_post().filter(letter_sent_at=None).order_by("donor__created_at", "pk")


def _gift(tribute: Tribute) -> Donation:
    gifts = Donation.objects.select_related("fund", "issuer", "donor")
    return gifts.filter(donor=tribute.donor_id, state__in=CERTIFIABLE).order_by("pk")[0]


@require_http_methods(["GET", "HEAD"])
@for_those_who(VIEW)
def letters(request: HttpRequest) -> HttpResponse:
    """The letters to be sent, and those of the last weeks."""
    lately = by_post().filter(letter_sent_at__gte=timezone.now() - _SENT_LATELY).order_by("-letter_sent_at")
    lists = {"waiting": list(to_be_sent()[:_SHOWN]), "sent": list(lately[:_SHOWN])}
    if number := sum(map(len, lists.values())):
        DonorAccess.objects.create(
            user=request.user, act=DonorAccess.Act.LOOKED_AT_TRIBUTE, what="letters to families", number=number
        )
    context = screen(_("Letters to families"), back=("giving_letters", _("Letters to families")), icon="mail") | lists
    return TemplateResponse(request, "donations/admin/letters.html", context)


@require_http_methods(["GET", "HEAD"])
@for_those_who(VIEW)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter, for paper."""
    tribute = get_object_or_404(by_post(), pk=pk)
    gift = _gift(tribute)
    written = letter_to_family(tribute, gift, by_post=True)
    donor_access.looked_at_tribute(request.user, tribute.donor, "letter to the family")
    context = {"letter": written, "tribute": tribute, "issuer": gift.issuer, "today": timezone.localdate()}
    with translation.override(written.language):
        response = TemplateResponse(request, "donations/admin/family_letter.html", context).render()
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@for_those_who(VIEW)
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter went to the post - or did not, after all."""
    tribute = get_object_or_404(by_post(), pk=pk)
    act = request.POST.get("act")
    if act not in ("sent", "back"):
        raise PermissionDenied
    moved = Tribute.objects.filter(pk=pk, letter_sent_at__isnull=act == "sent")
    if moved.update(letter_sent_at=timezone.now() if act == "sent" else None):
        lifecycle.note(
            _gift(tribute), "letter sent" if act == "sent" else "letter not sent", "staff", user=request.user
        )
        words = _("The letter is marked as sent.") if act == "sent" else _("The letter is to be sent again.")
        messages.success(request, words)
    return redirect("giving_letters")


urlpatterns = [
    path("giving/letters/", letters, name="giving_letters"),
    path("giving/letters/<int:pk>/", letter, name="giving_letter"),
    path("giving/letters/<int:pk>/sent/", sent, name="giving_letter_sent"),
]

"""The donor's own pages: the form is taken, the payment page opened; how a gift stands; a monthly gift; a family's.

None of them sets a cookie. A gift's page is opened by its random number and says nothing about the donor; a monthly
gift's by a signed link that is sent to the donor's address.
"""

import uuid
from contextlib import suppress
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donations import gateway, giving, lifecycle, limits, receipting
from donations.fields import AmountTextField
from donations.forms import BY_HAND, Email, GiftForm
from donations.links import Outdated, confirmed_token, family_invitation, pledge_token
from donations.models import Donation, DonationPage, FamilyPage, Pledge
from donations.money import plain
from donations.providers.base import Capability, ProviderError
from donations.references import in_groups
from donations.states import CERTIFIABLE, WITH_MONEY, WITHOUT_MONEY, DonationState, PledgeState
from portal.form_guard import FormGuard, Refusal
from portal.networks import address_of
from portal.visibility import visible

LOOK_EVERY = 5  # seconds between two questions to the provider about one gift, however often its page is opened

_FORM = require_http_methods(["GET", "HEAD", "POST"])


def private(response: HttpResponse) -> HttpResponse:
    """Nobody keeps the page, and its forms may lead on to a payment page."""
    response["Cache-Control"] = "no-store"
    response._csp_update = {"form-action": settings.PAYMENT_HOSTS}
    return response


# --- The form -------------------------------------------------------------------------------------


@csrf_exempt  # no cookie on public pages: the token, the browser's word on the origin and the age stand in for it
@_FORM
def begin(request: HttpRequest, page_id: int) -> HttpResponse:
    """Take the form of donation page `page_id`: on to the payment page, or back with what is wrong and all that was
    typed. The same form sent twice is one gift.
    """
    page = get_object_or_404(visible(DonationPage.objects.all()), pk=page_id)
    if request.method != "POST":
        return redirect(page.get_url(request))
    if not FormGuard.comes_from_here(request):
        raise PermissionDenied
    offer = giving.Offer(page)
    if not offer.is_open:
        return redirect(page.get_url(request))
    form = GiftForm(request.POST, offer=offer)
    if request.POST.get("act") == "restate":
        form.full_clean()
        form.forget_errors_but("other")
        return _again(request, form, 200)
    try:
        key = _opened(request, form)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _again(request, form, 422, token=form.guard.new_token())
    if not form.is_valid():
        return _again(request, form, 422)
    gift = form.gift
    if not _within_limits(request, gift):
        form.add_error(None, _too_many())
        return _again(request, form, 429)
    try:
        donation = giving.begin(page, gift, key)
    except giving.AlreadyGiven as before:
        return _to(before.donation)
    if gift.provider == BY_HAND:
        if donation.state == DonationState.CREATED and not limits.take(limits.MAILS):
            form.add_error(None, _too_many())
            return _again(request, form, 429)
        lifecycle.awaited(donation)
        return _to(donation)
    return _go_and_pay(request, donation, form)


def _opened(request: HttpRequest, form: GiftForm) -> uuid.UUID:
    """The single-use key of the form that was sent. Raises Refusal for what a robot does."""
    key = form.guard.open(request.POST.get("token", ""))
    if request.POST.get(FormGuard.HONEYPOT):
        # Not in silence, as with messages: a browser that fills everything in may have done it for a donor.
        raise Refusal(FormGuard.broken)
    return key


def _within_limits(request: HttpRequest, gift: giving.Gift) -> bool:
    limits.forget_outdated()
    return limits.take(limits.NETWORK, address_of(request)) and limits.take(limits.ADDRESS, gift.donor["email"].lower())


def _too_many() -> str:
    return _(
        "So many gifts were begun just now that we must slow down, to keep out people who try stolen cards. Nothing is "
        "lost: send the form once more in an hour, or give by cheque or bank transfer."
    )


def _go_and_pay(request: HttpRequest, donation: Donation, form: GiftForm) -> HttpResponse:
    """On to the payment page; in the soft mode, first to the donor's mailbox."""
    if donation.state not in (DonationState.CREATED, DonationState.REDIRECTED, DonationState.FAILED):
        return _to(donation)
    if not donation.session_ref:
        page = str(donation.page.translation_key) if donation.page else ""
        is_calm = limits.take(limits.PAGE, page) and limits.take(limits.SESSIONS)
        if not is_calm or limits.is_throwaway(donation.donor.email):
            return _ask_to_confirm(request, donation, form)
    elif not limits.take(limits.RETRIES, str(donation.token)):
        form.add_error(None, _too_many())
        return _again(request, form, 429)
    try:
        return _payment_page(request, donation)
    except gateway.TooLate:
        return _to(donation)
    except (ProviderError, gateway.UnknownProvider):
        limits.add(limits.SESSIONS, -1)
        # The same token: sent again unchanged, it is the same gift, asked for under the same key.
        return _again(request, form, 503, is_down=True)


def _ask_to_confirm(request: HttpRequest, donation: Donation, form: GiftForm) -> HttpResponse:
    known = donation.mails.filter(kind="confirm_gift").exists()
    if not known and not limits.take(limits.MAILS):
        form.add_error(None, _too_many())
        return _again(request, form, 429)
    lifecycle.enqueue("confirm_gift", str(donation.token), donation)
    return _to(donation)


def _payment_page(request: HttpRequest, donation: Donation) -> HttpResponse:
    """Raises TooLate, Unreachable, Refused, UnknownProvider."""
    here = request.build_absolute_uri(reverse("gift", args=[donation.token]))
    url = gateway.payment_page(donation, email=donation.donor.email, success_url=here, cancel_url=f"{here}?back=1")
    return private(HttpResponseRedirect(url, status=303))


def _to(donation: Donation) -> HttpResponse:
    """On to the page that tells how the gift stands."""
    return private(HttpResponseRedirect(reverse("gift", args=[donation.token]), status=303))


def _again(
    request: HttpRequest, form: GiftForm, status: int, *, token: str = "", is_down: bool = False
) -> HttpResponse:
    """The page with the form as the donor filled it in."""
    page = form.offer.page
    form.token = token or _kept_token(request, form)
    context = page.get_context(request) | {"form": form, "is_down": is_down}
    return private(render(request, page.get_template(request), context, status=status))


def _kept_token(request: HttpRequest, form: GiftForm) -> str:
    """The token that was sent, while it is good: a mistake is mended faster than a new one ripens."""
    sent = request.POST.get("token", "")
    try:
        form.guard.open(sent)
    except Refusal as refusal:
        return sent if refusal.args[0] is FormGuard.too_young else form.guard.new_token()
    return sent


# --- How a gift stands ----------------------------------------------------------------------------


@require_safe
def gift(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """The page to which donors come back, and that tells the truth: not what the address says, but the provider."""
    donation = _gift(token)
    if donation.session_ref and donation.state not in WITH_MONEY and lifecycle.may_look(donation, LOOK_EVERY):
        with suppress(ProviderError, gateway.UnknownProvider):  # then what was known before still holds
            gateway.look_again(donation, "the donor's page")
        donation = _gift(token)
    return _gift_page(request, donation)


def _gift(token: uuid.UUID | str) -> Donation:
    gifts = Donation.objects.select_related("fund", "issuer", "pledge", "page__locale")
    return get_object_or_404(gifts, token=token)


def _gift_page(request: HttpRequest, donation: Donation, status: int = 200, **more: Any) -> HttpResponse:
    page = donation.page
    context = {
        "donation": donation,
        "giving_page": page if page and page.live else None,
        "reference": in_groups(donation.reference),
        "has_money": donation.state in CERTIFIABLE,
        "may_pay": donation.provider != BY_HAND
        and donation.state in (DonationState.CREATED, DonationState.REDIRECTED, DonationState.FAILED),
        "is_over": donation.state in WITHOUT_MONEY,
        "is_to_confirm": donation.state == DonationState.CREATED
        and donation.mails.filter(kind="confirm_gift").exists(),
        "came_back": "back" in request.GET,
        "deep_link": _deep_link(donation),
        "is_sandbox": gateway.is_sandbox(),
    }
    return private(render(request, "donations/gift.html", context | more, status=status))


def _deep_link(donation: Donation) -> str:
    frequency = "monthly" if donation.pledge_id else "once"
    return f"?amount={plain(donation.amount_minor, donation.currency)}&fund={donation.fund_id}&frequency={frequency}"


@csrf_exempt  # the gift's random number is the key; no cookie says who asks
@require_POST
def pay(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Go on to the payment page of a gift that is not paid: the one that is open, or a new one."""
    if not FormGuard.comes_from_here(request):
        raise PermissionDenied
    donation = _gift(token)
    if donation.provider == BY_HAND:
        raise Http404
    if not donation.session_ref:
        return _to(donation)  # it is for the form, or the e-mail that asks to confirm, to open the first page
    return _pay(request, donation, limits.take(limits.RETRIES, str(donation.token)))


def _pay(request: HttpRequest, donation: Donation, is_allowed: bool) -> HttpResponse:
    if not is_allowed or giving.is_paused(donation.page):
        return _gift_page(request, donation, 429, is_limited=True)
    try:
        return _payment_page(request, donation)
    except gateway.TooLate:
        return _to(donation)
    except (ProviderError, gateway.UnknownProvider):
        return _gift_page(request, donation, 503, is_down=True)


@csrf_exempt  # the signed link is the key
@_FORM
def confirm(request: HttpRequest, signed: str) -> HttpResponse:
    """The donor has read our e-mail. A button leads on: programs that open every link in a mail press none."""
    try:
        donation = _gift(confirmed_token(signed))
    except Outdated:
        return private(render(request, "donations/outdated_link.html", status=404))
    if donation.state not in (DonationState.CREATED, DonationState.REDIRECTED, DonationState.FAILED):
        return _to(donation)
    if request.method == "POST":
        is_first = not donation.session_ref
        is_allowed = limits.take(limits.CONFIRMED) if is_first else limits.take(limits.RETRIES, str(donation.token))
        return _pay(request, donation, is_allowed)
    return _gift_page(request, donation, confirm_url=request.path)


# --- A monthly gift -------------------------------------------------------------------------------


class LinkForm(forms.Form):
    """To which address the link goes."""

    use_required_attribute = False

    email = Email(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("The one that you gave with."),
        error_messages={"required": gettext_lazy("Fill in your e-mail address.")},
    )


@csrf_exempt
@_FORM
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Have a link to one's monthly gifts sent. The answer is the same whether or not there are any."""
    form = LinkForm(request.POST or None)
    is_sent = False
    if request.method == "POST":
        if not FormGuard.comes_from_here(request):
            raise PermissionDenied
        if form.is_valid():
            is_sent = True
            email = form.cleaned_data["email"].lower()
            if (
                not request.POST.get(FormGuard.HONEYPOT)
                and limits.take(limits.NETWORK, address_of(request))
                and limits.take(limits.LINKS, email)
            ):
                _send_links(email)
    status = 422 if form.is_bound and not is_sent else 200
    context = {"form": form, "is_sent": is_sent, "is_sandbox": gateway.is_sandbox()}
    return private(render(request, "donations/ask_for_link.html", context, status=status))


def _send_links(email: str) -> None:
    pledges = Pledge.objects.filter(donor__email__iexact=email).exclude(state=PledgeState.PENDING)
    for pledge in pledges.order_by("pk")[:10]:
        lifecycle.enqueue("pledge_link", f"{pledge.token}:{uuid.uuid4().hex}", pledge=pledge)


class AmountForm(forms.Form):
    """Another amount for the months to come."""

    use_required_attribute = False

    amount = AmountTextField(label=gettext_lazy("New monthly amount"))

    def __init__(self, data: Any = None, *, pledge: Pledge, least: int) -> None:
        super().__init__(data)
        self.fields["amount"].set(pledge.currency, least)


@csrf_exempt  # the signed link is the key
@_FORM
def pledge(request: HttpRequest, key: str) -> HttpResponse:
    """A donor's own monthly gift: what was given, the receipts; another amount, another card, the end."""
    try:
        found = Pledge.objects.select_related("fund", "issuer", "donor").get(token=pledge_token(key))
    except (Outdated, Pledge.DoesNotExist):
        return private(render(request, "donations/outdated_link.html", {"is_pledge": True}, status=404))
    first = found.donations.select_related("page").order_by("pk").first()
    least = first.page.source.minimum_minor if first and first.page else 100
    form = AmountForm(pledge=found, least=least)
    is_down, status = False, 200
    if request.method == "POST":
        if not FormGuard.comes_from_here(request):
            raise PermissionDenied
        act = request.POST.get("act")
        try:
            if act == "stop":
                gateway.end_pledge(found, "donor")
                return _back_to(request, "ended")
            if act == "card":
                here = request.build_absolute_uri(request.path)
                return private(
                    HttpResponseRedirect(gateway.provider_for(found).portal_url(found.customer_ref, here), status=303)
                )
            if act == "amount":
                form = AmountForm(request.POST, pledge=found, least=least)
                status = 422
                if form.is_valid():
                    gateway.change_pledge(found, form.cleaned_data["amount"], "donor")
                    return _back_to(request, "changed")
        except gateway.TooLate:
            return _back_to(request, "late")
        except (ProviderError, gateway.UnknownProvider):
            is_down, status = True, 503
    is_running = found.state in (PledgeState.ACTIVE, PledgeState.PAST_DUE, PledgeState.PAUSED)
    context = {
        "pledge": found,
        "gifts": found.donations.exclude(state__in=(DonationState.CREATED, DonationState.REDIRECTED)).order_by("-pk"),
        "receipts": [
            (receipt, receipting.link(receipt, get_language()))
            for receipt in found.donor.receipts.select_related("issuer").order_by("-issued_at")
        ],
        "form": form,
        "is_running": is_running,
        "is_failing": found.state == PledgeState.PAST_DUE,
        "has_portal": bool(found.customer_ref) and gateway.can(found.issuer, Capability.PORTAL),
        "done": request.GET.get("done"),
        "is_down": is_down,
        "is_sandbox": gateway.is_sandbox(),
    }
    return private(render(request, "donations/pledge.html", context, status=status))


def _back_to(request: HttpRequest, done: str) -> HttpResponse:
    return private(HttpResponseRedirect(f"{request.path}?done={done}", status=303))


# --- A family's page ------------------------------------------------------------------------------


@require_safe
def family(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Who gave in memory or honour of a person, of those who agreed to be named. Never how much."""
    families = FamilyPage.objects.select_related("fund")
    found = get_object_or_404(families, key=key, closes_on__gte=timezone.localdate())
    # Not of those whose gift was paid back since.
    gifts = Donation.objects.certifiable().filter(donor__tribute__family=found)
    donors = {gift.donor_id: gift for gift in gifts.select_related("donor__tribute").order_by("paid_at")}
    named = [gift.donor for gift in donors.values() if gift.donor.tribute.names_donor and gift.donor.name]
    page = _page_for(found)
    context = {
        "family": found,
        "names": [donor.name for donor in named],
        "others": len(donors) - len(named),
        "is_sandbox": gateway.is_sandbox(),
        "invitation": f"{page.get_full_url(request)}?family={family_invitation(found)}" if page else "",
    }
    return private(render(request, "donations/family.html", context))


def _page_for(found: FamilyPage) -> DonationPage | None:
    """A page on which one may give to the family's fund, in the reader's language."""
    pages = visible(DonationPage.objects.filter(locale__language_code=get_language()))
    sources = DonationPage.objects.filter(funds=found.fund).values("translation_key")
    return pages.filter(translation_key__in=sources).first()

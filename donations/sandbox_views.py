"""The sandbox's own pages, as a provider would show them: pay, decline, cancel, a direct debit that takes days."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from donations import inbox, webhooks
from donations.models import SandboxObject
from donations.providers import sandbox
from donations.providers.base import Gone, Refused
from donations.states import PaymentStatus, PledgeState

_WAYS = {
    "pay": ("card", PaymentStatus.SUCCEEDED),
    "debit": ("sepa_debit", PaymentStatus.PROCESSING),
    "decline": ("card", PaymentStatus.FAILED),
}


@csrf_exempt  # nothing to gain: the page pretends, and its address is the secret
@require_http_methods(["GET", "HEAD", "POST"])
def hosted_page(request: HttpRequest, ref: str) -> HttpResponse:
    """The page on which a donor pretends to pay."""
    provider = sandbox.connect("")
    try:
        session = provider.get(ref)
    except Gone:
        raise Http404 from None
    if session.kind != "session":
        raise Http404
    with translation.override(session.data["language"]):
        declined = False
        if request.method == "POST":
            act = request.POST.get("act", "")
            if act == "cancel":
                return HttpResponseRedirect(provider.leave(ref), status=303)
            try:
                method, status = _WAYS[act]
                provider.pay(ref, method=method, status=status)
            except (KeyError, Refused):
                session = provider.get(ref)
            else:
                deliver(provider.account)
                if status != PaymentStatus.FAILED:
                    return HttpResponseRedirect(session.data["success_url"], status=303)
                declined = True
        response = render(
            request, "donations/sandbox.html", {"session": session.data, "ref": ref, "is_declined": declined}
        )
        response["Cache-Control"] = "no-store"
        return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def portal(request: HttpRequest, customer: str) -> HttpResponse:
    """The page on which a monthly donor pretends to change the card, or stops giving."""
    provider = sandbox.connect("")
    pledge = SandboxObject.objects.filter(kind="pledge", data__customer=customer).first()
    if pledge is None:
        raise Http404
    back = request.GET.get("return", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    session = provider.get(pledge.data["session"])
    with translation.override(session.data["language"]):
        if request.method == "POST":
            if request.POST.get("act") == "end" and pledge.data["state"] != PledgeState.ENDED:
                provider.end_pledge(pledge.ref, "portal", at_once=True)
                deliver(provider.account)
            return HttpResponseRedirect(back, status=303)
        response = render(request, "donations/sandbox_portal.html", {"session": session.data, "back": back})
        response["Cache-Control"] = "no-store"
        return response


def deliver(account: str) -> None:
    """Send what is still untold through the door, as a provider would, and have it worked off."""
    for event in SandboxObject.objects.filter(kind="event", data__told__isnull=True).order_by("made_at", "pk"):
        headers, body = sandbox.signed(event)
        if webhooks.take_in("sandbox", account, headers, body) == 200:
            event.data["told"] = True
            event.save()
    inbox.process_events()

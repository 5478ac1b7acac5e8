"""A donor's receipt at its secret address: a page that says what it is, and the paper on request.

The paper is handed over by a button, not by the link itself: programs that look into e-mails follow every link, and
the first hand-over is the original.
"""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from donations import gateway, receipting
from donations.models import Receipt

logger = logging.getLogger(__name__)


@csrf_exempt  # the address is the secret; there is no session to misuse
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest, key: str) -> HttpResponse:
    """The page of one receipt; posted, its PDF."""
    found = receipting.of_link(key)
    if found is None:
        raise Http404
    replacement = Receipt.objects.select_related("issuer").filter(replaces=found).first() if found.voided_at else None
    if request.method == "POST" and not found.voided_at:
        response = paper(found, receipting.hand_over(found.pk, "donor"))
    else:
        context = {
            "receipt": found,
            "is_handed_over": receipting.handed_over(found).exists(),
            "replacement": replacement,
            "is_sandbox": gateway.is_sandbox(),
            "replacement_url": receipting.link(replacement, request.LANGUAGE_CODE) if replacement else "",
        }
        response = render(request, "donations/receipt.html", context)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def paper(found: Receipt, content: bytes) -> HttpResponse:
    """A PDF to be saved, named after the receipt's number."""
    response = HttpResponse(content, content_type="application/pdf")
    name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in found.full_number)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response

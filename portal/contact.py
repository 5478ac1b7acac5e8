"""Taking a visitor's message: check, store, tell the institute by e-mail; and forgetting it when its time is over."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.contact_form import MessageGuard
from portal.form_guard import Refusal
from portal.models import ContactMessage, ContactPage
from portal.visibility import visible

logger = logging.getLogger(__name__)


@csrf_exempt  # no cookie on public pages: the token, the browser's word on the origin and the age stand in for it
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, page_id: int) -> HttpResponse:
    """Take the form of contact page `page_id`. What was typed comes back with any error; nothing is taken twice.

    Who reloads the answer, or opens this address, is led to the page itself.
    """
    page = get_object_or_404(visible(ContactPage.objects.all()), pk=page_id)
    if request.method != "POST":
        return redirect(page.get_url(request))
    if not MessageGuard.comes_from_here(request):
        raise PermissionDenied
    with translation.override(page.language):
        form = page.get_form(request.POST)
        thanks = HttpResponseRedirect(f"{page.get_url(request)}?sent=1", status=303)
        if request.POST.get(MessageGuard.HONEYPOT):
            return thanks  # a robot: let it believe that it was heard
        try:
            token = page.guard.open(request.POST.get("token", ""))
            if ContactMessage.objects.filter(token=token).exists():
                return thanks
            _refuse_a_flood(page)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        if not form.is_valid():
            return page.render_form(request, form, status=422)
        try:
            with transaction.atomic():
                message = ContactMessage.objects.create(
                    page=page,
                    form_data=form.cleaned_data,
                    token=token,
                    forget_at=ContactMessage.time_to_forget(page.source),
                )
        except IntegrityError:
            return thanks  # the same form, sent twice at once
        deliver(message)
        forget_outdated()
        return thanks


def _refuse_a_flood(page: ContactPage) -> None:
    since = timezone.now() - timedelta(hours=1)
    if page.get_submissions().filter(submit_time__gt=since).count() >= MessageGuard.MOST_PER_HOUR:
        raise Refusal(
            _("We are receiving too many messages just now. Send yours once more in an hour, or telephone us.")
        )


def deliver(message: ContactMessage) -> bool:
    """E-mail `message` to its institute. False when that failed: it stays stored, and is tried again.

    `manage.py deliver_contact_messages` tries all that are still unsent.
    """
    page = message.page.specific
    with transaction.atomic(), translation.override(page.language):
        unsent = ContactMessage.objects.select_for_update(skip_locked=True, of=("self",)).filter(emailed_at=None)
        message = unsent.filter(pk=message.pk).first()
        if message is None or not page.source.to_address:
            return False
        fields = {field.clean_name: field for field in page.form_fields.all()}
        lines = [
            f"{fields[name].label if name in fields else name}: {_as_text(value)}"
            for name, value in message.form_data.items()
        ]
        reply_to = [
            message.form_data[name]
            for name, field in fields.items()
            if field.field_type == "email" and message.form_data.get(name)
        ]
        email = EmailMessage(
            subject=_("Message from a visitor: %(title)s") % {"title": page.title},
            body="\n".join([*lines, "", page.full_url or ""]),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[address.strip() for address in page.source.to_address.split(",")],
            reply_to=reply_to,
        )
        try:
            email.send()
        except (OSError, ValueError):  # the mail server, or an address that no mail can carry
            # No details: the message may hold what a patient confided.
            logger.exception("The e-mail of contact message %s could not be sent; it is kept.", message.pk)
            return False
        message.emailed_at = timezone.now()
        message.save(update_fields=["emailed_at"])
    return True


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def forget_outdated() -> int:
    """Delete the messages whose time is over; how many that were."""
    return ContactMessage.objects.outdated().delete()[0]

"""Sending what stands in the outbox: at least once, tried again for some three days, then put before a person.

A message that was taken by the mail server in the moment in which this process died goes out a second time; both
carry the same Message-ID.
"""

from collections.abc import Callable
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils import timezone

from donations import lifecycle
from donations.emails import compose
from donations.models import Donation, Mail, Tribute
from donations.states import CERTIFIABLE
from donations.work import Hopeless, never, work_off


class NobodyThere(Hopeless):
    """The mail server says for good that there is no such mailbox."""


def send_mails(most: int = 1000, stop: Callable[[], bool] = never) -> int:
    """Send what is due; how many messages were dealt with."""
    announce_tributes()
    return work_off(Mail, send, most, stop)


@transaction.atomic
def send(mail: Mail) -> None:
    """Send one message, or nothing if nothing is to be said any more. Raises what the mail server raises.

    What is noted of a sending - that a receipt went out, that a family was written to - is noted if it went. What was
    not said leaves the outbox: it may come to hold after all, as a thank-you does when a dispute is won.
    """
    message = compose(mail) or _composed_anew(mail)
    if message is None:
        mail.delete()
        return
    message.connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    try:
        message.send()
    except SMTPRecipientsRefused as refusal:
        if all(code >= 550 for code, _words in refusal.recipients.values()):
            raise NobodyThere from None
        raise
    if mail.kind == "tribute":
        Tribute.objects.filter(donor_id=mail.donation.donor_id).update(letter_sent_at=timezone.now())


def _composed_anew(mail: Mail) -> EmailMultiAlternatives | None:
    """The message as the gift stands under its lock: what comes to hold in this moment is said, here or by the next."""
    if mail.donation_id:
        Donation.objects.select_for_update(of=("self",), no_key=True).get(pk=mail.donation_id)
    mail.refresh_from_db()
    return compose(mail)


def announce_tributes() -> int:
    """Have families written to of whose letter the gift has arrived: once for each donor, so once for a pledge."""
    told = Mail.objects.filter(kind="tribute").values("object_key")
    waiting = (
        Tribute.objects.filter(letter_sent_at=None, donor__erased_at=None, donor__donations__state__in=CERTIFIABLE)
        .exclude(family_email="")
        .alias(key=Cast("donor_id", CharField()))
        .exclude(key__in=told)
        .distinct()
    )
    donors = list(waiting.values_list("donor_id", flat=True)[:500])
    for donor in donors:
        gift = Donation.objects.filter(donor_id=donor, state__in=CERTIFIABLE).order_by("pk").first()
        if gift:
            lifecycle.enqueue("tribute", str(donor), gift)
    return len(donors)

"""Sending what stands in the outbox: at least once, tried again for some three days, then put before a person.

A message that was taken by the mail server in the moment in which this process died goes out a second time; both
carry the same Message-ID.
"""

from collections.abc import Callable
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import CharField, Q
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


def send(mail: Mail) -> None:
    """Send one message, or nothing if nothing is to be said any more. Raises what the mail server raises."""
    message = compose(mail)
    if message is None:
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


def announce_tributes() -> int:
    """Have families written to of whose letter the gift has arrived: once for each donor, so once for a pledge."""
    told = Mail.objects.filter(kind="tribute").values("object_key")
    waiting = (
        Tribute.objects.filter(letter_sent_at=None, donor__erased_at=None)
        .exclude(family_email="")
        .filter(Q(donor__donations__state__in=CERTIFIABLE))
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

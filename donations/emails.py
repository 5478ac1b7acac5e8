"""What e-mails to donors and families say. The words are made when a message is sent, from what holds then.

A message is a few plain paragraphs, facts and links: one text template and one HTML template show them all. Nothing
that somebody typed goes into a header, but for one address that is checked.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr

from bs4 import BeautifulSoup
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from donations import gateway, receipting
from donations.links import confirmation_url, family_url, gift_url, pledge_url
from donations.models import (
    Donation,
    Donor,
    DonorKind,
    Mail,
    Pledge,
    Receipt,
    ReceiptWish,
    Refund,
    Tribute,
    TributeKind,
)
from donations.money import display
from donations.references import in_groups
from donations.states import CERTIFIABLE, DonationState, PledgeState, RefundStatus
from donations.work import Hopeless


class NoAddress(Hopeless):
    """The address is none that an e-mail can be sent to."""


@dataclass
class Letter:
    """What a message says, before it has a form. `facts` are pairs of name and value, `links` of words and address."""

    to: str
    language: str
    subject: str
    greeting: str
    paragraphs: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    signed_by: str = ""
    reply_to: str = ""
    attachments: list[tuple[str, bytes, str]] = field(default_factory=list)


def compose(mail: Mail) -> EmailMultiAlternatives | None:
    """The message that `mail` stands for; None when there is nothing to say any more, or nobody to say it to.

    Raises NoAddress for an address that no e-mail can carry, KeyError for a kind that does not exist.
    """
    write = _KINDS[mail.kind]
    with translation.override(_language_of(mail)):
        letter = write(mail)
    if letter is None or not letter.to:
        return None
    with translation.override(letter.language):
        return _message(mail, letter)


def _language_of(mail: Mail) -> str:
    if mail.donation:
        return mail.donation.language
    return mail.pledge.donor.language if mail.pledge else settings.LANGUAGE_CODE


def _message(mail: Mail, letter: Letter) -> EmailMultiAlternatives:
    context = {"letter": letter, "language": letter.language}
    message = EmailMultiAlternatives(
        subject=_one_line(letter.subject),
        body=render_to_string("donations/mail/letter.txt", context).strip() + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[_checked(letter.to)],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers={
            "Message-ID": message_id(mail),
            "Auto-Submitted": "auto-generated",
            "Content-Language": letter.language,
        },
    )
    message.attach_alternative(render_to_string("donations/mail/letter.html", context), "text/html")
    for name, content, kind in letter.attachments:
        message.attach(name, content, kind)
    return message


def message_id(mail: Mail) -> str:
    """The same for every attempt, so that a mailbox that gets a message twice shows it once; it tells nothing."""
    name = f"{mail.kind} {mail.object_key}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), name, hashlib.sha256).hexdigest()[:32]
    return f"<{digest}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2] or 'localhost'}>"


def _checked(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        raise NoAddress from None
    return address


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- What letters are made of ---------------------------------------------------------------------


def _to(donor: Donor, language: str, of: Donation | Pledge | None = None, **values: object) -> Letter | None:
    """A letter to `donor`; None to one who was erased, or who gave no address."""
    if donor.erased_at or not donor.email:
        return None
    issuer = of.issuer if of else None
    name = _one_line(donor.name)
    if gateway.is_sandbox():
        values["paragraphs"] = [_("This is a demonstration: no money moves"), *values["paragraphs"]]
    return Letter(
        to=donor.email,
        language=language,
        greeting=_("Dear %(name)s,") % {"name": name} if name and donor.kind == DonorKind.PERSON else _("Good day,"),
        signed_by=issuer.name if issuer else "",
        reply_to=issuer.email if issuer else "",
        **values,
    )


def _amount(of: Donation | Pledge, language: str) -> str:
    return display(of.amount_minor, of.currency, language)


def _day(day: object) -> str:
    if hasattr(day, "hour"):
        day = timezone.localdate(day)
    return formats.date_format(day, "DATE_FORMAT")


def _facts(donation: Donation) -> list[tuple[str, str]]:
    facts = [
        (_("Gift"), _amount(donation, donation.language)),
        (_("For"), str(donation.fund.name)),
        (_("Reference"), in_groups(donation.reference)),
    ]
    if donation.paid_at:
        facts.append((_("Received on"), _day(donation.paid_at)))
    return facts


def _page_link(donation: Donation, words: str) -> list[tuple[str, str]]:
    page = donation.page
    address = page.full_url if page and page.live else None
    return [(words, address)] if address else []


def _paragraphs_of(rich_text: str) -> list[str]:
    """An editor's words as plain paragraphs."""
    soup = BeautifulSoup(rich_text, "html.parser")
    blocks = soup.find_all(["p", "li", "h2", "h3", "h4", "blockquote"]) or [soup]
    return [text for text in (_one_line(block.get_text(" ")) for block in blocks) if text]


# --- A gift ---------------------------------------------------------------------------------------


def _thanks(mail: Mail) -> Letter | None:
    gift = mail.donation
    if gift.state not in CERTIFIABLE:
        return None  # taken back since: a thank-you would be wrong now
    page = gift.page
    own_words = _paragraphs_of(page.thanks) if page and page.language == gift.language else []
    receipt = {
        ReceiptWish.EACH: _("Your receipt for the tax office follows in an e-mail of its own."),
        ReceiptWish.YEARLY: _("In January you get one receipt for all your gifts of the year."),
    }.get(gift.receipt_wish)
    return _to(
        gift.donor,
        gift.language,
        gift,
        subject=_("Thank you for your gift"),
        paragraphs=own_words or [_("Thank you. Your gift has arrived.")],
        facts=_facts(gift),
        after=[receipt] if receipt else [],
        links=[(_("How your gift stands"), gift_url(gift))],
    )


def _processing(mail: Mail) -> Letter | None:
    gift = mail.donation
    if gift.state != DonationState.PROCESSING:
        return None
    return _to(
        gift.donor,
        gift.language,
        gift,
        subject=_("Your gift is on its way"),
        paragraphs=[
            _("Thank you. You have ordered a gift by direct debit; banks take some days for it."),
            _("We write to you when it has arrived. You need not do anything."),
        ],
        facts=_facts(gift),
    )


def _failed(mail: Mail) -> Letter | None:
    gift = mail.donation
    if gift.state != DonationState.FAILED:
        return None
    return _to(
        gift.donor,
        gift.language,
        gift,
        subject=_("Your gift did not arrive"),
        paragraphs=[
            _("Your bank did not carry out the payment of your gift, or took it back. You have given nothing."),
            _("If you still wish to give, please choose another way of payment."),
        ],
        facts=_facts(gift)[:3],
        links=_page_link(gift, _("Give again")),
    )


def _instructions(mail: Mail) -> Letter | None:
    gift = mail.donation
    if gift.state != DonationState.AWAITED:
        return None
    issuer = gift.issuer
    facts = _facts(gift)[:2]
    if issuer.iban:
        facts += [(_("Transfer to"), issuer.name), (_("IBAN"), issuer.iban_in_groups)]
        facts += [(_("BIC"), issuer.bic)] if issuer.bic else []
    if issuer.address:
        address = ", ".join(line.strip() for line in issuer.address.splitlines() if line.strip())
        facts += [(_("Cheque payable to"), issuer.name), (_("To be sent to"), address)]
    facts.append((_("Reference to quote"), in_groups(gift.reference)))
    return _to(
        gift.donor,
        gift.language,
        gift,
        subject=_("How to send your gift"),
        paragraphs=[
            _("Thank you for announcing a gift. This is how it reaches us."),
            _(
                "Please quote the reference with the transfer or on the back of the cheque: "
                "it tells us that the gift is yours."
            ),
        ],
        facts=facts,
        after=[_("We write to you when the gift has arrived.")],
    )


def _refunded(mail: Mail) -> Letter | None:
    gift = mail.donation
    provider_ref = mail.object_key.partition(":")[2]
    refund = Refund.objects.filter(payment__donation=gift, provider_ref=provider_ref).first()
    if refund is None or refund.status != RefundStatus.SUCCEEDED:
        return None
    return _to(
        gift.donor,
        gift.language,
        gift,
        subject=_("Your gift was refunded"),
        paragraphs=[
            _("We have sent %(amount)s back to you, the way they came. Banks may take up to ten days for it.")
            % {"amount": display(refund.amount_minor, gift.currency, gift.language)},
            _(
                "A receipt for the tax office that you have of this gift is void. "
                "If a part of the gift remains, you get a new one."
            ),
        ],
        facts=_facts(gift),
    )


# --- A monthly gift -------------------------------------------------------------------------------


def _pledge_facts(pledge: Pledge, language: str) -> list[tuple[str, str]]:
    return [(_("Monthly gift"), _amount(pledge, language)), (_("For"), str(pledge.fund.name))]


def _of_pledge(pledge: Pledge, **values: object) -> Letter | None:
    language = translation.get_language()
    return _to(pledge.donor, language, pledge, facts=_pledge_facts(pledge, language), **values)


def _pledge_ended(mail: Mail) -> Letter | None:
    if mail.pledge.state != PledgeState.ENDED:
        return None
    return _of_pledge(
        mail.pledge,
        subject=_("Your monthly gift has ended"),
        paragraphs=[
            _("Your monthly gift has ended; nothing more will be taken from your account or card."),
            _("Thank you for all that you have made possible."),
        ],
    )


def _pledge_failing(mail: Mail) -> Letter | None:
    if mail.pledge.state != PledgeState.PAST_DUE:
        return None
    return _of_pledge(
        mail.pledge,
        subject=_("This month’s gift could not be paid"),
        paragraphs=[
            _(
                "Your bank refused the payment of your monthly gift; the card may have expired. "
                "It is tried again by itself."
            ),
            _("To give by another card, or to stop, open your monthly gift. The link works for three days."),
        ],
        links=[(_("Your monthly gift"), pledge_url(mail.pledge))],
    )


def _fund_moved(mail: Mail) -> Letter | None:
    if mail.pledge.state == PledgeState.ENDED:
        return None
    return _of_pledge(
        mail.pledge,
        subject=_("Your monthly gift goes on, for another fund"),
        paragraphs=[
            _("The fund that you gave to is closed. From the next month on your gift goes to the fund named below."),
            _("If you would rather not, answer this e-mail: we change it or end it, as you say."),
        ],
    )


# --- Receipts, families ---------------------------------------------------------------------------


def _receipt(mail: Mail) -> Letter | None:
    """The key begins with the receipt's own number in the database; what follows a colon tells sendings apart."""
    pk = mail.object_key.partition(":")[0]
    receipt = Receipt.objects.select_related("donor", "issuer").get(pk=pk)
    if receipt.voided_at or receipt.donor is None:
        return None
    with translation.override(receipt.language):
        amount = display(receipt.amount_minor, receipt.currency, receipt.language)
        letter = _to(
            receipt.donor,
            receipt.language,
            subject=_("Your receipt for the tax office"),
            paragraphs=[_("The receipt for your gift is attached. Keep it: the tax office may ask for it.")],
            facts=[(_("Receipt"), receipt.full_number), (_("Amount"), amount)],
        )
        if letter:
            letter.signed_by, letter.reply_to = receipt.issuer.name, receipt.issuer.email
            # Undone with the transaction if it cannot be sent.
            paper = receipting.hand_over(receipt.pk, "mail", sending=mail.pk)
            letter.attachments = [(f"{receipt.full_number}.pdf", paper, "application/pdf")]
        return letter


def _tribute(mail: Mail) -> Letter | None:
    gift = mail.donation
    tribute = Tribute.objects.select_related("donor", "family").filter(donor_id=gift.donor_id).first()
    if tribute is None or not tribute.family_email or gift.donor.erased_at or gift.state not in CERTIFIABLE:
        return None
    return letter_to_family(tribute, gift)


def letter_to_family(tribute: Tribute, gift: Donation, *, by_post: bool = False) -> Letter:
    """To the family: who gave, if they agreed to be named; never how much. `by_post`: nobody can answer an e-mail."""
    language = tribute.family.language if tribute.family else gift.language
    with translation.override(language):
        facts = [
            (_("In memory of") if tribute.kind == TributeKind.MEMORY else _("In honour of"), _one_line(tribute.person)),
            (_("For"), str(gift.fund.name)),
        ]
        if tribute.names_donor and gift.donor.name:
            facts.append((_("Given by"), _one_line(gift.donor.name)))
        name = _one_line(tribute.family_name)
        no_more = (
            _("Your address was given to us for this letter alone. Write to us if you wish no more of them.")
            if by_post
            else _(
                "Your address was given to us for this letter alone. Answer this e-mail if you wish no more of them."
            )
        )
        return Letter(
            to=tribute.family_address if by_post else tribute.family_email,
            language=language,
            subject=_("A gift in memory") if tribute.kind == TributeKind.MEMORY else _("A gift in somebody’s honour"),
            greeting=_("Dear %(name)s,") % {"name": name} if name else _("Good day,"),
            paragraphs=[_("Somebody has made a gift and wished that you know of it.")],
            facts=facts,
            after=[*[line for line in map(_one_line, tribute.message.splitlines()) if line], no_more],
            links=[(_("Your page: who else has given"), family_url(tribute.family))] if tribute.family else [],
            signed_by=gift.issuer.name,
            reply_to=gift.issuer.email,
        )


def _confirm_gift(mail: Mail) -> Letter | None:
    """To a donor who asked to pay online while robots do: the way on."""
    gift = mail.donation
    if gift.state not in (DonationState.CREATED, DonationState.REDIRECTED, DonationState.FAILED):
        return None
    return _to(
        gift.donor,
        gift.language,
        gift,
        subject=_("One more step for your gift"),
        paragraphs=[
            _("You have begun a gift. Open this link to go on to the payment. It works for a day."),
            _("It was not you? Then do nothing: nothing is taken."),
        ],
        facts=[(_("Amount"), _amount(gift, gift.language)), (_("For"), str(gift.fund.name))],
        links=[(_("Continue to the payment page"), confirmation_url(gift))],
    )


def _pledge_link(mail: Mail) -> Letter | None:
    """To a monthly donor who asked for it: the way to the monthly gift. The link is made when it is sent."""
    pledge = mail.pledge
    return _to(
        pledge.donor,
        pledge.donor.language,
        pledge,
        subject=_("Your link to your monthly gift"),
        paragraphs=[
            _("With this link you see your gifts and receipts, change your monthly gift, or stop it."),
            _("It works for three days."),
            _("You did not ask for it? Then do nothing, and give the link to nobody."),
        ],
        links=[(_("My monthly gift"), pledge_url(pledge))],
    )


_KINDS: dict[str, Callable[[Mail], Letter | None]] = {
    "thanks": _thanks,
    "processing": _processing,
    "failed": _failed,
    "instructions": _instructions,
    "refunded": _refunded,
    "pledge_ended": _pledge_ended,
    "pledge_failing": _pledge_failing,
    "fund_moved": _fund_moved,
    "receipt": _receipt,
    "tribute": _tribute,
    "confirm_gift": _confirm_gift,
    "pledge_link": _pledge_link,
}

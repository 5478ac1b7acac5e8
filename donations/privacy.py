"""What donors may ask of us - a copy of everything, to be forgotten - and what is forgotten unasked in time.

Money rows and receipts stay: the law wants them, and neither the ledger nor the journal says who gave. How long each
kind of data stays is set in `DONOR_RETENTION` (portal/settings/base.py).
"""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from donations import lifecycle, receipting
from donations.gateway import UnknownProvider, end_pledge, look_again, provider_for
from donations.models import (
    BankLine,
    Bucket,
    Consent,
    Donation,
    Donor,
    DonorAccess,
    FamilyPage,
    LedgerEntry,
    Mail,
    Pledge,
    ProviderEvent,
    Receipt,
    Tribute,
    UsedToken,
)
from donations.money import display
from donations.providers.base import Gone, ProviderError
from donations.references import in_groups
from donations.states import DonationState, PledgeState
from portal.days import midnight

BATCH = 500

_OPEN = (DonationState.CREATED, DonationState.REDIRECTED, DonationState.FAILED)


class NotErased(Exception):
    """A donor could not be erased now, and nothing was; the text says why, for staff."""


class UnknownDonor(LookupError):
    """There is no donor with the number that was given."""


def donor_of(number: str) -> Donor:
    """The donor with this UUID. Raises UnknownDonor."""
    try:
        return Donor.objects.get(uuid=uuid.UUID(number))
    except (ValueError, Donor.DoesNotExist):
        raise UnknownDonor(_("There is no donor with the number %(number)s.") % {"number": number}) from None


# --- A copy of everything (GDPR, article 15) ------------------------------------------------------


def everything_about(donor: Donor) -> dict[str, Any]:
    """All that is kept about a donor, as plain values for JSON; amounts in minor units, times in UTC."""
    tribute = Tribute.objects.filter(donor=donor).select_related("family").first()
    return {
        "donor": _values(donor, "id"),
        "gifts": [
            _values(gift, "id", "donor", "session_url")
            | {
                "fund": str(gift.fund.name),
                "issuer": gift.issuer.name,
                "payments": [
                    _values(payment, "id", "donation")
                    | {
                        "refunds": [
                            _values(refund, "id", "payment", "requested_by", "approved_by")
                            for refund in payment.refunds.order_by("pk")
                        ],
                        "disputes": [_values(dispute, "id", "payment") for dispute in payment.disputes.order_by("pk")],
                    }
                    for payment in gift.payments.order_by("pk")
                ],
                "steps": list(gift.journal.values("at", "what", "detail", "cause")),
                "e-mails": list(gift.mails.order_by("pk").values("kind", "made_at", "done_at")),
                "bank": list(BankLine.objects.filter(donation=gift).values("booked_on", "amount_minor", "text")),
            }
            for gift in donor.donations.select_related("fund", "issuer").order_by("created_at", "pk")
        ],
        "monthly gifts": [
            _values(pledge, "id", "donor")
            | {"fund": str(pledge.fund.name), "steps": list(pledge.journal.values("at", "what", "detail", "cause"))}
            for pledge in donor.pledges.select_related("fund").order_by("pk")
        ],
        "tribute": (_values(tribute, "id", "donor") | {"page for the family": bool(tribute.family)})
        if tribute
        else None,
        "consents": [_values(consent, "id", "donor") for consent in donor.consents.order_by("given_at")],
        "receipts": [
            _values(receipt, "id", "donor", "pdf", "copy_pdf") | {"full_number": receipt.full_number}
            for receipt in donor.receipts.select_related("issuer").order_by("pk")
        ],
        "looks at these data": [
            {"at": access.at, "what": access.act, "how many": access.number}
            for access in donor.accesses.order_by("at", "pk")
        ],
    }


def _values(row: models.Model, *without: str) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in without]
    return {field.name: field.value_from_object(row) for field in fields}


def file_of(donor: Donor) -> bytes:
    """A zip archive: everything as JSON, the same for people to read, and a duplicate of each receipt.

    Duplicates, for the original is one paper: it went to the donor when the receipt was issued, or still will.
    """
    data = everything_about(donor)
    papers = {}
    for receipt in donor.receipts.select_related("issuer").order_by("pk"):
        with suppress(receipting.Damaged):  # its time is over, and it was forgotten: what is left is in donor.json
            papers[receipt.full_number] = receipting.hand_over(receipt.pk, "data")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("donor.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        with translation.override(donor.language):
            archive.writestr("donor.txt", _readable(donor, data, papers.keys()))
        for number, paper in papers.items():
            archive.writestr(f"{number}.pdf", paper)
    return packed.getvalue()


def _readable(donor: Donor, data: dict[str, Any], papers: Collection[str]) -> str:
    language = donor.language
    said = [name for name in Donor.PERSONAL if getattr(donor, name)]
    lines = [_("What we keep about you"), ""]
    lines += [f"{Donor._meta.get_field(name).verbose_name}: {getattr(donor, name)}" for name in said]
    lines += ["", _("Your gifts"), ""]
    for gift in donor.donations.select_related("fund").order_by("created_at", "pk"):
        lines.append(
            f"{timezone.localtime(gift.created_at):%Y-%m-%d}  {display(gift.amount_minor, gift.currency, language)}  "
            f"{gift.fund.name}  {gift.get_state_display()}  {in_groups(gift.reference)}"
        )
    for pledge in donor.pledges.select_related("fund").order_by("pk"):
        amount = display(pledge.amount_minor, pledge.currency, language)
        lines.append(f"{_('every month')}: {amount}  {pledge.fund.name}  {pledge.get_state_display()}")
    if data["tribute"]:
        lines += ["", _("Your tribute"), ""]
        shown = ("kind", "person", "ward", "message", "family_name", "family_email", "family_address")
        for name in shown:
            if value := data["tribute"][name]:
                lines.append(f"{Tribute._meta.get_field(name).verbose_name}: {value}")
    if data["consents"]:
        lines += ["", _("What you agreed to"), ""]
        for consent in donor.consents.order_by("given_at"):
            until = f" – {consent.withdrawn_at:%Y-%m-%d}" if consent.withdrawn_at else ""
            lines.append(f"{consent.given_at:%Y-%m-%d}{until}  {consent.wording}")
    if data["receipts"]:
        lines += ["", _("Your receipts, of which this archive has duplicates"), ""]
        for receipt in data["receipts"]:
            number = receipt["full_number"]
            words = number if number in papers else _("%(number)s – its file is kept no longer") % {"number": number}
            lines.append(words)
    lines += ["", _("The file donor.json has every detail, for a machine to read.")]
    return "\n".join(lines) + "\n"


def note_export(donor: Donor, user: Any, what: str) -> None:
    """Log that a copy was handed out."""
    DonorAccess.objects.create(user=user, act=DonorAccess.Act.EXPORTED, donor=donor, what=what)


# --- To be forgotten (article 17) -----------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What an erasure would do, in numbers."""

    pledges_to_end: int
    pages_to_close: int
    gifts_awaited: int
    gifts_on_their_way: int
    gifts_kept: int
    receipts_kept: int
    consents_to_withdraw: int
    has_tribute: bool


def plan_of(donor: Donor) -> Plan:
    """What erasing a donor would do."""
    return Plan(
        pledges_to_end=donor.pledges.exclude(state=PledgeState.ENDED).count(),
        pages_to_close=donor.donations.filter(state__in=_OPEN).exclude(session_ref="").count(),
        gifts_awaited=donor.donations.filter(state=DonationState.AWAITED).count(),
        gifts_on_their_way=donor.donations.filter(state=DonationState.PROCESSING).count(),
        gifts_kept=donor.donations.count(),
        receipts_kept=donor.receipts.count(),
        consents_to_withdraw=donor.consents.filter(withdrawn_at=None).count(),
        has_tribute=Tribute.objects.filter(donor=donor).exists(),
    )


def erase(donor: Donor, user: Any, what: str) -> None:
    """Forget who a donor was. What would take more money is ended at the provider first.

    Raises NotErased, with nothing forgotten, while the provider does not answer: a card that is charged every month in
    the name of nobody could not be stopped by anybody.
    """
    try:
        for pledge in donor.pledges.exclude(state=PledgeState.ENDED).order_by("pk"):
            _end(pledge)
        for gift in donor.donations.filter(state__in=_OPEN).exclude(session_ref="").order_by("pk"):
            with suppress(Gone):
                provider_for(gift).expire_session(gift.session_ref)
                look_again(gift, "erasure")
    except (ProviderError, UnknownProvider) as error:
        raise NotErased(
            _("The payment provider could not be reached or refused. Nothing was erased: try again later.")
        ) from error
    for gift in donor.donations.filter(state=DonationState.AWAITED).order_by("pk"):
        lifecycle.given_up(gift, "erasure", user=user)
    with transaction.atomic():
        locked = Donor.objects.select_for_update(of=("self",)).get(pk=donor.pk)
        if locked.pledges.exclude(state=PledgeState.ENDED).exclude(provider_ref="").exists():
            raise NotErased(_("A monthly gift is still running. Nothing was erased: try again later."))
        _forget([locked.pk], timezone.now())
        DonorAccess.objects.create(user=user, act=DonorAccess.Act.ERASED, donor=locked, what=what)
    donor.refresh_from_db()


def _end(pledge: Pledge) -> None:
    end_pledge(pledge, "erasure")
    pledge.refresh_from_db()
    # The donor may have confirmed it in the very moment in which its page was closed.
    if pledge.provider_ref and pledge.state != PledgeState.ENDED:
        end_pledge(pledge, "erasure")
        pledge.refresh_from_db()
    if pledge.provider_ref and pledge.state != PledgeState.ENDED:
        raise NotErased(_("A monthly gift is still running. Nothing was erased: try again later."))


def _forget(donors: list[int], now: datetime) -> None:
    """Take everything away that says who these donors were. Within a transaction."""
    blank = dict.fromkeys(Donor.PERSONAL, "")
    Donor.objects.filter(pk__in=donors).update(**blank, declared={}, erased_at=now)
    pages = list(Tribute.objects.filter(donor__in=donors).exclude(family=None).values_list("family", flat=True))
    Tribute.objects.filter(donor__in=donors).delete()
    FamilyPage.objects.filter(pk__in=pages, tributes=None).delete()
    Consent.objects.filter(donor__in=donors, withdrawn_at=None).update(withdrawn_at=now)
    # There is nobody left to write to.
    waiting = Mail.objects.filter(Q(donation__donor__in=donors) | Q(pledge__donor__in=donors), done_at=None)
    waiting.update(next_at=None, done_at=now, error="donor erased")


# --- Forgetting unasked ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Duty:
    """One kind of data whose time ends: `due` finds the rows at a time, `act` forgets a batch of their keys."""

    name: str
    due: Callable[[datetime], models.QuerySet[Any]]
    act: Callable[[list[Any], datetime], Any]


def _days(kind: str, now: datetime) -> datetime:
    return now - timedelta(days=settings.DONOR_RETENTION[f"{kind}_days"])


def _years(kind: str, now: datetime) -> datetime:
    """Periods of the law count from the end of a calendar year."""
    year = timezone.localtime(now).year - settings.DONOR_RETENTION[f"{kind}_years"]
    return midnight(date(year, 1, 1))


def _known() -> models.QuerySet[Donor]:
    """Donors who are not forgotten yet, and from whom no more money comes by itself."""
    running = Pledge.objects.filter(donor=OuterRef("pk")).exclude(state=PledgeState.ENDED).exclude(provider_ref="")
    return Donor.objects.filter(~Exists(running), erased_at=None)


def _gifts(**of: Any) -> models.QuerySet[Donation]:
    return Donation.objects.filter(donor=OuterRef("pk"), **of)


def _entries(**of: Any) -> models.QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(donation__donor=OuterRef("pk"), **of)


def _unfinished(now: datetime) -> models.QuerySet[Donor]:
    before = _days("unfinished", now)
    return _known().filter(
        ~Exists(_entries()),
        ~Exists(_gifts(state__in=(DonationState.AWAITED, DonationState.PROCESSING))),
        ~Exists(_gifts(created_at__gte=before)),
        created_at__lt=before,
        receipts=None,
    )


def _never_came(now: datetime) -> models.QuerySet[Donation]:
    return Donation.objects.filter(state=DonationState.AWAITED, created_at__lt=_days("announced", now))


def _past(now: datetime) -> models.QuerySet[Donor]:
    before = _years("receipt", now)
    return _known().filter(
        Exists(_entries()),
        ~Exists(_entries(happened_at__gte=before)),
        ~Exists(_gifts(created_at__gte=before)),
        ~Exists(Receipt.objects.filter(donor=OuterRef("pk"), issued_at__gte=before)),
    )


def _stale_consents(now: datetime) -> models.QuerySet[Consent]:
    before = _days("consent", now)
    recent = LedgerEntry.objects.filter(donation__donor=OuterRef("donor"), happened_at__gte=before)
    return Consent.objects.filter(~Exists(recent), withdrawn_at=None, given_at__lt=before)


def _tributes(now: datetime) -> models.QuerySet[Tribute]:
    closed = Q(family=None) | Q(family__closes_on__lt=timezone.localdate(now))
    return Tribute.objects.filter(closed, donor__created_at__lt=_days("tribute", now))


def _old_receipts(now: datetime) -> models.QuerySet[Receipt]:
    return Receipt.objects.filter(issued_at__lt=_years("accounting", now)).exclude(snapshot={})


def _old_bank_lines(now: datetime) -> models.QuerySet[BankLine]:
    return BankLine.objects.filter(booked_on__lt=_years("accounting", now).date()).exclude(text="")


def _forget_donors(why: str) -> Callable[[list[int], datetime], None]:
    def forget(keys: list[int], now: datetime) -> None:
        _forget(keys, now)
        act = DonorAccess.Act.ERASED
        DonorAccess.objects.create(act=act, what=f"purge: {why}", number=len(keys))

    return forget


def _give_up(keys: list[int], now: datetime) -> None:
    for gift in Donation.objects.filter(pk__in=keys):
        lifecycle.given_up(gift, "purge")


def _delete(model: type[models.Model]) -> Callable[[list[Any], datetime], Any]:
    return lambda keys, now: model.objects.filter(pk__in=keys).delete()


def _blank(model: type[models.Model], **values: Any) -> Callable[[list[Any], datetime], Any]:
    return lambda keys, now: model.objects.filter(pk__in=keys).update(**values)


DUTIES = (
    Duty("announced gifts that never came", _never_came, _give_up),
    Duty("donors of unfinished gifts", _unfinished, _forget_donors("unfinished")),
    Duty("donors of long ago", _past, _forget_donors("past")),
    Duty("tributes", _tributes, _delete(Tribute)),
    Duty(
        "pages for families",
        lambda now: FamilyPage.objects.filter(closes_on__lt=_days("family_page", now).date(), tributes=None),
        _delete(FamilyPage),
    ),
    Duty(
        "consents of people not heard of since",
        _stale_consents,
        lambda keys, now: Consent.objects.filter(pk__in=keys).update(withdrawn_at=now),
    ),
    Duty(
        "consents withdrawn",
        lambda now: Consent.objects.filter(withdrawn_at__lt=_days("consent_proof", now)),
        _delete(Consent),
    ),
    Duty("looks at donors", lambda now: DonorAccess.objects.filter(at__lt=_days("access", now)), _delete(DonorAccess)),
    Duty(
        "messages of providers",
        lambda now: ProviderEvent.objects.filter(done_at__lt=_days("event", now)),
        _delete(ProviderEvent),
    ),
    Duty("used forms", lambda now: UsedToken.objects.filter(used_at__lt=_days("token", now)), _delete(UsedToken)),
    Duty("limits", lambda now: Bucket.objects.filter(updated_at__lt=_days("bucket", now)), _delete(Bucket)),
    Duty("receipts' names and files", _old_receipts, _blank(Receipt, snapshot={}, pdf=b"", copy_pdf=b"", donor=None)),
    Duty("the bank's words", _old_bank_lines, _blank(BankLine, text="")),
)
"""In the order in which they are done: what has been given up may be forgotten, what was forgotten is not counted."""


def purge(duty: Duty, now: datetime) -> Iterator[int]:
    """Forget what is due, batch by batch, each in a transaction of its own; gives the number of rows of each.

    Whoever stops between two batches, or is killed within one, loses nothing: the next run goes on.
    """
    last = None
    while True:
        with transaction.atomic():
            rows = duty.due(now).order_by("pk")
            if last is not None:
                rows = rows.filter(pk__gt=last)
            keys = list(rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
            if not keys:
                return
            duty.act(keys, now)
        last = keys[-1]
        yield len(keys)

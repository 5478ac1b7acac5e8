"""The addresses that donors and families are sent. Each is its own key: nobody logs in."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation

from donations.models import Donation, FamilyPage, Pledge

LINK_LASTS = 3 * 24 * 3600  # seconds that a link to a monthly gift works
CONFIRMATION_LASTS = 24 * 3600

_PLEDGES = signing.TimestampSigner(salt="donations.pledge")
_CONFIRMATIONS = signing.TimestampSigner(salt="donations.confirmation")
_FAMILIES = signing.Signer(salt="donations.family")


class Outdated(ValueError):
    """A link that worked once, or never."""


def gift_url(donation: Donation) -> str:
    """The page that tells how the gift stands, as a whole address."""
    return _whole("gift", donation.language, donation.token)


def confirmation_url(donation: Donation) -> str:
    """The page on which the donor, having read our e-mail, goes on to the payment."""
    return _whole("confirm_gift", donation.language, _CONFIRMATIONS.sign(str(donation.token)))


def confirmed_token(signed: str) -> str:
    """The gift's token within a confirmation. Raises Outdated."""
    return _opened(_CONFIRMATIONS, signed, CONFIRMATION_LASTS)


def pledge_url(pledge: Pledge) -> str:
    """A new link to the monthly gift: the donor's to change or stop it, for LINK_LASTS."""
    return _whole("pledge", pledge.donor.language, pledge_key(pledge))


def pledge_key(pledge: Pledge) -> str:
    return _PLEDGES.sign(str(pledge.token))


def pledge_token(key: str) -> str:
    """The pledge's token within a link. Raises Outdated."""
    return _opened(_PLEDGES, key, LINK_LASTS)


def family_url(family: FamilyPage) -> str:
    """The family's own page."""
    return _whole("family", family.language, family.key)


def family_invitation(family: FamilyPage) -> str:
    """What the address of a donation page carries so that a gift joins the family's: it opens nothing else."""
    return _FAMILIES.sign(str(family.pk))


def invited_family(signed: str) -> FamilyPage | None:
    """The family that an invitation speaks of; None for one that is not ours."""
    try:
        return FamilyPage.objects.filter(pk=int(_FAMILIES.unsign(signed))).first()
    except (signing.BadSignature, ValueError):
        return None


def _opened(signer: signing.TimestampSigner, signed: str, seconds: int) -> str:
    try:
        return signer.unsign(signed, max_age=seconds)
    except signing.BadSignature:
        raise Outdated(signed) from None


def _whole(name: str, language: str, *parts: object) -> str:
    with translation.override(language):
        return settings.WAGTAILADMIN_BASE_URL + reverse(name, args=parts)

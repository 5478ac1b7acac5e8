"""The reference that a donor writes on a transfer or a cheque: ISO 11649, with check digits against slips."""

import secrets

from stdnum import iso11649

from donations.models.donations import Donation

# Without letters that are read as digits, and without X: the check digits do not tell X3 from 3X.
_ALPHABET = "ABCDEFGHJKMNPQRTUVWY346789"


def new_reference() -> str:
    """A reference that no gift has: "RF", two check digits, ten characters."""
    while True:
        body = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        reference = f"RF{_check_digits(body)}{body}"
        if not Donation.objects.filter(reference=reference).exists():
            return reference


def _check_digits(body: str) -> str:
    """ISO 7064 mod 97-10 over the body and "RF00"."""
    digits = "".join(str(int(character, 36)) for character in f"{body}RF00")
    return f"{98 - int(digits) % 97:02d}"


def in_groups(reference: str) -> str:
    """As it is printed: groups of four."""
    return iso11649.format(reference)

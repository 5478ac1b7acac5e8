"""What the demonstration's fictional bodies need to issue receipts, each of which says that it is worth nothing."""

from typing import Any

from i18nfield.strings import LazyI18nString

from donations.models import Issuer, LegalQuality
from portal.seeding import Seeding


def seed(seeding: Seeding) -> None:
    """Complete the fictional issuers, once."""
    if seeding.is_done("receipts"):
        return
    with seeding.once("receipts"):
        seeding.report("what receipts need")
        for name, values in _DETAILS.items():
            issuer = Issuer.objects.filter(name=name).first()
            if issuer is None:
                continue  # renamed or taken away since
            for field, value in values.items():
                setattr(issuer, field, LazyI18nString(value) if isinstance(value, dict) else value)
            issuer.full_clean()
            issuer.save()


_DETAILS: dict[str, dict[str, Any]] = {
    "Fondation de l’Hôpital de démonstration (fictive)": {
        "legal_quality": LegalQuality.PUBLIC_UTILITY,
        "decree": "Décret imaginaire du 1er janvier 2000, Journal officiel imaginaire du 2 janvier 2000",
        "purpose": {
            "fr": "Soutenir les soins, la recherche et le bien-être des patients d’un hôpital imaginaire.",
            "en": "To support care, research and patients’ well-being at an imaginary hospital.",
        },
        "articles": ["200", "238 bis", "978"],
        "regime": "fr",
        "receipt_prefix": "FDEMO-",
        "signatory": "Dominique Exemple",
        "signatory_quality": {"fr": "Trésorerie (fonction imaginaire)", "en": "Treasurer (imaginary)"},
        "email": "dons@example.org",
    },
    "Association des amis de la recherche (fictive)": {
        "rna": "W000000000",
        "legal_quality": LegalQuality.GENERAL_INTEREST,
        "purpose": {
            "fr": "Aider la recherche d’un hôpital imaginaire par des appareils et des bourses.",
            "en": "To help research at an imaginary hospital with equipment and grants.",
        },
        "articles": ["200", "238 bis"],
        "regime": "fr",
        "receipt_prefix": "ADEMO-",
        "signatory": "Maxime Exemple",
        "signatory_quality": {"fr": "Présidence (fonction imaginaire)", "en": "President (imaginary)"},
        "email": "amis@example.org",
    },
}

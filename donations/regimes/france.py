"""France: forms 11580 (individuals) and 16216 (companies).

Sources: BOI-IR-RICI-250-40 for what a receipt must say (amount in figures framed by asterisks or in letters, dates,
signature and capacity, number); form 2041-RD (11580*05) and form 2041-MEC-SD (16216*02) for the boxes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from donations.amounts_in_words import in_words
from donations.models import Donor, DonorKind, Issuer, LegalQuality
from donations.regimes.base import Form, Gift, TaxRegime, Words, fact, text, ticked

_ADDRESS = ("street", "city", "country")
_ISSUER = ("name", "address", "purpose", "legal_quality", "articles", "signatory", "signatory_quality")

FORMS = (
    Form(
        number="11580*05",
        donor_kind=DonorKind.PERSON,
        valid_from=date(2023, 4, 1),
        title="Reçu au titre des dons à certains organismes d’intérêt général",
        articles=("200", "978"),
        donor_fields=("first_name", "last_name", *_ADDRESS),
        issuer_fields=_ISSUER,
        source="Cerfa n° 11580*05 (2041-RD), CGI art. 200 et 978, BOI-IR-RICI-250-40",
    ),
    Form(
        number="16216*02",
        donor_kind=DonorKind.COMPANY,
        valid_from=date(2022, 1, 1),
        title="Reçu des dons et versements effectués par les entreprises au titre de l’article 238 bis du CGI",
        articles=("238 bis",),
        donor_fields=("company", "legal_form", *_ADDRESS),
        issuer_fields=_ISSUER,
        source="Cerfa n° 16216*02 (2041-MEC-SD), CGI art. 238 bis",
        is_for_each_gift=True,
    ),
)

_QUALITIES = {
    LegalQuality.PUBLIC_UTILITY: "Fondation ou association reconnue d’utilité publique",
    LegalQuality.GENERAL_INTEREST: "Œuvre ou organisme d’intérêt général",
    LegalQuality.ENDOWMENT_FUND: "Fonds de dotation",
    LegalQuality.ESTABLISHMENT: "Établissement d’enseignement supérieur, de recherche ou de soins, public ou privé, "
    "à but non lucratif",
    LegalQuality.EUROPEAN: "Organisme d’un autre État de l’Espace économique européen",
    LegalQuality.OTHER: "Autre organisme",
}
_METHODS = {"cheque": "Chèque", "cash": "Espèces"}
_OTHER_METHOD = "Virement, prélèvement, carte bancaire"
# Endowment funds open no right to the reduction of the tax on real-estate wealth.
_NOT_FOR = {LegalQuality.ENDOWMENT_FUND: {"978"}}


class France(TaxRegime):
    """CGI articles 200, 238 bis and 978. The paper is in French."""

    code = "fr"
    language = "fr"
    region = "FR"
    currency = "EUR"
    forms = FORMS

    def articles(self, issuer: Issuer, form: Form) -> list[str]:
        excluded = _NOT_FOR.get(issuer.legal_quality, set())
        return [article for article in super().articles(issuer, form) if article not in excluded]

    def issuer_lacks(self, issuer: Issuer, form: Form) -> list[str]:
        lacking = super().issuer_lacks(issuer, form)
        if not issuer.siren and not issuer.rna:
            lacking.append("siren")
        if issuer.legal_quality == LegalQuality.PUBLIC_UTILITY and not issuer.decree.strip():
            lacking.append("decree")
        return lacking

    def _also_asked(self, donor: Donor) -> list[str]:
        asked = ["postal_code"] if donor.country == "FR" else []
        if donor.kind == DonorKind.COMPANY and donor.country == "FR":
            asked.append("siren")
        return asked

    def words(
        self,
        form: Form,
        issuer: Issuer,
        donor: dict[str, str],
        gifts: Sequence[Gift],
        *,
        number: str,
        issued_on: date,
        period_year: int | None = None,
        replaced: tuple[str, date] | None = None,
        is_live: bool = True,
    ) -> Words:
        total = sum(gift.amount_minor for gift in gifts)
        articles = self.articles(issuer, form)
        notices = []
        if not is_live:
            notices.append("Document de démonstration, sans valeur fiscale\u00a0: aucun argent n’a été versé.")
        if replaced:
            notices.append(f"Ce reçu annule et remplace le reçu n° {replaced[0]} du {self.day(replaced[1])}.")
        return {
            "title": form.title,
            "subtitle": f"{_articles(articles)} du code général des impôts (CGI)",
            "form": f"Modèle Cerfa n° {form.number}",
            "number": number,
            "issuer": issuer.name,
            "language": self.language,
            "region": self.region,
            "mark": "",
            "mark_note": "",
            "notices": notices,
            "parts": [
                {"heading": "Bénéficiaire des versements", "entries": self._issuer(issuer)},
                {"heading": "Donateur", "entries": self._donor(donor)},
                {"heading": "Don", "entries": self._gift(gifts, total, period_year)},
                {"heading": "Certification", "entries": self._certification(articles, gifts)},
            ],
            "issued": self.day(issued_on),
            "signatory": issuer.signatory,
            "signatory_quality": self.wording(issuer.signatory_quality),
            "footnotes": [],
            "words": {"number": "Numéro d’ordre du reçu", "signature": "Date et signature", "issued": "Établi le"},
        }

    def marked_as_copy(self, words: Words) -> Words:
        return words | {"mark": "DUPLICATA", "mark_note": "Copie d’un reçu déjà remis. Elle n’ouvre aucun autre droit."}

    def _issuer(self, issuer: Issuer) -> list[dict[str, Any]]:
        identity = fact("SIREN", issuer.siren) if issuer.siren else fact("RNA", issuer.rna)
        return [
            fact("Nom ou dénomination", issuer.name),
            identity,
            fact("Adresse", *self.address_lines(issuer)),
            fact("Objet", *self.wording(issuer.purpose).splitlines()),
            fact("Qualité", _QUALITIES[LegalQuality(issuer.legal_quality)], issuer.decree),
        ]

    def _donor(self, donor: dict[str, str]) -> list[dict[str, Any]]:
        address = fact("Adresse", *self.address_of(donor))
        if donor["kind"] == DonorKind.COMPANY:
            who = [fact("Dénomination", donor["company"]), fact("Forme juridique", donor["legal_form"])]
            return [*who, *([fact("SIREN", donor["siren"])] if donor["siren"] else []), address]
        return [fact("Nom", donor["last_name"]), fact("Prénoms", donor["first_name"]), address]

    def _gift(self, gifts: Sequence[Gift], total: int, period_year: int | None) -> list[dict[str, Any]]:
        entries = [
            text(
                "Le bénéficiaire reconnaît avoir reçu, au titre des dons et versements ouvrant droit à réduction "
                "d’impôt, la somme de\u00a0:"
            ),
            {
                "kind": "amount",
                "figures": f"***{self.figures(total, self.currency)}*** €",
                "words": f"Somme en toutes lettres\u00a0: {in_words(total, self.currency, self.language)}",
            },
        ]
        if period_year is not None:
            entries.append(fact("Période", f"Du 1er janvier au 31 décembre {period_year}"))
        if len(gifts) == 1:
            entries.append(fact("Date du versement", self.day(gifts[0].paid_on)))
        else:
            entries.append(
                {
                    "kind": "table",
                    "header": ["Date du versement", "Mode de versement", "Montant"],
                    "rows": [
                        [
                            self.day(gift.paid_on),
                            _METHODS.get(gift.method, _OTHER_METHOD),
                            f"{self.figures(gift.amount_minor, self.currency)}\u00a0€",
                        ]
                        for gift in gifts
                    ],
                }
            )
        return entries

    def _certification(self, articles: list[str], gifts: Sequence[Gift]) -> list[dict[str, Any]]:
        methods = list(dict.fromkeys(_METHODS.get(gift.method, _OTHER_METHOD) for gift in gifts))
        return [
            text(
                "Le bénéficiaire certifie sur l’honneur que les dons et versements qu’il reçoit ouvrent droit à la "
                "réduction d’impôt prévue à l’article\u00a0:"
            ),
            *(ticked(f"{article} du CGI") for article in articles),
            text("Forme du don\u00a0:"),
            ticked("Déclaration de don manuel"),
            text("Nature du don\u00a0:"),
            ticked("Numéraire"),
            text("En cas de don en numéraire, mode de versement du don\u00a0:"),
            *(ticked(method) for method in methods),
        ]


def _articles(articles: list[str]) -> str:
    if len(articles) == 1:
        return f"Article {articles[0]}"
    return f"Articles {', '.join(articles[:-1])} et {articles[-1]}"

"""The United Kingdom: Gift Aid. The charity claims the tax; the donor declares, and may ask for a statement.

Source: HM Revenue and Customs, guidance on charities, chapter 3 (declarations: name of the charity, full name and home
address of the donor, which gifts, and that the donor knows who pays if too little tax was paid). Companies give
without Gift Aid and need no receipt: there is no form for them.
"""

from collections.abc import Sequence
from datetime import date

from donations.amounts_in_words import in_words
from donations.models import Donor, DonorKind, Issuer
from donations.regimes.base import Declaration, Form, Gift, TaxRegime, Words, fact, person_name, text

FORMS = (
    Form(
        number="Gift Aid",
        donor_kind=DonorKind.PERSON,
        valid_from=date(2016, 4, 6),
        title="Statement of donations made under Gift Aid",
        articles=(),
        donor_fields=("first_name", "last_name", "street", "city", "country"),
        issuer_fields=("name", "address", "signatory", "signatory_quality"),
        source="HMRC, Charities: detailed guidance notes, chapter 3, Gift Aid",
    ),
)

DECLARATIONS = (
    Declaration(
        name="gift_aid",
        label={"en": "Gift Aid declaration", "fr": "Déclaration Gift Aid"},
        wording={
            "en": "I want {issuer} to reclaim tax on my donation under Gift Aid. I am a UK taxpayer and understand "
            "that if I pay less Income Tax and/or Capital Gains Tax in the current tax year than the amount of Gift "
            "Aid claimed on all my donations, it is my responsibility to pay any difference.",
            "fr": "Je souhaite que {issuer} récupère l’impôt sur mon don au titre du Gift Aid. Je suis contribuable au "
            "Royaume-Uni et je sais que, si je paie pour l’année fiscale en cours moins d’impôt sur le revenu ou sur "
            "les plus-values que le Gift Aid demandé sur tous mes dons, c’est à moi de payer la différence.",
        },
    ),
)


class UnitedKingdom(TaxRegime):
    """Gift Aid. The paper is in English; a tax year begins on 6 April."""

    code = "gb"
    language = "en"
    region = "GB"
    currency = "GBP"
    forms = FORMS
    declarations = DECLARATIONS
    yearly_starts = (4, 6)

    def _also_asked(self, donor: Donor) -> list[str]:
        return ["postal_code"] if donor.country == "GB" else []

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
        notices = [] if is_live else ["Demonstration document, of no value for tax: no money has been paid."]
        if replaced:
            notices.append(f"This statement replaces statement {replaced[0]} of {self.day(replaced[1])}.")
        period = []
        if period_year is not None:
            first, last = self.period(period_year)
            period = [fact("Tax year", f"{self.day(first)} to {self.day(last)}")]
        return {
            "title": form.title,
            "subtitle": "For your Self Assessment tax return",
            "form": form.number,
            "number": number,
            "issuer": issuer.name,
            "language": self.language,
            "region": self.region,
            "mark": "",
            "mark_note": "",
            "notices": notices,
            "parts": [
                {
                    "heading": "Charity",
                    "entries": [fact("Name", issuer.name), fact("Address", *self.address_lines(issuer))],
                },
                {
                    "heading": "Donor",
                    "entries": [fact("Name", person_name(donor)), fact("Address", *self.address_of(donor))],
                },
                {
                    "heading": "Donations",
                    "entries": [
                        text("The charity has received the following under your Gift Aid declaration:"),
                        {
                            "kind": "amount",
                            "figures": f"£{self.figures(total, self.currency)}",
                            "words": in_words(total, self.currency, self.language),
                        },
                        *period,
                        {
                            "kind": "table",
                            "header": ["Date", "Paid by", "Amount"],
                            "rows": [
                                [self.day(gift.paid_on), _METHODS.get(gift.method, "Card or transfer"), amount]
                                for gift in gifts
                                for amount in (f"£{self.figures(gift.amount_minor, self.currency)}",)
                            ],
                        },
                        text("The donor received nothing in return for these donations."),
                    ],
                },
            ],
            "issued": self.day(issued_on),
            "signatory": issuer.signatory,
            "signatory_quality": self.wording(issuer.signatory_quality),
            "footnotes": [
                "If you pay tax above the basic rate, you can claim the difference in your tax return. Tell the "
                "charity if you no longer pay enough tax."
            ],
            "words": {"number": "Number", "signature": "Date and signature", "issued": "Issued on"},
        }

    def marked_as_copy(self, words: Words) -> Words:
        return words | {"mark": "DUPLICATE", "mark_note": "Copy of a statement that was handed over before."}


_METHODS = {"cheque": "Cheque", "cash": "Cash", "card": "Card", "transfer": "Bank transfer"}

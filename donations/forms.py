"""The form of a donation page: what is asked, what is wrong with an answer, and the gift that the answers describe."""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries
from stdnum.exceptions import ValidationError as NotANumber
from stdnum.fr import siren

from donations.fields import why_no_amount
from donations.giving import Gift, GiftGuard, Offer, Restated, cost_sentence, restate
from donations.links import invited_family
from donations.models import ConsentKind, DonorKind, Frequency, Fund, ReceiptWish, TributeKind
from donations.money import NotAnAmount, display, parse_amount

ONLINE, BY_HAND = "online", "manual"
MOST_RADIOS = 8  # funds; more of them are chosen from a list

# A line of text that goes into e-mails and letters holds one line: nothing that ends it, nothing invisible.
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@functools.cache
def _countries(language: str) -> list[tuple[str, str]]:
    """Every country by its code, in the order of the reader's alphabet: sorted once for each language."""
    with translation.override(language):
        return [(country.code, country.name) for country in countries]


class Radios(forms.RadioSelect):
    """Radio buttons; a link to the question leads to the first of them."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return super().id_for_label(id_, index if index is not None else "0")


class Line(forms.CharField):
    """One line of text."""

    def __init__(self, *, autocomplete: str = "", most: int = 200, **kwargs: Any) -> None:
        super().__init__(max_length=most, required=False, **kwargs)
        if autocomplete:
            self.widget.attrs["autocomplete"] = autocomplete

    def to_python(self, value: Any) -> str:
        return _BREAKS.sub(" ", super().to_python(value)).strip()


class Email(forms.EmailField):
    """An e-mail address; what is wrong with one is told with an example."""

    default_error_messages = {"invalid": gettext_lazy("This is not an e-mail address. It looks like name@example.org.")}


class GiftForm(forms.Form):
    """What a donor is asked. What does not apply (an address without a receipt) is neither asked nor kept."""

    use_required_attribute = False

    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Frequency, widget=Radios, required=False, initial=Frequency.ONCE
    )
    preset_once = forms.ChoiceField(label=gettext_lazy("Amount"), widget=Radios, required=False)
    preset_monthly = forms.ChoiceField(label=gettext_lazy("Amount each month"), widget=Radios, required=False)
    other = forms.CharField(
        label=gettext_lazy("Another amount"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "transaction-amount"}),
        help_text=gettext_lazy("In euros, for example 75 or 75,50. What stands here counts."),
    )
    fund = forms.ChoiceField(
        label=gettext_lazy("What for"),
        widget=Radios,
        error_messages={
            "required": gettext_lazy("Choose what your gift is for."),
            "invalid_choice": gettext_lazy("This fund takes no gifts any more. Choose another one."),
        },
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How you pay"),
        widget=Radios,
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Giving online is paused just now. Choose the cheque or bank transfer, or come back later."
            )
        },
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Who gives"), choices=DonorKind, widget=Radios, required=False, initial=DonorKind.PERSON
    )
    company = Line(label=gettext_lazy("Name of the company"), autocomplete="organization")
    legal_form = Line(label=gettext_lazy("Legal form"), most=80, help_text=gettext_lazy("For example SARL, SAS, SCI."))
    siren = Line(label=gettext_lazy("SIREN"), most=20, help_text=gettext_lazy("Nine digits."))
    first_name = Line(label=gettext_lazy("First name"), autocomplete="given-name", most=100)
    last_name = Line(label=gettext_lazy("Last name"), autocomplete="family-name", most=100)
    email = Email(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("For our thanks, your receipt, and nothing else."),
        error_messages={"required": gettext_lazy("Fill in your e-mail address: what becomes of your gift goes there.")},
    )
    receipt = forms.ChoiceField(
        label=gettext_lazy("Tax receipt"),
        widget=Radios,
        required=False,
        choices=[
            (ReceiptWish.NONE, gettext_lazy("No receipt")),
            (ReceiptWish.EACH, gettext_lazy("A receipt for each gift")),
            (ReceiptWish.YEARLY, gettext_lazy("One receipt for all gifts of a year")),
        ],
    )
    street = Line(label=gettext_lazy("Address"), autocomplete="street-address", most=300)
    postal_code = Line(label=gettext_lazy("Postal code"), autocomplete="postal-code", most=20)
    city = Line(label=gettext_lazy("Town"), autocomplete="address-level2", most=100)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), required=False, widget=forms.Select(attrs={"autocomplete": "country"})
    )
    tribute = forms.ChoiceField(
        label=gettext_lazy("Your gift is"),
        widget=Radios,
        required=False,
        choices=[
            ("", gettext_lazy("from me, without a dedication")),
            (TributeKind.MEMORY, gettext_lazy("in memory of somebody")),
            (TributeKind.HONOUR, gettext_lazy("in honour of somebody")),
        ],
    )
    person = Line(label=gettext_lazy("Name of this person"))
    ward = Line(label=gettext_lazy("Department that cared for them"))
    letter = forms.ChoiceField(
        label=gettext_lazy("A letter to the family"),
        widget=Radios,
        required=False,
        choices=[
            ("", gettext_lazy("No letter")),
            ("email", gettext_lazy("By e-mail")),
            ("post", gettext_lazy("By post")),
        ],
        help_text=gettext_lazy("It says that a gift was made. It never says how much."),
    )
    family_name = Line(label=gettext_lazy("Whom we write to"))
    family_email = Email(label=gettext_lazy("Their e-mail"), required=False, max_length=254)
    family_address = forms.CharField(
        label=gettext_lazy("Their postal address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    message = forms.CharField(
        label=gettext_lazy("Your words to the family"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    names_donor = forms.BooleanField(label=gettext_lazy("The family may be told my name."), required=False)
    news = forms.BooleanField(
        label=gettext_lazy("I would like to receive news of what gifts make possible by e-mail, a few times a year."),
        required=False,
    )
    post = forms.BooleanField(
        label=gettext_lazy("I would like to receive news of what gifts make possible by post, a few times a year."),
        required=False,
    )
    family = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    token = ""

    # Fields that count only if another is answered so: what else they hold is not kept.
    ONLY_COMPANY = ("company", "legal_form", "siren")
    ONLY_RECEIPT = ("street", "postal_code", "city", "country")
    ONLY_LETTER = ("family_name", "family_email", "family_address", "message")

    def __init__(self, data: Any = None, *, offer: Offer, query: Mapping[str, str] | None = None) -> None:
        self.offer = offer
        # What the radios say before somebody chooses; deep links preset some.
        super().__init__(data, initial=self._initial(offer, query or {}))
        self.guard = GiftGuard(offer.page)
        fields = self.fields
        for frequency, presets in offer.presets.items():
            fields[f"preset_{frequency}"].choices = [
                (str(preset.amount_minor), self.shown(preset.amount_minor)) for preset in presets
            ]
        if not offer.has_monthly:
            fields["frequency"].choices = [(Frequency.ONCE, Frequency.ONCE.label)]
        fields["fund"].choices = [(str(fund.pk), str(fund.name)) for fund in offer.funds]
        if len(offer.funds) > MOST_RADIOS:
            fields["fund"].widget = forms.Select(choices=fields["fund"].choices)
        if len(offer.funds) == 1:
            fields["fund"].required = False
        fields["way"].choices = self._ways()
        fields["country"].choices = _countries(translation.get_language() or "fr")
        if not offer.has_receipts:
            for name in ("receipt", *self.ONLY_RECEIPT, "post"):
                del fields[name]

    def _ways(self) -> list[tuple[str, str]]:
        ways = []
        if self.offer.has_online:
            ways.append((ONLINE, _("By card or direct debit, on a secure payment page")))
        if any(map(self.offer.by_hand, self.offer.funds)):
            ways.append((BY_HAND, _("By cheque or bank transfer: we tell you how")))
        return ways

    @staticmethod
    def _initial(offer: Offer, query: Mapping[str, str]) -> dict[str, Any]:
        """What the form shows at first: a deep link's ?amount=&fund=&frequency=, else one gift of a middling amount."""
        frequency = Frequency.ONCE
        if query.get("frequency") == Frequency.MONTHLY and offer.has_monthly:
            frequency = Frequency.MONTHLY
        initial = {"frequency": frequency, "country": "FR", "tribute": "", "letter": ""}
        initial["way"] = ONLINE if offer.has_online else BY_HAND
        for name, presets in offer.presets.items():
            if presets:  # the second of them: neither the least nor a bold one
                initial[f"preset_{name}"] = str(presets[min(1, len(presets) - 1)].amount_minor)
        try:
            amount = parse_amount(query.get("amount", "")[:40], offer.currency)
        except NotAnAmount:
            pass
        else:
            if amount in {preset.amount_minor for preset in offer.presets[frequency]}:
                initial[f"preset_{frequency}"] = str(amount)
            else:
                initial["other"] = query["amount"][:40]
        funds = {str(fund.pk) for fund in offer.funds}
        initial["fund"] = query.get("fund") if query.get("fund") in funds else str(offer.funds[0].pk)
        if family := invited_family(query.get("family", "")[:100]):
            initial |= {"family": query["family"], "tribute": TributeKind.MEMORY, "person": family.person}
            initial["fund"] = str(family.fund_id) if str(family.fund_id) in funds else initial["fund"]
        return initial

    # --- what is wrong ----------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        values["frequency"] = values.get("frequency") or Frequency.ONCE
        values["kind"] = values.get("kind") or DonorKind.PERSON
        for unused in set(Frequency.values) - {values["frequency"]}:
            self.errors.pop(f"preset_{unused}", None)
        values["amount"] = self._amount(values)
        values["fund"] = self._fund(values)
        self._check_way(values)
        self._check_donor(values)
        self._check_tribute(values)
        return values

    def _amount(self, values: dict[str, Any]) -> int | None:
        text = values.get("other", "")
        preset = values.get(f"preset_{values['frequency']}")
        currency, least = self.offer.currency, self.offer.source.minimum_minor
        if "other" in self.errors or f"preset_{values['frequency']}" in self.errors:
            return None
        if not text.strip() and preset:
            return int(preset)
        try:
            amount = parse_amount(text, currency)
        except NotAnAmount as error:
            self.add_error("other", why_no_amount(error.reason))
            return None
        if amount < least:
            smallest = self.shown(least)
            self.add_error("other", _("The smallest gift here is %(amount)s.") % {"amount": smallest})
            return None
        return amount

    def _fund(self, values: dict[str, Any]) -> Fund | None:
        chosen = values.get("fund")
        if not chosen and len(self.offer.funds) == 1:
            return self.offer.funds[0]
        return next((fund for fund in self.offer.funds if str(fund.pk) == chosen), None)

    def _check_way(self, values: dict[str, Any]) -> None:
        fund, is_monthly = values["fund"], values["frequency"] == Frequency.MONTHLY
        ways = [way for way, _label in self.fields["way"].choices]
        way = values["way"] = values.get("way") or (ways[0] if len(ways) == 1 else "")
        if fund is None or "way" in self.errors:
            return
        if not way:
            self.add_error("way", _("Choose how you pay."))
        elif way == ONLINE and not self.offer.online(fund):
            self.add_error(
                "way",
                _("Gifts to this fund come by cheque or bank transfer alone. Choose that way, or another fund."),
            )
        elif way == BY_HAND and not self.offer.by_hand(fund):
            self.add_error("way", _("Gifts to this fund come by card or direct debit alone. Choose that way."))
        elif is_monthly and way == BY_HAND:
            self.add_error("way", _("We can only ask for a monthly gift by card or direct debit. Choose that way."))
        elif is_monthly and not self.offer.monthly(fund):
            self.add_error("frequency", _("This fund takes no monthly gifts. Give once, or choose another fund."))

    def _check_donor(self, values: dict[str, Any]) -> None:
        is_company = values["kind"] == DonorKind.COMPANY
        values["receipt"] = values.get("receipt") or ReceiptWish.NONE
        wants_receipt = values["receipt"] != ReceiptWish.NONE
        if is_company:
            self._require(values, "company", _("Fill in the name of the company."))
            if values.get("siren"):
                try:
                    values["siren"] = siren.validate(values["siren"])
                except NotANumber:
                    wrong = _("This is no SIREN: it has nine digits, the last of which checks the others.")
                    self.add_error("siren", wrong)
            if wants_receipt:
                # The tax office wants one receipt for each gift of a company.
                values["receipt"] = ReceiptWish.EACH
                self._require(values, "legal_form", _("Fill in the legal form: the receipt must state it."))
                self._require(values, "siren", _("Fill in the SIREN: the receipt must state it."))
        elif wants_receipt:
            self._require(values, "first_name", _("Fill in your first name: the receipt must state it."))
            self._require(values, "last_name", _("Fill in your last name: the receipt must state it."))
        if not is_company:
            values |= dict.fromkeys(self.ONLY_COMPANY, "")
        if wants_receipt:
            self._require(values, "street", _("Fill in your address: the receipt must state it."))
            self._require(values, "city", _("Fill in the town: the receipt must state it."))
            if values.get("country", "") in ("", "FR"):
                self._require(values, "postal_code", _("Fill in the postal code: the receipt must state it."))
                if values.get("postal_code") and not re.fullmatch(r"\d{5}", values["postal_code"]):
                    self.add_error("postal_code", _("A French postal code has five digits."))
            values["country"] = values.get("country") or "FR"
        else:
            values |= dict.fromkeys(self.ONLY_RECEIPT, "") | {"post": False}
        if wants_receipt and values["fund"] and not values["fund"].issuer.regime:
            self.add_error(
                "receipt", _("There is no tax receipt for gifts to this fund. Choose none, or another fund.")
            )

    def _check_tribute(self, values: dict[str, Any]) -> None:
        if not values.get("tribute"):
            values["letter"] = ""
            return
        self._require(values, "person", _("Fill in the name of the person, or choose “without a dedication”."))
        letter = values.get("letter")
        if letter == "email":
            self._require(values, "family_email", _("Fill in the e-mail address of the family, or choose no letter."))
        elif letter == "post":
            self._require(values, "family_address", _("Fill in the address of the family, or choose no letter."))
        if letter:
            self._require(values, "family_name", _("Fill in whom we write to."))
        if letter != "email":
            values["family_email"] = ""
        if letter != "post":
            values["family_address"] = ""

    def _require(self, values: dict[str, Any], name: str, message: str) -> None:
        if not values.get(name) and name not in self.errors:
            self.add_error(name, message)

    # --- what comes of it -------------------------------------------------------------------------

    @property
    def gift(self) -> Gift:
        """The gift that the checked answers describe."""
        values = self.cleaned_data
        donor = {
            name: values.get(name, "")
            for name in ("kind", "first_name", "last_name", "email", *self.ONLY_COMPANY, *self.ONLY_RECEIPT)
        }
        tribute = None
        if values["tribute"]:
            has_letter = bool(values["letter"])
            tribute = {name: values.get(name, "") if has_letter else "" for name in self.ONLY_LETTER}
            tribute |= {"kind": values["tribute"], "person": values["person"], "ward": values["ward"]}
            tribute["names_donor"] = values["names_donor"]
        is_online = values["way"] == ONLINE
        return Gift(
            amount_minor=values["amount"],
            fund=values["fund"],
            is_monthly=values["frequency"] == Frequency.MONTHLY,
            provider=values["fund"].issuer.provider if is_online else "manual",
            receipt_wish=values["receipt"],
            donor=donor,
            tribute=tribute,
            wants_letter=bool(values["letter"]),
            family=invited_family(values.get("family", "")) if tribute else None,
            consents={
                kind: str(self.fields[name].label)
                for name, kind in (("news", ConsentKind.NEWS), ("post", ConsentKind.POST))
                if values.get(name)
            },
        )

    def forget_errors_but(self, *names: str) -> None:
        """Leave the errors of these fields alone: somebody only wanted to know the total."""
        for name in [name for name in self.errors if name not in names]:
            del self.errors[name]

    # --- what the page shows ----------------------------------------------------------------------

    def shown(self, amount_minor: int) -> str:
        return display(amount_minor, self.offer.currency, translation.get_language() or "fr")

    def _now(self, name: str) -> str:
        """What a field holds as it is shown: typed, or at first."""
        return self[name].value() or "" if name in self.fields else ""

    @property
    def restated(self) -> Restated | None:
        """The total in words, of what the form shows just now; None where that is no amount."""
        frequency = self._now("frequency") or Frequency.ONCE
        text = self._now("other")
        try:
            if text.strip():
                amount = parse_amount(text, self.offer.currency)
            else:
                amount = int(self._now(f"preset_{frequency}") if frequency in Frequency.values else "")
        except ValueError:
            return None
        chosen = self._now("fund")
        fund = next((fund for fund in self.offer.funds if str(fund.pk) == chosen), None)
        rate = self.offer.rate(fund, self._now("kind") or DonorKind.PERSON)
        language = translation.get_language() or "fr"
        return restate(amount, self.offer.currency, frequency, rate, language)

    @property
    def for_the_browser(self) -> dict[str, str]:
        """What the module that restates the total while somebody chooses has to know."""
        rates = {
            fund.pk: {
                kind: str(rate.percent.normalize())
                for kind in DonorKind.values
                if (rate := self.offer.rate(fund, kind)) is not None
            }
            for fund in self.offer.funds
        }
        return {
            "currency": self.offer.currency,
            "once": _("You give %(amount)s, once.") % {"amount": "{amount}"},
            "monthly": _("You give %(amount)s every month: %(year)s in a year.")
            % {"amount": "{amount}", "year": "{year}"},
            "cost_once": cost_sentence(Frequency.ONCE),
            "cost_monthly": cost_sentence(Frequency.MONTHLY),
            "rates": json.dumps(rates),
        }

    @property
    def radios(self) -> list[dict[str, Any]]:
        """The suggested amounts by frequency, each with what it makes possible."""
        groups = []
        for frequency, presets in self.offer.presets.items():
            if not presets or (frequency == Frequency.MONTHLY and not self.offer.has_monthly):
                continue
            field = self[f"preset_{frequency}"]
            groups.append({"frequency": frequency, "field": field, "pairs": list(zip(field, presets, strict=True))})
        return groups

    @property
    def fund_radios(self) -> list[tuple[Any, Fund]]:
        return list(zip(self["fund"], self.offer.funds, strict=True))

    @property
    def has_tribute(self) -> bool:
        """Whether the part about tributes stands open."""
        names = ("tribute", "person", "ward", "letter", *self.ONLY_LETTER)
        return any(self._now(name) for name in names) or any(name in self.errors for name in names)

"""Tax regimes: every one answers the same questions; what each says of a donor, an issuer, a gift."""

import json
from datetime import date
from decimal import Decimal

import pytest
from i18nfield.strings import LazyI18nString

from donations.models import Donor, DonorKind, Issuer, LegalQuality, TaxRate
from donations.receipt_paper import print_receipt
from donations.regimes import REGIMES, Gift
from donations.tax import cost_after_tax

DAY = date(2026, 11, 22)
DONOR = {
    "kind": DonorKind.PERSON,
    "first_name": "Camille",
    "last_name": "Exemple",
    "company": "Exemple",
    "legal_form": "SAS",
    "siren": "000000000",
    "street": "1 rue de l’Exemple",
    "postal_code": "00000",
    "city": "Ville-Exemple",
    "country": "FR",
}


def issuer(**more):
    values = {
        "name": "Fondation fictive",
        "siren": "000000000",
        "address": "Fondation fictive\n1 rue de l’Exemple\n00000 Ville-Exemple",
        "legal_quality": LegalQuality.PUBLIC_UTILITY,
        "decree": "Décret imaginaire",
        "purpose": LazyI18nString({"fr": "Aider", "en": "To help"}),
        "articles": ["200", "238 bis", "978"],
        "signatory": "Dominique Exemple",
        "signatory_quality": LazyI18nString({"fr": "Trésorerie", "en": "Treasurer"}),
        "receipt_prefix": "T-",
    }
    return Issuer(**values | more)


def donor(**more):
    return Donor(**DONOR | {"declared": {"gift_aid": {"on": "2026-01-01"}}} | more)


def on_paper(regime, form, gifts, made_by=None, **more):
    """Everything that the paper says, as one text."""
    data = DONOR | {"kind": form.donor_kind}
    words = regime.words(form, made_by or issuer(), data, gifts, number="T-2026-000001", issued_on=DAY, **more)
    return json.dumps(words, ensure_ascii=False).replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("code", REGIMES)
def test_every_regime_answers_the_same_questions(code):
    regime = REGIMES[code]
    assert regime.code == code and len(code) <= 10
    assert regime.forms
    first, last = regime.period(2026)
    assert regime.year_of(first) == regime.year_of(last) == 2026
    assert regime.year_of(date.fromordinal(first.toordinal() - 1)) == 2025
    assert regime.year_of(date.fromordinal(last.toordinal() + 1)) == 2027
    for form in regime.forms:
        assert regime.form(form.donor_kind, form.valid_from) is not None
        assert regime.form(form.donor_kind, date(1990, 1, 1)) is None
        assert form.source
        assert len(form.number) <= 30
        for name in form.donor_fields:
            assert regime.donor_lacks(donor(kind=form.donor_kind, **{name: " "}), form) == [name]
        assert regime.donor_lacks(donor(kind=form.donor_kind), form) == []
        assert regime.issuer_lacks(issuer(), form) == []
        for name in form.issuer_fields:
            empty = {"articles": [], "purpose": LazyI18nString({}), "signatory_quality": LazyI18nString({})}
            assert name in regime.issuer_lacks(issuer(**{name: empty.get(name, "")}), form)
        gifts = [Gift(DAY, "card", 7_500), Gift(DAY, "cheque", 7_550)][: 1 if form.is_for_each_gift else 2]
        for more in ({}, {"is_live": False, "replaced": ("T-2025-000009", date(2025, 12, 31))}):
            words = regime.words(form, issuer(), DONOR, gifts, number="T-2026-000001", issued_on=DAY, **more)
            assert print_receipt(words, 1_764_000_000).startswith(b"%PDF")
            marked = regime.marked_as_copy(words)
            assert marked["mark"] and not words["mark"]
        assert all(declaration.wording.keys() >= {"fr", "en"} for declaration in regime.declarations)


def test_the_french_form_for_people_says_all_that_it_must():
    regime = REGIMES["fr"]
    form = regime.form(DonorKind.PERSON, DAY)
    said = on_paper(regime, form, [Gift(date(2026, 3, 4), "cheque", 115_000)])
    for words in (
        "11580*05",
        "Articles 200 et 978 du code général des impôts",
        "T-2026-000001",
        "Fondation fictive",
        "000000000",
        "1 rue de l’Exemple",
        "00000 Ville-Exemple",
        "France",
        "Aider",
        "reconnue d’utilité publique",
        "Décret imaginaire",
        "Camille",
        "Exemple",
        "***1 150,00*** €",
        "mille cent cinquante euros",
        "4 mars 2026",
        "certifie sur l’honneur",
        "Déclaration de don manuel",
        "Numéraire",
        "Chèque",
        "22 novembre 2026",
        "Dominique Exemple",
        "Trésorerie",
    ):
        assert words in said
    assert "238 bis" not in said


def test_a_company_gets_its_own_form_with_its_own_article():
    regime = REGIMES["fr"]
    form = regime.form(DonorKind.COMPANY, DAY)
    said = on_paper(regime, form, [Gift(DAY, "transfer", 500_000)])
    for words in ("16216*02", "238 bis du CGI", "Dénomination", "SAS", "cinq mille euros"):
        assert words in said
    assert "978" not in said
    assert form.is_for_each_gift
    assert regime.donor_lacks(donor(kind=DonorKind.COMPANY, siren=""), form) == ["siren"]
    assert regime.donor_lacks(donor(kind=DonorKind.COMPANY, siren="", country="BE"), form) == []


def test_an_issuer_certifies_only_what_the_law_lets_it():
    regime = REGIMES["fr"]
    person, company = (regime.form(kind, DAY) for kind in (DonorKind.PERSON, DonorKind.COMPANY))
    fund = issuer(legal_quality=LegalQuality.ENDOWMENT_FUND, decree="")
    assert regime.articles(fund, person) == ["200"]
    assert regime.issuer_lacks(fund, person) == []
    assert regime.issuer_lacks(issuer(articles=["200"]), company) == ["articles"]
    assert regime.issuer_lacks(issuer(siren=""), person) == ["siren"]
    assert regime.issuer_lacks(issuer(siren="", rna="W000000000"), person) == []
    assert regime.issuer_lacks(issuer(decree=""), person) == ["decree"]


def test_gift_aid_wants_the_declaration_and_has_its_own_year_and_nothing_for_companies():
    regime = REGIMES["gb"]
    form = regime.form(DonorKind.PERSON, DAY)
    assert regime.donor_lacks(donor(declared={}), form) == ["gift_aid"]
    assert regime.form(DonorKind.COMPANY, DAY) is None
    said = on_paper(regime, form, [Gift(DAY, "card", 15_050)], period_year=2026)
    assert "6 April 2026 to 5 April 2027" in said
    assert "£150.50" in said
    assert "UK taxpayer" in regime.declarations[0].wording["en"]


@pytest.mark.django_db
def test_what_a_gift_costs_after_tax_follows_the_rate_of_the_day_to_the_cent():
    assert cost_after_tax(7_500, DonorKind.PERSON, "fr", DAY) == 2_550
    assert cost_after_tax(10_000, DonorKind.COMPANY, "fr", DAY) == 4_000
    assert cost_after_tax(1, DonorKind.PERSON, "fr", DAY) == 0
    assert cost_after_tax(3_333, DonorKind.PERSON, "fr", DAY) == 1_133
    assert cost_after_tax(7_500, DonorKind.PERSON, "gb", DAY) is None
    assert cost_after_tax(7_500, DonorKind.PERSON, "fr", date(1999, 1, 1)) is None
    TaxRate.objects.create(
        regime="fr", donor_kind="person", valid_from=date(2027, 1, 1), percent=Decimal("12.5"), source="test"
    )
    assert cost_after_tax(7_500, DonorKind.PERSON, "fr", DAY) == 2_550
    assert cost_after_tax(7_500, DonorKind.PERSON, "fr", date(2027, 1, 1)) == 6_563

"""Small pages and facts for tests, below the real home pages. Everything is made in French and in English."""

import uuid
from typing import Any

from django.test import Client
from wagtail.models import Locale, Page
from wagtail.signals import page_published
from wagtail.users.models import UserProfile

from departments.models import ContactLine, DepartmentPage, HospitalPage, Location
from donations.models import Donation, Donor, Fund, Pledge
from donations.references import new_reference
from institutes.models import InstitutePage, ProfilePage, Role
from portal.folding import fold
from portal.models import ContactField, ContactPage, HomePage

Pages = dict[str, Any]
"""One page by language."""


def homes() -> Pages:
    return {page.locale.language_code: page for page in HomePage.objects.select_related("locale")}


def pages(model: type[Page], parents: Pages, title: str, **fields: Any) -> Pages:
    """A live page in each language of `parents`, with the same words in all of them."""
    key = uuid.uuid4()
    made = {}
    for language, parent in parents.items():
        parent = Page.objects.get(pk=parent.pk)
        page = model(
            title=title,
            slug=fold(title).replace(" ", "-"),
            locale=Locale.objects.get(language_code=language),
            translation_key=key,
            **fields,
        )
        parent.add_child(instance=page)
        page_published.send(sender=model, instance=page, revision=None)
        made[language] = model.objects.select_related("locale").get(pk=page.pk)
    return made


def again(made: Any) -> Any:
    """Objects as they stand in the database: alone, by name or in a list."""
    if isinstance(made, dict):
        return {name: again(value) for name, value in made.items()}
    if isinstance(made, Page):
        return type(made).objects.select_related("locale").get(pk=made.pk)
    return type(made).objects.get(pk=made.pk)


def institute(title: str = "Maison des essais", **fields: Any) -> Pages:
    return pages(InstitutePage, homes(), title, **fields)


def hospital(parents: Pages, title: str = "Hôpital du Lac", switchboard: str = "", **fields: Any) -> Pages:
    made = pages(HospitalPage, parents, title, **fields)
    if switchboard:
        line(made, switchboard, purpose="switchboard")
    return made


def department(parents: Pages, title: str = "Hématologie", at: Pages | None = None, number: str = "") -> Pages:
    made = pages(DepartmentPage, parents, title)
    if at:
        Location.objects.create(page=made["fr"], hospital=at["fr"])
    if number:
        line(made, number)
    return made


def line(of: Pages, number: str, **fields: Any) -> ContactLine:
    """A line of a department or a hospital; `number` in any notation."""
    fact = ContactLine(page=of["fr"], number=number, **fields)
    fact.full_clean()
    fact.save()
    return fact


def person(parents: Pages, title: str) -> Pages:
    return pages(ProfilePage, parents, title)


def role(of: Pages, person: Pages | None = None, title: str = "", **fields: Any) -> Role:
    fact = Role(
        page=of["fr"],
        person=person["fr"] if person else None,
        title={"fr": title, "en": title} if title else {},
        **fields,
    )
    fact.full_clean()
    fact.save()
    return fact


def speaking_english(client: Client) -> Client:
    """The client, whose user reads the admin in English."""
    UserProfile.objects.update_or_create(user_id=client.session["_auth_user_id"], defaults={"preferred_language": "en"})
    return client


def contact_page(parents: Pages, title: str = "Écrire aux essais", to: str = "desk@example.org") -> Pages:
    """A contact page with three questions: name (not required), e-mail, message."""
    made = pages(ContactPage, parents, title, warning="<p>No medical details.</p>", thanks="<p>Thank you.</p>")
    for page in made.values():
        for label, kind, required in (
            ("Name", "singleline", False),
            ("E-mail", "email", True),
            ("Message", "multiline", True),
        ):
            ContactField.objects.create(page=page, label=label, field_type=kind, required=required)
    ContactPage.objects.filter(pk=made["fr"].pk).update(to_address=to, keep_days=30)
    return {language: ContactPage.objects.get(pk=page.pk) for language, page in made.items()}


def gift(amount_minor: int = 5_000, *, monthly: bool = False, provider: str = "sandbox", **fields: Any) -> Donation:
    """A gift to the fictional institute's first fund, just begun, by somebody who does not exist."""
    fund = fields.pop("fund", None) or Fund.objects.order_by("pk").first()
    donor = Donor.objects.create(
        first_name="Camille",
        last_name="Exemple",
        email="camille@example.org",
        street="1 rue de l’Exemple",
        postal_code="00000",
        city="Ville-Exemple",
        country="FR",
        language="fr",
    )
    shared = {"donor": donor, "fund": fund, "issuer": fund.issuer, "amount_minor": amount_minor, "currency": "EUR"}
    pledge = Pledge.objects.create(**shared, provider=provider) if monthly else None
    return Donation.objects.create(
        **shared | {"reference": new_reference(), "language": "fr", "provider": provider, "pledge": pledge} | fields
    )

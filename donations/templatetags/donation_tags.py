"""Giving in templates: the page that asks for gifts, amounts as readers write them."""

from django import template
from django.utils import translation
from wagtail.models import Page

from donations.forms import GiftForm
from donations.giving import Offer
from donations.giving_menu import provider_name
from donations.models import DonationPage
from donations.money import display
from donations.references import in_groups
from portal.remembering import remembered
from portal.visibility import visible

register = template.Library()
register.filter("in_groups", in_groups)
register.filter("provider_name", provider_name)


@register.simple_tag
def donation_page_of(institute: Page | None) -> DonationPage | None:
    """`{% donation_page_of institute as give %}`: the first live donation page below `institute`."""
    if not institute:
        return None
    return remembered(
        ("donation page", institute.pk),
        lambda: visible(DonationPage.objects.child_of(institute)).order_by("path").first(),
    )


@register.simple_tag
def offer_of(page: DonationPage) -> Offer:
    """`{% offer_of page as offer %}`: what can be given on the page now."""
    return Offer(page)


@register.simple_tag(takes_context=True)
def gift_form(context: template.Context, offer: Offer) -> GiftForm | None:
    """`{% gift_form offer as form %}`: the form as it was sent, or an empty one; None where nothing can be given."""
    if isinstance(context.get("form"), GiftForm):
        return context["form"]
    if not offer.is_open:
        return None
    form = GiftForm(offer=offer, query=context["request"].GET)
    form.token = form.guard.new_token()
    return form


@register.filter
def as_money(amount_minor: int, currency: str) -> str:
    """7500 with "EUR" is "75 €" in French and "€75" in English; what went away has a minus sign."""
    return _signed(amount_minor, currency)


@register.filter
def as_exact_money(amount_minor: int, currency: str) -> str:
    """7500 with "EUR" is "75,00 €": with every decimal, as accounts are kept."""
    return _signed(amount_minor, currency, exact=True)


def _signed(amount_minor: int, currency: str, *, exact: bool = False) -> str:
    text = display(abs(amount_minor), currency, translation.get_language() or "fr", exact=exact)
    return f"\N{MINUS SIGN}{text}" if amount_minor < 0 else text

"""Giving in templates: the page that asks for gifts, amounts as readers write them."""

from django import template
from django.utils import translation
from wagtail.models import Page

from donations.models import DonationPage
from donations.money import display

register = template.Library()


@register.simple_tag
def donation_page_of(institute: Page | None) -> DonationPage | None:
    """`{% donation_page_of institute as give %}`: the first live donation page below `institute`."""
    if not institute:
        return None
    return DonationPage.objects.live().public().child_of(institute).select_related("locale").order_by("path").first()


@register.filter
def as_money(amount_minor: int, currency: str) -> str:
    """7500 with "EUR" is "75 €" in French and "€75" in English."""
    return display(amount_minor, currency, translation.get_language() or "fr")

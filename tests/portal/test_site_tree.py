"""The page that lists the site: all of it while that can be read, its upper levels when there is too much below."""

import pytest
from django.test import Client

from portal.models import HomePage, StandardPage
from portal.templatetags import portal_tags

pytestmark = pytest.mark.django_db


def test_the_list_of_pages_keeps_to_the_upper_levels_when_there_are_too_many_pages(monkeypatch):
    site_map = StandardPage.objects.get(lists_the_site=True, locale__language_code="en")
    home = HomePage.objects.get(locale__language_code="en")
    lower = home.get_descendants().live().filter(depth=home.depth + 2).order_by("path").first()
    whole = Client().get(site_map.url).content.decode()
    assert f'href="{lower.url}">{lower.title}' in whole and "leaves out" not in whole
    monkeypatch.setattr(portal_tags, "MOST_LISTED", home.get_children().count())
    part = Client().get(site_map.url).content.decode()
    assert 'class="site-tree__0"' in part and 'class="site-tree__1"' not in part
    assert "leaves out the pages below" in part

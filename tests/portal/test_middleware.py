"""Hostile addresses, security headers and who may keep a page."""

import pytest
from django.conf import settings

from portal.models import ContactPage

pytestmark = pytest.mark.django_db

HUGE = "9" * 30
QUERIES = {
    "a NUL byte": "q=%00",
    "a NUL byte within": "q=onco%00logie&page=1",
    "a NUL byte in a name": "%00=1",
    "a lone quote": "q='",
    "a lone double quote": 'q="',
    "SQL": "q=%27%3B%20DROP%20TABLE%20x%3B--",
    "an operator": "q=%26%20%7C%20%21%20%28%3A*%20%5C",
    "a per cent sign": "q=%25",
    "a broken escape": "q=%zz%",
    "not UTF-8": "q=%ff%fe",
    "half a character": "q=%c3",
    "a surrogate": "q=%ed%a0%80",
    "a backslash": "q=%5C",
    "a right-to-left override": "q=%e2%80%ae%e2%80%8f",
    "very long": "q=" + "a" * 10_000,
    "many words": "q=" + "+".join(f"w{number}" for number in range(300)),
    "digits without end": "q=" + "1" * 1900,
    "page huge": f"page={HUGE}&q=a",
    "page zero": "page=0&q=a",
    "page negative": "page=-1&q=a",
    "page no number": "page=x&q=a",
    "page in other digits": "page=%D9%A1&q=a",
    "page a list": "page=1&page=2&q=a",
    "page infinite": "page=inf&q=a",
    "page NaN": "page=nan&q=a",
    "page exponent": "page=1e9&q=a",
    "an unknown filter": "institute=nobody&hospital=nowhere",
    "a filter with a quote": "institute='&hospital=\"",
    "sent": "sent=%00",
    "parameters without end": "&".join(f"a{number}=1" for number in range(400)),
}
PATHS = [
    "/",
    "/fr/",
    "/en/",
    "/en/search/",
    "/fr/recherche/",
    "/en/directory/",
    "/en/iuc/",
    "/en/iuc/contact/",
    "/admin/login/",
    "/admin/password_reset/",
    "/api/v1/lines/",
    "/fhir/R4/Location",
    "/sitemap.xml",
    "/robots.txt",
    "/healthz",
    "/nothing/",
    "/media/nothing.jpg",
    "/documents/1/nothing.pdf",
]
STRANGE_PATHS = [
    "/%00",
    "/en/%00/",
    "/en/sea%00rch/",
    "/admin/%00",
    "/admin/login/%00/",
    "/media/%00",
    "/media/../../etc/passwd",
    "/media/..%2f..%2fetc%2fpasswd",
    "/static/%00",
    "/documents/%00/x",
    "/documents/99999999999999999999/x.pdf",
    "/en/'/",
    '/en/"/',
    "/en/%ff/",
    "/en/%c3/",
    "/%ff%fe/",
    "/en/" + "a" * 5000 + "/",
    "/" + "a/" * 500,
    "/en//",
    "//example.org/",
    "/en/../admin/",
    "/en/-/contact/99999999999999999999/",
    "/fr/-/contact/0/",
]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_no_query_breaks_any_address(client, query):
    statuses = {path: client.get(path, QUERY_STRING=query).status_code for path in PATHS}
    assert all(status < 500 for status in statuses.values()), statuses


@pytest.mark.parametrize("path", STRANGE_PATHS)
def test_no_path_breaks_the_portal(client, path):
    assert client.get(path).status_code in (301, 302, 400, 403, 404, 405)


@pytest.mark.parametrize("query", ["a NUL byte", "not UTF-8", "half a character", "very long"])
@pytest.mark.parametrize("path", ["/en/search/", "/en/directory/", "/nothing/", "/"])
def test_addresses_that_no_link_of_ours_makes_get_a_400(client, path, query):
    assert client.get(path, QUERY_STRING=QUERIES[query]).status_code == 400


@pytest.mark.parametrize("query", ["page huge", "page zero", "page negative", "page no number", "page infinite"])
@pytest.mark.parametrize("path", ["/en/search/", "/en/directory/"])
def test_a_page_of_results_that_does_not_exist_is_a_404(client, path, query):
    assert client.get(path, QUERY_STRING=QUERIES[query]).status_code == 404


@pytest.mark.parametrize("query", ["a lone quote", "SQL", "an operator", "a per cent sign", "a backslash"])
@pytest.mark.parametrize("path", ["/en/search/", "/en/directory/"])
def test_signs_that_mean_something_to_a_database_are_searched_as_any_other(client, path, query):
    assert client.get(path, QUERY_STRING=QUERIES[query]).status_code == 200


@pytest.mark.parametrize("body", [b"token=%00&message=%00", b"\xff\xfe", b"=" * 3000, b"token=%ff"])
def test_no_form_breaks_the_contact_page(client, body):
    page = ContactPage.objects.first()
    response = client.post(f"/en/-/contact/{page.pk}/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in (400, 422)


@pytest.mark.parametrize("body", [b"username=%00&password=%00", b"username=%ff&password='", b"username=" + b"a" * 9000])
def test_no_form_breaks_the_login_page(client, body):
    response = client.post("/admin/login/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in (200, 400)


def test_an_honest_long_address_of_the_admin_is_let_through(client):
    assert client.get("/admin/login/", {"next": "/admin/?" + "a" * 3000}).status_code == 200


@pytest.mark.parametrize("path", ["/fr/", "/en/search/", "/nothing/", "/healthz", "/robots.txt", "/fr/?q=%00"])
def test_visitors_get_the_strict_policy(client, path):
    policy = client.get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_admin_gets_its_own_policy_and_cannot_be_framed_by_others(client):
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "default-src 'self'" in policy
    assert "http:" not in policy


def test_an_address_that_only_begins_like_the_admin_gets_the_strict_policy(client):
    assert "unsafe" not in client.get("/administration/")["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/fr/", "/admin/login/"])
def test_security_headers_stand_on_every_answer(client, path):
    response = client.get(path)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    for name in settings.PERMISSIONS_POLICY:
        assert f"{name}=()" in response["Permissions-Policy"]

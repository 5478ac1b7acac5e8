"""The door in a real browser: an app, recovery codes, a passkey alone, by keyboard; judged by axe on the way."""

from playwright.sync_api import Page, expect

from tests import second_factors
from tests.browser.axe import passes_axe
from tests.browser.conftest import PASSWORD
from tests.browser.test_privacy import Watch

PHONE = {"width": 360, "height": 740}


def test_a_newcomer_sets_up_an_app_and_a_passkey_and_comes_in_with_each(make_context, site):
    here = site.replace("127.0.0.1", "localhost")  # no browser makes a passkey for an address in figures
    page = make_context(base_url=here, viewport=PHONE).new_page()
    _with_a_finger(page)
    watch = Watch(page, here)

    page.goto("/admin/")
    _type_password(page)
    page.wait_for_url("**/second-factor/?next=**")
    passes_axe(page, "second factor")
    page.locator("a[href$='/app/']").press("Enter")
    page.locator("[name=code]").fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator("#id_code_error")).to_be_visible()
    passes_axe(page, "app")
    page.locator("[name=code]").fill(second_factors.code_of(page.locator("#authenticator_secret").inner_text()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/")
    code, *_others = page.locator("#recovery_codes code").all_inner_texts()
    passes_axe(page, "recovery codes")

    page.goto("/admin/account/second-factor/passkey/")
    page.locator("[name=name]").fill("Téléphone")
    passes_axe(page, "passkey")
    page.locator("#passkey").press("Enter")
    page.wait_for_url("**/account/second-factor/")
    expect(page.get_by_text("Téléphone").first).to_be_visible()
    page.goto("/admin/account/sessions/")
    expect(page.get_by_text("Chrome, Linux").first).to_be_visible()
    watch.is_quiet()

    _sign_out(page)
    _type_password(page)
    page.wait_for_url("**/admin/login/code/")
    passes_axe(page, "code")
    page.locator("[name=code]").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{here}/admin/")

    _sign_out(page)
    page.locator("#passkey_login").press("Enter")
    page.wait_for_url(f"{here}/admin/")

    _sign_out(page)
    _type_password(page)
    page.wait_for_url("**/admin/login/code/")
    page.locator("#passkey").press("Enter")
    page.wait_for_url(f"{here}/admin/")
    watch.is_quiet()


def test_a_passkey_that_cannot_be_used_says_so(visitor):
    visitor.goto("/admin/login/")  # an address in figures
    visitor.locator("#passkey_login").press("Enter")
    expect(visitor.get_by_role("alert")).to_be_visible()
    expect(visitor.locator("#passkey_login")).to_be_focused()


def _with_a_finger(page: Page) -> None:
    """A device that recognises its owner and keeps passkeys, as the browser's own tests have it."""
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def _type_password(page: Page) -> None:
    page.locator("[name=login]").fill("browser-newcomer")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def _sign_out(page: Page) -> None:
    page.goto("/admin/login/cancel/")
    page.locator("#main button").press("Enter")
    page.wait_for_url("**/admin/login/")

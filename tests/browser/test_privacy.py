"""That a visit leaves nothing behind and tells nobody: no cookie, no storage, no request to another host."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.public_pages import make_mistakes

VIOLATIONS = """window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""


class Watch:
    """Everything of a page's life that should stay empty."""

    def __init__(self, page: Page, site: str, expected: tuple[str, ...] = ()) -> None:
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.page = page
        page.add_init_script(VIOLATIONS)
        own = (f"{site}/", "data:", f"blob:{site}/")
        page.on("request", lambda request: request.url.startswith(own) or self.elsewhere.append(request.url))
        page.on("websocket", lambda socket: self.elsewhere.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

        def read(message) -> None:
            if message.type in ("error", "warning") and not any(words in message.text for words in expected):
                self.complaints.append(message.text)

        page.on("console", read)

    def visit(self, path: str) -> None:
        self.page.goto(path, wait_until="networkidle")
        self.is_quiet()

    def is_quiet(self) -> None:
        assert self.page.evaluate("window.violations") == []
        assert self.elsewhere == []
        assert self.complaints == []


def left_behind(context: BrowserContext, page: Page) -> list[str]:
    """The names of everything that the browser keeps of the visit."""
    stored = page.evaluate(
        """async () => [
          ...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie,
          ...(await indexedDB.databases()).map((database) => database.name),
          ...(await caches.keys()),
          ...(await navigator.serviceWorker.getRegistrations()).map((worker) => worker.scope),
        ].filter(Boolean)"""
    )
    return [*stored, *(cookie["name"] for cookie in context.cookies())]


def test_a_message_with_mistakes_leaves_no_trace(make_context, site):
    context = make_context()
    page = context.new_page()
    watch = Watch(page, site, expected=("422 (Unprocessable Entity)", "422 (Unprocessable Content)"))
    make_mistakes(page, "/fr/contact/")
    watch.is_quiet()
    assert left_behind(context, page) == []


def test_the_policy_of_public_pages_forbids_what_it_should(visitor):
    """The listeners above would hear nothing if the policy were missing."""
    answer = visitor.goto("/fr/iuc/pneumologie/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    visitor.add_init_script(VIOLATIONS)
    visitor.reload()
    visitor.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          document.body.setAttribute("style", "color: red");
          document.body.append(Object.assign(new Image(), {src: "https://example.org/pixel.png"}));
        }"""
    )
    visitor.wait_for_function("window.violations.length >= 3")
    assert not visitor.evaluate("window.ran")
    heard = " ".join(visitor.evaluate("window.violations"))
    for directive in ("script-src", "style-src", "img-src"):
        assert directive in heard


@pytest.mark.parametrize("account", ["browser-editor", "browser-admin"])
def test_the_admin_asks_nobody_else_and_breaks_no_rule_of_its_policy(make_context, log_in, site, account):
    login = make_context().new_page()
    Watch(login, site).visit("/admin/login/")
    page = log_in(account)
    watch = Watch(page, site)
    watch.visit("/admin/")
    watch.visit("/admin/departments/")
    page.get_by_role("link", name="Pneumologie", exact=True).first.click()
    page.wait_for_url("**/edit/")
    page.wait_for_load_state("networkidle")
    watch.is_quiet()
    page.get_by_role("button", name=re.compile("prévisualisation|preview", re.IGNORECASE)).first.click()
    page.wait_for_load_state("networkidle")
    watch.is_quiet()
    watch.visit(page.locator("a[href*='/facts/departments/contactline/']").first.get_attribute("href"))
    watch.visit("/admin/images/")

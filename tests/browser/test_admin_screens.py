"""The screens that the portal adds to Wagtail's admin, and the previews of all its pages."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import screen_passes_axe
from tests.browser.public_pages import PAGES


@pytest.fixture
def department(log_in) -> Page:
    """The edit screen of a department with several lines, as an editor sees it."""
    page = log_in("browser-editor")
    page.goto("/admin/departments/?q=Oncologie+m%C3%A9dicale")
    page.get_by_role("link", name="Oncologie médicale", exact=True).first.click()
    page.wait_for_url("**/edit/")
    return page


def test_the_screens_of_numbers_and_of_the_care_of_pages_pass_axe(department):
    panels = department.locator("section.w-panel").filter(has=department.locator("a[href*='/facts/']"))
    names = panels.evaluate_all("(all) => all.map((panel) => panel.id)")
    assert len(names) == 4  # lines, exceptions to the hours, places, posts
    for name in names:
        screen_passes_axe(department, f"#{name}")
    department.locator("a[href*='/contactline/']").first.click()
    department.wait_for_url("**/contactline/*/")
    screen_passes_axe(department, "#main")
    department.get_by_role("textbox", name="Numéro de téléphone").fill("appelez-nous")
    department.get_by_role("button", name="Enregistrer et montrer aux visiteurs").click()
    expect(department.locator(".error-message").first).to_be_visible()
    screen_passes_axe(department, "#main")
    department.get_by_role("link", name=re.compile("Historique")).click()
    department.wait_for_url("**/history/")
    screen_passes_axe(department, "#main")
    # From the dashboard and the report to a page that is still right: said by keyboard.
    department.goto("/admin/")
    screen_passes_axe(department, ".w-dashboard")
    department.goto("/admin/reports/pictures-of-people/")
    screen_passes_axe(department, "#main")
    department.goto("/admin/reports/pages-to-review/?due=all")
    screen_passes_axe(department, "#main")
    department.locator("td a[href*='/care/']").first.click()
    department.wait_for_url("**/care/**")
    screen_passes_axe(department, "#main")
    department.locator("button[name='right']").press("Enter")
    department.wait_for_url("**/reports/pages-to-review/")
    expect(department.locator(".messages .success")).to_be_visible()


def test_an_institute_is_set_up_and_an_account_closed_by_keyboard(log_in):
    page = log_in("browser-admin")
    page.goto("/admin/institutes/")
    page.locator("a[href$='/institutes/set-up/']").click()
    page.wait_for_url("**/set-up/")
    screen_passes_axe(page, "#main")
    page.locator("#id_title").fill("Institut du rivage")
    page.locator("#id_title").press("Enter")
    expect(page.locator(".w-plan li")).to_have_count(13)
    screen_passes_axe(page, "#main")
    page.locator("button[name=make]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/", timeout=30_000)  # thirteen things are made
    expect(page.locator("#id_title")).to_have_value("Institut du rivage")
    for screen in ("account/sessions", "reports/orphaned-pages", "reports/missed-queries"):
        page.goto(f"/admin/{screen}/")
        screen_passes_axe(page, "#main")
    page.goto("/admin/users/")
    page.get_by_role("link", name="browser-colleague").first.click()
    page.wait_for_url("**/users/edit/*/")
    close = page.locator("a[href$='/close/']").get_attribute("href")
    page.goto(re.sub(r".*/users/(\d+)/close/", r"/admin/colleagues/\1/sign-in/", close))
    screen_passes_axe(page, "#main")
    page.goto(close)
    screen_passes_axe(page, "#main")
    page.locator("#id_colleague").select_option(label="browser-finance")
    page.locator("main button[type=submit]").first.press("Enter")
    expect(page.locator(".w-plan li").first).to_be_visible()
    screen_passes_axe(page, "#main")


def test_every_kind_of_page_is_previewed_in_both_languages(log_in, site):
    """In the frame of the edit screen, as an editor sees it, within the admin's policy.

    The languages take turns: a kind of page is one template.
    """
    page = log_in("browser-editor")
    complaints: list[str] = []
    advice = "axe.run results"  # what Wagtail's own checker has to say on the words, for the editor
    page.on(
        "console",
        lambda message: message.type == "error" and advice not in message.text and complaints.append(message.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    kinds = ["home", "institute", "hospital", "department", "person", "directory", "finder", "contact", "donation"]
    for number, kind in enumerate([*kinds, "text", "text with a film", "site map"]):
        path = PAGES[kind][number % 2]
        title = title_at(page, path)
        with page.expect_response(lambda answer: "in_preview_panel" in answer.url) as preview:
            page.goto(edit_address(page, path))
            open_preview(page)
        assert preview.value.status == 200, f"{kind}: {path}"
        frame = page.frame_locator("iframe.w-preview__iframe").last
        expect(frame.get_by_role("heading", level=1)).to_have_text(title)
        assert complaints == [], f"{kind}: {path}"


def title_at(page: Page, path: str) -> str:
    page.goto(path)
    return page.get_by_role("heading", level=1).inner_text()


def edit_address(page: Page, path: str) -> str:
    """The edit screen of the page at a public address."""
    slug = path.rstrip("/").rpartition("/")[2]
    language = path[1:3]
    answer = page.request.get(
        "/admin/api/main/pages/", params={"slug": slug if slug != language else f"home-{language}"}
    )
    found = [item for item in json.loads(answer.body())["items"] if item["meta"]["html_url"].endswith(path)]
    assert len(found) == 1
    return f"/admin/pages/{found[0]['id']}/edit/"


def open_preview(page: Page) -> None:
    toggle = page.get_by_role("button", name="Afficher/masquer la prévisualisation")
    toggle.wait_for()
    if toggle.get_attribute("aria-expanded") != "true":
        toggle.click()

"""What visitors come for, as they do it: with a keyboard, a pointer, or a browser that lacks something."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import FILM

PNEUMOLOGY = {
    "fr": {"slug": "/fr/iuc/pneumologie/", "name": "pneumologie", "number": "01 42 16 78 84"},
    "en": {"slug": "/en/iuc/pneumology/", "name": "pneumology", "number": "+33 (0)1 42 16 78 84"},
}
DIALLED = "tel:+33142167884"

both_languages = pytest.mark.parametrize("language", ["fr", "en"])


def tab_to(page: Page, wanted: str, presses: int = 150) -> None:
    """Press Tab until the element with focus matches the CSS selector `wanted`."""
    for _press in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"Tab alone does not reach {wanted} on {page.url}")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")


def plain(text: str) -> str:
    """`text` with every kind of space as a plain one."""
    return re.sub(r"\s+", " ", text)


# --- A number -------------------------------------------------------------------------------------


@both_languages
def test_a_number_is_found_from_the_home_page_with_one_search_by_keyboard(visitor, language):
    visitor.goto(f"/{language}/")
    tab_to(visitor, "main input[type=search]")
    visitor.keyboard.type(PNEUMOLOGY[language]["name"])
    with visitor.expect_navigation():
        visitor.keyboard.press("Enter")  # the first and only activation
    tab_to(visitor, f"main a[href='{DIALLED}']")
    number = visitor.evaluate("document.activeElement.innerText")
    assert plain(number) == PNEUMOLOGY[language]["number"]


@both_languages
def test_a_number_is_found_from_the_home_page_in_two_steps_without_typing(visitor, language):
    visitor.goto(f"/{language}/")
    tab_to(visitor, "main .actions li:first-child a")
    with visitor.expect_navigation():
        visitor.keyboard.press("Enter")  # the first activation: the directory
    tab_to(visitor, f"main a[href='{PNEUMOLOGY[language]['slug']}']")
    with visitor.expect_navigation():
        visitor.keyboard.press("Enter")  # the second: the department
    tab_to(visitor, f"main a[href='{DIALLED}']")
    assert plain(visitor.evaluate("document.activeElement.innerText")) == PNEUMOLOGY[language]["number"]


@pytest.mark.parametrize(
    "words", ["pneumologie", "PNEUMOLOGIE", "Pitié pneumo", "pitie PNEUMO", "0142167884", "42 16 78"]
)
def test_the_directory_finds_a_department_however_it_is_written(visitor, words):
    visitor.goto("/fr/annuaire/")
    visitor.get_by_label("Service, maladie, hôpital ou numéro").fill(words)
    visitor.get_by_label("Service, maladie, hôpital ou numéro").press("Enter")
    visitor.wait_for_url("**/annuaire/?*")
    expect(visitor.locator(f".department-list a[href='{DIALLED}']")).to_be_visible()
    assert visitor.locator(".department-list a[href^='/fr/iuc/']").count() == 1


def test_the_directory_is_filtered_by_institute_and_shown_whole_again(visitor):
    visitor.goto("/en/directory/")
    everything = visitor.locator(".department-row").count()
    visitor.get_by_label("Institute").select_option("iuc")
    visitor.locator(".filters button").click()
    visitor.wait_for_url("**institute=iuc*")
    found = visitor.locator(".department-row__name a")
    assert 0 < found.count() < everything
    assert all(link.get_attribute("href").startswith("/en/iuc/") for link in found.all())
    expect(visitor.get_by_label("Institute")).to_have_value("iuc")
    visitor.get_by_role("link", name="Show all departments").click()
    expect(visitor.locator(".department-row")).to_have_count(everything)


@pytest.mark.parametrize(("words", "title"), [("PEDIATRIQUE", "Oncologie pédiatrique"), ("pneumologie", "Pneumologie")])
def test_search_needs_neither_accents_nor_capitals(visitor, words, title):
    visitor.goto("/fr/")
    search = visitor.get_by_role("banner").get_by_role("searchbox")
    search.fill(words)
    search.press("Enter")
    visitor.wait_for_url("**/recherche/?q=*")
    expect(visitor.get_by_role("main").get_by_role("link", name=title).first).to_be_visible()


@pytest.mark.parametrize(
    ("here", "language", "there"),
    [
        ("/fr/iuc/pneumologie/", "English", "/en/iuc/pneumology/"),
        ("/en/iuc/pneumology/", "Français", "/fr/iuc/pneumologie/"),
        ("/fr/recherche/?q=pneumo", "English", "/en/search/?q=pneumo"),
    ],
)
def test_the_language_switch_leads_to_the_same_page(visitor, here, language, there):
    visitor.goto(here)
    visitor.get_by_role("banner").get_by_role("link", name=language).click()
    visitor.wait_for_url(f"**{there}")
    assert visitor.locator("html").get_attribute("lang") == there[1:3]


def test_the_menu_opens_as_a_sheet_on_a_phone_and_closes_with_escape(make_context):
    page = make_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto("/en/")
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Directory").click()
    page.wait_for_url("**/en/directory/")


# --- A message ------------------------------------------------------------------------------------


def test_a_message_with_a_mistake_is_corrected_and_sent(visitor, mailbox):
    mailbox.clear()
    visitor.goto("/en/contact/")
    fill_in(visitor, name="Camille", mail="camille at example", message="")
    send(visitor)

    summary = visitor.locator(".error-summary")
    expect(summary).to_be_focused()
    assert visitor.title().startswith("Error: ")
    links = summary.get_by_role("link")
    assert links.count() == 2  # the address that is none, and the missing message
    for link, field in zip(links.all(), (mail_field(visitor), message_field(visitor)), strict=True):
        link.press("Enter")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(visitor.get_by_label("Your name")).to_have_value("Camille")
    expect(mail_field(visitor)).to_have_value("camille at example")
    assert not mailbox

    fill_in(visitor, name="Camille", mail="camille@example.org", message="Where can I park?")
    send(visitor)
    visitor.wait_for_url("**/en/contact/?sent=1")
    expect(visitor.get_by_role("heading", name="Your message has been sent")).to_be_visible()

    assert len(mailbox) == 1
    assert mailbox[0]["Reply-To"] == "camille@example.org"
    assert "Where can I park?" in mailbox[0].get_content()
    visitor.reload()
    assert len(mailbox) == 1


def mail_field(page: Page):
    return page.get_by_role("main").locator("input[type=email]")


def message_field(page: Page):
    return page.get_by_role("main").locator("textarea")


def fill_in(page: Page, name: str, mail: str, message: str) -> None:
    page.get_by_label("Your name").fill(name)
    mail_field(page).fill(mail)
    message_field(page).fill(message)


def send(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Send the message").press("Enter")


# --- A film ---------------------------------------------------------------------------------------


def test_a_film_loads_nothing_from_elsewhere_until_it_is_asked_for(visitor, site):
    elsewhere = []

    def watch(route: Route) -> None:
        if route.request.url.startswith(site):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.fulfill(body="<p>the player</p>", content_type="text/html")

    visitor.context.route("**/*", watch)
    visitor.goto("/fr/film/", wait_until="networkidle")
    visitor.locator("details summary").click()
    assert not elsewhere
    play = visitor.get_by_role("link", name="Paper hills")
    assert play.get_attribute("href") == FILM
    play.press("Enter")
    player = visitor.locator("iframe")
    expect(player).to_be_focused()
    expect(player).to_have_attribute("title", "Paper hills")
    expect(visitor.frame_locator("iframe").get_by_text("the player")).to_be_visible()
    assert visitor.url.endswith("/fr/film/")
    assert elsewhere
    assert all(url.startswith("https://www.youtube-nocookie.com/embed/") for url in elsewhere)


# --- A browser that lacks something ---------------------------------------------------------------


def test_without_scripts_everything_is_there(make_context):
    page = make_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto("/en/iuc/pneumology/")
    expect(page.get_by_role("link", name="42 16 78 84")).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Directory").click()
    page.get_by_label("Department, illness, hospital or number").fill("pneumology")
    page.get_by_label("Department, illness, hospital or number").press("Enter")
    expect(page.locator(f"main a[href='{DIALLED}']")).to_be_visible()
    page.goto("/en/film/")
    expect(page.get_by_role("link", name="Paper hills")).to_have_attribute("href", FILM)
    page.locator("details summary").click()
    expect(page.get_by_text("Hills.")).to_be_visible()
    page.goto("/en/contact/")
    page.get_by_role("button", name="Send the message").click()
    expect(page.get_by_role("heading", name="Please check your answers")).to_be_visible()


@both_languages
def test_without_styles_and_pictures_a_page_still_reads_in_order(make_context, language):
    context = make_context()
    context.route(re.compile(r"\.(css|png|svg|jpe?g|webp|avif|woff2)($|\?)"), lambda route: route.abort())
    page = context.new_page()
    page.goto(PNEUMOLOGY[language]["slug"])
    assert page.evaluate("document.styleSheets.length === 0 || getComputedStyle(document.body).margin === '8px'")
    text = plain(page.locator("body").inner_text())
    expected = [
        {"fr": "Aller au contenu", "en": "Skip to the content"}[language],
        {"fr": "English", "en": "Français"}[language],
        "IUC",
        {"fr": "Pneumologie", "en": "Pneumology"}[language],
        PNEUMOLOGY[language]["number"],
        "75013 Paris",
        "112",
    ]
    places = []
    for words in expected:
        places.append(text.find(words, places[-1] if places else 0))
    assert -1 not in places, dict(zip(expected, places, strict=True))
    assert page.get_by_role("heading", level=1).count() == 1
    page.get_by_role("link", name={"fr": "Tous les numéros", "en": "All telephone numbers"}[language]).click()
    expect(page.locator(f"main a[href='{DIALLED}']")).to_be_visible()
    home = page.get_by_role("main")
    page.goto(f"/{language}/")
    for picture in home.get_by_role("img").all():
        assert picture.get_attribute("alt")

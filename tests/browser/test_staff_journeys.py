"""What staff do in the admin, and what visitors see of it. The admin of these accounts speaks French.

The journeys change departments of the fictional institute, each a different one. The main tasks
are walked as the handbook tells them, in test_handbook.py.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

INSTITUTE = {"fr": "/fr/hopital-de-demonstration/", "en": "/en/demonstration-hospital/"}


def plain(text: str) -> str:
    """`text` with every kind of space as a plain one."""
    return re.sub(r"\s+", " ", text)


def open_department(page: Page, name: str) -> None:
    """From the menu entry to the edit screen of the fictional institute's department."""
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Services", exact=True).click()
    page.wait_for_url("**/admin/departments/")
    page.get_by_role("textbox", name="Terme de recherche").fill(name)
    page.get_by_role("textbox", name="Terme de recherche").press("Enter")
    page.wait_for_url("**/admin/departments/?q=*")
    rows = page.get_by_role("row").filter(has_text="Hôpital de démonstration")
    rows.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url("**/edit/")


def lines(page: Page) -> Locator:
    return page.get_by_role("region", name="Lignes de contact")


def change_number(page: Page, old: str, new: str) -> None:
    """On a department's edit screen: type `new` for the line whose number is `old`."""
    lines(page).get_by_role("link", name=old).first.click()
    page.wait_for_url("**/admin/facts/departments/contactline/*/")
    page.get_by_role("textbox", name="Numéro de téléphone").fill(new)
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer et montrer aux visiteurs").click()


def footer(page: Page) -> Locator:
    return page.get_by_role("navigation", name=re.compile("pied de page"))


def choose(page: Page, action: str) -> None:
    """Choose one of the further actions at the foot of the edit screen."""
    footer(page).get_by_role("button", name="Plus d'actions").click()
    with page.expect_navigation():
        footer(page).get_by_role("button", name=action, exact=True).click()


def publish_alone(page: Page, *, refused: bool = False) -> None:
    """As an administrator: publish what one has written oneself, giving the reason, unless the form is `refused`."""
    footer(page).get_by_role("button", name="Plus d'actions").click()
    with page.expect_navigation():
        footer(page).locator("button[name=action-publish], button[name=action-publish-alone]").first.click()
    if not refused:
        page.wait_for_url("**/publish-alone/")
        page.locator("textarea[name=reason]").fill("Personne d’autre n’est là.")
        with page.expect_navigation():
            page.locator("#main form[method=post] button[type=submit]").click()


def save_draft(page: Page) -> None:
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/edit/")):
        footer(page).get_by_role("button", name="Enregistrer le brouillon").click()
    page.wait_for_load_state()
    expect(page.get_by_text(re.compile("a été mise à jour|enregistré", re.IGNORECASE)).first).to_be_visible()


def numbers(visitor: Page, path: str) -> list[str]:
    """The numbers that a visitor of the page reads."""
    visitor.goto(path)
    return [plain(text).strip() for text in visitor.locator("main .sign a.number").all_inner_texts()]


def words(visitor: Page, path: str) -> str:
    visitor.goto(path)
    return plain(visitor.get_by_role("main").inner_text())


# --- Numbers --------------------------------------------------------------------------------------


def test_a_number_that_is_none_is_refused_with_the_reason_and_stays_in_the_field(log_in, visitor):
    page = log_in("browser-editor")
    open_department(page, "Urologie")
    for typed, reason in (("appelez-nous", "lettres"), ("01 99 00 12", "chiffres")):
        change_number(page, "01 99 00 12 02", typed)
        field = page.get_by_role("textbox", name="Numéro de téléphone")
        expect(field).to_have_value(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_role("region", name="Numéro de téléphone").locator(".error-message")).to_contain_text(reason)
        page.get_by_role("link", name=re.compile("sans enregistrer")).click()
        page.wait_for_url("**/edit/")
    assert numbers(visitor, f"{INSTITUTE['fr']}urologie/") == ["01 99 00 12 01", "01 99 00 12 02"]


def test_a_line_is_added_and_taken_off_the_page(log_in, visitor):
    page = log_in("browser-editor")
    open_department(page, "Imagerie médicale")
    path = f"{INSTITUTE['fr']}imagerie-medicale/"
    before = numbers(visitor, path)
    lines(page).get_by_role("link", name=re.compile("^Ajouter")).click()
    page.get_by_role("combobox", name="À quoi elle sert").select_option("records")
    page.get_by_role("textbox", name="Numéro de téléphone").fill("+33 1 99 00 77 66")
    page.get_by_role("button", name="Enregistrer et montrer aux visiteurs").click()
    page.wait_for_url("**/edit/")
    assert set(numbers(visitor, path)) == {*before, "01 99 00 77 66"}
    lines(page).get_by_role("link", name="01 99 00 77 66").first.click()
    page.get_by_role("link", name="Retirer de la page").click()
    page.locator("form[method=post] button.serious").press("Enter")
    page.wait_for_url("**/edit/")
    assert numbers(visitor, path) == before


# --- Texts ----------------------------------------------------------------------------------------


def test_an_editor_cannot_publish(log_in, visitor):
    text = "Publié sans l’accord de personne."
    page = log_in("browser-editor")
    open_department(page, "Sénologie")
    page.get_by_role("textbox", name="Résumé").fill(text)
    footer(page).get_by_role("button", name="Plus d'actions").click()
    offered = footer(page).get_by_role("button").all_inner_texts()
    assert any("Soumettre" in action for action in offered)
    assert not any("Publier" in action for action in offered)
    # Nor by sending what the button of a moderator would send.
    page.evaluate(
        """() => {
          const wish = document.createElement("input");
          Object.assign(wish, {type: "hidden", name: "action-publish", value: "1"});
          document.querySelector("#page-edit-form").append(wish);
        }"""
    )
    save_draft(page)
    assert text not in words(visitor, f"{INSTITUTE['fr']}senologie/")


def test_publishing_an_older_draft_never_brings_an_old_number_back(log_in, visitor):
    text = "Un texte écrit avant le changement de numéro."
    path = f"{INSTITUTE['fr']}chirurgie-gynecologique/"
    [old] = numbers(visitor, path)
    page = log_in("browser-editor")
    open_department(page, "Chirurgie gynécologique")
    page.get_by_role("textbox", name="Résumé").fill(text)
    save_draft(page)
    change_number(page, old, "01 99 00 88 88")
    page.wait_for_url("**/edit/")

    moderator = log_in("browser-moderator")
    open_department(moderator, "Chirurgie gynécologique")
    choose(moderator, "Publier")
    assert text in words(visitor, path)
    assert numbers(visitor, path) == ["01 99 00 88 88"]


# --- What cannot be published ---------------------------------------------------------------------


def insert_block(page: Page, name: str) -> Locator:
    stream = page.get_by_role("region", name="Suite", exact=True)
    stream.get_by_role("button", name="Insérer un bloc").first.click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(stream.get_by_role("button", name="Supprimer").first).to_be_visible()
    return stream


def test_a_link_to_another_site_without_words_is_not_published(log_in, visitor):
    page = log_in("browser-head")
    open_department(page, "Dermatologie")
    stream = insert_block(page, "Lien")
    stream.get_by_role("textbox", name="adresse extérieure").fill("https://example.org/elsewhere")
    publish_alone(page, refused=True)
    expect(stream.get_by_role("textbox", name="Texte du lien")).to_have_attribute("aria-invalid", "true")
    expect(stream.locator(".error-message")).to_contain_text("doit avoir un texte")
    visitor.goto(f"{INSTITUTE['fr']}dermatologie/")
    assert visitor.locator("a[href='https://example.org/elsewhere']").count() == 0
    stream.get_by_role("textbox", name="Texte du lien").fill("Un autre site")
    publish_alone(page)
    visitor.reload()
    expect(visitor.get_by_role("link", name="Un autre site")).to_be_visible()


def test_a_picture_is_published_with_a_description_or_as_decorative_only(log_in, visitor):
    path = f"{INSTITUTE['fr']}anatomie-pathologique/"
    page = log_in("browser-head")
    open_department(page, "Anatomie pathologique")
    stream = insert_block(page, "Image")
    stream.get_by_role("button", name="Choisir une image").click()
    page.get_by_role("dialog").locator(".listing a").first.click()
    description = stream.get_by_role("textbox", name="Texte alternatif")
    expect(description).not_to_have_value("")  # the picture offers its own
    description.fill("")
    publish_alone(page, refused=True)
    expect(description).to_have_attribute("aria-invalid", "true")
    visitor.goto(path)
    assert visitor.locator("main .figure img").count() == 0
    description.fill("Une rivière de papier.")
    publish_alone(page)
    visitor.reload()
    expect(visitor.get_by_role("img", name="Une rivière de papier.")).to_be_visible()


# --- Notices and menus ----------------------------------------------------------------------------


def test_a_notice_needs_an_end_and_stands_on_every_page_until_then(log_in, visitor):
    page = log_in("browser-moderator")
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Avis", exact=True).click()
    page.get_by_role("link", name=re.compile("^Ajouter")).first.click()
    page.wait_for_url("**/notice/add/")
    page.get_by_role("textbox", name="Français").fill("Le standard est en panne.")
    page.get_by_role("textbox", name="English").fill("The switchboard is down.")
    save = footer(page).get_by_role("button", name="Enregistrer")
    end = page.get_by_role("textbox", name=re.compile("Jusqu"))
    save.click()
    assert not end.evaluate("field => field.checkValidity()")
    assert page.url.endswith("/notice/add/")  # the browser itself holds the form back

    def notice(path: str) -> Locator:
        visitor.goto(path)
        return visitor.locator(".notice")

    assert notice("/fr/contact/").count() == 0
    in_an_hour = timezone.localtime() + timedelta(hours=1)
    end.fill(in_an_hour.strftime("%Y-%m-%d %H:%M"))
    end.press("Tab")
    with page.expect_navigation():
        save.click()
    try:
        for path in ("/fr/", "/fr/iuc/pneumologie/", "/fr/recherche/", "/fr/contact/"):
            expect(notice(path)).to_have_text(re.compile("Le standard est en panne."))
        expect(notice("/en/directory/")).to_have_text(re.compile("The switchboard is down."))
    finally:
        page.goto("/admin/snippets/portal/notice/")
        page.get_by_role("link", name="Le standard est en panne.").first.click()
        page.wait_for_url("**/notice/edit/*/")
        page.goto(page.url.replace("/edit/", "/delete/"))
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile("supprimer", re.IGNORECASE)).click()
    assert notice("/fr/contact/").count() == 0


@pytest.mark.parametrize(
    ("account", "shown", "hidden"),
    [
        ("browser-editor", {"Instituts", "Services", "Personnes", "Hôpitaux"}, {"Avis"}),
        ("browser-moderator", {"Instituts", "Services", "Personnes", "Hôpitaux", "Avis"}, set()),
        ("browser-fundraiser", set(), {"Services", "Instituts", "Personnes", "Hôpitaux", "Avis"}),
    ],
)
def test_the_menu_shows_what_the_group_may_edit(log_in, account, shown, hidden):
    menu = log_in(account).get_by_role("navigation", name="Menu principal")
    giving = menu.get_by_role("button", name="Dons", exact=True)
    expect(giving).to_be_visible()
    entries = {entry.strip() for entry in menu.get_by_role("link").all_inner_texts()}
    assert shown <= entries
    assert not hidden & entries

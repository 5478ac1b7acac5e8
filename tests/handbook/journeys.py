"""The steps of the handbook's chapters, one function each. `guide` knows the words of the reader's language.

`visitor` is a browser page of somebody who reads the portal: what a chapter says that visitors see is looked at.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from portal.drawings import draw
from tests import second_factors
from tests.handbook.guide import Guide

Journey = Callable[[Guide, Page], None]

INSTITUTE = {"fr": "/fr/hopital-de-demonstration/", "en": "/en/demonstration-hospital/"}
THE_INSTITUTE = re.compile("Hôpital de démonstration|Demonstration hospital")


def plain(text: str) -> str:
    """`text` with every kind of space as a plain one."""
    return re.sub(r"\s+", " ", text)


def read(visitor: Page, path: str) -> str:
    """What a visitor reads there."""
    visitor.goto(path)
    return plain(visitor.get_by_role("main").inner_text())


def menu(page: Page, name: str) -> Locator:
    navigation = page.get_by_role("navigation", name=re.compile("Menu principal|Main menu"))
    return navigation.get_by_role("link", name=name, exact=True)


def open_submenu(page: Page, group: str, entry: str) -> Locator:
    """Open a group of the main menu; gives the entry in it."""
    navigation = page.get_by_role("navigation", name=re.compile("Menu principal|Main menu"))
    navigation.get_by_role("button", name=group, exact=True).click()
    found = navigation.get_by_role("link", name=entry, exact=True)
    expect(found).to_be_visible()
    return found


def find(guide: Guide, page: Page, title: str) -> Locator:
    """In a list of pages: look for one of the fictional institute's; gives the link to its edit screen."""
    field = page.get_by_role("textbox", name=guide.say("Search term"))
    field.fill(title)
    field.press("Enter")
    page.wait_for_url("**/?q=*")
    rows = page.get_by_role("row").filter(has_text=THE_INSTITUTE)
    return rows.get_by_role("link", name=title, exact=True).first


def open_department(guide: Guide, page: Page, title: str) -> None:
    menu(page, guide.label("Departments")).click()
    page.wait_for_url("**/admin/departments/")
    find(guide, page, title).click()
    page.wait_for_url("**/edit/")
    # What is typed before the editor stands may be missed by it.
    expect(page.locator("#page-edit-form [contenteditable=true]").first).to_be_visible()


def further_action(guide: Guide, page: Page, name: str) -> Locator:
    """Unfold the further actions at the foot of an edit screen; gives the one of this name."""
    page.locator("footer").get_by_role("button", name=guide.say("More actions")).click()
    action = page.locator("footer").get_by_role("button", name=name, exact=True)
    expect(action).to_be_visible()
    return action


def press(page: Page, button: Locator) -> None:
    with page.expect_navigation():
        button.click()


def submit(guide: Guide, page: Page, **picture: bool) -> None:
    """As a writer or translator: send the page to review."""
    guide.label("Save draft")
    page.locator("footer").get_by_role("button", name=guide.say("More actions")).click()
    guide.label("Submit to %(workflow_name)s", workflow_name="")
    button = page.locator("footer").get_by_role(
        "button", name=re.compile("^" + guide.say("Submit to %(workflow_name)s", workflow_name=""))
    )
    expect(button).to_be_visible()
    if picture:
        guide.picture(page, page.locator("#main"), press=button, height=-260)
    press(page, button)


def approve(guide: Guide, title: str, *, step: bool = True, picture: bool = False) -> None:
    """As a moderator: read what waits and let it go live."""
    page = guide.enter("claude")
    say = guide.label if step else guide.say
    waiting = page.get_by_role("region", name=say("Awaiting your review"))
    link = waiting.get_by_role("link", name=title)
    if picture:
        guide.picture(page, waiting, press=link.first)
    link.first.click()
    page.wait_for_url("**/edit/")
    if step:
        guide.next_step()
    button = further_action(guide, page, say("Approve"))
    if picture:
        guide.picture(page, page.locator("#main"), press=button, height=-420)
    press(page, button)


def sign_in(guide: Guide, visitor: Page) -> None:
    page = visitor
    guide.step(1)
    page.goto("/admin/")
    name = page.get_by_label(guide.label("User name or e-mail address"))
    name.fill("dominique")
    page.get_by_label(guide.label("Password")).fill(guide.password)
    guide.picture(page, page.locator("#main"))
    name.fill("browser-newcomer")
    press(page, page.get_by_role("button", name=guide.label("Sign in"), exact=True))
    guide.step(2)
    page.wait_for_url("**/second-factor/**")
    expect(page.get_by_role("link", name=guide.label("Add a passkey"))).to_be_visible()
    app = page.get_by_role("link", name=guide.label("Set up an app"))
    guide.picture(page, page.locator("#main"))
    app.click()
    page.wait_for_url("**/app/")
    guide.step(3)
    secret = page.locator("#authenticator_secret")
    key = secret.inner_text()
    page.get_by_label(guide.label("Code")).fill("123456")
    guide.picture(
        page,
        page.locator("#main"),
        press=page.get_by_role("button", name=guide.say("Set up"), exact=True),
        hide=(secret, page.locator(".door__code")),
    )
    page.get_by_label(guide.say("Code")).fill(second_factors.code_of(key))
    press(page, page.get_by_role("button", name=guide.label("Set up"), exact=True))
    guide.step(4)
    page.wait_for_url("**/recovery-codes/")
    expect(page.get_by_role("heading", name=guide.label("Recovery codes"))).to_be_visible()
    press(page, page.get_by_role("link", name=guide.label("I have kept them: to the admin")))
    guide.step(5)
    page.wait_for_url("**/admin/")
    page.goto("/admin/login/cancel/")
    page.locator("#main button").press("Enter")
    page.wait_for_url("**/admin/login/")
    expect(page.get_by_role("button", name=guide.label("Sign in with a passkey"))).to_be_visible()


def telephone_number(guide: Guide, visitor: Page) -> None:
    page = guide.enter("camille")
    path = f"{INSTITUTE['fr']}urologie/"
    assert "01 99 00 12 01" in read(visitor, path)

    guide.step(1)
    entry = menu(page, guide.label("Departments"))
    entry.click()
    page.wait_for_url("**/admin/departments/")
    department = find(guide, page, "Urologie")
    guide.picture(page, page.locator("body"), press=(entry, department), height=420)
    guide.step(2)
    department.click()
    page.wait_for_url("**/edit/")
    lines = page.get_by_role("region", name=guide.label("Contact lines"))
    number = lines.get_by_role("link", name=re.compile("12.01")).first
    guide.picture(page, lines, press=number)
    number.click()
    page.wait_for_url("**/contactline/*/")

    guide.step(3)
    page.get_by_role("textbox", name=guide.label("telephone number")).fill("01 99 00 12 77")
    guide.step(4)
    save = page.get_by_role("button", name=guide.label("Save and show to visitors"))
    guide.picture(page, page.locator("#main"), press=save)
    save.click()
    page.wait_for_url("**/edit/")
    expect(page.get_by_role("status").get_by_text(re.compile("12.77"))).to_be_visible()
    assert "01 99 00 12 77" in read(visitor, path)
    assert "+33 (0)1 99 00 12 77" in read(visitor, f"{INSTITUTE['en']}urology/")
    assert visitor.locator("main .sign a[href='tel:+33199001277']").count() == 1
    visitor.goto("/fr/annuaire/?q=0199001277")
    assert visitor.locator(".department-row").count() == 1

    guide.step(5)
    history = page.get_by_role("region", name=guide.say("Contact lines")).get_by_role(
        "link", name=guide.starting("History")
    )
    history.filter(has_text=re.compile("12.77")).click()
    page.wait_for_url("**/history/")
    guide.step(6)
    change = page.get_by_role("row").filter(has_text="Camille").first
    expect(change).to_contain_text("+33199001201")
    expect(change).to_contain_text("+33199001277")
    undo = page.get_by_role("button", name=guide.label("Undo the last change"))
    guide.picture(page, page.locator("#main"), press=undo, height=420)
    undo.click()
    page.wait_for_url("**/edit/")
    assert "01 99 00 12 01" in read(visitor, path)


def text(guide: Guide, visitor: Page) -> None:
    words = "Les consultations ont lieu au deuxième étage."
    path = f"{INSTITUTE['fr']}hematologie/"
    page = guide.enter("camille")
    guide.step(1)
    open_department(guide, page, "Hématologie")
    guide.step(2)
    field = page.get_by_role("textbox", name=guide.label("summary"))
    field.fill(words)
    guide.step(3)
    toggle = page.get_by_role("button", name=guide.label("Toggle preview"))
    guide.picture(page, page.locator("body"), press=(toggle, field), height=560)
    toggle.click()
    preview = page.frame_locator("iframe.w-preview__iframe").last.get_by_role("main")
    expect(preview).to_contain_text(words)
    toggle.click()
    assert words not in read(visitor, path)
    guide.step(4)
    submit(guide, page, picture=True)
    assert words not in read(visitor, path)
    guide.step(5)
    approve(guide, "Hématologie", picture=True)
    assert words in read(visitor, path)


def together(guide: Guide, visitor: Page) -> None:
    path = f"{INSTITUTE['fr']}senologie/"
    name = {"fr": "Déménagement de la sénologie", "en": "The breast unit moves"}[guide.language]
    page = guide.enter("camille")
    guide.step(1)
    menu(page, guide.label("Bundles")).click()
    page.wait_for_url("**/admin/bundle/")
    add = page.get_by_role("link", name=guide.starting("Add %(model_name)s", model_name=guide.say("bundle"))).first
    add.click()
    page.wait_for_url("**/bundle/new/")
    guide.step(2)
    page.get_by_role("textbox", name=guide.label("name")).fill(name)
    guide.label("goes live")
    create = page.get_by_role("button", name=guide.label("Create"), exact=True)
    guide.picture(page, page.locator("#main"), press=create, window=700)
    press(page, create)
    bundle = page.url
    guide.step(3)
    open_department(guide, page, "Sénologie")
    number = page.get_by_role("region", name=guide.say("Contact lines")).locator("a[href*='/contactline/']").first
    number.click()
    page.wait_for_url("**/contactline/*/")
    later = page.get_by_role("link", name=guide.label("Change it later, with a bundle"))
    later.click()
    page.wait_for_url("**/plan/")
    guide.step(4)
    page.get_by_role("textbox", name=guide.say("telephone number")).fill("01 99 00 12 78")
    page.locator("select[name=bundle]").select_option(name)
    wait = page.get_by_role("button", name=guide.label("Let the change wait in the bundle"))
    guide.picture(page, page.locator("#main"), press=wait)
    press(page, wait)
    assert page.url == bundle
    guide.step(5)
    send = page.get_by_role("button", name=guide.label("Submit for approval"))
    guide.picture(page, page.locator("#main"), press=send, height=600)
    press(page, send)
    assert "01 99 00 12 78" not in read(visitor, path)
    guide.step(6)
    moderator = guide.enter("claude")
    menu(moderator, guide.say("Bundles")).click()
    moderator.get_by_role("link", name=name).first.click()
    moderator.wait_for_url("**/inspect/*/")
    press(moderator, moderator.get_by_role("button", name=guide.label("Approve all of it")))
    guide.step(7)
    publish = moderator.get_by_role("button", name=guide.label("Publish all of it now"))
    guide.picture(moderator, moderator.locator("#main"), press=publish, height=620)
    press(moderator, publish)
    assert "01 99 00 12 78" in read(visitor, path)


def picture(guide: Guide, visitor: Page) -> None:
    title = {"fr": "Les collines au matin", "en": "The hills in the morning"}[guide.language]
    described = {"fr": "Des collines en papier découpé, au lever du soleil.", "en": "Hills of cut paper at sunrise."}
    page = guide.enter("camille")
    guide.step(1)
    menu(page, guide.label("Images")).click()
    page.wait_for_url("**/admin/images/")
    page.get_by_role("link", name=guide.label("Add an image")).first.click()
    page.wait_for_url("**/images/multiple/add/")
    expect(page.get_by_text(guide.label("Or choose from your computer"))).to_be_visible()
    file = BytesIO()
    draw("hills", 7, "petrol", (800, 500)).save(file, "JPEG", quality=85)
    page.locator("input[type=file]").first.set_input_files(
        {"name": "collines.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    guide.step(2)
    page.get_by_role("textbox", name=guide.label("Title")).fill(title)
    guide.label("description for those who cannot see it")
    for language, words in described.items():
        page.get_by_role("textbox", name={"fr": "Français", "en": "English"}[language]).fill(words)
    page.get_by_role("textbox", name=guide.label("credit")).fill("Portail hospitalier")
    page.get_by_role("textbox", name=guide.label("licence")).fill("BSD-3-Clause")
    for words in ("Yes", "may be shown until", "where the signed consent is kept"):
        guide.label(words)
    question = page.get_by_role("combobox", name=guide.label("does it show people who can be recognised?"))
    question.select_option(label=guide.label("No"))
    update = page.get_by_role("button", name=guide.label("Update"), exact=True)
    guide.picture(page, page.locator("#main"), press=update, window=1250)
    update.click()
    expect(update).to_have_count(0)
    page.goto("/admin/images/")
    guide.step(3)
    page.get_by_role("link", name=title).first.click()
    page.wait_for_url(re.compile(r"/images/\d+/"))
    guide.label("Focal point")
    shown = page.locator(".focal-point-chooser .jcrop-holder")
    expect(shown).to_be_visible()
    box = shown.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.65, steps=4)
    page.mouse.up()
    guide.picture(page, page.locator(".focal-point-chooser").locator(".."), height=470)
    press(page, page.get_by_role("button", name=guide.label("Save"), exact=True))

    guide.step(4)
    open_department(guide, page, "Oncologie pédiatrique")
    stream = page.get_by_role("region", name=guide.label("more"), exact=True)
    stream.get_by_role("button", name=guide.label("Insert a block")).last.click()
    page.get_by_role("option", name=guide.label("Picture"), exact=True).click()
    guide.step(5)
    stream.get_by_role("button", name=guide.label("Choose an image")).last.click()
    page.get_by_role("dialog").get_by_role("link", name=title).first.click()
    guide.step(6)
    words = stream.get_by_role("textbox", name=guide.label("Alt text")).last
    expect(words).not_to_have_value("")
    words.fill(described["fr"])  # the page is French, whatever language the admin speaks
    guide.label("Image is decorative")
    guide.picture(page, stream, press=words)
    guide.step(7)
    submit(guide, page)
    approve(guide, "Oncologie pédiatrique", step=False)
    visitor.goto(f"{INSTITUTE['fr']}oncologie-pediatrique/")
    expect(visitor.get_by_role("img", name=described["fr"])).to_be_visible()


def new_page(guide: Guide, visitor: Page) -> None:
    page = guide.enter("camille")
    guide.step(1)
    menu(page, guide.label("People")).click()
    page.wait_for_url("**/admin/people/")
    person = guide.say("person")
    page.get_by_role("link", name=guide.starting("Add %(model_name)s", model_name=person)).first.click()
    page.wait_for_url("**/choose_parent/**")
    guide.step(2)
    page.get_by_role("button", name=guide.starting("Choose a page")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill("Hôpital de démonstration")
    institute = dialog.get_by_role("link", name=THE_INSTITUTE).first
    institute.click()
    create = page.get_by_role("button", name=guide.label("Create a new %(model_name)s", model_name=person))
    expect(page.locator("#main").get_by_text(THE_INSTITUTE).first).to_be_visible()
    guide.picture(page, page.locator("#main"), press=create, window=420)
    create.click()
    page.wait_for_url("**/pages/add/**")
    guide.step(3)
    page.get_by_role("textbox", name=guide.label("title")).first.fill("Dominique Exemple")
    page.get_by_role("textbox", name=guide.label("summary")).fill("Responsable du secrétariat.")
    guide.label("portrait")
    guide.label("biography")
    guide.picture(page, page.locator("#main"), height=700)
    guide.step(4)
    submit(guide, page)
    guide.step(5)
    open_department(guide, page, "Urologie")
    posts = page.get_by_role("region", name=guide.label("roles"), exact=True)
    guide.picture(page, posts)
    guide.step(6)
    moderator = guide.enter("claude")
    menu(moderator, guide.say("Departments")).click()
    find(guide, moderator, "Urologie").click()
    moderator.wait_for_url("**/edit/")
    moderator.get_by_role("button", name=guide.label("Actions"), exact=True).first.click()
    moderator.get_by_role("link", name=guide.label("Move"), exact=True).first.click()
    moderator.wait_for_url("**/move/**")
    guide.label("New parent page")
    expect(moderator.get_by_text(guide.say("New parent page")).first).to_be_visible()


def translation(guide: Guide, visitor: Page) -> None:
    _change_the_source(guide, "Imagerie médicale", "Scanner, IRM, échographie : sur rendez-vous.")
    english = "Scans: by appointment."
    page = guide.enter("alix")
    guide.step(1)
    entry = open_submenu(page, guide.label("Reports"), guide.label("Translations"))
    guide.picture(page, page.locator("body"), press=entry, height=640)
    entry.click()
    page.wait_for_url("**/reports/translations/")
    guide.step(2)
    row = page.get_by_role("row").filter(has_text="Imagerie médicale").first
    beside = row.get_by_role("link", name=guide.label("Side by side"))
    guide.picture(page, row, press=beside.first)
    beside.first.click()
    page.wait_for_url("**/side-by-side/*/")
    guide.step(3)
    panel = page.locator(".beside-source").filter(has=page.locator("#id_summary"))
    expect(panel.locator(".beside-source__source")).to_contain_text("sur rendez-vous")
    page.locator("#id_summary").fill(english)
    guide.picture(page, panel)
    guide.step(4)
    page.locator("#follows-source").check()
    guide.label("This translation says what the source of %(day)s says. Holds once it is published.", day="")
    guide.picture(page, page.locator(".translation-note"), press=page.locator(".follows-source"))
    guide.step(5)
    submit(guide, page)
    title = "Medical Imaging"
    approve(guide, title, step=False)
    assert english in read(visitor, f"{INSTITUTE['en']}medical-imaging/")


def _change_the_source(guide: Guide, title: str, summary: str) -> None:
    """A text in the source language becomes public with other words."""
    writer = guide.enter("camille")
    writer.goto("/admin/departments/")
    find(guide, writer, title).click()
    writer.wait_for_url("**/edit/")
    writer.locator("#id_summary").fill(summary)
    writer.locator("footer").get_by_role("button", name=guide.say("More actions")).click()
    press(writer, writer.locator("footer button[name=action-submit]"))
    approve(guide, title, step=False)


def keep_true(guide: Guide, visitor: Page) -> None:
    page = guide.enter("camille")
    guide.step(1)
    guide.picture(page, page.locator("#main"), height=640)
    guide.step(2)
    entry = open_submenu(page, guide.label("Reports"), guide.label("Pages to review"))
    entry.click()
    page.wait_for_url("**/pages-to-review/**")
    page.goto("/admin/reports/pages-to-review/?due=all")
    row = page.get_by_role("row").filter(has_text=THE_INSTITUTE).filter(has_text="Radiothérapie").first
    care = row.get_by_role("link", name=guide.label("Owner and date")).first
    guide.picture(page, row, press=care)
    care.click()
    page.wait_for_url("**/care/**")
    guide.step(3)
    right = page.get_by_role("button", name=guide.label("Still right"), exact=True)
    guide.picture(page, page.locator("#main"), press=right)
    guide.step(4)
    page.get_by_label(guide.label("Owner")).select_option(label="Camille Rivière (camille)")
    guide.label("to be reviewed by")
    press(page, page.get_by_role("button", name=guide.label("Save"), exact=True))
    guide.step(5)
    entry = open_submenu(page, guide.say("Reports"), guide.label("Content checks"))
    entry.click()
    page.wait_for_url("**/content-checks/")


def call_list(guide: Guide, visitor: Page) -> None:
    address = f"{INSTITUTE['fr']}radiotherapie/"
    visitor.goto(address)
    visitor.locator(".wrong-number button").first.click()
    visitor.wait_for_url("**/?taken")
    page = guide.enter("sacha")
    guide.step(1)
    entry = open_submenu(page, guide.label("Directory"), guide.label("Call list"))
    guide.picture(page, page.locator("body"), press=entry, height=420)
    entry.click()
    page.wait_for_url("**/lines/calls/")
    guide.step(2)
    progress = page.locator("#progress")
    done = int(progress.get_attribute("value"))
    confirm = page.get_by_role("button", name=guide.label("Confirm: it is right"))
    guide.picture(page, page.locator("#main"), press=confirm)
    confirm.click()
    expect(progress).to_have_attribute("value", str(done + 1))
    guide.step(3)
    for name in ("No answer", "Skip"):
        line = page.locator("input[name=line]").first.input_value()
        page.get_by_role("button", name=guide.label(name)).click()
        expect(page.locator("input[name=line]").first).not_to_have_value(line)
    guide.step(4)
    page.get_by_role("textbox", name=guide.label("New number")).fill("01 99 00 98 71")
    called = page.get_by_label(guide.label("I have called the new number: it is right"))
    called.check()
    change = page.get_by_role("button", name=guide.label("Change the number"))
    guide.picture(page, page.locator(".call-list__change"), press=change)
    change.click()
    expect(page.get_by_text(re.compile("01.99.00.98.71|1.99.00.98.71")).first).to_be_visible()
    guide.step(5)
    open_submenu(page, guide.label("Directory"), guide.label("Reported numbers")).click()
    page.wait_for_url("**/lines/reports/")
    page.get_by_role("row").filter(has_text="Radiothérapie").get_by_role("link").first.click()
    page.wait_for_url("**/lines/reports/*/")
    guide.picture(page, page.locator("#main"))
    guide.step(6)
    page.get_by_label(guide.label("The number is right")).check()
    page.get_by_label(guide.label("Reason")).fill(
        {"fr": "Appelé : le secrétariat répond.", "en": "Called: they answer."}[guide.language]
    )
    press(page, page.get_by_role("button", name=guide.label("Close the report"), exact=True))
    assert page.get_by_role("main").get_by_text("Radiothérapie").count() == 0


def notice(guide: Guide, visitor: Page) -> None:
    page = guide.enter("claude")
    guide.step(1)
    menu(page, guide.label("Notices")).click()
    page.wait_for_url("**/portal/notice/")
    page.get_by_role("link", name=guide.starting("Add %(model_name)s", model_name=guide.say("notice"))).first.click()
    page.wait_for_url("**/notice/add/")
    guide.step(2)
    guide.label("text")
    page.get_by_role("textbox", name="Français").fill("Le standard est en panne : appelez directement les services.")
    page.get_by_role("textbox", name="English").fill("The switchboard is down: please call the departments.")
    guide.step(3)
    end = page.get_by_role("textbox", name=guide.label("until"))
    end.fill((timezone.localtime() + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M"))
    end.press("Tab")
    guide.label("urgent")
    guide.step(4)
    save = page.locator("footer").get_by_role("button", name=guide.label("Save"), exact=True)
    guide.picture(page, page.locator("#main"), press=save)
    press(page, save)
    visitor.goto("/fr/contact/")
    expect(visitor.locator(".notice")).to_contain_text("Le standard est en panne")
    visitor.goto(f"/{guide.language}/contact/")
    guide.picture(visitor, visitor.locator("body"), height=330)
    guide.step(5)
    page.get_by_role("link", name=re.compile("Le standard est en panne|The switchboard is down")).first.click()
    page.wait_for_url("**/notice/edit/*/")
    page.goto(page.url.replace("/edit/", "/delete/"))
    guide.label("Delete")
    press(page, page.get_by_role("button", name=guide.label("Yes, delete")))
    visitor.goto("/fr/contact/")
    assert visitor.locator(".notice").count() == 0


JOURNEYS: dict[str, Journey] = {
    "sign-in": sign_in,
    "telephone-number": telephone_number,
    "text": text,
    "together": together,
    "picture": picture,
    "new-page": new_page,
    "translation": translation,
    "keep-true": keep_true,
    "call-list": call_list,
    "notice": notice,
}

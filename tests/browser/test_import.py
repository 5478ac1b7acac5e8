"""An editor imports a file: columns, plan, apply, and takes it back. The admin speaks French."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.axe import screen_passes_axe

PATH = "/fr/hopital-de-demonstration/dermatologie/"


def numbers(visitor: Page, path: str) -> list[str]:
    visitor.goto(path)
    return [re.sub(r"\s+", " ", text).strip() for text in visitor.locator("main .sign a.number").all_inner_texts()]


def test_an_editor_imports_a_file_by_its_plan_and_undoes_it(log_in, visitor, tmp_path: Path):
    page = log_in("browser-editor")
    page.goto("/admin/departments/?q=Dermatologie")
    rows = page.get_by_role("row").filter(has_text="Hôpital de démonstration")
    rows.get_by_role("link", name="Dermatologie", exact=True).first.click()
    page.wait_for_url("**/edit/")
    visitor.goto(PATH)
    before = numbers(visitor, PATH)
    file = tmp_path / "lignes.csv"
    file.write_bytes(
        "Institut;Service;Libellé;Objet;Numero de tel.\n"
        "Hôpital de démonstration (fictif);Dermatologie;Guichet des essais;Autre;01 99 00 88 01 poste 12\n"
        "Hôpital de démonstration (fictif);Dermatologie;Deux numéros;Autre;01 99 00 88 02 / 03\n".encode("cp1252")
    )
    page.goto("/admin/directory-imports/")
    screen_passes_axe(page)
    page.locator("input[type=file]").set_input_files(file)
    page.locator("input[type=file]").locator("xpath=ancestor::form").locator("button[type=submit]").click()
    page.wait_for_url("**/columns/")
    screen_passes_axe(page)
    expect(page.get_by_label("Numero de tel.")).to_have_value("number")
    page.get_by_label("Libellé").select_option("label_fr")
    page.locator("main form").first.locator("button[type=submit]").click()
    page.wait_for_url(re.compile(r"directory-imports/\d+/$"))
    screen_passes_axe(page)
    expect(page.get_by_role("cell", name=re.compile("Guichet des essais"))).to_be_visible()
    assert numbers(visitor, PATH) == before  # nothing is written yet
    page.locator("a[href*='show=refused']").click()
    expect(page.get_by_text(re.compile(r"01 99 00 88 02 \| 01 99 00 88 03"))).to_be_visible()
    with page.expect_download() as download:
        page.locator("a[href$='/refused/']").click()
    assert "Deux numéros" in Path(download.value.path()).read_text("utf-8-sig")
    page.locator("form[action$='/apply/'] button").press("Enter")
    page.wait_for_selector("form[action$='/undo/']")
    assert "01 99 00 88 01" in numbers(visitor, PATH)
    page.locator("form[action$='/undo/'] button").press("Enter")
    page.wait_for_selector("form[action$='/undo/']", state="detached")
    assert numbers(visitor, PATH) == before

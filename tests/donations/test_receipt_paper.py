"""The paper of receipts: accessible, made to be kept, the same bytes each time, whatever the donor is called."""

import io
import threading

import pikepdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from donations.receipt_paper import print_both, print_receipt, printable

SECOND = 1_764_000_000


def words(name="Camille Exemple", **more):
    return {
        "title": "Reçu de test",
        "subtitle": "Article 200",
        "form": "11580*05",
        "number": "TEST-2026-000001",
        "issuer": "Fondation fictive",
        "language": "fr",
        "region": "FR",
        "mark": "",
        "mark_note": "",
        "notices": [],
        "parts": [
            {
                "heading": "Donateur",
                "entries": [
                    {"kind": "fact", "label": "Nom", "lines": [name]},
                    {"kind": "amount", "figures": "***150,00*** €", "words": "cent cinquante euros"},
                    {"kind": "ticked", "text": "200 du CGI"},
                    {"kind": "text", "text": "Texte"},
                    {"kind": "table", "header": ["Date", "Mode", "Montant"], "rows": [["1", "2", "3"]] * 12},
                ],
            }
        ],
        "issued": "22 novembre 2026",
        "signatory": "Dominique Exemple",
        "signatory_quality": "Trésorerie",
        "footnotes": [],
        "words": {"number": "Numéro", "signature": "Date et signature", "issued": "Établi le"},
    } | more


def tags(node, found):
    """The kinds of all structure elements below one."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            tags(child, found)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        found.append(str(node.S))
        if "/K" in node:
            tags(node.K, found)
    return found


def test_the_paper_is_tagged_titled_in_its_language_with_its_fonts_and_says_what_it_is():
    with pikepdf.open(io.BytesIO(print_receipt(words(), SECOND))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "fr-FR"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        found = tags(pdf.Root.StructTreeRoot.K, [])
        assert {"/Document", "/H1", "/H2", "/P", "/Table", "/TH", "/TD"} <= set(found)
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["dc:title"] == "Reçu de test – TEST-2026-000001"
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())
            assert "/ToUnicode" in font
        assert "/JavaScript" not in str(pdf.Root.keys()) and "/AA" not in pdf.Root and "/OpenAction" not in pdf.Root


def test_the_same_words_make_the_same_bytes():
    first = print_receipt(words(), SECOND)
    print_receipt(words("Somebody Else"), SECOND + 1)
    assert print_receipt(words(), SECOND) == first
    assert print_receipt(words(), SECOND + 1) != first


@settings(max_examples=30)
@given(st.text(max_size=200))
@example("张伟")
@example("محمد علي")
@example("שרה לוי")
@example("Zoë 🫠 👩‍👩‍👧‍👦")
@example("#panic() $x$ <b> \\ [ ] {{ 7*7 }} %s")
@example("\u202eevil\u0000\ufffe")
@example("x" * 3000)
@example("e\u0301\u0323\u0330\u20dd")
@example("")
def test_any_name_can_be_printed(name):
    assert print_receipt(words(name), SECOND).startswith(b"%PDF")


def test_what_cannot_be_drawn_shows_that_it_was_written_otherwise():
    assert printable("Müller-Ångström Nguyễn Łukasz") == "Müller-Ångström Nguyễn Łukasz"
    assert printable("محمد علي") == "محمد علي"
    assert printable("张伟 Zhang") == "⟨ZhangWei⟩ Zhang"
    assert printable("Zoë 🫠") == "Zoë □"
    assert printable("a\u200b\u202eb") == "ab"
    assert printable("one\nline") == "one line"


def test_eight_threads_print_at_once():
    made, errors = [], []

    def work():
        try:
            made.extend(print_receipt(words(), SECOND) for _time in range(3))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(made) == 24
    assert len(set(made)) == 1


def test_original_and_copy_are_what_each_is_alone():
    original, copy = words(), words(mark="DUPLICATA", mark_note="Exemplaire")
    assert print_both(original, copy, SECOND) == (print_receipt(original, SECOND), print_receipt(copy, SECOND))


def test_a_part_of_an_unknown_shape_is_an_error_and_no_paper():
    with pytest.raises(RuntimeError):
        print_receipt(words(parts=[{"heading": "x", "entries": [{"kind": "fact"}]}]), SECOND)

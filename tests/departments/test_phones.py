"""A telephone number as a value: what is read, what is refused and why, and how a number is shown."""

import os
import re
import time

import phonenumbers
import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from departments.phones import Kind, PhoneNumber, PhoneNumberError, Reason, parse

unhurried = hypothesis_settings(max_examples=150)

NEURO_ONCOLOGY = PhoneNumber("+33142160643")
UROLOGY = PhoneNumber("+33142177150")


@pytest.fixture(autouse=True, scope="module")
def readable_messages():
    """Messages can be read without a Django project too."""
    if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        settings.configure(USE_I18N=False)


def unbroken(text: str) -> str:
    """The text with no-break spaces for its plain ones."""
    return text.replace(" ", "\u00a0")


def refusal(text: str, region: str = "FR") -> PhoneNumberError:
    with pytest.raises(PhoneNumberError) as caught:
        parse(text, region)
    return caught.value


# --- What is read


@pytest.mark.parametrize(
    "text",
    [
        "+33 (0)1 42 16 06 43",
        "01 42 16 06 43",
        "01.42.16.06.43",
        "0142160643",
        "0033 1 42 16 06 43",
        "+33(0)142160643",
        "+330142160643",
        "(0)1 42 16 06 43",
        # The same, as other keyboards, spreadsheets and web pages give it.
        "+33 1 42 16 06 43",
        "(+33) 1 42 16 06 43",
        "00 33 (0)1 42 16 06 43",
        "01-42-16-06-43",
        "01 - 42 - 16 - 06 - 43",
        "01/42/16/06/43",
        "01,42,16,06,43",
        "tel:+33142160643",
        "Tél. : 01 42 16 06 43",
        "  01 42 16 06 43\t\r\n",
        "01\u00a042\u00a016\u00a006\u00a043",
        "01\u202f42\u202f16\u202f06\u202f43",
        "01\u201142\u201116\u201106\u201143",
        "01\u221242\u221216\u221206\u221243",
        "０１　４２　１６　０６　４３",
        "\uff0b33 1 42 16 06 43",
        "٠١٤٢١٦٠٦٤٣",
        "\u200b01\u200d42\ufeff16\u00ad06\u206043",
        "\u202a01 42 16 06 43\u202c",
        "01\x0042\x0116\x7f06\x8543",
    ],
)
def test_every_way_to_write_a_number_of_paris_gives_the_same_value(text):
    assert parse(text) == NEURO_ONCOLOGY


@pytest.mark.parametrize(
    "text",
    [
        "01 42 17 71 50 poste 1234",
        "01 42 17 71 50 p. 1234",
        "01 42 17 71 50 ext. 1234",
        "01 42 17 71 50 #1234",
        "01 42 17 71 50, poste 1234",
        "01 42 17 71 50 (Poste : 1234)",
        "01 42 17 71 50 / poste 1234",
        "01 42 17 71 50 extension 1234",
        "0142177150x1234",
        "0142177150p1234",
        "+33 (0)1 42 17 71 50 EXT 1234",
        "tel:+33-1-42-17-71-50;ext=1234",
        "01\u00a042\u00a017\u00a071\u00a050\u00a0poste\u202f1234",
    ],
)
def test_an_extension_is_kept_apart_from_the_number(text):
    assert parse(text) == PhoneNumber("+33142177150", "1234")


def test_an_extension_keeps_its_leading_zeros():
    assert parse("01 42 17 71 50 poste 0012").extension == "0012"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15", "15"),
        ("17", "17"),
        ("18", "18"),
        ("112", "112"),
        ("114", "114"),
        ("115", "115"),
        ("3115", "3115"),
        ("31 15", "3115"),
        ("39 89", "3989"),
        ("39.89", "3989"),
        ("116 117", "116117"),
        ("0 800 12 34 56", "0800123456"),
        ("0800 123 456", "0800123456"),
        ("+33 800 12 34 56", "0800123456"),
        ("0 825 12 34 56", "0825123456"),
        ("0590 29 00 00", "+590590290000"),
        ("05 90 29 00 00", "+590590290000"),
        ("+590 (0)590 29 00 00", "+590590290000"),
        ("00590590290000", "+590590290000"),
        ("0596 55 20 00", "+596596552000"),
        ("0594 39 50 50", "+594594395050"),
        ("0262 90 00 00", "+262262900000"),
        ("0269 61 00 00", "+262269610000"),
        ("0508 41 00 00", "+508410000"),
        ("+508 41 00 00", "+508410000"),
        ("0708 41 23 45", "+508708412345"),
        ("0976 01 23 45", "+590976012345"),
        ("06 39 98 12 34", "+33639981234"),
        ("01 99 00 12 34", "+33199001234"),
        ("+44 (0)20 7946 0123", "+442079460123"),
        ("0044 20 7946 0123", "+442079460123"),
        ("+32 (0)2 234 56 78", "+3222345678"),
        ("+39 06 1234 5678", "+390612345678"),
        ("+1 (212) 555-0123", "+12125550123"),
    ],
)
def test_each_sort_of_number_is_kept_in_its_own_form(text, number):
    assert parse(text) == PhoneNumber(number)


def test_a_number_without_country_code_belongs_to_the_given_region():
    assert parse("020 7946 0123", region="GB") == PhoneNumber("+442079460123")
    assert parse("+33 (0)1 42 16 06 43", region="GB") == NEURO_ONCOLOGY
    assert parse("01 42 16 06 43", region="RE") == NEURO_ONCOLOGY


def test_a_foreign_short_number_is_not_mistaken_for_a_french_one():
    assert refusal("15", region="GB").reason is not None
    assert refusal("911").reason == Reason.TOO_SHORT


# --- What is refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ext. 53613", Reason.EXTENSION),
        ("poste 1234", Reason.EXTENSION),
        ("#1234", Reason.EXTENSION),
        ("15 poste 3", Reason.EXTENSION),
        ("contact@example.org", Reason.EMAIL),
        ("contact＠example.org", Reason.EMAIL),
        ("press 2", Reason.INSTRUCTIONS),
        ("tapez 2", Reason.INSTRUCTIONS),
        ("855-864-0516press2thenpress5", Reason.INSTRUCTIONS),
        ("01 42 16 06", Reason.TOO_SHORT),
        ("+33 1 42 16", Reason.TOO_SHORT),
        ("7", Reason.TOO_SHORT),
        ("36", Reason.TOO_SHORT),
        ("999", Reason.TOO_SHORT),
        ("1 5", Reason.TOO_SHORT),
        ("+44 20 79", Reason.TOO_SHORT),
        ("00 00 00 00 00", Reason.INVALID),
        ("07 00 12 34 56", Reason.INVALID),
        ("0841 12 34 56", Reason.INVALID),
        ("+999 12 34 56 78", Reason.INVALID),
        ("+590 1 42 16 06 43", Reason.INVALID),
        ("01 42 16 06 43 2", Reason.TOO_LONG),
        ("+33 1 42 16 06 43 22", Reason.TOO_LONG),
        ("0142160643" * 20, Reason.TOO_LONG),
        ("FLOWERS", Reason.LETTERS),
        ("1-800-FLOWERS", Reason.LETTERS),
        ("01 42 16 06 xx", Reason.LETTERS),
        ("tel:Lab: 555", Reason.LETTERS),
        ("509-525=5200", Reason.SYMBOLS),
        ("*31", Reason.SYMBOLS),
        ("01 42+16 06 43 =", Reason.SYMBOLS),
        ("", Reason.EMPTY),
        (" \u00a0\u200b\n", Reason.EMPTY),
        ("-", Reason.EMPTY),
        ("+", Reason.EMPTY),
        ("01 42 17 71 50 / 51", Reason.SEVERAL),
    ],
)
def test_what_is_not_one_number_is_refused_for_its_own_reason(text, reason):
    assert refusal(text).reason == reason


@pytest.mark.parametrize(
    ("text", "proposals"),
    [
        ("01 42 17 71 50 / 51", ("01 42 17 71 50", "01 42 17 71 51")),
        ("01 42 17 71 50/51", ("01 42 17 71 50", "01 42 17 71 51")),
        ("01 42 17 71 50-51", ("01 42 17 71 50", "01 42 17 71 51")),
        ("01 42 17 71 50 / 51 / 52", ("01 42 17 71 50", "01 42 17 71 51", "01 42 17 71 52")),
        ("01 42 16 00 00 - 01 42 17 60 60", ("01 42 16 00 00", "01 42 17 60 60")),
        ("01 42 16 00 00 – 01 42 17 60 60", ("01 42 16 00 00", "01 42 17 60 60")),
        ("01 42 16 00 00-01 42 17 60 60", ("01 42 16 00 00", "01 42 17 60 60")),
        ("01 42 16 00 00 ou 01 42 17 60 60", ("01 42 16 00 00", "01 42 17 60 60")),
        ("01 42 16 00 00 or 01 42 17 60 60", ("01 42 16 00 00", "01 42 17 60 60")),
        ("01 42 16 00 00 / 42 17 60 60", ("01 42 16 00 00", "01 42 17 60 60")),
        ("01 42 16 00 00\n01 42 17 60 60", ("0142160000", "0142176060")),
        ("+33142160000 +33142176060", ("+33142160000", "+33142176060")),
        ("+33 (0) 1 45 07 78 71 / 72 66", ("+33 (0) 1 45 07 78 71", "+33 (0) 1 45 07 72 66")),
        ("01 42 17 71 50 poste 12 / 13", ("01 42 17 71 50 poste 12", "01 42 17 71 50 poste 13")),
        ("+44 20 7946 0123 / 0124", ("+44 20 7946 0123", "+44 20 7946 0124")),
        ("15 / 112", ("15", "112")),
        # "15" may be the last digits or the emergency service: a person has to choose.
        ("01 42 17 71 14 / 15", ("01 42 17 71 14", "01 42 17 71 15", "15")),
    ],
)
def test_several_numbers_are_refused_and_offered_one_by_one(text, proposals):
    error = refusal(text)

    assert error.reason == Reason.SEVERAL
    assert error.proposals == proposals


@pytest.mark.parametrize(
    ("text", "reason", "proposal"),
    [
        ("Secrétariat 01 42 16 06 43", Reason.LETTERS, "01 42 16 06 43"),
        ("☎ 01 42 16 06 43", Reason.SYMBOLS, "01 42 16 06 43"),
        ("01 42 16 06 43 tapez 2 puis 5", Reason.INSTRUCTIONS, "01 42 16 06 43"),
        ("142160643", Reason.TOO_SHORT, "01 42 16 06 43"),  # the spreadsheet ate the zero
        ("33142160643", Reason.TOO_LONG, "01 42 16 06 43"),  # or the plus
        ("+33 590 29 00 00", Reason.INVALID, "0590 29 00 00"),
    ],
)
def test_the_number_that_was_probably_meant_is_offered_not_assumed(text, reason, proposal):
    error = refusal(text)

    assert error.reason == reason
    assert error.proposals == (proposal,)


def test_every_reason_has_its_own_message():
    messages = {str(PhoneNumberError(reason)) for reason in Reason}

    assert len(messages) == len(Reason)
    assert all(messages)


@pytest.mark.parametrize(
    "text", ["1/" * 75, "0142160643/" * 13, "#" * 150, " ,;(" * 37, "p " * 75, "\ufdfa" * 150, "9" * 10**6]
)
def test_a_hostile_text_is_judged_in_an_instant(text):
    started = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - started < 1  # second; a regular expression gone wild takes many


# --- How a number is shown


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [
        ("+33142160643", "01 42 16 06 43", "+33 (0)1 42 16 06 43"),
        ("+33639981234", "06 39 98 12 34", "+33 (0)6 39 98 12 34"),
        ("+590590290000", "0590 29 00 00", "+590 (0)590 29 00 00"),
        ("+262262900000", "0262 90 00 00", "+262 (0)262 90 00 00"),
        ("+508410000", "+508 41 00 00", "+508 41 00 00"),
        ("0800123456", "0 800 12 34 56", "0 800 12 34 56"),
        ("0825123456", "0 825 12 34 56", "0 825 12 34 56"),
        ("15", "15", "15"),
        ("112", "112", "112"),
        ("3115", "3115", "3115"),
        ("3989", "39 89", "39 89"),
        ("116117", "116 117", "116 117"),
        ("+442079460123", "+44 20 7946 0123", "+44 20 7946 0123"),
        ("+12125550123", "+1 212 555 0123", "+1 212 555 0123"),
        ("+687266666", "+687 26 66 66", "+687 26 66 66"),
    ],
)
def test_each_reader_sees_the_form_that_they_can_dial(number, french, english):
    assert PhoneNumber(number).display("fr") == unbroken(french)
    assert PhoneNumber(number).display("en") == unbroken(english)


def test_regional_variants_of_french_are_french():
    assert PhoneNumber("+33142160643", "12").display("fr-ca") == unbroken("01 42 16 06 43")
    assert NEURO_ONCOLOGY.display("fy") == unbroken("+33 (0)1 42 16 06 43")  # Frisian is not French


@pytest.mark.parametrize(
    ("number", "href"),
    [
        (PhoneNumber("+33142177150", "1234"), "tel:+33142177150"),
        (PhoneNumber("15"), "tel:15"),
        (PhoneNumber("3989"), "tel:3989"),
        (PhoneNumber("0800123456"), "tel:0800123456"),
        (PhoneNumber("+590590290000"), "tel:+590590290000"),
    ],
)
def test_a_link_dials_the_number_alone(number, href):
    assert number.href == href


@pytest.mark.parametrize(
    ("number", "kind", "costs", "from_abroad"),
    [
        ("15", Kind.EMERGENCY, False, False),
        ("17", Kind.EMERGENCY, False, False),
        ("18", Kind.EMERGENCY, False, False),
        ("112", Kind.EMERGENCY, False, False),
        ("114", Kind.EMERGENCY, False, False),
        ("115", Kind.SHORT, True, False),
        ("3115", Kind.SHORT, True, False),
        ("3989", Kind.SHORT, False, False),
        ("0800123456", Kind.FREEPHONE, True, False),
        ("0806123456", Kind.ORDINARY_RATE, True, False),
        ("0825123456", Kind.SHARED_COST, True, False),
        ("0890123456", Kind.PREMIUM_RATE, True, False),
        ("+33142160643", Kind.LANDLINE, False, True),
        ("+33639981234", Kind.MOBILE, False, True),
        ("+590690301234", Kind.MOBILE, False, True),
        ("+442079460123", Kind.LANDLINE, False, True),
        ("+12125550123", Kind.OTHER, False, True),
    ],
)
def test_the_number_tells_its_kind_whether_it_has_a_cost_note_and_whether_one_can_call_from_abroad(
    number, kind, costs, from_abroad
):
    value = PhoneNumber(number)

    assert value.kind == kind
    assert value.is_emergency == (kind == Kind.EMERGENCY)
    assert bool(value.cost_note) == costs
    assert value.reachable_from_abroad == from_abroad


def test_a_free_number_and_a_shared_cost_number_carry_different_notes():
    notes = {str(PhoneNumber(number).cost_note) for number in ("0800123456", "0806123456", "0825123456")}

    assert len(notes) == 3
    assert str(PhoneNumber("3115").cost_note) == str(PhoneNumber("0800123456").cost_note)


# --- How a number is found


@pytest.mark.parametrize(
    "typed",
    ["0142160643", "01.42.16.06.43", "1606 43", "+33 1 42 16 06", "+33 (0)1 42 16", "0033 1 42"],
)
def test_what_a_person_types_is_part_of_a_search_form(typed):
    digits = re.sub(r"\D", "", typed)

    assert any(digits in form for form in NEURO_ONCOLOGY.search_forms())


def test_search_forms_are_national_and_international_digits():
    assert NEURO_ONCOLOGY.digits == "0142160643"
    assert {"0142160643", "33142160643"} <= NEURO_ONCOLOGY.search_forms()
    assert PhoneNumber("+590590290000").digits == "0590290000"
    assert PhoneNumber("+508410000").digits == "0508410000"
    assert PhoneNumber("+442079460123").digits == "02079460123"
    assert PhoneNumber("0800123456").digits == "0800123456"
    assert PhoneNumber("3989").digits == "3989"
    assert PhoneNumber("15").search_forms() == {"15"}


def test_another_number_is_not_found():
    assert not any("42177150" in form for form in NEURO_ONCOLOGY.search_forms())


# --- The value itself


def test_numbers_are_values_that_compare_sort_and_cannot_be_changed():
    assert len({parse("01 42 16 06 43"), parse("+33142160643"), UROLOGY}) == 2
    assert sorted([UROLOGY, NEURO_ONCOLOGY]) == [NEURO_ONCOLOGY, UROLOGY]
    assert min(PhoneNumber(UROLOGY.number, "12"), UROLOGY) == UROLOGY
    with pytest.raises(AttributeError):
        UROLOGY.number = "15"


@pytest.mark.parametrize(
    ("number", "extension"),
    [
        ("", ""),
        ("01 42", ""),
        ("tel:15", ""),
        ("+", ""),
        ("15\n", ""),
        ("٠١٤٢", ""),
        ("15", "a"),
        ("15", "1\n"),
    ],
)
def test_a_value_holds_nothing_but_digits(number, extension):
    with pytest.raises(ValueError, match="kept form"):
        PhoneNumber(number, extension)


# --- What holds for every text and every number

short_or_service = st.sampled_from(["15", "112", "3115", "3989", "116117", "0800123456", "0825123456"])
geographic = st.from_regex(r"\A0(?:19900|26191|35301|46571|53649|63998)[0-9]{4}\Z", fullmatch=True)
phone_like = st.text(alphabet="0123456789+()-./,;:# \u00a0\u202f\u2011\u200bpextouresi@", max_size=40)
EXAMPLES_OF_ALL_COUNTRIES = [
    phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
    )
    if (found := phonenumbers.example_number_for_type(region, kind))
]


def assert_sound(number: PhoneNumber) -> None:
    bare = PhoneNumber(number.number)
    assert re.fullmatch(r"tel:\+?[0-9]+", number.href)
    assert parse(str(number)) == number
    for language in ("fr", "en"):
        assert parse(number.display(language)) == bare
        assert re.fullmatch(r"[0-9+()\u00a0]+", number.display(language))
    assert number.digits in number.search_forms()
    assert all(form.isdecimal() for form in number.search_forms())
    assert number.kind in Kind


def assert_sound_or_refused(text: str) -> None:
    try:
        number = parse(text)
    except PhoneNumberError as error:
        assert str(error)
        for proposal in error.proposals:
            assert_sound(parse(proposal))
    else:
        assert_sound(number)


@unhurried
@given(st.text(max_size=200))
@example("\ud800")
@example("፩፪")
@example("01 42 16 06 43²")
def test_any_text_is_a_sound_number_or_a_refusal_whose_proposals_are_sound(text):
    assert_sound_or_refused(text)


@hypothesis_settings(unhurried, max_examples=500)
@given(phone_like)
def test_any_text_that_looks_like_a_number_is_a_sound_number_or_a_sound_refusal(text):
    assert_sound_or_refused(text)


separator = st.sampled_from(["", " ", ".", "-", "\u00a0", "\u202f", "\u2011", "/", " - ", "\u200b"])


@unhurried
@given(geographic, st.tuples(separator, separator, separator, separator))
def test_separators_never_change_a_french_number(national, separators):
    first, *others = re.findall("..", national)
    text = first + "".join(gap + pair for gap, pair in zip(separators, others, strict=True))

    assert parse(text) == PhoneNumber(f"+33{national[1:]}")


@unhurried
@given(geographic | short_or_service, st.from_regex(r"[0-9]{1,8}", fullmatch=True))
def test_any_french_number_is_read_back_as_it_is_shown(text, extension):
    assert_sound_or_refused(text)
    assert_sound_or_refused(f"{text} poste {extension}")


@pytest.mark.parametrize("number", EXAMPLES_OF_ALL_COUNTRIES)
def test_a_number_of_any_country_is_read_back_as_it_is_shown(number):
    assert_sound(parse(number))


@unhurried
@given(st.from_regex(r"\+?[0-9]{2,15}", fullmatch=True))
@example("+999123456")
def test_a_kept_number_that_is_no_longer_valid_can_still_be_shown_and_dialled(number):
    value = PhoneNumber(number)

    assert value.href == f"tel:{number}"
    for shown in (value.display("fr"), value.display("en")):
        assert re.sub(r"\D", "", shown)
    assert value.kind in Kind
    assert isinstance(value.reachable_from_abroad, bool)
    assert value.digits in value.search_forms()
    assert str(value.cost_note) is not None

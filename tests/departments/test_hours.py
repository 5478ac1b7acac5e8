"""Opening hours: read from what people write, and right over nights, holidays and the two changes of the clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from departments.entries import entries_for
from departments.hours import DAYS, HoursError, Kind, Schedule, SpecialDays, State, Week, read_hours, write_hours
from departments.hours_in_words import coming_exceptions, forecast, week_in_words
from departments.models import ContactLine, DepartmentPage, HoursException, OpeningHours
from departments.public_holidays import PublicHolidays
from departments.schedules import schedules_for
from portal import bootstrapping, fact_log
from tests import factories
from tests.reading import soup, text

PARIS = ZoneInfo("Europe/Paris")
FRANCE = PublicHolidays.at("FR", "75013")
OFFICE = Week.parse("Mo-Fr 09:00-17:00")


def moment(words: str) -> datetime:
    """A time on the clocks of Paris."""
    return datetime.fromisoformat(words).replace(tzinfo=PARIS)


def schedule(hours: str, **others) -> Schedule:
    return Schedule(PARIS, Week.parse(hours) if hours else None, **({"closed_on_holidays": False} | others))


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


# --- Reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Mo-Fr 09:00-12:30,13:30-17:00; Sa 09:00-12:00", "Mo-Fr 09:00-12:30,13:30-17:00; Sa 09:00-12:00"),
        ("lun-ven 9h-12h30, 13h30-17h", "Mo-Fr 09:00-12:30,13:30-17:00"),
        ("du lundi au vendredi de 9h à 12h30 et de 13 h 30 à 17 heures", "Mo-Fr 09:00-12:30,13:30-17:00"),
        ("Lundi, mercredi et vendredi : 8h30 – 18h", "Mo,We,Fr 08:30-18:00"),
        ("lun. au ven. 9h00 - 17h00", "Mo-Fr 09:00-17:00"),
        ("9h-17h du lundi au vendredi", "Mo-Fr 09:00-17:00"),
        ("lundi : fermé ; mardi : 9h-12h", "Tu 09:00-12:00"),
        ("lundi de 9h à midi", "Mo 09:00-12:00"),
        ("24h/24 7j/7", "Mo-Su 00:00-24:00"),
        ("7 j/7, 24 h/24", "Mo-Su 00:00-24:00"),
        ("24 heures sur 24, 7 jours sur 7", "Mo-Su 00:00-24:00"),
        ("24/7", "Mo-Su 00:00-24:00"),
        ("24 hours a day, 7 days a week", "Mo-Su 00:00-24:00"),
        ("Mon–Fri 9am–5pm", "Mo-Fr 09:00-17:00"),
        ("Monday to Friday, 8.30am to 6pm; Saturday closed", "Mo-Fr 08:30-18:00"),
        ("Mon-Fri 9-5pm", "Mo-Fr 09:00-17:00"),
        ("Mon 9 a.m. - noon and 2 p.m. - 6 p.m.", "Mo 09:00-12:00,14:00-18:00"),
        ("Monday 9-12\nTuesday 14-18", "Mo 09:00-12:00; Tu 14:00-18:00"),
        ("Mo 0900-1700", "Mo 09:00-17:00"),
        ("weekdays 8:00-18:00, weekend 10:00-12:00", "Mo-Fr 08:00-18:00; Sa-Su 10:00-12:00"),
        ("ven-lun 20h-8h", "Mo,Fr-Su 20:00-08:00"),
        ("tous les jours 20h-minuit", "Mo-Su 20:00-24:00"),
        ("Mo-Su 22:00-00:00", "Mo-Su 22:00-24:00"),
        ("lun 0h-24h", "Mo 00:00-24:00"),
        ("Mo 09:00-12:00; Tu 09:00-12:00; We 10:00-12:00", "Mo-Tu 09:00-12:00; We 10:00-12:00"),
    ],
)
def test_a_week_is_read_as_people_write_it_and_kept_in_one_notation(written, kept):
    assert str(Week.parse(written)) == kept


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "Write the hours, for example"),
        ("9h-17h", "Say on which days"),
        ("lundi", "Every day needs its hours: “lundi”"),
        ("Mo 09:00", "“09:00” is not complete"),
        ("Mon 9-5", "“9-5” may be read in two ways"),
        ("Mon 2-6", "“2-6” may be read in two ways"),
        ("Mon 9am-5", "“9am-5” may be read in two ways"),
        ("Mo 09:00-05:00", "“09:00-05:00” would last all night"),
        ("Mo 08:00-12:00,01:00-05:00", "“01:00-05:00” overlaps the hours before it, or comes before them"),
        ("Mo 09:00-12:00,11:00-17:00", "“11:00-17:00” overlaps"),
        ("Mo 12:00-12:00", "“12:00-12:00” begins and ends at the same time"),
        ("Mo 22:00-06:00; Tu 05:00-07:00", "Monday goes on past midnight"),
        ("Su 22:00-06:00; Mo 05:00-07:00", "Sunday goes on past midnight"),
        ("Mo 09:00-12:00; Mo 14:00-17:00", "Monday is written twice"),
        ("lundi 25h-26h", "There is no such time of day: “25h”"),
        ("Mo 09:75-10:00", "There is no such time of day"),
        ("lundi matin", "“matin” is not understood"),
        ("Mo-Fr 09:00-17:00; PH off", "tick “closed on public holidays” instead"),
        ("sur rendez-vous", "tick “by appointment only” instead"),
        ("Mo-Su closed", "No day has hours here"),
        ("Mo 1:00-2:00,3:00-4:00,5:00-6:00,7:00-8:00,9:00-10:00", "at most four"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_to_do(written, says):
    with pytest.raises(HoursError) as refused:
        Week.parse(written)
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("9:00–12:30, 13:30–17:00", "09:00-12:30,13:30-17:00"),
        ("9h-12h30 13h30-17h", "09:00-12:30,13:30-17:00"),
        ("24h/24", "00:00-24:00"),
        ("fermé", ""),
        ("", ""),
    ],
)
def test_the_hours_of_a_day_are_read_without_its_name(written, kept):
    assert write_hours(read_hours(written)) == kept


@st.composite
def days(draw):
    """The hours of one day, without a night, so that any seven of them make a week."""
    numbers = draw(st.lists(st.integers(0, 1440), min_size=0, max_size=8, unique=True))
    ordered = sorted(numbers)[: len(numbers) // 2 * 2]
    return tuple(zip(ordered[::2], ordered[1::2], strict=True))


@st.composite
def weeks(draw):
    """Any week with hours, nights after some of the days among them."""
    week = [list(draw(days())) for _day in DAYS]
    for number in range(7):
        following = week[(number + 1) % 7]
        morning = following[0][0] if following else 1440
        last = week[number][-1][1] if week[number] else 0
        if len(week[number]) < 4 and last < 1380 and draw(st.booleans()):
            start = draw(st.integers(max(last, 12 * 60), 1439))
            week[number].append((start, 1440 + draw(st.integers(1, 360)) if morning > 360 else 1440))
    found = tuple(tuple(hours) for hours in week)
    return Week(found if any(found) else (((540, 720),), *[()] * 6))


@given(weeks())
def test_every_week_is_read_back_as_it_was_written(week):
    assert Week.parse(str(week)) == week
    assert len(str(week)) <= 400


@given(st.text(max_size=40) | st.text("0123456789hapm:-–,; lundimersof", max_size=40))
def test_any_text_is_read_or_refused(written):
    try:
        week = Week.parse(written)
    except HoursError as refused:
        assert refused.message
    else:
        assert Week.parse(str(week)) == week


# --- What holds when ------------------------------------------------------------------------------------------------


def naive_is_open(week: Week, wall: datetime) -> bool:
    """Whether the clock on the wall stands within an interval of today, or within one that began yesterday."""
    minute = wall.hour * 60 + wall.minute
    today, yesterday = week.days[wall.weekday()], week.days[(wall.weekday() - 1) % 7]
    return any(start <= minute < end for start, end in today) or any(minute < end - 1440 for _start, end in yesterday)


@given(weeks(), st.integers(0, 2 * 365 * 24 * 60))
def test_the_state_agrees_with_the_clock_on_the_wall_minute_by_minute(week, minutes):
    found = Schedule(PARIS, week, closed_on_holidays=False)
    at = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(PARIS)
    state = found.state(at)
    assert (state.kind is Kind.OPEN) == naive_is_open(week, at)
    change = state.closes_at or state.opens_at
    if change:
        assert change.tzinfo is PARIS
        assert (change.astimezone(UTC) - at.astimezone(UTC)) > timedelta(0)
        before = (change.astimezone(UTC) - timedelta(minutes=1)).astimezone(PARIS)
        if all(moment.utcoffset() == moment.replace(fold=1 - moment.fold).utcoffset() for moment in (before, change)):
            assert naive_is_open(week, change) != naive_is_open(week, before) == (state.kind is Kind.OPEN)
    else:
        assert state.kind is Kind.OPEN  # a week with hours opens within a week; without end it is day and night


@given(weeks(), st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(1, 20), st.booleans())
def test_intervals_stand_in_order_inside_their_days_and_never_touch(week, first, count, on_holidays):
    found = Schedule(PARIS, week, closed_on_holidays=on_holidays, holidays=FRANCE)
    moments = [at.astimezone(UTC) for pair in found.intervals(first, count) for at in pair]
    assert all(earlier < later for earlier, later in pairwise(moments))
    for at in moments:
        assert found.midnight(first) <= at <= found.midnight(first + timedelta(count))


def test_a_line_of_day_and_night_never_closes():
    found = schedule("24/7")
    assert found.state(moment("2026-03-28T23:30")) == State(Kind.OPEN)
    assert len(found.intervals(date(2026, 3, 28), 10)) == 1


@pytest.mark.parametrize(
    ("at", "kind", "change"),
    [
        ("2026-01-09T23:59", Kind.OPEN, "2026-01-10T06:00"),  # Friday night
        ("2026-01-10T00:00", Kind.OPEN, "2026-01-10T06:00"),
        ("2026-01-10T05:59", Kind.OPEN, "2026-01-10T06:00"),
        ("2026-01-10T06:00", Kind.CLOSED, "2026-01-12T22:00"),
        ("2026-01-12T21:59", Kind.CLOSED, "2026-01-12T22:00"),
    ],
)
def test_a_night_line_stays_open_over_midnight(at, kind, change):
    state = schedule("Mo-Fr 22:00-06:00").state(moment(at))
    assert (state.kind, state.closes_at or state.opens_at) == (kind, moment(change))


@pytest.mark.parametrize(
    ("day", "hours_of_the_night"),
    [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)],
    ids=["spring, an hour less", "autumn, an hour more", "summer"],
)
def test_the_night_of_the_clock_change_is_as_long_as_it_really_is(day, hours_of_the_night):
    first = date.fromisoformat(day)
    found = Schedule(PARIS, Week.parse("Sa 22:00-06:00"), closed_on_holidays=False)
    ((start, end),) = found.intervals(first, 2)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours_of_the_night)
    assert (start.hour, end.hour) == (22, 6)


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        ("2026-03-29T00:59:00+00:00", Kind.OPEN),  # 01:59 in winter time; one minute later it is 03:00 in summer time
        ("2026-03-29T01:00:00+00:00", Kind.CLOSED),
        ("2026-03-29T06:59:00+00:00", Kind.CLOSED),
        ("2026-03-29T07:00:00+00:00", Kind.OPEN),  # 09:00 in summer time
        ("2026-10-25T06:59:00+00:00", Kind.CLOSED),  # 07:59 in winter time, though it would be 08:59 in summer time
        ("2026-10-25T08:00:00+00:00", Kind.OPEN),
    ],
)
def test_hours_follow_the_clock_through_both_changes(at, kind):
    found = schedule("Su 01:00-02:30,09:00-12:00")
    assert found.state(datetime.fromisoformat(at)).kind is kind


@pytest.mark.parametrize(
    ("at", "hospital", "kind"),
    [
        ("2026-05-01T10:00", "75013", Kind.CLOSED),  # Labour Day, a Friday
        ("2026-04-06T10:00", "75013", Kind.CLOSED),  # Easter Monday
        ("2026-04-03T10:00", "75013", Kind.OPEN),  # Good Friday
        ("2026-04-03T10:00", "67000", Kind.CLOSED),  # the same in Alsace
        ("2026-04-03T10:00", "57000", Kind.CLOSED),  # and in Moselle
        ("2026-05-22T10:00", "97200", Kind.CLOSED),  # abolition of slavery, in Martinique
        ("2026-05-22T10:00", "75013", Kind.OPEN),
    ],
)
def test_public_holidays_are_those_of_the_place(at, hospital, kind):
    keeps = schedule("Mo-Fr 09:00-17:00", closed_on_holidays=True, holidays=PublicHolidays.at("FR", hospital))
    assert keeps.state(moment(at)).kind is kind
    works = schedule("Mo-Fr 09:00-17:00", closed_on_holidays=False, holidays=PublicHolidays.at("FR", hospital))
    assert works.state(moment(at)).kind is Kind.OPEN


def test_other_countries_keep_their_own_holidays_and_an_unknown_one_none():
    assert date(2026, 7, 21) in PublicHolidays.at("BE", "1000")
    assert date(2026, 5, 1) not in PublicHolidays.at("XX", "")


def test_a_long_weekend_opens_again_after_its_holiday():
    found = schedule("Mo-Fr 09:00-17:00", closed_on_holidays=True, holidays=FRANCE)
    assert found.state(moment("2026-04-30T18:00")).opens_at == moment("2026-05-04T09:00")
    assert found.state(moment("2026-04-03T17:00")).opens_at == moment("2026-04-07T09:00")


def test_a_night_that_began_before_a_holiday_runs_to_its_end():
    found = schedule("Mo-Su 22:00-06:00", closed_on_holidays=True, holidays=FRANCE)
    assert found.state(moment("2026-05-01T05:00")).closes_at == moment("2026-05-01T06:00")
    assert found.state(moment("2026-05-01T23:00")) == State(Kind.CLOSED, opens_at=moment("2026-05-02T22:00"))


def test_an_exception_outranks_the_week_and_the_holiday():
    labour_day = SpecialDays(date(2026, 5, 1), date(2026, 5, 1), read_hours("10:00-12:00"))
    closure = SpecialDays(date(2026, 8, 3), date(2026, 8, 14))
    found = schedule("Mo-Fr 09:00-17:00", closed_on_holidays=True, holidays=FRANCE, exceptions=(labour_day, closure))
    assert found.state(moment("2026-05-01T11:00")).closes_at == moment("2026-05-01T12:00")
    assert (
        found.state(moment("2026-08-02T12:00")).opens_at is None
    )  # 15 days on: Monday 17 August is too far to promise
    assert found.state(moment("2026-08-04T12:00")).opens_at == moment("2026-08-17T09:00")


def test_who_is_seen_by_appointment_is_never_closed():
    found = schedule("Mo-Fr 09:00-17:00", by_appointment=True)
    assert found.state(moment("2026-01-11T03:00")) == State(Kind.BY_APPOINTMENT)


def test_without_stated_hours_only_a_closure_is_certain():
    found = schedule("", exceptions=(SpecialDays(date(2026, 8, 3), date(2026, 8, 4)),))
    assert found.state(moment("2026-08-02T12:00")) == State(Kind.NOT_STATED)
    assert found.state(moment("2026-08-03T12:00")) == State(Kind.CLOSED)


# --- In words -------------------------------------------------------------------------------------------------------


def said(found: Schedule, at: datetime) -> str:
    """What `open-now.js` says at a moment, from what the server writes now."""
    coming = forecast(found)
    words, numbers = coming.words.split("|"), [int(number) for number in coming.moments.split(" ")]
    minute, answer = 0, ""
    for place in range(0, len(numbers), 2):
        minute += numbers[place]
        if minute * 60 <= at.timestamp():
            answer = words[numbers[place + 1]] if place + 1 < len(numbers) else ""
    return answer


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-04-01T08:59", "-Closed – opens at 9:00"),
        ("2026-04-01T09:00", "+Open until 12:30"),
        ("2026-04-01T12:30", "-Closed – opens at 13:30"),
        ("2026-04-01T17:00", "-Closed – opens tomorrow at 9:00"),
        ("2026-04-03T17:30", "-Closed – opens Tuesday at 9:00"),  # Easter Monday lies between
        ("2026-04-06T23:59", "-Closed – opens tomorrow at 9:00"),
        ("2026-04-07T00:00", "-Closed – opens at 9:00"),
        ("2026-04-15T23:59", "-Closed – opens tomorrow at 9:00"),
        ("2026-04-16T00:00", ""),  # two weeks later nobody knows
        ("2026-03-31T23:59", ""),
    ],
)
def test_the_page_says_when_it_opens_and_closes(at, words):
    found = schedule("Mo-Fr 9:00-12:30, 13:30-17:00", closed_on_holidays=True, holidays=FRANCE)
    with time_machine.travel(moment("2026-04-01T11:00")):
        assert said(found, moment(at)) == words


def test_the_words_are_right_on_both_sides_of_the_clock_change():
    found = schedule("Mo-Su 9:00-17:00")
    with time_machine.travel(moment("2026-03-28T11:00")):
        assert said(found, datetime(2026, 3, 28, 8, 0, tzinfo=UTC)) == "+Open until 17:00"
        assert said(found, datetime(2026, 3, 29, 6, 59, tzinfo=UTC)) == "-Closed – opens at 9:00"
        assert said(found, datetime(2026, 3, 29, 7, 0, tzinfo=UTC)) == "+Open until 17:00"


def test_what_is_written_is_the_same_all_day_and_changes_at_midnight():
    found = schedule("Mo-Fr 9:00-17:00")
    written = []
    for at in ("2026-04-01T00:00", "2026-04-01T12:00", "2026-04-01T23:59", "2026-04-02T00:00"):
        with time_machine.travel(moment(at)):
            written.append(forecast(found))
    assert written[0] == written[1] == written[2] != written[3]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (
            "Mo-Fr 9:00-12:30, 13:30-17:00; Sa 9:00-12:00",
            "Monday to Friday 9:00–12:30, 13:30–17:00; Saturday 9:00–12:00; Sunday closed",
        ),
        (
            "Mo,We,Fr 8:00-18:30",
            "Monday, Wednesday and Friday 8:00–18:30; Tuesday, Thursday, Saturday and Sunday closed",
        ),
        ("24/7", "Every day 24 hours a day"),
        (
            "Mo,We,Fr-Su 9:00-17:00",
            "Monday, Wednesday, and Friday to Sunday 9:00–17:00; Tuesday and Thursday closed",
        ),
        ("Mo-Su 22:00-6:00", "Every day 22:00–6:00"),
    ],
)
def test_a_week_is_told_by_equal_days(hours, words):
    assert week_in_words(Week.parse(hours)) == words


@pytest.mark.parametrize(
    ("first", "last", "english", "french"),
    [
        ((2026, 12, 2), (2026, 12, 3), "2–3 December", "Du 2 au 3 décembre"),
        ((2026, 12, 1), (2026, 12, 3), "1–3 December", "Du 1er au 3 décembre"),
        ((2026, 11, 30), (2026, 12, 1), "30 November to 1 December", "Du 30 novembre au 1er décembre"),
        ((2026, 12, 2), (2026, 12, 2), "2 December", "2 décembre"),
    ],
)
def test_days_of_the_year_are_told_as_people_say_them(first, last, english, french):
    special = SpecialDays(date(*first), date(*last), (), "")
    with time_machine.travel(moment("2026-11-25T11:00")):
        for language, words in (("en", english), ("fr", french)):
            with translation.override(language):
                row, _reason = coming_exceptions(replace(schedule("24/7"), exceptions=(special,)))[0]
                assert " ".join(row.days.split()) == words


def test_the_line_that_the_demonstration_names_for_other_hours_is_answered_then(db):
    lines = list(ContactLine.objects.kept().exclude(out_of_hours=None))
    schedules = schedules_for([*lines, *(line.out_of_hours for line in lines)])
    assert lines
    for line in lines:
        for hour in range(24 * 14):
            at = timezone.now() + timedelta(hours=hour)
            if schedules[line.pk].state(at).kind is Kind.CLOSED:
                assert schedules[line.out_of_hours_id].state(at).kind is not Kind.CLOSED, (line, at)


# --- Lines and their pages ------------------------------------------------------------------------------------------


@pytest.fixture
def hospital(db):
    made = factories.hospital(factories.institute(), "Hôpital du Lac", postal_code="67000")
    OpeningHours.objects.create(page=made["fr"], hours="Mo-Fr 08:00-18:00", closed_on_holidays=True)
    return made


@pytest.fixture
def department(hospital):
    return factories.department({code: page.get_parent() for code, page in hospital.items()}, at=hospital)


def exception(of, first, last, hours="", **fields):
    fact = HoursException(page=of["fr"], first_day=first, last_day=last, hours=hours, **fields)
    fact.reason = fact.reason or {"fr": "Inventaire", "en": "Stocktaking"}
    fact.full_clean()
    fact.save()
    return fact


def of_line(line) -> Schedule:
    return schedules_for([ContactLine.objects.get(pk=line.pk)])[line.pk]


def test_a_line_keeps_its_hours_in_one_notation_however_they_were_typed(department):
    line = factories.line(department, "01 99 00 00 01", hours_are="own", hours="du lundi au vendredi, 9h à 17h")
    assert line.hours == "Mo-Fr 09:00-17:00"
    assert of_line(line).week == OFFICE


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"hours_are": "own"}, "hours"),
        ({"hours_are": "own", "hours": "Mo 9-5"}, "hours"),
        ({"hours_are": "hospital"}, "hours_are"),
    ],
)
def test_hours_that_would_say_nothing_are_refused(db, fields, wrong):
    department = factories.department(factories.institute())  # at no hospital
    with pytest.raises(ValidationError) as refused:
        factories.line(department, "01 99 00 00 01", **fields)
    assert set(refused.value.message_dict) == {wrong}


def test_a_line_takes_over_the_hours_of_its_hospital_with_their_holidays_and_exceptions(hospital, department):
    inherited = factories.line(department, "01 99 00 00 01", hours_are="hospital")
    own_line = factories.line(hospital, "01 99 00 00 02", hours_are="hospital")
    night = factories.line(hospital, "01 99 00 00 03", hours_are="own", hours="24/7", closed_on_holidays=False)
    with time_machine.travel(moment("2026-04-01T12:00")):
        exception(hospital, date(2026, 4, 2), date(2026, 4, 2))
        for line in (inherited, own_line):
            assert of_line(line).state(moment("2026-04-01T12:00")).closes_at == moment("2026-04-01T18:00")
            assert of_line(line).state(moment("2026-04-02T12:00")).kind is Kind.CLOSED
            assert of_line(line).state(moment("2026-04-03T12:00")).kind is Kind.CLOSED  # Good Friday in Alsace
        assert of_line(night).state(moment("2026-04-02T12:00")) == State(Kind.OPEN)


def test_of_several_exceptions_the_lines_own_comes_first_then_the_narrower(hospital, department):
    line = factories.line(department, "01 99 00 00 01", hours_are="own", hours="Mo-Fr 9:00-17:00")
    other = factories.line(department, "01 99 00 00 02", hours_are="own", hours="Mo-Fr 9:00-17:00")
    with time_machine.travel(moment("2026-06-01T12:00")):
        exception(department, date(2026, 6, 1), date(2026, 6, 5))
        exception(department, date(2026, 6, 3), date(2026, 6, 3), "10h-11h")
        exception(department, date(2026, 6, 1), date(2026, 6, 2), "14h-15h", line=line)
        hours = [
            [write_hours(of_line(found).hours_on(date(2026, 6, day))) for day in range(1, 5)] for found in (line, other)
        ]
    assert hours == [["14:00-15:00", "14:00-15:00", "10:00-11:00", ""], ["", "", "10:00-11:00", ""]]


def test_what_was_archived_no_longer_holds(hospital, department, make_user):
    line = factories.line(department, "01 99 00 00 01", hours_are="hospital")
    user = make_user(bootstrapping.ADMINISTRATORS)
    with time_machine.travel(moment("2026-06-01T12:00")):
        closure = exception(department, date(2026, 6, 1), date(2026, 6, 5))
        assert of_line(line).state(moment("2026-06-01T12:00")).kind is Kind.CLOSED
        fact_log.archive(closure, user)
        assert of_line(line).state(moment("2026-06-01T12:00")).kind is Kind.OPEN
        fact_log.archive(OpeningHours.objects.of(hospital["fr"]).get(), user)
        assert of_line(line).state(moment("2026-06-01T12:00")).kind is Kind.NOT_STATED


def test_hours_that_cannot_be_read_any_more_are_not_stated(department):
    line = factories.line(department, "01 99 00 00 01")
    ContactLine.objects.filter(pk=line.pk).update(hours_are="own", hours="mornings")
    assert of_line(line).state(moment("2026-06-01T12:00")).kind is Kind.NOT_STATED
    assert Client().get(department["fr"].url).status_code == 200


def test_the_schedules_of_a_hundred_lines_cost_as_many_queries_as_that_of_one(hospital, department):
    lines = [
        ContactLine(page=department["fr"], number=f"+3319900{number:04}", hours_are="hospital") for number in range(100)
    ]
    ContactLine.objects.bulk_create(lines)
    exception(department, date(2030, 6, 1), date(2030, 6, 5))
    departments = DepartmentPage.objects.filter(pk=department["fr"].pk).select_related("locale")

    def queries(count):
        found = list(ContactLine.objects.filter(page=department["fr"])[:count])
        with CaptureQueriesContext(connection) as captured:
            assert len(schedules_for(found)) == count
        return len(captured)

    assert queries(1) == queries(100) == 4
    entries_for(departments, "fr")
    with CaptureQueriesContext(connection) as captured:
        (entry,) = entries_for(departments, "fr")
        assert all(line.schedule.week for line in entry.lines)
    assert len(captured) <= 10
    assert schedules_for([]) == {}


@time_machine.travel(datetime(2026, 6, 1, 12, 0, tzinfo=PARIS))
def test_the_page_lists_hours_exceptions_and_the_line_to_call_instead(hospital, department):
    night = factories.line(department, "01 99 00 00 09", hours_are="own", hours="24/7", closed_on_holidays=False)
    factories.line(
        department, "01 99 00 00 01", hours_are="own", hours="Mo-Fr 9:00-12:30, 13:30-17:00", out_of_hours=night
    )
    factories.line(department, "01 99 00 00 02", by_appointment=True)
    factories.line(department, "01 99 00 00 03")
    exception(department, date(2026, 6, 8), date(2026, 6, 9))
    exception(department, date(2026, 8, 3), date(2026, 8, 4), reason={"fr": "Été", "en": "Far ahead"})
    response = Client().get(department["en"].url)
    shown = text(response)
    for words in (
        "Monday to Friday 9:00–12:30, 13:30–17:00",
        "Saturday and Sunday closed",
        "Closed on public holidays",
        "8–9 June: closed – Stocktaking",
        "Out of hours, call: Call the department +33 (0)1 99 00 00 09",
        "Every day 24 hours a day",
        "Visits by appointment only – call to make one",
    ):
        assert words in shown, words
    assert "Far ahead" not in shown
    lines = soup(response).select("main .contact-line")
    by_number = {line.select_one("a.number")["href"]: line for line in lines}
    assert by_number["tel:+33199000002"].select_one(".line-state").get_text() == (
        "Visits by appointment only – call to make one"
    )
    row = soup(Client().get("/en/directory/?q=0199000002")).select_one(".department-row .line-state:not([hidden])")
    assert row.get_text() == "Visits by appointment"
    # The department's closure closes its line of day and night too, at a moment that the visitor's clock knows.
    assert "Open until 8 June at 0:00" in by_number["tel:+33199000009"].select_one(".line-state[hidden]")["data-words"]
    state = by_number["tel:+33199000001"].select_one(".line-state[hidden]")
    assert "Open until 12:30" in state["data-words"]
    assert state.get_text() == ""


def test_the_boards_of_an_institute_say_the_hours_of_its_hospitals_in_as_many_queries_for_many(hospital):
    institute = {code: page.get_parent().specific for code, page in hospital.items()}
    factories.line(hospital, "01 99 00 00 01", hours_are="hospital", purpose="switchboard")

    def queries():
        Client().get(institute["en"].url)
        with CaptureQueriesContext(connection) as captured:
            page = soup(Client().get(institute["en"].url))
        return len(captured), page.select(".signs .line-hours__week")

    few, weeks = queries()
    assert "Monday to Friday" in weeks[0].get_text()
    for number in range(2, 5):
        other = factories.hospital({code: page.get_parent() for code, page in hospital.items()}, f"Hôpital {number}")
        factories.line(other, f"01 99 00 00 0{number}", hours_are="own", hours="Mo-Fr 9:00-17:00")
    many, weeks = queries()
    assert (many, len(weeks)) == (few, 4)


@time_machine.travel(datetime(2026, 6, 1, 12, 0, tzinfo=PARIS))
def test_a_line_without_hours_says_so_on_its_board_and_a_row_says_the_state_alone(hospital, department):
    factories.line(department, "01 99 00 00 01")
    assert "Hours not stated" in text(Client().get(department["en"].url))
    row = text(Client().get("/en/directory/?q=0199000001"))
    assert "Hours not stated" not in row
    ContactLine.objects.filter(page=department["fr"]).update(hours_are="hospital")
    found = soup(Client().get("/en/directory/?q=0199000001"))
    assert "Open until 18:00" in found.select_one(".department-row .line-state[hidden]")["data-words"]
    assert not found.select(".department-row .line-hours")


def test_the_line_to_call_instead_is_shown_only_while_it_is_there(hospital, department):
    gone = factories.line(department, "01 99 00 00 09", valid_until=date(2020, 1, 1))
    doctors = factories.line(department, "01 99 00 00 08", audience="professionals")
    for instead in (gone, doctors):
        line = factories.line(department, "01 99 00 00 01", out_of_hours=instead)
        assert "Out of hours" not in text(Client().get(department["en"].url))
        ContactLine.objects.filter(pk=line.pk).delete()


def test_the_line_to_call_instead_is_not_shown_while_nobody_may_see_its_page(hospital, department):
    other = factories.department(factories.institute("Autre institut"), "Veille", number="01 99 00 00 09")
    instead = ContactLine.objects.of(other["fr"]).get()
    factories.line(department, "01 99 00 00 01", out_of_hours=instead)
    assert "Out of hours" in text(Client().get(department["en"].url))
    for page in other.values():
        page.unpublish()
    assert "Out of hours" not in text(Client().get(department["en"].url))


def test_a_text_that_is_far_too_long_for_hours_is_refused_unread():
    assert read_hours("9:00-12:30" + " " * 300) == read_hours("9:00-12:30")
    for read in (Week.parse, read_hours):
        with pytest.raises(HoursError, match="too many words"):
            read("9:00-12:30" + " " * 400)


# --- The form -------------------------------------------------------------------------------------------------------


def sent(**changes):
    """What the editor of a new line sends."""
    kept = {"purpose": "appointments", "number": "01 99 00 00 07", "audience": "patients", "kind": "voice"}
    week = {f"hours_{day}": "" for day in range(7)}
    return kept | {"hours_are": "own", "sort_order": 0, "closed_on_holidays": "on"} | week | changes


def test_hours_are_typed_day_by_day_and_shown_again_in_the_form(editor, department):
    add = reverse("fact_add", args=["departments", "contactline", department["fr"].pk])
    response = editor.post(add, sent(hours_0="9h-12h30, 13h30-17h", hours_2="9:00–12:00", hours_6="fermé"))
    assert response.status_code == 302
    line = ContactLine.objects.get(page=department["fr"])
    assert line.hours == "Mo 09:00-12:30,13:30-17:00; We 09:00-12:00"
    form = soup(editor.get(reverse("fact_change", args=["departments", "contactline", line.pk])))
    inputs = form.select("#id_hours input")
    assert [found.get("value", "") for found in inputs] == [
        "09:00-12:30, 13:30-17:00",
        "",
        "09:00-12:00",
        "",
        "",
        "",
        "",
    ]
    assert all(form.select_one(f"label[for={found['id']}]").get_text() for found in inputs)


def test_what_is_wrong_with_a_day_stands_beside_it_and_nothing_typed_is_lost(editor, department):
    factories.speaking_english(editor)
    add = reverse("fact_add", args=["departments", "contactline", department["fr"].pk])
    form = soup(editor.post(add, sent(hours_0="9h-17h", hours_1="9-5", hours_4="22h-6h", hours_5="5h-7h")))
    monday, tuesday, *_others = form.select("#id_hours input")
    assert (monday["value"], tuesday["value"], tuesday["aria-invalid"]) == ("9h-17h", "9-5", "true")
    assert "aria-invalid" not in monday.attrs
    error = form.find(id=tuesday["aria-describedby"].split()[-1])
    assert "“9-5”" in error.get_text()
    assert "Write when this line is answered" not in form.get_text()
    assert "Write when this line is answered" in soup(editor.post(add, sent())).get_text()
    form = soup(editor.post(add, sent(hours_4="22h-6h", hours_5="5h-7h")))
    assert form.select("#id_hours input")[4]["aria-invalid"] == "true"
    assert not ContactLine.objects.filter(page=department["fr"]).exists()


def test_the_history_tells_hours_in_words(client_of, department):
    administrator = client_of(bootstrapping.ADMINISTRATORS)
    add = reverse("fact_add", args=["departments", "contactline", department["fr"].pk])
    administrator.post(add, sent(hours_0="9h-12h", hours_1="9h-12h"))
    line = ContactLine.objects.get(page=department["fr"])
    log = administrator.get(reverse("fact_history", args=["departments", "contactline", line.pk])).content.decode()
    assert "9" in log
    assert "Mo-Tu" not in log

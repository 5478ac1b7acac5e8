"""A line says how it stands at the visitor's moment, wherever the visitor is; without scripts its hours are listed."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

PARIS = ZoneInfo("Europe/Paris")
LINDEN = "/en/demonstration-hospital/great-linden/"  # its switchboard: Monday to Saturday 7 to 21 h, holidays too
ONCOLOGY = "/en/demonstration-hospital/medical-oncology/"


def coming_monday(at: str) -> datetime:
    """A time of a Monday of the days that the server foretells: the one after today."""
    today = datetime.now(PARIS).date()
    return datetime.combine(today + timedelta(7 - today.weekday()), time.fromisoformat(at), PARIS)


def state_of(page: Page, number: str) -> Locator:
    """What the line with a number says of itself."""
    return page.locator(f".contact-line:has(> p a[href='tel:{number}']) .line-state")


def test_a_line_opens_and_closes_before_the_visitors_eyes(make_context):
    page = make_context(locale="en-GB", timezone_id="America/New_York").new_page()
    page.clock.install(time=coming_monday("06:59:30"))
    page.goto(LINDEN)
    state = state_of(page, "+33199002000")
    expect(state).to_have_text("Closed – opens at 7:00")
    expect(state).to_have_attribute("data-state", "closed")
    assert page.locator("[aria-live], [role=status]").count() == 0
    page.clock.fast_forward("01:00")
    expect(state).to_have_text("Open until 21:00")
    expect(state).to_have_attribute("data-state", "open")
    page.emulate_media(media="print")
    expect(state).to_be_hidden()  # on paper no minute is now
    expect(page.get_by_text("Monday to Saturday")).to_be_visible()
    for dead in ("Which number do I call?", "Save these numbers", "Wrong number?"):
        for words in page.get_by_text(dead).all():
            expect(words).to_be_hidden()
    page.emulate_media(media="screen")
    page.clock.fast_forward("14:00:00")
    expect(state).to_have_text("Closed – opens tomorrow at 7:00")
    page.clock.fast_forward(16 * 24 * 3_600_000)  # a tab that was left open: what it knows is too old
    expect(state).to_be_hidden()
    expect(page.get_by_text("Monday to Saturday")).to_be_visible()


def test_who_is_seen_by_appointment_is_not_called_closed_and_an_emergency_line_is_open_at_night(make_context):
    page = make_context(locale="en-GB").new_page()
    page.clock.install(time=coming_monday("03:00:00"))
    page.goto(ONCOLOGY)
    expect(state_of(page, "+33199002502")).to_have_text("Visits by appointment only – call to make one")
    expect(state_of(page, "+33199001904")).to_have_text("Open day and night")
    expect(state_of(page, "+33199001902")).to_have_text("Hours not stated")
    expect(state_of(page, "+33199001903")).to_contain_text("Closed")


def test_without_scripts_the_hours_are_listed_and_nothing_is_said_of_now(make_context):
    page = make_context(java_script_enabled=False, locale="en-GB").new_page()
    page.goto(LINDEN)
    expect(state_of(page, "+33199002000")).to_be_hidden()
    expect(page.get_by_text("Monday to Saturday")).to_be_visible()
    expect(page.get_by_text("7:00–21:00")).to_be_visible()
    page.goto(ONCOLOGY)
    expect(state_of(page, "+33199002502")).to_have_text("Visits by appointment only – call to make one")

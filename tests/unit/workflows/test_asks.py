"""What moves ask: one reading for forms, the API and tests, and a clear word where it cannot be meant."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.asks import Ask, Misfit, Moment, kept, misfit, missing, read_day, read_items, read_number, spoken
from workflows.engine import problems_of

NOW = datetime(2010, 2, 1, 23, 30, tzinfo=UTC)
KNOWN = Moment(NOW, {"A": "Alpha", "B": "Beta"})
TEXT = Ask("reason", "Reason", limit=10)
ITEMS = Ask("items", "Items", kind="items")
PAST = Ask("on", "Day of the count", kind="date", past=True)
FUTURE = Ask("due", "Last day", kind="date", past=False)
NUMBER = Ask("count", "Number of people", kind="number", maximum=1000)
CHOICE = Ask("way", "How", kind="choice", choices=(("phone", "Phone"), ("mail", "E-mail")))
CONFIRM = Ask("sure", "Declaration", kind="confirm")


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_reads_back_however_it_is_written(day):
    for text in (day.isoformat(), f"{day.day} {day.month} {day.year:04}", f" {day.day}/{day.month}/{day.year:04} "):
        assert read_day(text) == day


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_number_reads_back_with_its_thousands_separated(number):
    assert read_number(f" {number:,} ") == number


@pytest.mark.parametrize("text", ["12,5", "1,25", "1,2500", "1 25", "2.5", "1,,000", "1, 000"])
def test_a_comma_that_separates_no_thousands_is_asked_about(text):
    with pytest.raises(Misfit, match="like 250 or 1,250"):
        read_number(text)


@given(st.lists(st.sampled_from(["A", "B", "C"])))
def test_items_are_read_each_once_in_their_order(codes):
    assert read_items("  ".join(codes)) == tuple(dict.fromkeys(codes))


@pytest.mark.parametrize(
    "ask, given_, told",
    [
        (TEXT, "x" * 11, "Reason must be 10 characters or fewer; it has 11."),
        (ITEMS, "A ZZZ", "Items must be items that the return asks for; it has no “ZZZ”."),
        (PAST, "2 2 2010", "Day of the count must be today or in the past."),
        (FUTURE, "2010-02-01", "Last day must be in the future."),
        (FUTURE, "31 12 9999", "Last day must be within 20 years of today."),
        (PAST, "1 1 1900", "Day of the count must be within 20 years of today."),
        (PAST, "31 2 2010", "Day of the count must be a real date, like 31 3 2010."),
        (NUMBER, "25.5", "Number of people must be a whole number, like 250 or 1,250."),
        (NUMBER, "-1", "Number of people must be from 0 to 1,000; it is -1."),
        (NUMBER, "1,001", "Number of people must be from 0 to 1,000; it is 1,001."),
        (NUMBER, "9" * 40, "Number of people must be a whole number, like 250 or 1,250."),
        (CHOICE, "pigeon", "How must be “phone” or “mail”, not “pigeon”."),
        (CONFIRM, "no", "Declaration must be “yes”, not “no”."),
    ],
)
def test_what_cannot_be_meant_is_told(ask, given_, told):
    assert misfit(ask, given_, KNOWN) == told


@pytest.mark.parametrize("ask, given_", [
    (TEXT, "x" * 10), (ITEMS, "B A"), (PAST, "1 2 2010"), (FUTURE, "2 2 2010"), (NUMBER, "0"), (NUMBER, "1000"), (CHOICE, "mail"),
    (CONFIRM, "yes"),
])  # fmt: skip
def test_what_can_be_meant_passes(ask, given_):
    assert misfit(ask, given_, KNOWN) == ""


@given(st.sampled_from([TEXT, ITEMS, PAST, FUTURE, NUMBER, CHOICE, CONFIRM]), st.text(max_size=30))
def test_no_text_breaks_the_reading_and_every_problem_is_a_sentence(ask, given_):
    wrong = misfit(ask, given_, KNOWN)
    assert wrong == "" or (wrong.startswith(ask.label) and wrong.endswith("."))


def test_a_day_is_one_of_london():
    """Half past eleven at night in UTC is the next day in London in summer, and the same day in winter."""
    summer = Moment(datetime(2010, 7, 1, 23, 30, tzinfo=UTC))
    assert misfit(PAST, "2010-07-02", summer) == ""
    assert misfit(PAST, "2010-02-02", KNOWN)


def test_what_is_required_is_asked_for_and_the_rest_is_not():
    optional = Ask("note", "Note", required=False)
    found = problems_of((CONFIRM, CHOICE, TEXT, optional), {"reason": "  "}, KNOWN)
    assert [(r.text, r.place) for r in found] == [
        ("Confirm this to go on: “Declaration”.", "#sure"), ("Choose one under “How”.", "#way"), ("Fill in “Reason”.", "#reason"),
    ]  # fmt: skip
    assert missing(ITEMS) == "Choose at least one under “Items”."


def test_what_is_kept_with_a_move_is_everything_but_texts_and_people_in_one_spelling():
    asks = (TEXT, ITEMS, PAST, NUMBER, CHOICE, Ask("person", "Reviewer", kind="reviewer"))
    given_ = {"reason": "Because", "items": " B  A B", "on": "31/1/2010", "count": "1,000", "way": "mail", "person": "3"}
    assert kept(asks, given_) == {"items": "B A", "on": "2010-01-31", "count": "1000", "way": "mail"}
    assert kept((TEXT,), given_) is None
    assert kept(asks, {"items": " "}) is None


@pytest.mark.parametrize("value, text", [(None, ""), (False, ""), (True, "yes"), (240, "240"), ("x", "x"), (["A", "B"], "A B"), ([], "")])
def test_the_api_says_the_same_in_its_own_types(value, text):
    assert spoken(value) == text


@pytest.mark.parametrize("value", [{"a": 1}, [1], [["A"]]])
def test_what_the_api_cannot_mean_is_told(value):
    with pytest.raises(Misfit):
        spoken(value)

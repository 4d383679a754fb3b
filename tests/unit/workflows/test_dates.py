"""Days as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.dates import MONTHS, read_day


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["/", ".", "-", " ", " / "]))
def test_a_day_reads_back_however_it_is_written(day, between):
    numbers = between.join((str(day.day), str(day.month), f"{day.year:04}"))
    words = f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year:04}"
    assert read_day(day.isoformat()) == read_day(f" {numbers} ") == read_day(words) == day


def test_months_are_known_by_their_first_letters_and_short_years_are_of_this_century():
    assert read_day("31 March 2010") == read_day("31-Mar-10") == date(2010, 3, 31)
    assert read_day("1 september 2010") == date(2010, 9, 1)


@pytest.mark.parametrize("text", ["", "31/2/2010", "soon", "2010-13-01", "1/1/10", "1 Foo 2010", "٣١/٣/٢٠١٠", "31 March", "0/1/2010"])
def test_what_is_no_day_is_not_guessed(text):
    with pytest.raises(ValueError):
        read_day(text)

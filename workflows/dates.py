"""Days as people in Britain write them."""

import re
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
IN_NUMBERS = re.compile(r"(\d{1,2})[/. -]+(\d{1,2})[/. -]+(\d{4})", re.ASCII)
IN_WORDS = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4}|\d{2})", re.ASCII)


def read_day(text: str) -> date:
    """The day that a text means: 31/3/2010, 31 3 2010, 31 March 2010, 31-Mar-10 or 2010-03-31.

    A year of two digits is of this century. Raises ValueError for what means no day, and for a day that there is not.
    """
    text = text.strip()
    if numbers := IN_NUMBERS.fullmatch(text):
        day, month, year = (int(part) for part in numbers.groups())
        return date(year, month, day)
    if words := IN_WORDS.fullmatch(text):
        year = int(words.group(3)) + (2000 if len(words.group(3)) == 2 else 0)
        return date(year, MONTHS.index(words.group(2)[:3].lower()) + 1, int(words.group(1)))
    return date.fromisoformat(text)

"""What a preparer may enter for an item, and what it means."""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from workflows.dates import MONTHS
from workflows.programme import Item

NOT_KNOWN_LIMIT = 500
TEXT_LIMIT = 300
NOTE_LIMIT = 2000
SHORTEST_NOTE = 5
"""Characters below which a note or a reason says nothing."""
LONGEST_WAIT = 5 * 366
"""Days ahead by which a figure must be known: a later date is a slip of the pen. Proposed here."""
LONGEST_NUMBER = 40
"""Characters above which nobody means a number."""
LONGEST_FIGURE = 60
"""Characters of a figure that are looked at; one with more digits than this is refused anyway."""

_UNSEEN = re.compile(r"[\u200b\u200c\u200d\u2060\ufeff]")
_AROUND = re.compile(r"^[\s£()+\-\u2212]+|[\s%()]+$")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d*)?|\d{1,3}(?:\s\d{3})*(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+", re.ASCII)

Basis = Literal["", "estimate", "provisional", "final"]
BASES: tuple[Basis, ...] = ("final", "provisional", "estimate")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one item: an amount in the item's unit, or a text (`yes`, `no`, a month as 2009-11, or words), or
    why it is not known and by when it will be.

    `note` travels with the answer: the evidence of a yes, how the scope differs. `basis` says how firm an amount is.
    `prefilled` names where an answer was taken over from that nobody has confirmed yet.
    """

    amount: Decimal | None = None
    text: str = ""
    note: str = ""
    basis: Basis = ""
    not_known: str = ""
    known_by: date | None = None
    prefilled: str = ""

    @property
    def given(self) -> bool:
        """Whether it is an answer at all: missing is not zero, and not known is an answer."""
        return self.amount is not None or bool(self.text) or bool(self.not_known)

    @property
    def settled(self) -> bool:
        """Whether it is an answer that somebody stands by: given, and not only taken over from elsewhere."""
        return self.given and not self.prefilled

    @property
    def yes(self) -> bool:
        return self.text == "yes"

    def same_as(self, other: "Answer") -> bool:
        """Whether it says the same, whoever confirmed it."""
        return replace(self, prefilled="") == replace(other, prefilled="")


NOTHING = Answer()


class BadAnswer(ValueError):
    """Something entered that cannot be an answer; the text says what to enter instead."""


def read_amount(text: str, item: Item) -> Decimal | None:
    """The amount that a text means for an item, in the item's unit; None for an empty text.

    Thousands separators, a leading pound sign, a percent sign after a percentage, and brackets or a real minus sign for a
    negative are understood. A comma or a space counts only where it separates thousands: “12,5” is a decimal comma, and
    reading it as 125 would be ten times too much. Raises BadAnswer.
    """
    text = _UNSEEN.sub("", text).strip()
    digits = _AROUND.sub("", text[:LONGEST_FIGURE])
    if re.search(r"\d[\s,]+\d", digits) and not _GROUPED.fullmatch(digits):
        raise BadAnswer(
            f"{item.label} must be a number, like 1250 or 1,250.50: a comma or a space only before each three digits, "
            f"and a point before decimals. You entered “{text[:40]}”."
        )
    tidy = re.sub(r"[\s,£]", "", text).replace("\u2212", "-")
    if item.unit == "percent":
        tidy = tidy.removesuffix("%")
    if not tidy:
        return None
    bracketed = re.fullmatch(r"\((.+)\)", tidy)
    number = bracketed.group(1) if bracketed else tidy
    if len(number) > LONGEST_NUMBER or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", number, re.ASCII):
        raise BadAnswer(f"{item.label} must be a number, like 1250 or 1,250.50. You entered “{text.strip()[:40]}”.")
    amount = Decimal(number)
    return within(-amount if bracketed else amount, item)


def within(amount: Decimal, item: Item) -> Decimal:
    """The amount, if the item can be that much. Raises BadAnswer."""
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise BadAnswer(f"{item.label} must be a number of at most 15 digits.")
    exponent = amount.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if item.whole and places:
        raise BadAnswer(f"{item.label} must be a whole number, like 250.")
    if places > 4:
        raise BadAnswer(f"{item.label} must have at most four decimal places.")
    if item.minimum is not None and amount < item.minimum:
        if item.minimum == 0 and item.unit == "GBP":
            raise BadAnswer(f"{item.label} must be £0 or more. Enter it without a minus sign; costs are gross, income stands apart.")
        raise BadAnswer(f"{item.label} must be {item.minimum} or more.")
    if item.maximum is not None and amount > item.maximum:
        raise BadAnswer(f"{item.label} must be {item.maximum} or less.")
    return amount


def read_text(text: str, item: Item) -> str:
    """The text that was entered for an item that is no amount: `yes` or `no`, a month as 2009-11, or words; empty for none.

    Raises BadAnswer.
    """
    text = " ".join(text.split())
    if not text:
        return ""
    match item.kind:
        case "yes_no":
            return _yes_no(text, item)
        case "month":
            return _month(text, item)
    if len(text) > TEXT_LIMIT:
        raise BadAnswer(f"{item.label} must be {TEXT_LIMIT} characters or fewer; it has {len(text)}.")
    return text


YES, NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


def _yes_no(text: str, item: Item) -> str:
    said = text.lower().rstrip(".")
    if said in YES:
        return "yes"
    if said in NO:
        return "no"
    raise BadAnswer(f"{quoted(item.label)} must be answered yes or no. You entered “{text[:40]}”.")


def _month(text: str, item: Item) -> str:
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-\d{1,2})?", text, re.ASCII)
    numbers = re.fullmatch(r"(\d{1,2})[/. -](\d{4})", text, re.ASCII)
    words = re.fullmatch(r"([A-Za-z]{3,9})\.? (\d{4})", text, re.ASCII)
    year = month = 0
    if iso:
        year, month = int(iso.group(1)), int(iso.group(2))
    elif numbers:
        year, month = int(numbers.group(2)), int(numbers.group(1))
    elif words and words.group(1)[:3].lower() in MONTHS:
        year, month = int(words.group(2)), MONTHS.index(words.group(1)[:3].lower()) + 1
    if not (1 <= month <= 12 and 1900 <= year <= 2200):
        raise BadAnswer(f"{item.label} must be a month, like 11/2009. You entered “{text[:40]}”.")
    return f"{year:04}-{month:02}"


def read_not_known(reason: str, known_by: date | None, today: date, item: Item) -> Answer:
    """The answer 'not known, because..., will be known by...'. Raises BadAnswer when a part is missing or past."""
    reason = reason.strip()
    if len(reason) < SHORTEST_NOTE:
        raise BadAnswer(f"Say why {lowered(item.label)} is not known.")
    if len(reason) > NOT_KNOWN_LIMIT:
        raise BadAnswer(f"The reason why {lowered(item.label)} is not known must be {NOT_KNOWN_LIMIT} characters or fewer.")
    if known_by is None:
        raise BadAnswer(f"Enter the date by which {lowered(item.label)} will be known, like 31/3/2010.")
    if known_by <= today:
        raise BadAnswer(f"The date by which {lowered(item.label)} will be known must be in the future.")
    if (known_by - today).days > LONGEST_WAIT:
        raise BadAnswer(f"The date by which {lowered(item.label)} will be known must be within five years.")
    return Answer(not_known=reason, known_by=known_by)


def read_note(text: str, item: Item) -> str:
    """A note as it is kept. Raises BadAnswer for one that is too long."""
    note = text.replace("\r\n", "\n").strip()
    if len(note) > NOTE_LIMIT:
        raise BadAnswer(f"The note on {lowered(item.label)} must be {NOTE_LIMIT} characters or fewer; it has {len(note)}.")
    return note


def lowered(label: str) -> str:
    """A label in the middle of a sentence: its first letter small, unless it begins an abbreviation or a quotation."""
    return label if len(label) < 2 or not label[0].isalpha() or label[1].isupper() else label[0].lower() + label[1:]


def quoted(label: str) -> str:
    """A label in quotation marks; a label that is a quotation already stays as it is."""
    return label if label.startswith("“") else f"“{label}”"


def note_wanted(item: Item, answer: Answer) -> bool:
    """Whether the answer needs a note that it has not got."""
    return bool(item.note_when) and answer.text == item.note_when and len(answer.note.strip()) < SHORTEST_NOTE

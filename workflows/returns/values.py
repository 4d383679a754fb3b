"""What a preparer may type for an item, and what it means."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workflows.programme import Item

NOT_KNOWN_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one item: an amount in the item's unit, or why it is not known and by when it will be."""

    amount: Decimal | None = None
    not_known: str = ""
    known_by: date | None = None

    @property
    def given(self) -> bool:
        return self.amount is not None or bool(self.not_known)


class BadAnswer(ValueError):
    """Something typed that cannot be an answer; the text says what to type instead."""


def read_amount(text: str, item: Item) -> Decimal | None:
    """The amount that a text means for an item, in the item's unit; None for an empty text.

    Thousands separators, a leading pound sign and brackets for a negative are understood. Raises BadAnswer.
    """
    tidy = re.sub(r"[\s,£]", "", text).replace("\u2212", "-")
    if not tidy:
        return None
    bracketed = re.fullmatch(r"\((.+)\)", tidy)
    number = bracketed.group(1) if bracketed else tidy
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", number, re.ASCII):
        raise BadAnswer(f"{item.label} must be a number, like 1250 or 1,250.50. You entered “{text.strip()[:40]}”.")
    amount = Decimal(number)
    if abs(amount) >= Decimal(10) ** 15:
        raise BadAnswer(f"{item.label} must be a number of at most 15 digits.")
    amount = -amount if bracketed else amount
    exponent = amount.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if item.whole and places:
        raise BadAnswer(f"{item.label} must be a whole number, like 250.")
    if places > 4:
        raise BadAnswer(f"{item.label} must have at most four decimal places.")
    return _within(amount, item)


def _within(amount: Decimal, item: Item) -> Decimal:
    if item.minimum is not None and amount < item.minimum:
        if item.minimum == 0 and item.unit == "GBP":
            raise BadAnswer(f"{item.label} must be £0 or more: it is gross spending. Leave income out; do not enter a cost as negative.")
        raise BadAnswer(f"{item.label} must be {item.minimum} or more.")
    if item.maximum is not None and amount > item.maximum:
        raise BadAnswer(f"{item.label} must be {item.maximum} or less.")
    return amount


def read_not_known(reason: str, known_by: date | None, today: date, item: Item) -> Answer:
    """The answer 'not known, because..., will be known by...'. Raises BadAnswer when a part is missing or past."""
    reason = reason.strip()
    if len(reason) < 5:
        raise BadAnswer(f"Say why {item.label.lower()} is not known.")
    if len(reason) > NOT_KNOWN_LIMIT:
        raise BadAnswer(f"The reason why {item.label.lower()} is not known must be {NOT_KNOWN_LIMIT} characters or fewer.")
    if known_by is None:
        raise BadAnswer(f"Enter the date by which {item.label.lower()} will be known, like 31/3/2010.")
    if known_by <= today:
        raise BadAnswer(f"The date by which {item.label.lower()} will be known must be in the future.")
    return Answer(not_known=reason, known_by=known_by)

"""Last year's figures as far as they may be set beside this year's."""

from decimal import Decimal

from workflows.programme import Programme
from workflows.returns.figures import Figures


def comparable(previous: Figures, programme: Programme) -> dict[str, Decimal]:
    """The amounts of a programme's items in a previous return, entered or computed as its own programme computed them.

    An item that was counted by another definition then is left out: that is a break in the series, across which nothing is
    compared.
    """
    found = {}
    for item in programme.items:
        then = previous.programme.find_item(item.code)
        amount = previous.amount(item.code) if then is not None and then.definition == item.definition else None
        if amount is not None:
            found[item.code] = amount
    return found

"""What the demo knows of bodies besides their returns: the real revenue outturn, and made-up figures of the year before."""

import random
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from config import programmes
from webapp.cases.models import Case
from webapp.db import Work
from webapp.demo import figures
from webapp.demo.people import HOME
from webapp.register.figures import hold_previous, hold_statistics
from webapp.register.models import Body
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.programme import Item, Programme
from workflows.register import decode
from workflows.returns.previous import PreviousReading
from workflows.returns.values import Answer
from workflows.statistics import LAYOUTS

REMARK = "made up for the demo"
OTHERS = 12
"""How many bodies besides the offered one have a previous return in the demo."""


def hold_outturn(work: Work, programme: Programme) -> None:
    """Hold every source of statistics of which the programme carries the file."""
    for source in programme.sources:
        if source.file:
            content = programmes.data(programme.code, source.file).read_bytes()
            hold_statistics(work, source.code, LAYOUTS[source.layout](decode(content)))


def make_up_last_year(work: Work, programme: Programme, seed: int) -> None:
    """Make up the previous return of the offered body, and of some that have filed: a little off what they filed this year."""
    rng = random.Random(f"last year {seed}")
    session = work.session
    home = session.execute(select(Body.partnership_id, Body.headcount).where(Body.code == HOME)).one()
    now = {HOME: _amounts(figures.ordinary(home.headcount or 1000, programme))}
    filed = (
        select(ReturnVersion.id, Body.code)
        .join(Case, Case.id == ReturnVersion.case_id)
        .join(Body, Body.id == Case.body_id)
        .where(ReturnVersion.number == 1, Body.code != HOME, ReturnVersion.frozen_at.is_not(None))
        .order_by(Body.partnership_id != home.partnership_id, Body.code)
        .limit(OTHERS)
    )
    codes = {row.id: row.code for row in session.execute(filed)}
    values = select(ReturnValue.version_id, ReturnValue.item, ReturnValue.amount).where(ReturnValue.version_id.in_(codes))
    for row in session.execute(values.where(ReturnValue.amount.is_not(None))):
        now.setdefault(codes[row.version_id], {})[row.item] = row.amount
    before = {code: _year_before(rng, amounts, programme) for code, amounts in now.items()}
    hold_previous(work, PreviousReading(before, ()), remark=REMARK)


def _amounts(answers: Mapping[str, Answer]) -> dict[str, Decimal]:
    return {code: answer.amount for code, answer in answers.items() if answer.amount is not None}


def _year_before(rng: random.Random, amounts: Mapping[str, Decimal], programme: Programme) -> dict[str, Decimal]:
    """A year before a year: all money less by one share and all counts by another, so that what fits together still does."""
    money, counts = rng.uniform(0.94, 0.99), rng.uniform(0.97, 1.0)
    return {code: _scaled(amount, programme.item(code), money, counts) for code, amount in amounts.items()}


def _scaled(amount: Decimal, item: Item, money: float, counts: float) -> Decimal:
    if item.unit == "GBP":
        return Decimal(round(float(amount) * money, -2 if amount > 1000 else 0)).quantize(Decimal(1))
    if item.unit in ("days", "percent", "hours", "score", "index"):
        return amount
    return Decimal(round(float(amount) * counts)) if item.whole else Decimal(str(round(float(amount) * counts, 1)))

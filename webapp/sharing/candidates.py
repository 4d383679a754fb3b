"""Reads for the question with whom a body could share a function: places, figures, and what is spent."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from webapp.access import seen_by, visible_cases
from webapp.accounts.models import Organisation
from webapp.cases.models import Case
from webapp.penalties.looking import looked_at, same_group
from webapp.register.models import Body
from webapp.returns.models import ReturnValue, ReturnVersion
from webapp.sharing.models import SharingGroup, SharingMember
from webapp.sharing.queries import belonging
from workflows.benchmarks.candidates import Matching, Place, match
from workflows.benchmarks.sharing import inside
from workflows.formulas import NotComputable, formula
from workflows.programme import Indicator, Programme
from workflows.programme.check import judged
from workflows.programme.rests import entered_items
from workflows.returns.figures import Figures
from workflows.returns.values import Answer
from workflows.roles import Actor


@dataclass(frozen=True)
class Question:
    """A function with the cost by which bodies are compared in it."""

    function: str
    name: str
    indicator: Indicator


def questions(programme: Programme) -> dict[str, Question]:
    """The functions of which a cost is judged, each with its first such cost that divides pounds by something else."""
    found: dict[str, Question] = {}
    for indicator in judged(programme):
        item = programme.find_item(indicator.numerator)
        if indicator.function not in found and item is not None and item.unit == "GBP" and indicator.denominator:
            found[indicator.function] = Question(indicator.function, programme.function(indicator.function).name, indicator)
    return found


def matching(session: Session, case: Case, question: Question, day: date, actor: Actor) -> tuple[Matching, frozenset[str]]:
    """Whom a body could share a function with on a day, of the bodies of its class in its round; and whose figures the actor
    may see, by code: those of cases and versions of returns that they may open. Three statements.
    """
    programme, indicator = case.round.programme, question.indicator
    looked = looked_at(session, case.round_id, programme, (indicator.code,), day, same_group(case.body, "class"))
    places = _places(session, case, question.function, day)
    found: dict[str, Place] = {}
    for subject in looked.subjects:
        figure = looked.figures[subject.code, indicator.code]
        usable = subject.standing != "not_returned" and not figure.faults(day)
        found[subject.code] = replace(places[subject.code], name=subject.name, value=figure.value if usable else None, ref=subject.ref)
    spent, seen = _spent(session, case, programme, indicator, actor)
    all_of_class = [replace(place, spent=spent.get(place.code)) for place in found.values()]
    own = next(place for place in all_of_class if place.code == case.body.code)
    return match(own, all_of_class), seen


def _places(session: Session, case: Case, function: str, day: date) -> dict[str, Place]:
    """The bodies of the case's class in its round: where they are, how large, and whether they share the function."""
    member, group, partnership = SharingMember, SharingGroup, Organisation
    query = (
        select(Case.headcount, Body.code, Body.class_name, Body.region, Body.police_force, partnership.name, Case.id, group.id, Body.code,
               group.id, group.name, group.functions, member.kind, member.starts, member.ends, group.starts, group.ends)
        .join(Body, Body.id == Case.body_id)
        .outerjoin(partnership, partnership.id == Case.partnership_id)
        .outerjoin(member, member.body_id == Body.id)
        .outerjoin(group, group.id == member.group_id)
        .where(Case.round_id == case.round_id, Body.class_name == case.body.class_name)
    )  # fmt: skip
    found: dict[str, Place] = {}
    for row in session.execute(query):
        people, code, class_name, region, police, partner = row[:6]
        place = found.setdefault(code, Place(code, code, class_name, region, partner, police, people))
        if row[7] is not None and inside([belonging(row[8:])], (function,), day):
            found[code] = replace(place, sharing=True)
    return found


def _spent(
    session: Session, case: Case, programme: Programme, indicator: Indicator, actor: Actor
) -> tuple[dict[str, float], frozenset[str]]:
    """What each body of the class spends on the function a year in pounds, the indicator's numerator; and whose figures the
    actor may see. One statement."""
    items = entered_items(programme, indicator)
    query = (
        select(Body.code, ReturnVersion.number, ReturnValue.item, ReturnValue.amount,
               and_(visible_cases(actor), seen_by(ReturnVersion.audience, actor)).label("seen"))
        .join(ReturnVersion, ReturnVersion.id == ReturnValue.version_id)
        .join(Case, Case.id == ReturnVersion.case_id)
        .join(Body, Body.id == Case.body_id)
        .where(Case.round_id == case.round_id, Body.class_name == case.body.class_name, ReturnVersion.frozen_at.is_not(None),
               ReturnValue.item.in_(items), ReturnValue.amount.is_not(None))
        .order_by(ReturnVersion.number)
    )  # fmt: skip
    newest: dict[str, tuple[int, dict[str, Decimal]]] = {}
    seen: dict[str, bool] = {}
    for code, number, item, amount, open_to_them in session.execute(query):
        seen[code] = bool(open_to_them)
        if code not in newest or newest[code][0] < number:
            newest[code] = (number, {})
        if amount is not None:
            newest[code][1][item] = amount
    found = {}
    for code, (_, amounts) in newest.items():
        figures = Figures(programme, {item: Answer(amount=amount) for item, amount in amounts.items()})
        try:
            found[code] = float(formula(indicator.numerator).value(lambda kind, name: figures.lookup(kind, name, indicator.function)))  # noqa: B023
        except NotComputable:
            continue
    return found, frozenset(code for code, open_to_them in seen.items() if open_to_them)

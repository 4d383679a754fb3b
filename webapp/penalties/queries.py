"""Reads for the penalty: the rules of a round, earlier savings, and what an indication rested on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.penalties.models import EarlierSaving, PenaltyIndication, PenaltyRule
from webapp.register.models import Round
from workflows.benchmarks.penalty import Saving, Subject, Why, saving_words
from workflows.benchmarks.rules import terms
from workflows.programme import Programme


def today(now: datetime) -> date:
    """The day in London: rules and memberships are dated by it."""
    return in_london(now).date()


def rules_of(session: Session, round_id: int, *, lock: bool = False) -> list[PenaltyRule]:
    """Every version of a round's rule, newest first: one statement. With `lock`, whoever changes one waits for whoever does."""
    query = select(PenaltyRule).where(PenaltyRule.round_id == round_id).order_by(PenaltyRule.version.desc())
    return list(session.scalars(query.with_for_update() if lock else query))


def in_force(rules: Iterable[PenaltyRule], day: date) -> PenaltyRule | None:
    """The rule that is in force on a day: the newest that was adopted and has begun by then. `rules` are newest first."""
    return next((rule for rule in rules if rule.in_force_on is not None and rule.in_force_on <= day), None)


def coming(rules: Iterable[PenaltyRule], day: date) -> PenaltyRule | None:
    """The adopted rule that will be in force later, if one waits."""
    return next((rule for rule in rules if rule.in_force_on is not None and rule.in_force_on > day), None)


def draft_of(rules: Iterable[PenaltyRule]) -> PenaltyRule | None:
    """The draft that waits for its adoption, if there is one."""
    return next((rule for rule in rules if rule.adopted_at is None and rule.dropped_at is None), None)


def terms_of(programme: Programme, rule: PenaltyRule) -> list[str]:
    """A rule in sentences, with the names of its programme."""
    labels = {code: found.label for code in rule.indicators if (found := programme.find_indicator(code))}
    functions = {code: function.name for code in rule.functions if (function := programme.find_function(code))}
    return terms(rule.rule, labels, functions)


@dataclass(frozen=True)
class PublicRule:
    """An adopted rule for everybody to read: the row, the officers are not named."""

    version: int
    name: str
    statement: str
    terms: list[str]
    adopted_at: datetime
    in_force_on: date
    reason: str


def adopted_rules(session: Session, round_: Round) -> list[PublicRule]:
    """The adopted rules of a round, newest first, as they are published: one statement."""
    return [
        PublicRule(rule.version, rule.name, rule.statement, terms_of(round_.programme, rule), rule.adopted_at, rule.in_force_on,
                   rule.adopted_reason)
        for rule in rules_of(session, round_.id) if rule.adopted_at is not None and rule.in_force_on is not None
    ]  # fmt: skip


def with_savings(subjects: Iterable[Subject], savings: Mapping[str, Sequence[Saving]]) -> list[Subject]:
    """The subjects with their earlier savings, by reference of the case."""
    return [replace(one, savings=tuple(savings[one.ref])) if one.ref in savings else one for one in subjects]


def savings_of_round(session: Session, round_id: int) -> dict[str, list[Saving]]:
    """The earlier savings that stand, by reference of the case: one statement."""
    query = (
        select(Case.ref, EarlierSaving.pounds, EarlierSaving.since, EarlierSaving.what, EarlierSaving.evidence)
        .join(Case, Case.id == EarlierSaving.case_id)
        .where(Case.round_id == round_id, EarlierSaving.withdrawn_at.is_(None))
        .order_by(EarlierSaving.id)
    )
    found: dict[str, list[Saving]] = {}
    for ref, pounds, since, what, evidence in session.execute(query):
        found.setdefault(ref, []).append(Saving(pounds, since, what, evidence))
    return found


def standing_savings(session: Session, case_id: int) -> tuple[Saving, ...]:
    """The earlier savings of one case that stand: one statement."""
    query = select(EarlierSaving.pounds, EarlierSaving.since, EarlierSaving.what, EarlierSaving.evidence)
    rows = session.execute(query.where(EarlierSaving.case_id == case_id, EarlierSaving.withdrawn_at.is_(None)).order_by(EarlierSaving.id))
    return tuple(Saving(*row) for row in rows)


def saving_reasons(savings: Sequence[Saving]) -> tuple[Why, ...]:
    """Earlier savings as what is noted beside an outcome."""
    return tuple(Why("savings", saving_words(saving)) for saving in savings)


def savings(session: Session, case_id: int) -> list[tuple[EarlierSaving, str]]:
    """The earlier savings of a case, also those taken back, each with who noted it: one statement."""
    query = select(EarlierSaving, Person.name).join(Person, Person.id == EarlierSaving.person_id)
    return [(one, who) for one, who in session.execute(query.where(EarlierSaving.case_id == case_id).order_by(EarlierSaving.id))]


def indication(session: Session, case_id: int) -> tuple[PenaltyIndication, PenaltyRule] | None:
    """The last indication of a case, with the rule in the version that it was made by: one statement."""
    query = (
        select(PenaltyIndication, PenaltyRule)
        .join(PenaltyRule, PenaltyRule.id == PenaltyIndication.rule_id)
        .where(PenaltyIndication.case_id == case_id)
        .order_by(PenaltyIndication.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None

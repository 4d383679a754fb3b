"""The demo's rule for the penalty, adopted long before anybody is indicated by it, and its sharing groups: all made up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from webapp.db import Database
from webapp.demo.people import HOME, REVIEWERS_HOME, People
from webapp.demo.walk import INDICATE
from webapp.penalties import verbs as penalties
from webapp.penalties.queries import draft_of, rules_of
from webapp.register.models import Body, Round
from webapp.sharing import verbs as sharing
from workflows.benchmarks.sharing import Span
from workflows.benchmarks.terms import proposed, read_terms

WHY = "Demo: the board asked for one rule for all, on the function that is shared most."
ADOPTED = "Demo: consulted on for a month; the margin leaves room for what the figures do not show."
EVIDENCE = "Demo: a joint committee’s agreement; it is made up, as is the group."


def adopt_rule(database: Database, people: People, opened: datetime) -> None:
    """One officer proposes the programme's own rule, another adopts it."""
    with database.work(people.officers[0], opened + timedelta(days=1)) as work:
        round_ = work.session.scalars(select(Round)).one()
        begin = proposed(round_.programme)
        assert begin is not None
        rule, reasons = read_terms({}, round_.programme, begin, 1)
        assert rule is not None, reasons
        penalties.propose(work, round_, rule, notice_days=begin.notice_days, reason=WHY)
    with database.work(people.officers[1], opened + timedelta(days=8)) as work:
        draft = draft_of(rules_of(work.session, round_.id))
        assert draft is not None
        penalties.adopt(work, draft, ADOPTED)


def found_groups(database: Database, people: People, opened: datetime, ways: Sequence[tuple[str, int | None, tuple[str, ...]]]) -> None:
    """A group of neighbours whose returns are made, with a body in talks that will be indicated all the same.

    None of them is a reviewer's own body: who shares with a body may not review it. `ways` are bodies in the order in which
    they were chosen, with their partnerships and where their cases go.
    """
    mine = ways[0][1] if ways else None
    inside = [code for code, partnership, route in ways if partnership == mine and "accept" in route and INDICATE not in route]
    inside = [code for code in inside if code not in (HOME, REVIEWERS_HOME)][:4]
    indicated = [code for code, _, route in ways if INDICATE in route]
    if len(inside) < 4:
        return
    first = date(opened.year - 1, 4, 1)
    with database.work(people.officers[0], opened + timedelta(days=2)) as work:
        bodies = {body.code: body for body in work.session.scalars(select(Body).where(Body.code.in_([*inside, *indicated[:1]])))}
        host, client, late, left = (bodies[code] for code in inside)
        group = sharing.add_group(work, name="Demo shared ledger", host=host, functions=("finance", "procurement"), span=Span(first),
                                  evidence=EVIDENCE)  # fmt: skip
        sharing.add_member(work, group, body=client, kind="client", span=Span(first), note="Demo: party to the agreement.")
        sharing.add_member(work, group, body=late, kind="client", span=Span(opened.date()), note="Demo: joined this year.")
        member = sharing.add_member(work, group, body=left, kind="client", span=Span(first), note="Demo: party until it left.")
        work.session.flush()
        sharing.end_member(work, group, member, opened.date() - timedelta(days=30))
        for code in indicated[:1]:
            sharing.add_member(
                work, group, body=bodies[code], kind="talks", span=Span(opened.date()), note="Demo: minutes of two meetings."
            )

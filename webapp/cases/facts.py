"""What guards ask about a case, answered from the database when asked, each at most once."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.challenge.models import Finding, Score
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from webapp.returns import queries as returns
from webapp.review.models import Annotation, Review
from workflows.engine import ActionFacts, FindingFacts, Reason
from workflows.returns.checks import gaps
from workflows.returns.figures import Figures
from workflows.review.conflicts import Standing, conflicts
from workflows.roles import Actor, Role


class CaseFacts:
    """The facts of one case for one actor at one time. `stays` are the current ones, and are kept up to date by moves."""

    def __init__(
        self,
        session: Session,
        case: Case,
        actor: Actor,
        now: datetime,
        stays: list[Stay] | None = None,
        action: Action | None = None,
    ) -> None:
        self.session = session
        self.case = case
        self.actor = actor
        self.now = now
        self._action = action
        self.stays = stays if stays is not None else current_stays(session, case.id)
        sector = case.round.programme.sector(case.sector)
        self.peer_review = sector.peer_review and case.partnership_id is not None
        self.challenge = sector.challenge
        self.plan = sector.plan

    @property
    def body_id(self) -> int:
        return self.case.body_id

    def stay(self, track: str, action_id: int | None = None) -> Stay | None:
        """Where a track, or the track of one action, stands now."""
        for stay in self.stays:
            if stay.track == track and stay.action_id == action_id:
                return stay
        return None

    def state(self, track: str) -> str | None:
        stay = self.stay(track, self._action.id if track == "action" and self._action else None)
        return stay.state if stay else None

    @cached_property
    def gaps(self) -> tuple[Reason, ...]:
        version = returns.newest_version(self.session, self.case.id)
        answers = returns.answers(self.session, version.id) if version else {}
        return gaps(Figures(self.case.round.programme, answers, headcount=self.case.headcount))

    @cached_property
    def prepared_by(self) -> frozenset[int]:
        return returns.preparers(self.session, self.case.id)

    @property
    def final_date_passed(self) -> bool:
        due = select(func.max(Deadline.due_at)).where(Deadline.case_id == self.case.id, Deadline.rule == "return_due")
        last = self.session.scalar(due)
        return last is not None and last < self.now

    @cached_property
    def _deadlines(self) -> list[tuple[str, datetime]]:
        query = select(Deadline.rule, Deadline.due_at).where(Deadline.case_id == self.case.id, Deadline.closed_at.is_(None))
        return [(row.rule, row.due_at) for row in self.session.execute(query)]

    def deadline_passed(self, rule: str) -> bool:
        return any(due < self.now for code, due in self._deadlines if code == rule)

    @cached_property
    def _assigned(self) -> list[tuple[str, int]]:
        query = select(Assignment.kind, Assignment.person_id).where(Assignment.case_id == self.case.id, Assignment.until.is_(None))
        return [(row.kind, row.person_id) for row in self.session.execute(query)]

    @property
    def reviewer_ids(self) -> frozenset[int]:
        return frozenset(person for kind, person in self._assigned if kind == "reviewer")

    @property
    def inspector_ids(self) -> frozenset[int]:
        return frozenset(person for kind, person in self._assigned if kind == "inspector")

    def conflicts(self, person_id: int) -> tuple[str, ...]:
        return conflicts_of(self.session, self.case, [person_id]).get(person_id, ())

    def may_be(self, person_id: int, role: Role) -> bool:
        query = (
            select(Membership.id)
            .join(Membership.person)
            .where(Membership.person_id == person_id, Membership.role == role.value, Membership.until.is_(None), Person.active)
        )
        if role is Role.REVIEWER:
            query = query.where(Membership.organisation_id == self.case.partnership_id)
        return self.session.scalar(query) is not None

    @cached_property
    def review_summary(self) -> str:
        return self.session.scalar(select(Review.summary).where(Review.case_id == self.case.id)) or ""

    @cached_property
    def open_queries(self) -> tuple[Reason, ...]:
        query = select(Annotation).where(Annotation.case_id == self.case.id, Annotation.state != "resolved")
        return self._open(self.session.scalars(query.order_by(Annotation.id)))

    def _open(self, annotations: Iterable[Annotation]) -> tuple[Reason, ...]:
        programme = self.case.round.programme
        return tuple(
            Reason(f"Resolve your query on “{programme.item(found.item).label}”.", f"review#annotation-{found.id}")
            for found in annotations
            if found.kind in ("query", "correction") and found.state != "resolved"
        )

    def have_read(self, review: Review | None, annotations: Iterable[Annotation]) -> None:
        """Take over what a page has read of the whole review, so that the guards need not ask for it again."""
        self.review_summary = review.summary if review else ""
        self.open_queries = self._open(annotations)

    @cached_property
    def findings(self) -> tuple[FindingFacts, ...]:
        query = select(Finding).where(Finding.case_id == self.case.id, Finding.decision != "withdrawn")
        found = self.session.scalars(query.order_by(Finding.number))
        return tuple(FindingFacts(f.id, f.number, bool(f.recommendation.strip()), f.response or None, bool(f.decision)) for f in found)

    @cached_property
    def scored_kloe(self) -> frozenset[str]:
        return frozenset(self.session.scalars(select(Score.kloe).where(Score.case_id == self.case.id)))

    @cached_property
    def actions(self) -> tuple[ActionFacts, ...]:
        query = select(Action).where(Action.case_id == self.case.id).order_by(Action.number)
        return tuple(self._facts_of(action) for action in self.session.scalars(query))

    @property
    def action(self) -> ActionFacts | None:
        return self._facts_of(self._action) if self._action else None

    def _facts_of(self, action: Action) -> ActionFacts:
        stay = self.stay("action", action.id)
        state = stay.state if stay else "proposed"
        return ActionFacts(
            action.id, action.number, action.finding_id, state, action.owner_id, action.due_on is not None, action.reported_by
        )

    def did(self, track: str, transition: str) -> int | None:
        query = (
            select(Stay.person_id)
            .where(Stay.case_id == self.case.id, Stay.track == track, Stay.transition == transition)
            .order_by(Stay.id.desc())
            .limit(1)
        )
        return self.session.scalar(query)


def current_stays(session: Session, case_id: int) -> list[Stay]:
    """Where every track of a case, and of its actions, stands now."""
    return list(session.scalars(select(Stay).where(Stay.case_id == case_id, Stay.until.is_(None)).order_by(Stay.id)))


def conflicts_of(session: Session, case: Case, people: list[int]) -> dict[int, tuple[str, ...]]:
    """The conflicts of interest of several people with one case: two statements, however many people."""
    memberships: dict[int, set[int]] = {person: set() for person in people}
    held = select(Membership.person_id, Membership.organisation_id).where(Membership.person_id.in_(people), Membership.until.is_(None))
    for row in session.execute(held):
        memberships[row.person_id].add(row.organisation_id)
    theirs = (
        select(Case.body_id)
        .join(Assignment, Assignment.case_id == Case.id)
        .join(Membership, Membership.person_id == Assignment.person_id)
        .where(Case.round_id == case.round_id, Assignment.kind == "reviewer", Assignment.until.is_(None))
        .where(Membership.organisation_id == case.body_id, Membership.until.is_(None))
    )
    reviewed = frozenset(session.scalars(theirs))
    name = case.body.organisation.name
    return {
        person: conflicts(Standing(frozenset(organisations), case.body_id, name, reviewed)) for person, organisations in memberships.items()
    }

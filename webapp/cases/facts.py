"""What guards ask about a case, answered from the database when asked, each at most once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, String, and_, bindparam, cast, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from webapp.access import Whoever, values_of
from webapp.accounts.models import Membership, Person
from webapp.allocation.models import Interest, Overrule
from webapp.cases import looking
from webapp.cases.looking import Looked
from webapp.cases.models import Assignment, Case, Stay
from webapp.challenge.models import Finding, Score
from webapp.checks import queries as checks
from webapp.checks.queries import Entered
from webapp.db import UtcDateTime, read_rows
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import CaseDeadline, filed_at, runs
from webapp.penalties import judging
from webapp.penalties import queries as penalties
from webapp.plans.models import Action
from webapp.returns.history import History
from webapp.returns.models import ReturnVersion
from webapp.review.models import Annotation, DraftComment, Reply, Review
from webapp.review.names import every_reviewer, numbers_of, read_numbers
from webapp.sharing.queries import in_force, shares, sharing_with
from workflows.deadlines.calendar import london_day
from workflows.engine import ActionFacts, CorrectionFacts, FindingFacts, HeadcountFacts, PenaltyFacts, Reason
from workflows.returns.checks import Checked
from workflows.returns.corrections import choices
from workflows.returns.differences import entered_differences, said_differences
from workflows.returns.explanations import belonging
from workflows.returns.figures import Figures
from workflows.returns.lateness import Lateness, lateness
from workflows.returns.values import quoted
from workflows.review.annotations import ASKING
from workflows.review.conflicts import Standing, conflicts, since
from workflows.review.overruling import standing
from workflows.roles import Actor, Role, Side


class OpenDeadline(NamedTuple):
    """A deadline that runs: by which rule, for which role, of which action, and who may see it."""

    rule: str
    role: str
    action_id: int | None
    audience: int
    due_at: datetime


class Query(NamedTuple):
    """A query or a wanted correction that is not resolved: for whom it is, when it was sent to the body, and whether an answer, or
    a question that asks again, waits to be sent."""

    id: int
    item: str
    state: str
    addressee: str
    sent_at: datetime | None
    answer_waits: bool
    asks_again: bool

    @property
    def to_send(self) -> bool:
        """Whether it goes to the body with the next questions."""
        return self.addressee == "body" and self.state == "open" and (self.sent_at is None or self.asks_again)

    @property
    def unanswered(self) -> bool:
        """Whether the body was asked and has not written an answer."""
        return self.state == "open" and self.sent_at is not None and not self.answer_waits


class Assigned(NamedTuple):
    """Somebody who works on the case: as what, whether they lead the review, and since when they have accepted it."""

    kind: str
    person_id: int
    lead: bool
    accepted_at: datetime | None


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
        self.stays = stays if stays is not None else self._read_stays()
        sector = case.round.programme.sector(case.sector)
        self.peer_review = sector.peer_review and case.partnership_id is not None
        self.challenge = sector.challenge
        self.plan = sector.plan

    def _read_stays(self) -> list[Stay]:
        """The current stays; in the same statement the numbers of the reviewers and what is news to the actor, and to a reviewer
        who reviews, who leads, and whether they accepted."""
        if self.actor.role is None:
            return current_stays(self.session, self.case.id)
        rows = self.session.execute(_stays_for(self.actor.role), {"case": self.case.id, **values_of(self.actor)}).all()
        for _, *looked, numbers, lead, mine, every in rows[:1]:
            self.know(looked=looking.read(looked), reviewer_numbers=read_numbers(numbers))
            if self.actor.role is Role.REVIEWER:
                reviewers = frozenset(int(one) for one in (every or "").split(",") if one)
                self.know(lead_id=lead, accepted=bool(mine), reviewer_ids=reviewers)
        return [row[0] for row in rows]

    def know(self, **read: Any) -> None:
        """Answer these from what a page has read already, so that it is not read twice."""
        self.__dict__.update(read)

    def know_deadlines(self, found: Iterable[CaseDeadline]) -> None:
        """The same for the deadlines of the case, open and closed, soonest first."""
        self.know(_deadlines=[(OpenDeadline(d.rule, d.role, d.action_id, d.audience, d.due_at), d.closed_at, d.filed_at)
                              for d in found if d.stopped_at is None])  # fmt: skip

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

    @property
    def items(self) -> dict[str, str]:
        """What can be chosen of the return, with its label."""
        return choices(self.case.round.programme)

    @cached_property
    def history(self) -> History:
        """The versions of the return, with what they hold."""
        return History(self.session, self.case.id)

    @cached_property
    def entered(self) -> Entered | None:
        """All that was entered in the newest version of the return that counts, draft or signed off."""
        return self.history.entered(self.history.newest)

    @cached_property
    def checked(self) -> Checked:
        """The newest version of the return with its checks. While it waits for the signature it is compared with the returns
        that were signed off before it was submitted: nothing that others do can hold it up any more."""
        here = self.stay("return")
        before = here.since if here is not None and here.state == "awaiting_sign_off" else None
        return checks.checked(self.session, self.case, self.entered, before=before)

    @property
    def gaps(self) -> tuple[Reason, ...]:
        return self.checked.gaps

    @property
    def prepared_by(self) -> frozenset[int]:
        """Everybody who entered a value or an explanation of the newest version, carried over or not."""
        return frozenset(self.entered.people) if self.entered else frozenset()

    @property
    def _corrected(self) -> ReturnVersion | None:
        draft = self.history.draft
        return self.history.before(draft) if draft is not None else None

    @property
    def signed_version(self) -> int | None:
        signed = self.history.signed
        return signed.number if signed is not None else None

    @cached_property
    def correction(self) -> CorrectionFacts | None:
        draft, of = self.history.draft, self._corrected
        if draft is None or of is None:
            return None
        only = tuple(self.items[code] for code in draft.reopened if code in self.items)
        return CorrectionFacts(of.number, draft.volunteered, only, draft.volunteered and self.history.stood == "accepted")

    @cached_property
    def correction_changes(self) -> bool:
        """Whether the draft says anything else than the version that it corrects."""
        draft, of, history, programme = self.history.draft, self._corrected, self.history, self.case.round.programme
        if entered_differences(programme, history.answers(of), history.answers(draft)):
            return True
        figures = Figures(programme, history.answers(draft))
        return bool(said_differences(*(belonging(history.explanations(one), figures) for one in (of, draft))))

    @property
    def headcount(self) -> HeadcountFacts:
        case, stay = self.case, self.stay("return")
        near = case.round.programme.threshold_warning_percent
        if stay is None or stay.state != "headcount_declared" or stay.entered is None:
            return HeadcountFacts(case.headcount, case.round.threshold, near)
        declared = int(stay.entered["count"])
        return HeadcountFacts(case.headcount, case.round.threshold, near, declared, stay.person_id, stay.came_from == "exempt")

    @property
    def lateness(self) -> Lateness | None:
        """How late the return is, or was when it was made."""
        filed_at = next((filed_at for *_, filed_at in self._deadlines), None)
        return lateness(self.state("return"), self.return_due, filed_at, self.now)

    @property
    def final_date_passed(self) -> bool:
        return self.return_due is not None and self.return_due < self.now

    @cached_property
    def _deadlines(self) -> list[tuple[OpenDeadline, datetime | None, datetime | None]]:
        """The deadlines that run, and those of the return whether they run or not, soonest first: each with when it was closed,
        and when the return was first signed off. One statement."""
        rows = read_rows(self.session, _deadlines_of_note(), {"case": self.case.id})
        return [(OpenDeadline(*row[:5]), row[5], row[6]) for row in rows]

    @cached_property
    def open_deadlines(self) -> list[OpenDeadline]:
        """The deadlines of the case and its actions that run, soonest first."""
        return [found for found, closed_at, _ in self._deadlines if closed_at is None]

    @cached_property
    def return_due(self) -> datetime | None:
        """When the return is, or was, due; an extension or a later start counts."""
        return max((found.due_at for found, *_ in self._deadlines if found.rule == "return_due"), default=None)

    def deadline_passed(self, rule: str) -> bool:
        return any(found.due_at < self.now for found in self.open_deadlines if found.rule == rule)

    @cached_property
    def _assigned(self) -> list[Assigned]:
        query = select(Assignment.kind, Assignment.person_id, Assignment.lead, Assignment.accepted_at)
        query = query.where(Assignment.case_id == self.case.id, Assignment.until.is_(None))
        return [Assigned(*row) for row in self.session.execute(query)]

    @cached_property
    def reviewer_ids(self) -> frozenset[int]:
        return frozenset(one.person_id for one in self._assigned if one.kind == "reviewer")

    @cached_property
    def reviewer_numbers(self) -> dict[int, int]:
        """The number of each who reviews the case or did, by person."""
        return numbers_of(self.session, self.case.id)

    @cached_property
    def looked(self) -> Looked:
        """How far the actor has seen the case, and what is news to them; nothing, where it was not read with the stays."""
        return Looked()

    @cached_property
    def lead_id(self) -> int | None:
        return next((one.person_id for one in self._assigned if one.lead), None)

    @cached_property
    def accepted(self) -> bool:
        """Whether the actor reviews the case and has accepted it."""
        return any(one.person_id == self.actor.person_id and one.accepted_at is not None for one in self._assigned)

    @property
    def inspector_ids(self) -> frozenset[int]:
        return frozenset(one.person_id for one in self._assigned if one.kind == "inspector")

    def conflicts(self, person_id: int) -> tuple[str, ...]:
        return conflicts_of(self.session, self.case, [person_id], penalties.today(self.now)).get(person_id, ())

    def standing_conflicts(self, person_id: int) -> tuple[str, ...]:
        """The conflicts of interest that no overrule in force covers."""
        against = self.conflicts(person_id)
        if not against:
            return ()
        made = select(Overrule).where(Overrule.case_id == self.case.id, Overrule.person_id == person_id)
        return standing(against, [one.rule for one in self.session.scalars(made)], penalties.today(self.now))

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
    def queries(self) -> list[Query]:
        """The queries and wanted corrections of the reviewer that are not resolved, oldest first."""
        return [Query(*row) for row in read_rows(self.session, _unresolved(), {"case": self.case.id})]

    @property
    def queries_to_send(self) -> int:
        return sum(query.to_send for query in self.queries)

    @cached_property
    def undecided_comments(self) -> int:
        waits = DraftComment.sent_at.is_not(None), DraftComment.decision == ""
        return self.session.scalar(select(func.count()).select_from(DraftComment).where(DraftComment.case_id == self.case.id, *waits)) or 0

    @property
    def open_queries(self) -> tuple[Reason, ...]:
        return tuple(
            Reason(f"Resolve your query on {self._quoted(query.item)}: {_answered(query)}.", f"review#annotation-{query.id}")
            for query in self.queries
        )

    @property
    def unanswered_queries(self) -> tuple[Reason, ...]:
        return tuple(
            Reason(f"Answer the question on {self._quoted(query.item)}.", f"review?answer={query.id}#annotation-{query.id}")
            for query in self.queries if query.unanswered
        )  # fmt: skip

    def _quoted(self, code: str) -> str:
        return quoted(self.case.round.programme.called(code))

    @cached_property
    def findings(self) -> tuple[FindingFacts, ...]:
        query = select(Finding).where(Finding.case_id == self.case.id, Finding.decision != "withdrawn")
        found = self.session.scalars(query.order_by(Finding.number))
        return tuple(FindingFacts(f.id, f.number, bool(f.recommendation.strip()), f.response or None, bool(f.decision)) for f in found)

    @cached_property
    def scored_kloe(self) -> frozenset[str]:
        return frozenset(self.session.scalars(select(Score.kloe).where(Score.case_id == self.case.id)))

    @cached_property
    def judged(self) -> judging.Judged | None:
        """What the rule for the penalty that is in force says of the body today: two statements."""
        return judging.judge(self.session, self.case, penalties.today(self.now))

    @property
    def penalty(self) -> PenaltyFacts:
        return judging.facts_of(self.judged)

    @property
    def actions(self) -> tuple[ActionFacts, ...]:
        found = (stay.action for stay in self.stays if stay.action is not None)
        return tuple(self._facts_of(action) for action in sorted(found, key=lambda action: action.number))

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
        return self._movers.get((track, transition))

    @cached_property
    def _movers(self) -> dict[tuple[str, str], int | None]:
        """Who made each transition last, by track and name: one statement for all of them."""
        query = select(Stay.track, Stay.transition, Stay.person_id).where(Stay.case_id == self.case.id).order_by(Stay.id)
        return {(row.track, row.transition): row.person_id for row in self.session.execute(query)}


def _answered(query: Query) -> str:
    if query.state == "answered":
        return "the body has answered it"
    if query.to_send:
        return "it was not sent to the body yet"
    return "the body has not answered it" if query.sent_at else "it is for the reviewers alone"


@cache
def _unresolved() -> Select[int, str, str, str, datetime | None, bool, bool]:
    waits = exists().where(Reply.annotation_id == Annotation.id, Reply.for_other, Reply.sent_at.is_(None))
    found = select(Annotation.id, Annotation.item, Annotation.state, Annotation.addressee, Annotation.sent_at,
                   waits.where(Reply.side == int(Side.BODY)), waits.where(Reply.side == int(Side.PARTNERSHIP)))  # fmt: skip
    standing = Annotation.state.in_(("open", "answered"))
    return found.where(Annotation.case_id == bindparam("case"), standing, Annotation.kind.in_(ASKING)).order_by(Annotation.id)


def current_stays(session: Session, case_id: int) -> list[Stay]:
    """Where every track of a case, and of its actions, stands now."""
    return list(session.scalars(_current_stays(), {"case": case_id}))


@cache
def _stays_for(role: Role) -> Select[*tuple[Any, ...]]:
    actor = Whoever(role)
    now = Assignment.case_id == bindparam("case"), Assignment.kind == "reviewer", Assignment.until.is_(None)
    told: list[Any] = [literal(None)] * 3
    if role is Role.REVIEWER:
        lead = select(Assignment.person_id).where(*now, Assignment.lead)
        mine = select(func.count(Assignment.accepted_at)).where(*now, Assignment.person_id == actor.person_id)
        every = select(func.aggregate_strings(cast(Assignment.person_id, String), ",")).where(*now)
        told = [one.scalar_subquery() for one in (lead, mine, every)]
    return _current_stays().add_columns(*looking.columns(actor), every_reviewer(), *told)


@cache
def _current_stays() -> Select[Stay]:
    query = select(Stay).options(joinedload(Stay.action)).where(Stay.case_id == bindparam("case"), Stay.until.is_(None))
    return query.order_by(Stay.id)


@cache
def _deadlines_of_note() -> Select[str, str, int | None, int, datetime, datetime | None, datetime | None]:
    found = select(Deadline.rule, Deadline.role, Deadline.action_id, Deadline.audience, Deadline.due_at, Deadline.closed_at, filed_at())
    noted = or_(and_(*runs(Deadline)), Deadline.rule == "return_due")
    return found.where(Deadline.case_id == bindparam("case"), noted).order_by(Deadline.due_at)


def conflicts_of(session: Session, case: Case, people: list[int], day: date) -> dict[int, tuple[str, ...]]:
    """The conflicts of interest of several people with one case on a day: one statement, however many people."""
    about = {case.body_id: Reviewed(case.body.organisation.name, case.body.acting_ids)}
    found = conflicts_among(session, case.round_id, about, people, day)
    return {person: found.get((case.body_id, person), ()) for person in people}


class Reviewed(NamedTuple):
    """A body whose return is reviewed: its name, and the organisations of which the people act for it (`Body.acting_ids`)."""

    name: str
    acting: tuple[int, ...]


def conflicts_among(
    session: Session, round_id: int, bodies: Mapping[int, Reviewed], people: Collection[int], day: date
) -> dict[tuple[int, int], tuple[str, ...]]:
    """The conflicts of interest on a day between several people and the returns of several bodies (by id) in a round, by body and
    person; no entry means none. One statement, however many of both."""
    acting = {one for reviewed in bodies.values() for one in reviewed.acting}
    organisations: dict[int, set[int]] = {person: set() for person in people}
    left: dict[tuple[int, int], date] = {}
    interests: dict[tuple[int, int], list[str]] = {}
    reviewing: dict[int, frozenset[int]] = {}
    sharing: dict[int, list[tuple[int, str, str, str]]] = {}
    rows: Iterable[Any] = session.execute(_standings(round_id, bodies, acting, people, day))
    for what, one, other, until, *words in rows:
        match what:
            case "interest":
                interests.setdefault((other, one), []).append(words[0])
            case "role" if until is None:
                organisations[one].add(other)
            case "role":
                left[other, one] = max(left.get((other, one), date.min), london_day(until))
            case "reviews":
                reviewing[one] = reviewing.get(one, frozenset()) | {other}
            case "shares":
                sharing.setdefault(one, []).append((other, *words))
    found = {}
    for body, (name, ours) in bodies.items():
        shared, theirs = shares(sharing.get(body, ())), frozenset().union(*(reviewing.get(one, frozenset()) for one in ours))
        for person, held_now in organisations.items():
            ended = max((left[one, person] for one in ours if (one, person) in left), default=None)
            told = tuple(kind for one in ours for kind in interests.get((one, person), ()))
            standing = Standing(frozenset(held_now), frozenset(ours), name, theirs, shared, ended, told)
            if against := conflicts(standing):
                found[body, person] = against
    return found


def _standings(round_id: int, bodies: Collection[int], acting: Collection[int], people: Collection[int], day: date) -> Any:
    """What the conflicts of some people with some bodies are computed from: their roles, and those that ended lately; the interests
    that they declared; the bodies whose returns people of these review in the round; and those that share with these."""
    recent = datetime.combine(since(day), time(), UTC)
    nothing, no_day = literal(""), literal(None, UtcDateTime())
    held = select(literal("role"), Membership.person_id, Membership.organisation_id, Membership.until, nothing, nothing, nothing)
    declared = select(literal("interest"), Interest.person_id, Interest.body_id, no_day, Interest.kind, nothing, nothing)
    theirs = (
        select(literal("reviews"), Membership.organisation_id, Case.body_id, no_day, nothing, nothing, nothing)
        .join(Assignment, Assignment.person_id == Membership.person_id)
        .join(Case, Case.id == Assignment.case_id)
        .where(Case.round_id == round_id, Assignment.kind.in_(("reviewer", "marker")), Assignment.until.is_(None))
        .where(Membership.organisation_id.in_(acting), Membership.until.is_(None))
    )
    shared = sharing_with(bodies, day).subquery().c
    return union_all(
        held.where(Membership.person_id.in_(people), or_(Membership.until.is_(None), Membership.until >= recent)),
        declared.where(Interest.person_id.in_(people), Interest.body_id.in_(acting), *in_force(Interest, day)),
        theirs,
        select(literal("shares"), shared[0], shared[1], no_day, shared[2], shared[3], shared[4]),
    )

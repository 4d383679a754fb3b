"""The second marking of a sample: drawn by a coordinator, marked blind by another reviewer, and opened to both once both have rated."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import record
from webapp.access import blind, must_be_open
from webapp.accounts.models import Person
from webapp.allocation import queries as allocation
from webapp.allocation.queries import Board, WaitingReturn
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Assignment, Case
from webapp.db import Work
from webapp.notices.queries import Recipient
from webapp.notices.verbs import tell_person
from webapp.register.models import Round
from webapp.review.models import SecondMark
from workflows.asks import Ask, Moment, read_number
from workflows.engine import Reason, Refused, problems_of
from workflows.programme import Function, Programme
from workflows.returns.track import REASON
from workflows.review.allocation import Given, Lack, propose
from workflows.review.marking import MOST_SEED, OPEN, draw
from workflows.roles import Actor, Role, Side

SHARE = Ask("percent", "Share of the reviews, per cent", kind="number", minimum=1, maximum=100, hint="For example, 20")
SEED = Ask("seed", "Seed", kind="number", maximum=MOST_SEED, hint="Any number. The same seed draws the same sample again")
SAMPLE_ASKS = (SHARE, SEED)
DECLINE_ASKS = (REASON,)
NOTE_LIMIT = 2000


@dataclass(frozen=True)
class Drawn:
    """One review of a sample, with whoever would mark it a second time, or why nobody can."""

    one: WaitingReturn
    marker: tuple[int, str] | None
    lack: str


@dataclass(frozen=True)
class Sample:
    """What a draw would do: of how many reviews, with which share and seed, and each review that is drawn."""

    percent: int
    seed: int
    among: int
    drawn: tuple[Drawn, ...]

    @property
    def said(self) -> str:
        """The draw as one text, so that what was looked at can be compared with what would be done now."""
        return " ".join(f"{one.one.id}:{one.marker[0] if one.marker else 0}" for one in self.drawn)


def sample(session: Session, round_: Round, partnership_id: int, day: date, inputs: Mapping[str, str], now: Moment) -> Sample:
    """Draw a share of the reviews of a partnership that go on and are not marked a second time yet, and find a marker for each as in the
    allocation. Nothing is written. Raises Refused with all that is wrong with share and seed."""
    if problems := problems_of(SAMPLE_ASKS, inputs, now):
        raise Refused("input", problems)
    percent, seed = read_number(inputs["percent"]), read_number(inputs["seed"])
    board = allocation.board(session, round_, partnership_id, day, None, states=OPEN)
    free = {one.ref: one for one in board.returns if not any(not declined for declined in one.marking.values())}
    chosen = [free[ref] for ref in draw(free, percent, seed)] if free else []
    pairs, lacks = _markers(board, chosen)
    drawn = []
    for one in chosen:
        who = board.by_id.get(pairs.get(one.id, 0))
        drawn.append(Drawn(one, (who.id, who.name) if who else None, lacks[one.id].words if one.id in lacks else ""))
    return Sample(percent, seed, len(free), tuple(drawn))


def _markers(board: Board, chosen: Collection[WaitingReturn]) -> tuple[dict[int, int], dict[int, Lack]]:
    """A second marker for each return: no conflict, overruled or not, nobody who reviews it or declined it, within load and days away."""
    barred = dict(board.conflicts_by_case)
    for one in chosen:
        for person in (*one.beside, *one.declined, *one.marking):
            barred[one.id, person] = ("They review it, or were asked before.",)
    before = frozenset((one.id, who.id) for one in chosen for who in board.colleagues if (one.body_id, who.id) in board.past)
    people = [who.as_reviewer(board.day) for who in board.colleagues]
    found = propose(Given([one.as_wanting for one in chosen], people, barred, frozenset(), before, board.reviewing), 1)
    return {one: people[0] for one, people in found.pairs.items() if people}, {lack.return_id: lack for lack in found.lacks}


def send(work: Work, drawn: Sample) -> int:
    """Ask everybody who was found to mark a second time; gives how many are asked. The draw itself is put on the record."""
    found = {one.one.id: one for one in drawn.drawn if one.marker}
    cases = allocation.cases_of(work.session, found)
    why = f"Second marking: {drawn.percent} per cent of {drawn.among} reviews, seed {drawn.seed}."
    for case_id, one in found.items():
        assert one.marker is not None
        case = cases[case_id]
        work.session.add(Assignment(case_id=case.id, kind="marker", person_id=one.marker[0], since=work.now, reason=why))
        person = work.session.get_one(Person, one.marker[0])
        to = Recipient(person.id, person.email, person.name)
        tell_person(work, case, "second_marking", Role.REVIEWER, to, occurrence="second-marking", items=[], why="")
    told = {"percent": drawn.percent, "seed": drawn.seed, "among": drawn.among, "drawn": [one.one.ref for one in drawn.drawn]}
    record.note(work, "second_marking.drawn", entity="second_marking", key=str(work.actor.organisation_id or ""),
                label="drew a sample for a second marking", audience=Side.PROGRAMME, why=why, new=told)  # fmt: skip
    return len(found)


@dataclass(frozen=True)
class Marking:
    """The second marking of a case: who marks it, and whether it is opened to both."""

    assignment: Assignment
    opened: bool


def marking_of(session: Session, case: Case, actor: Actor) -> Marking | None:
    """The second marking of a case as far as an actor may know of it: to its marker always, to a coordinator, and to the first
    reviewers once both have rated. One statement."""
    held = Assignment.case_id == case.id, Assignment.kind == "marker", Assignment.until.is_(None)
    query = select(Assignment, blind(Assignment, Assignment)).where(*held).order_by(Assignment.id.desc())
    row = session.execute(query.limit(1)).first()
    if row is None:
        return None
    found = Marking(row[0], not row[1])
    if actor.role is Role.REVIEWER and actor.person_id != found.assignment.person_id and not found.opened:
        return None
    return found


def marks(session: Session, marking: Marking, actor: Actor) -> dict[str, SecondMark]:
    """The marks of a second marking by function: the marker's own always, to others once they are handed in. One statement."""
    assignment = marking.assignment
    if actor.person_id != assignment.person_id and assignment.marked_at is None:
        return {}
    mine = SecondMark.case_id == assignment.case_id, SecondMark.person_id == assignment.person_id
    return {one.function: one for one in session.scalars(select(SecondMark).where(*mine).execution_options(populate_existing=True))}


def marked_functions(programme: Programme) -> list[Function]:
    """The functions that are marked: those that ask for figures, where the programme has a scale."""
    return [function for function in programme.functions if function.prefix] if programme.ratings else []


def save(work: Work, facts: CaseFacts, marking: Marking, said: Mapping[str, tuple[str, str]], *, hand_in: bool) -> None:
    """Keep the marker's rating (a step, or empty) and note of each function; with `hand_in` they are final. Raises Refused with all that
    is wrong, before anything is written."""
    _mine(work, facts, marking)
    programme = facts.case.round.programme
    steps, reasons = {str(rating.value) for rating in programme.ratings}, []
    for function in marked_functions(programme):
        rating, note = said.get(function.code, ("", ""))
        if rating and rating not in steps:
            reasons.append(Reason("Choose one of the steps of the scale.", f"#rating-{function.code}"))
        if hand_in and not rating:
            reasons.append(Reason(f"Rate {function.name} before you hand in.", f"#rating-{function.code}"))
        if len(note) > NOTE_LIMIT:
            reasons.append(Reason(f"A note must be {NOTE_LIMIT:,} characters or fewer.", f"#note-{function.code}"))
    if reasons:
        raise Refused("input", tuple(reasons))
    kept = marks(work.session, marking, work.actor)
    for function in marked_functions(programme):
        rating, note = said.get(function.code, ("", ""))
        mark = kept.get(function.code)
        if mark is None:
            if not (rating or note.strip()):
                continue
            mark = SecondMark(case_id=facts.case.id, function=function.code, person_id=work.actor.person_id, note="", at=work.now)
            work.session.add(mark)
        mark.rating, mark.note, mark.at = int(rating) if rating else None, note.strip(), work.now
    if hand_in:
        marking.assignment.marked_at = work.now


def decline(work: Work, facts: CaseFacts, marking: Marking, reason: str) -> None:
    """The marker declines, with the reason; the coordinator finds it on the page of the calibration and can draw again. Raises Refused."""
    _mine(work, facts, marking)
    if problems := problems_of(DECLINE_ASKS, {"reason": reason}, facts):
        raise Refused("input", problems)
    one = marking.assignment
    one.until, one.ended, one.reason = work.now, "declined", reason.strip()


def _mine(work: Work, facts: CaseFacts, marking: Marking) -> None:
    must_be_open("marks.write", facts.state("review"))
    if marking.assignment.person_id != work.actor.person_id:
        raise Refused("role", (Reason("Only whoever was asked to mark this return a second time does so.", "review"),))
    if marking.assignment.marked_at is not None:
        raise Refused("state", (Reason("You handed in your marks, so they stand as they are.", "review/marks"),))

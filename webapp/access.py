"""Every permission, and the one visibility rule. Deny by default: a view that names no permission is not served.

Two questions only are asked anywhere: *may this actor do this at all* (`PERMISSIONS`), and *which cases and which of
their things may this actor see* (`visible_cases`, `seen_by`: filters in SQL, under every page, list, count, search,
mail and export). Whoever sees a case stands in it in the role in which they act; what may be moved from there is for
the declared transitions to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from sqlalchemy import ColumnElement, Integer, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.cases.models import Assignment, Case, Stay
from webapp.record import Event
from webapp.register.models import Body
from webapp.returns.models import ReturnVersion
from workflows.engine import Reason, Refused
from workflows.programme.shape import GRANTING
from workflows.review.marking import OPEN, WRITING
from workflows.roles import Actor, Role, Side


@dataclass(frozen=True)
class Permission:
    """Something that may be done. `roles` may do it; with `on_case` only on a case that they see; with `track` only while that
    track of the case is in one of `states`, and else `closed` says why not; with `accepted` only once one has accepted the review.
    """

    name: str
    says: str
    roles: frozenset[Role] = frozenset()
    public: bool = False
    on_case: bool = False
    track: str = ""
    states: tuple[str, ...] = ()
    closed: str = ""
    accepted: bool = False


def _all() -> frozenset[Role]:
    return frozenset(Role)


CASE_ROLES = frozenset(Role) - {Role.ADMINISTRATOR}
OPEN_REVIEW = ("unallocated", "allocated", "in_review", "with_body", "draft_issued", "comments_in", "moderation")
"""The states of a review that is not final."""
R = Role
PERMISSIONS: dict[str, Permission] = {
    p.name: p
    for p in (
        Permission("public", "see what anybody may see", public=True),
        Permission("signed_in", "use one's own pages", _all()),
        Permission("cases.list", "list the cases that one sees", CASE_ROLES),
        Permission("case.see", "open a case", CASE_ROLES, on_case=True),
        Permission("case.move", "make the transitions of one's role", CASE_ROLES, on_case=True),
        Permission("return.edit", "fill in the return", frozenset({R.PREPARER}), on_case=True, track="return", states=("in_progress",),
                   closed="The return is not with you now, so its figures cannot be changed."),
        Permission("annotation.write", "annotate the return and write the review", frozenset({R.REVIEWER}), on_case=True,
                   track="review", states=("in_review", "with_body"),
                   closed="The review is not with you now, so nothing can be added to it.", accepted=True),
        Permission("reviewers.see", "see who reviews a return", frozenset({R.COORDINATOR, R.REVIEWER, R.OFFICER}), on_case=True),
        Permission("reviewers.keep", "add reviewers to a return, take them off and change the lead", frozenset({R.COORDINATOR}),
                   on_case=True, track="review", states=("allocated", "in_review", "with_body"),
                   closed="Reviewers are added, taken off and changed from when the review is allocated until its draft is issued."),
        Permission("reviewer.accept", "accept or decline one’s part of a review", frozenset({R.REVIEWER}), on_case=True,
                   track="review", states=("allocated", "in_review", "with_body"),
                   closed="A part of a review is accepted or declined until the draft is issued."),
        Permission("overrule.propose", "propose to overrule a conflict of interest", frozenset({R.COORDINATOR}), on_case=True,
                   track="review", states=OPEN_REVIEW, closed="A conflict can be overruled until the review is final."),
        Permission("overrule.decide", "approve or refuse to overrule a conflict that somebody else proposed to overrule",
                   frozenset({R.COORDINATOR, R.OFFICER}), on_case=True, track="review", states=OPEN_REVIEW,
                   closed="A conflict can be overruled until the review is final."),
        Permission("allocation.propose", "allocate returns to reviewers", frozenset({R.COORDINATOR})),
        Permission("reviewer.self", "say what one has room for, knows and has an interest in, as a reviewer", frozenset({R.REVIEWER})),
        Permission("annotation.answer", "answer a query on the return", frozenset({R.PREPARER, R.APPROVER}), on_case=True,
                   track="review", states=("with_body",),
                   closed="Questions can be answered while they are with the body: until you send the answers, or the review goes on."),
        Permission("draft.comment", "comment on the points of the draft review", frozenset({R.PREPARER, R.APPROVER}), on_case=True,
                   track="review", states=("draft_issued",), closed="Comments can be written while the draft is with the body."),
        Permission("comment.decide", "decide on the body’s comments on the draft", frozenset({R.COORDINATOR}), on_case=True,
                   track="review", states=("comments_in", "moderation"), closed="Comments are decided on while the review is moderated."),
        Permission("reviews.list", "see how all reviews of the partnership stand", frozenset({R.COORDINATOR})),
        Permission("case.nudge", "remind whoever has the turn in a review", frozenset({R.COORDINATOR}), on_case=True),
        Permission("review.preview", "see a review as the body, the auditor or the public would see it",
                   frozenset({R.COORDINATOR, R.REVIEWER, R.OFFICER}), on_case=True),
        Permission("phases.see", "see who sees what of a review in which phase", frozenset({R.COORDINATOR, R.REVIEWER, R.OFFICER})),
        Permission("marking.draw", "draw a sample of reviews to be marked a second time", frozenset({R.COORDINATOR})),
        Permission("marks.see", "see the marks of a second marking that one may see", frozenset({R.COORDINATOR, R.REVIEWER}), on_case=True),
        Permission("marks.write", "mark a return a second time", frozenset({R.REVIEWER}), on_case=True, track="review", states=OPEN,
                   closed="A return is marked a second time while its review goes on."),
        Permission("calibration.see", "see how the reviewers rate beside one another", frozenset({R.COORDINATOR})),
        Permission("finding.write", "record findings and scores", frozenset({R.INSPECTOR}), on_case=True, track="challenge",
                   states=("in_progress",), closed="Findings and scores can be recorded while the challenge is in progress."),
        Permission("finding.respond", "respond to findings", frozenset({R.APPROVER}), on_case=True, track="challenge",
                   states=("draft_issued",), closed="Findings can be responded to while the draft is with the body."),
        Permission("finding.decide", "decide on the body’s responses", frozenset({R.INSPECTOR}), on_case=True, track="challenge",
                   states=("response_in",), closed="Decisions can be recorded once the body’s response is in."),
        Permission("plan.write", "draw up the improvement plan", frozenset({R.APPROVER}), on_case=True, track="plan",
                   states=("awaited", "changes_requested"), closed="Actions can be added while the plan is with the body."),
        Permission("chase.list", "chase returns that are not there", frozenset({R.COORDINATOR, R.OFFICER})),
        Permission("contacts.write", "read and record contacts with a body", frozenset({R.COORDINATOR, R.OFFICER}), on_case=True),
        Permission("burden.see", "see the hours that returns took", frozenset({R.OFFICER})),
        Permission("delay.see", "see who had the cases of a round in hand, for how long, and who was late", frozenset({R.OFFICER})),
        Permission("evidence.upload", "add, replace and withdraw evidence", frozenset({R.PREPARER, R.APPROVER}), on_case=True),
        Permission("evidence.judge", "accept or refuse evidence", frozenset({R.REVIEWER, R.INSPECTOR}), on_case=True),
        Permission("evidence.store", "see where evidence is kept and how it is scanned", frozenset({R.ADMINISTRATOR})),
        Permission("succession.see", "see which bodies end, who takes their place, and the handovers that concern one",
                   frozenset({R.APPROVER, R.OFFICER})),
        Permission("succession.keep", "propose, apply and drop the handover of a body that ends", frozenset({R.OFFICER})),
        Permission("succession.sign", "sign or turn down a handover for one’s body", frozenset({R.APPROVER})),
        Permission("sharing.see", "see the sharing groups", CASE_ROLES),
        Permission("sharing.keep", "keep the sharing groups and their members", frozenset({R.OFFICER})),
        Permission("sharing.candidates", "see with whom a body could share",
                   frozenset({R.PREPARER, R.APPROVER, R.ACTION_OWNER, R.MANAGER, R.INSPECTOR, R.OFFICER}), on_case=True),
        Permission("penalty.rule", "try out, propose and adopt the rule for the penalty", frozenset({R.OFFICER})),
        Permission("savings.note", "note savings that the body made before", frozenset({R.APPROVER}), on_case=True),
        Permission("extension.ask", "ask for more time on what one owes",
                   frozenset({R.PREPARER, R.APPROVER, R.ACTION_OWNER, R.COORDINATOR, R.REVIEWER, R.MANAGER, R.INSPECTOR}), on_case=True),
        Permission("extension.decide", "grant or refuse more time, as the programme says of the deadline", frozenset(GRANTING),
                   on_case=True),
        Permission("extensions.list", "see the requests for more time that wait for one", frozenset(GRANTING)),
        Permission("extensions.bulk", "give a whole class of bodies more time", frozenset({R.OFFICER})),
        Permission("closings.keep", "enter and take back the days on which a body is closed", frozenset({R.APPROVER, R.OFFICER}),
                   on_case=True),
        Permission("round.dates", "see and change the dates of a round", frozenset({R.OFFICER})),
        Permission("round.open", "open a round", frozenset({R.OFFICER})),
        Permission("messages.see", "see what the messages of a round say", frozenset({R.OFFICER})),
        Permission("messages.change", "change what the messages of a round say", frozenset({R.OFFICER})),
        Permission("round.publish", "publish the figures of a round", frozenset({R.OFFICER})),
        Permission("benchmarks.see", "see a body’s figures among others", frozenset({R.PREPARER, R.APPROVER, R.OFFICER}), on_case=True),
        Permission("context.write", "put a note beside one’s published figures", frozenset({R.PREPARER, R.APPROVER}), on_case=True),
        Permission("group.ask", "ask for a comparator group of one’s own", frozenset({R.APPROVER}), on_case=True),
        Permission("group.decide", "decide on a comparator group", frozenset({R.OFFICER}), on_case=True),
        Permission("reminders.all", "see what will be sent to everybody, and simulate a round", frozenset({R.OFFICER})),
        Permission("reminders.pause", "pause reminders to the people of a body", frozenset({R.OFFICER}), on_case=True),
        Permission("mail.keep", "hold, release, cancel and send mail again", frozenset({R.OFFICER})),
        Permission("record.verify", "verify the record", frozenset({R.OFFICER, R.ADMINISTRATOR, R.MANAGER})),
        Permission("people.list", "see people and their roles", frozenset({R.OFFICER, R.ADMINISTRATOR})),
        Permission("people.change", "add people, give and end their roles, and let them in", frozenset({R.ADMINISTRATOR})),
    )
}  # fmt: skip

View = TypeVar("View", bound=Callable[..., Any])


def needs(permission: str) -> Callable[[View], View]:
    """Name the permission that a view needs. Raises KeyError at import for one that is not declared."""
    rule = PERMISSIONS[permission]

    def mark(view: View) -> View:
        view.permission = rule  # type: ignore[attr-defined]
        return view

    return mark


def may(actor: Actor, permission: str) -> bool:
    """Whether an actor's role has a permission. On a case, ask this only of one that the actor sees."""
    rule = PERMISSIONS[permission]
    return rule.public or (actor.role is not None and actor.role in rule.roles)


def may_now(actor: Actor, permission: str, state: str | None) -> bool:
    """Whether an actor may do something on a case that they see, as the permission's track is in that state."""
    return may(actor, permission) and state in PERMISSIONS[permission].states


def must_be_open(permission: str, state: str | None) -> None:
    """Raise Refused, with the reason, unless the permission's track is in a state in which it may be used."""
    rule = PERMISSIONS[permission]
    if state not in rule.states:
        raise Refused("state", (Reason(rule.closed, rule.track),))


def standing(actor: Actor) -> frozenset[Role]:
    """The roles that an actor holds on a case which they see: the one in which they act."""
    return frozenset({actor.role}) if actor.role in CASE_ROLES else frozenset()


@dataclass(frozen=True)
class Whoever:
    """Anybody who acts in a role, for a statement that is built once for all of them: `values_of` gives it the one who asks.

    With `beside` it is somebody of that role who looks with the eyes of `role`: they see what both may see, and nothing else.
    """

    role: Role | None
    beside: Role | None = None
    person_id: ClassVar[ColumnElement[int]] = bindparam("acting_person", type_=Integer)
    organisation_id: ClassVar[ColumnElement[int]] = bindparam("acting_organisation", type_=Integer)

    @property
    def side(self) -> Side:
        return self.role.side if self.role else Side.NOBODY


def values_of(actor: Actor) -> dict[str, Any]:
    """The values of one actor for a statement that was built for `Whoever` acts in their role."""
    return {"acting_person": actor.person_id, "acting_organisation": actor.organisation_id}


def visible_cases(actor: Actor | Whoever) -> ColumnElement[bool]:
    """The visibility rule for cases, as a filter in SQL."""
    match actor.role:
        case Role.PREPARER | Role.APPROVER | Role.ACTION_OWNER:
            answered = select(Body.id).where(Body.answered_by_id == actor.organisation_id)
            return or_(Case.body_id == actor.organisation_id, Case.body_id.in_(answered))
        case Role.COORDINATOR:
            return Case.partnership_id == actor.organisation_id
        case Role.REVIEWER:
            return and_(Case.partnership_id == actor.organisation_id, _assigned(actor, "reviewer", "marker"))
        case Role.INSPECTOR:
            return _assigned(actor, "inspector")
        case Role.MANAGER | Role.OFFICER:
            return true()
        case _:
            return false()


def _assigned(actor: Actor | Whoever, *kinds: str) -> ColumnElement[bool]:
    return exists().where(
        Assignment.case_id == Case.id,
        Assignment.kind.in_(kinds),
        Assignment.person_id == actor.person_id,
        Assignment.until.is_(None),
    )


def seen_by(audience: InstrumentedAttribute[int], actor: Actor | Whoever) -> ColumnElement[bool]:
    """The visibility rule for the things of a visible case: the actor's side is among the thing's audience; and what the first
    reviewers said (a thing that is `blinded`) is not seen by whoever marks the case a second time, until both have rated."""
    rule = audience.bitwise_and(int(actor.side)) != 0
    if isinstance(actor, Whoever) and actor.beside is not None:
        rule = and_(rule, audience.bitwise_and(int(actor.beside.side)) != 0)
    thing = audience.parent.entity
    if actor.role is Role.REVIEWER and getattr(thing, "blinded", False):
        return and_(rule, ~blind(thing, actor))
    return rule


def blind(thing: Any, actor: Any) -> ColumnElement[bool]:
    """Whether an actor (or whoever a row's `person_id` names) marks the case of a thing a second time, and they or its first reviewers
    have not rated it yet."""
    mine, stay = aliased(Assignment), aliased(Stay)
    rating = exists().where(stay.case_id == mine.case_id, stay.track == "review", stay.until.is_(None), stay.state.in_(WRITING))
    marks = mine.case_id == thing.case_id, mine.kind == "marker", mine.person_id == actor.person_id, mine.until.is_(None)
    return exists().where(*marks, or_(mine.marked_at.is_(None), rating.correlate(mine))).correlate(thing)


def seen_events(actor: Actor | Whoever) -> ColumnElement[bool]:
    """The visibility rule for events: their audience, and for the auditor and the programme also who changed which figure
    of a return up to a sign-off that they see. A draft's changes are for the body alone until then.
    """
    rule = seen_by(Event.audience, actor)
    if actor.side not in (Side.AUDITOR, Side.PROGRAMME):
        return rule
    signed_off = exists().where(
        ReturnVersion.case_id == Event.case_id, ReturnVersion.frozen_at >= Event.at, seen_by(ReturnVersion.audience, actor)
    )
    return or_(rule, and_(Event.entity == "return_value", signed_off))


def sees(actor: Actor | Whoever, audience: int) -> bool:
    """The same rule for a thing already in hand."""
    return bool(actor.side & Side(audience))

"""Correct a signed-off return: open a new version with what is to be corrected, open more of it, or withdraw it."""

from sqlalchemy import select

from webapp.cases.moves import Move, effect
from webapp.checks import verbs as explanations
from webapp.returns import queries
from webapp.returns.models import ReturnSection, ReturnValue, ReturnVersion
from workflows.asks import read_items
from workflows.engine import Reason, Refused
from workflows.returns.corrections import reopened
from workflows.roles import Side

COPIED = ("item", "amount", "answer_text", "note", "basis", "not_known", "known_by", "prefilled", "person_id", "changed_at")


@effect("open_correction")
def open_correction(move: Move) -> None:
    """A new version that begins with what the signed one says. What was asked for was kept when it was; who volunteers a
    correction says now why, and whether it is material."""
    history, asked_for = move.facts.history, move.facts.stay("return")
    signed = history.signed
    if signed is None or history.draft is not None or asked_for is None:
        raise Refused("state", (Reason("There is no signed-off version to correct.", "return"),))
    volunteered = move.transition.name == "volunteer_correction"
    entered = {} if volunteered else asked_for.entered or {}
    material = move.inputs["material"] if volunteered else entered.get("material", "")
    version = ReturnVersion(
        case_id=move.case.id, number=history.versions[-1].number + 1, audience=int(Side.BODY), volunteered=volunteered,
        reason=move.inputs["reason"].strip() if volunteered else asked_for.why,
        material=material == "yes" if material else None,
        reopened=reopened(move.case.round.programme, read_items(entered.get("items", ""))),
    )  # fmt: skip
    move.work.session.add(version)
    move.work.session.flush()
    _carry_over(move, signed, version)


def _carry_over(move: Move, signed: ReturnVersion, version: ReturnVersion) -> None:
    session, ids = move.work.session, {"version_id": version.id, "case_id": move.case.id}
    for old in queries.values(session, signed.id).values():
        copy = ReturnValue(**ids, **{name: getattr(old, name) for name in COPIED})
        copy.carried = True
        session.add(copy)
    explanations.carry(move.work, signed, version)
    for section in session.scalars(select(ReturnSection).where(ReturnSection.version_id == signed.id)):
        session.add(ReturnSection(**ids, function=section.function, owner_id=section.owner_id))


@effect("reopen_items")
def reopen_items(move: Move) -> None:
    """More items are opened beside those that were asked for."""
    draft = move.facts.history.draft
    if draft is None:
        raise Refused("state", (Reason("There is no correction to open more items of.", "return"),))
    draft.reopened = reopened(move.case.round.programme, [*draft.reopened, *read_items(move.inputs["items"])])


@effect("withdraw_version")
def withdraw_version(move: Move) -> None:
    """The correction stands for nothing any more; it is kept, and the signed version stands."""
    draft = move.facts.history.draft
    if draft is None:
        raise Refused("state", (Reason("There is no correction to withdraw.", "return"),))
    draft.withdrawn_at = move.work.now

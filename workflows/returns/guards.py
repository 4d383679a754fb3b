"""What must hold for the moves of the return, each with the reason why not and how to mend it."""

from collections.abc import Iterable

from workflows.engine import Facts, Guard, Inputs, Reason
from workflows.returns import headcount
from workflows.returns.values import quoted
from workflows.roles import Role


def _complete(facts: Facts, _: Inputs) -> Iterable[Reason]:
    return facts.gaps


def _somebody_else_signs(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id in facts.prepared_by:
        yield Reason(
            "You entered figures or explanations of this version, so somebody else must sign it off. Ask another approver of your body.",
            "return",
        )


def _something_changed(facts: Facts, _: Inputs) -> Iterable[Reason]:
    correction = facts.correction
    if correction is not None and not facts.correction_changes:
        of = f"version {correction.of_version}"
        same = f"; not changed: {_listed(correction.only)}" if correction.only else ""
        yield Reason(
            f"Nothing differs from {of}{same}. Correct what is wrong, or withdraw the correction: {of} then stands.",
            "return/differences",
        )


def _listed(labels: tuple[str, ...]) -> str:
    named = [quoted(label) for label in labels[:4]]
    if len(labels) > 4:
        named.append(f"{len(labels) - 4} more")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _correcting(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.correction is None:
        yield Reason("No version has been signed off yet, so there is no correction to withdraw.", "return")


def _not_to_accepted(facts: Facts, _: Inputs) -> Iterable[Reason]:
    correction = facts.correction
    if correction is not None and correction.volunteered and correction.was_accepted:
        yield Reason("The correction was your own, of an accepted return: withdrawn, it leaves the return accepted.", "return")


def _to_accepted(facts: Facts, _: Inputs) -> Iterable[Reason]:
    correction = facts.correction
    if correction is None or not (correction.volunteered and correction.was_accepted):
        yield Reason("This is for a correction that the body itself began of an accepted return.", "return")


def _in_part(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.correction is None or not facts.correction.only:
        yield Reason("Every item is open to change already.", "return")


def _never_signed(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.signed_version is not None:
        yield Reason(f"Version {facts.signed_version} was signed off: a return was made, whatever is still to be corrected.", "return")


def _final_date_passed(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.final_date_passed:
        yield Reason("The date by which returns are due has not passed yet.", "")


def _review_open(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("review") == "final" or facts.state("challenge") not in (None, "waived", "unallocated"):
        yield Reason("The peer review is final, or the auditor has begun: the accepted return stays as it is.", "review")


def _line_near(facts: Facts, _: Inputs) -> Iterable[Reason]:
    """A body proves its count where it is exempt or only just above the line; an officer may enter what any body proved."""
    known = facts.headcount
    if known.line <= 0:
        yield Reason("Every body takes part in this round, whatever its size.", "")
    elif known.count is None or facts.state("return") == "exempt" or facts.actor.role is Role.OFFICER:
        return
    elif not headcount.near(known.count, known.line, known.near_percent):
        yield Reason(f"{known.count:,} is well above the line of {known.line}. If it is wrong, write to the programme team.", "")


def _declared_above(facts: Facts, _: Inputs) -> Iterable[Reason]:
    known = facts.headcount
    if known.declared is None or headcount.exempt(known.declared, known.line):
        yield Reason(f"This is for a declared count of more than {known.line}.", "")


def _declared_exempt(facts: Facts, _: Inputs) -> Iterable[Reason]:
    known = facts.headcount
    if known.declared is None or not headcount.exempt(known.declared, known.line):
        yield Reason(f"This is for a declared count of {known.line} or fewer.", "")


def _was_exempt(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.headcount.declared_exempt:
        yield Reason("The body was not exempt before it declared its count.", "")


def _was_not_exempt(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.headcount.declared_exempt:
        yield Reason("The body was exempt before it declared its count.", "")


def _somebody_else_declared(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id == facts.headcount.declared_by:
        yield Reason("You entered this count, so another officer must decide on it.", "")


def _partnership_or_programme(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.role is Role.OFFICER and facts.peer_review:
        yield Reason("The partnership's coordinator does this for bodies that are peer reviewed.", "")


COMPLETE = Guard(
    "complete",
    "every item is answered, or said to be not known, every check that blocks holds, and every other one holds or is explained",
    _complete,
)
CHANGED = Guard("something changed", "a corrected version differs from the one before", _something_changed)
SOMEBODY_ELSE_SIGNS = Guard("four eyes", "the signer has not prepared this version", _somebody_else_signs)
FINAL_DATE_PASSED = Guard("final date", "the date by which returns are due has passed", _final_date_passed)
NEVER_SIGNED = Guard("never signed off", "no version was ever signed off", _never_signed, fits=True)
REVIEW_OPEN = Guard("review open", "the peer review is not final and the auditor has not begun", _review_open, fits=True)
PARTNERSHIP = Guard("mechanism", "the programme acts only where there is no peer review", _partnership_or_programme)
CORRECTING = Guard("correction", "a signed version is being corrected", _correcting, fits=True)
IN_PART = Guard("in part", "only some items were reopened", _in_part, fits=True)
NOT_TO_ACCEPTED = Guard("not accepted before", "asked for, or of a return not accepted yet", _not_to_accepted, fits=True)
TO_ACCEPTED = Guard("accepted before", "the body itself began to correct an accepted return", _to_accepted, fits=True)
LINE_NEAR = Guard("near the line", "the body is exempt, only just above the line, or its count is not known", _line_near, fits=True)
ABOVE = Guard("above the line", "the declared count is above the line", _declared_above, fits=True)
AT_OR_BELOW = Guard("at or below the line", "the declared count is at or below the line", _declared_exempt, fits=True)
WAS_EXEMPT = Guard("was exempt", "the body was exempt before", _was_exempt, fits=True)
WAS_NOT_EXEMPT = Guard("was not exempt", "the body was not exempt before", _was_not_exempt, fits=True)
SOMEBODY_ELSE_DECLARED = Guard("four eyes", "the officer did not enter the count", _somebody_else_declared)

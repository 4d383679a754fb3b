"""The return's track: from not started to accepted."""

from collections.abc import Iterable

from workflows.engine import Ask, Facts, Guard, Inputs, Reason, State, Tell, Track, Transition, Widen
from workflows.roles import EVERY_SIDE, Role, Side


def _complete(facts: Facts, _: Inputs) -> Iterable[Reason]:
    return facts.gaps


def _somebody_else_signs(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id in facts.prepared_by:
        yield Reason(
            "You entered figures of this version, so somebody else must sign it off. Ask another approver of your body.",
            "return",
        )


def _final_date_passed(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.final_date_passed:
        yield Reason("The date by which returns are due has not passed yet.", "")


def _review_open(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("review") == "final" or facts.state("challenge") not in (None, "waived"):
        yield Reason("The peer review is final, or the auditor has begun: the accepted return stays as it is.", "review")


def _partnership_or_programme(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.role is Role.OFFICER and facts.peer_review:
        yield Reason("The partnership's coordinator does this for bodies that are peer reviewed.", "")


COMPLETE = Guard(
    "complete",
    "every item is answered, or said to be not known, every check that blocks holds, and every other one holds or is explained",
    _complete,
)
SOMEBODY_ELSE_SIGNS = Guard("four eyes", "the signer has not prepared this version", _somebody_else_signs)
FINAL_DATE_PASSED = Guard("final date", "the date by which returns are due has passed", _final_date_passed)
REVIEW_OPEN = Guard("review open", "the peer review is not final and the auditor has not begun", _review_open)
PARTNERSHIP = Guard("mechanism", "the programme acts only where there is no peer review", _partnership_or_programme)

BODY_ROLES = (Role.PREPARER, Role.APPROVER)
REASON = Ask("reason", "Reason", hint="It is kept on the record and sent with the message.")

RETURN = Track(
    code="return",
    label="return",
    initial="not_started",
    entry=lambda facts: "not_started",
    entries=("not_started", "exempt"),
    entry_opens={"not_started": ("return_due",)},
    entry_tells={"not_started": (Tell("return_opened", BODY_ROLES),)},
    states=(
        State("not_started", "Not started", Role.PREPARER, "Start the return", colour="grey"),
        State("in_progress", "In progress", Role.PREPARER, "Fill in the return and submit it for sign-off", colour="light-blue"),
        State("awaiting_sign_off", "Awaiting sign-off", Role.APPROVER, "Sign the return off, or send it back", colour="yellow"),
        State("submitted", "Submitted", Role.COORDINATOR, "Accept the return, or ask for a correction", Role.OFFICER, colour="blue"),
        State("correction_requested", "Correction requested", Role.PREPARER, "Start the correction that was asked for", colour="orange"),
        State("accepted", "Accepted", final=True, colour="green"),
        State("not_returned", "Not returned", Role.PREPARER, "File the return late", colour="red"),
        State("exempt", "Exempt", final=True, colour="grey"),
    ),
    transitions=(
        Transition(
            name="start",
            sources=("not_started",),
            target="in_progress",
            roles=(Role.PREPARER,),
            label="Start the return",
            done="started the return",
            effects=("open_version",),
            seen_by=EVERY_SIDE,
            confirm=False,
        ),
        Transition(
            name="submit_for_sign_off",
            sources=("in_progress",),
            target="awaiting_sign_off",
            roles=(Role.PREPARER,),
            label="Submit for sign-off",
            done="submitted the return for sign-off",
            guards=(COMPLETE,),
            opens=("sign_off",),
            tells=(Tell("return_for_sign_off", (Role.APPROVER,)),),
            seen_by=Side.BODY,
        ),
        Transition(
            name="take_back",
            sources=("awaiting_sign_off",),
            target="in_progress",
            roles=(Role.PREPARER,),
            label="Take back to change it",
            done="took the return back",
            lapses=("sign_off",),
            tells=(Tell("return_reopened", (Role.APPROVER,)),),
            seen_by=Side.BODY,
            aside=True,
        ),
        Transition(
            name="send_back",
            sources=("awaiting_sign_off",),
            target="in_progress",
            roles=(Role.APPROVER,),
            label="Send back to the preparer",
            done="sent the return back to its preparer",
            asks=(REASON,),
            closes=("sign_off",),
            tells=(Tell("return_sent_back", (Role.PREPARER,)),),
            seen_by=Side.BODY,
            aside=True,
        ),
        Transition(
            name="sign_off",
            sources=("awaiting_sign_off",),
            target="submitted",
            roles=(Role.APPROVER,),
            label="Sign off",
            done="signed off the return",
            guards=(SOMEBODY_ELSE_SIGNS, COMPLETE),
            closes=("return_due", "sign_off", "correction"),
            opens=("acceptance",),
            widens=(Widen("return", Side.PARTNERSHIP | Side.PROGRAMME),),
            tells=(Tell("return_submitted", (Role.COORDINATOR, Role.PREPARER)),),
            effects=("freeze_version", "keep_measures"),
        ),
        Transition(
            name="request_correction",
            sources=("submitted",),
            target="correction_requested",
            roles=(Role.COORDINATOR, Role.OFFICER),
            label="Ask for a correction",
            done="asked for a correction of the return",
            guards=(PARTNERSHIP,),
            asks=(REASON,),
            closes=("acceptance",),
            opens=("correction",),
            tells=(Tell("correction_requested", BODY_ROLES),),
            aside=True,
        ),
        Transition(
            name="start_correction",
            sources=("correction_requested",),
            target="in_progress",
            roles=(Role.PREPARER,),
            label="Start the correction",
            done="started a corrected version",
            effects=("open_version",),
            confirm=False,
        ),
        Transition(
            name="accept",
            sources=("submitted",),
            target="accepted",
            roles=(Role.COORDINATOR, Role.OFFICER),
            label="Accept the return",
            done="accepted the return",
            guards=(PARTNERSHIP,),
            closes=("acceptance",),
            widens=(Widen("return", Side.AUDITOR),),
            starts=("review",),
            tells=(Tell("return_accepted", BODY_ROLES),),
        ),
        Transition(
            name="reopen",
            sources=("accepted",),
            target="correction_requested",
            roles=(Role.COORDINATOR, Role.OFFICER),
            label="Reopen for a correction",
            done="reopened the accepted return for a correction",
            guards=(PARTNERSHIP, REVIEW_OPEN),
            asks=(REASON,),
            opens=("correction",),
            tells=(Tell("correction_requested", BODY_ROLES),),
            aside=True,
        ),
        Transition(
            name="record_not_returned",
            sources=("not_started", "in_progress", "awaiting_sign_off", "correction_requested"),
            target="not_returned",
            roles=(Role.OFFICER,),
            label="Record as not returned",
            done="recorded that no return was made",
            guards=(FINAL_DATE_PASSED,),
            asks=(REASON,),
            closes=("return_due",),
            lapses=("sign_off", "correction"),
            tells=(Tell("return_not_returned", (Role.PREPARER, Role.APPROVER, Role.COORDINATOR)),),
            aside=True,
        ),
        Transition(
            name="file_late",
            sources=("not_returned",),
            target="in_progress",
            roles=(Role.PREPARER,),
            label="File a late return",
            done="began a late return",
            tells=(Tell("return_reopened", (Role.APPROVER, Role.COORDINATOR)),),
            effects=("open_version",),
        ),
    ),
)

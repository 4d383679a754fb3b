"""The auditor's challenge: from allocation over draft findings and the body's response to the outcome."""

from collections.abc import Iterable

from workflows.engine import Ask, Facts, Guard, Hide, Inputs, Reason, State, Tell, Track, Transition, Widen
from workflows.returns.track import BODY_ROLES, REASON
from workflows.review.track import RETURN_ACCEPTED
from workflows.roles import EVERY_SIDE, Role, Side


def _an_inspector(facts: Facts, inputs: Inputs) -> Iterable[Reason]:
    given = inputs.get("person", "")
    if not given.isdecimal() or not facts.may_be(int(given), Role.INSPECTOR):
        yield Reason("Choose one of the auditor’s inspectors.", "#person")
    elif int(given) in facts.inspector_ids:
        yield Reason("This person is the inspector already. Choose somebody else.", "#person")
    elif facts.conflicts(int(given)):
        yield Reason(f"{facts.conflicts(int(given))[0]} Choose somebody else.", "#person")


def _scored(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.scored_kloe:
        yield Reason("Record a score for at least one line of enquiry.", "challenge#score")


def _concluded(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.findings:
        yield Reason("Record at least one finding; where all is well, one that says so.", "challenge#finding")


def _responded(facts: Facts, _: Inputs) -> Iterable[Reason]:
    for finding in facts.findings:
        if not finding.response:
            yield Reason(f"Respond to finding {finding.number}.", f"challenge#finding-{finding.number}")


def _decided(facts: Facts, _: Inputs) -> Iterable[Reason]:
    for finding in facts.findings:
        if not finding.decided:
            yield Reason(f"Decide on the body’s response to finding {finding.number}.", f"challenge#finding-{finding.number}")


def _not_the_inspector(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id in facts.inspector_ids:
        yield Reason("You inspected this case, so another manager must issue the outcome.", "challenge")


AN_INSPECTOR = Guard("an inspector", "the person chosen is an inspector with no tie to the body", _an_inspector, asks=True)
SCORED = Guard("scored", "at least one line of enquiry is scored", _scored)
CONCLUDED = Guard("findings", "at least one finding is recorded", _concluded)
RESPONDED = Guard("responded", "the body has responded to every finding", _responded)
DECIDED = Guard("decided", "the inspector has decided on every response", _decided)
NOT_THE_INSPECTOR = Guard("four eyes", "the manager has not inspected this case", _not_the_inspector)

PERSON = Ask("person", "Inspector", kind="inspector")

CHALLENGE = Track(
    code="challenge",
    label="challenge",
    initial="unallocated",
    entry=lambda facts: "unallocated" if facts.challenge else "waived",
    entries=("unallocated", "waived"),
    entry_opens={"unallocated": ("challenge_allocation",)},
    entry_starts={"waived": ("plan",)},
    entry_tells={"unallocated": (Tell("challenge_allocated", (Role.MANAGER,)),)},
    states=(
        State("unallocated", "Unallocated", Role.MANAGER, "Allocate an inspector", colour="grey"),
        State("in_progress", "In progress", Role.INSPECTOR, "Record findings and scores, and issue the draft", colour="blue"),
        State("draft_issued", "Draft findings issued", Role.APPROVER, "Respond to the draft findings", colour="yellow"),
        State("response_in", "Body’s response in", Role.INSPECTOR, "Decide on the body’s response", colour="purple"),
        State("quality_assurance", "Quality assurance", Role.MANAGER, "Issue the outcome, or send it back", colour="purple"),
        State("final", "Final", final=True, colour="green"),
        State("waived", "Waived", final=True, colour="grey"),
    ),
    transitions=(
        Transition(
            name="allocate",
            sources=("unallocated",),
            target="in_progress",
            roles=(Role.MANAGER,),
            label="Allocate an inspector",
            done="allocated an inspector",
            guards=(AN_INSPECTOR,),
            asks=(PERSON,),
            closes=("challenge_allocation",),
            opens=("challenge",),
            tells=(Tell("challenge_allocated", (Role.INSPECTOR,)),),
            effects=("assign_inspector",),
            seen_by=Side.AUDITOR | Side.PROGRAMME,
        ),
        Transition(
            name="reallocate",
            sources=("in_progress",),
            target="in_progress",
            roles=(Role.MANAGER,),
            label="Give to another inspector",
            done="gave the challenge to another inspector",
            guards=(AN_INSPECTOR,),
            asks=(PERSON, REASON),
            tells=(Tell("challenge_reallocated", (Role.INSPECTOR,)),),
            effects=("assign_inspector",),
            seen_by=Side.AUDITOR | Side.PROGRAMME,
            aside=True,
        ),
        Transition(
            name="issue_draft",
            sources=("in_progress",),
            target="draft_issued",
            roles=(Role.INSPECTOR,),
            label="Issue the draft findings",
            done="issued the draft findings to the body",
            guards=(RETURN_ACCEPTED, CONCLUDED, SCORED),
            closes=("challenge",),
            opens=("response",),
            widens=(Widen("challenge", Side.BODY),),
            hides=(Hide("responses", EVERY_SIDE & ~Side.BODY),),
            tells=(Tell("challenge_draft_issued", BODY_ROLES),),
            seen_by=Side.AUDITOR | Side.BODY | Side.PROGRAMME,
        ),
        Transition(
            name="respond",
            sources=("draft_issued",),
            target="response_in",
            roles=(Role.APPROVER,),
            label="Send the response",
            done="sent the body’s response to the findings",
            guards=(RESPONDED,),
            closes=("response",),
            widens=(Widen("responses", Side.AUDITOR | Side.PROGRAMME),),
            tells=(Tell("challenge_response_in", (Role.INSPECTOR,)),),
            seen_by=Side.AUDITOR | Side.BODY | Side.PROGRAMME,
        ),
        Transition(
            name="send_to_quality_assurance",
            sources=("response_in",),
            target="quality_assurance",
            roles=(Role.INSPECTOR,),
            label="Send to quality assurance",
            done="sent the challenge to quality assurance",
            guards=(DECIDED,),
            opens=("quality_assurance",),
            tells=(Tell("challenge_to_quality_assurance", (Role.MANAGER,)),),
            seen_by=Side.AUDITOR | Side.PROGRAMME,
        ),
        Transition(
            name="send_back",
            sources=("quality_assurance",),
            target="in_progress",
            roles=(Role.MANAGER,),
            label="Send back to the inspector",
            done="sent the challenge back to the inspector",
            asks=(REASON,),
            hides=(Hide("challenge", Side.BODY),),
            closes=("quality_assurance",),
            opens=("challenge",),
            tells=(Tell("challenge_sent_back", (Role.INSPECTOR,)),),
            seen_by=Side.AUDITOR | Side.PROGRAMME,
            aside=True,
        ),
        Transition(
            name="issue_final",
            sources=("quality_assurance",),
            target="final",
            roles=(Role.MANAGER,),
            label="Issue the outcome",
            done="issued the outcome of the challenge",
            guards=(NOT_THE_INSPECTOR,),
            closes=("quality_assurance",),
            widens=(Widen("challenge", EVERY_SIDE), Widen("responses", EVERY_SIDE), Widen("decisions", EVERY_SIDE)),
            starts=("plan",),
            tells=(Tell("challenge_final", BODY_ROLES),),
        ),
    ),
)

"""The peer review's track: from allocation to the final review."""

from collections.abc import Iterable

from workflows.asks import Ask
from workflows.engine import Facts, Guard, Hide, Inputs, Reason, State, Tell, Track, Transition, Widen
from workflows.returns.track import BODY_ROLES, REASON
from workflows.review.overruling import can_overrule
from workflows.roles import EVERY_SIDE, Role, Side


def _chosen(inputs: Inputs) -> int | None:
    given = inputs.get("person", "")
    return int(given) if given.isdecimal() else None


def of_partnership(facts: Facts, inputs: Inputs) -> Iterable[Reason]:
    """Why the person chosen cannot be asked: they are no reviewer of the case's partnership."""
    person = _chosen(inputs)
    if person is None or not facts.may_be(person, Role.REVIEWER):
        yield Reason("Choose one of the reviewers of your partnership.", "#person")


def no_conflict(facts: Facts, inputs: Inputs) -> Iterable[Reason]:
    """Every conflict of interest of the person chosen that no overrule in force covers."""
    person = _chosen(inputs)
    for conflict in facts.standing_conflicts(person) if person is not None else ():
        yield Reason(f"{conflict} {how_to_mend(conflict)}", "#person")


def how_to_mend(conflict: str) -> str:
    """What can be done about a conflict of interest, in words."""
    if can_overrule(conflict):
        return "Choose somebody else, or propose to overrule it on the page of who reviews the return: a second person must approve that."
    return "Choose somebody of another body."


def _not_already(facts: Facts, inputs: Inputs) -> Iterable[Reason]:
    if facts.lead_id is not None and _chosen(inputs) == facts.lead_id:
        yield Reason("This person is the lead reviewer already. Choose somebody else.", "#person")


def _lead(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id != facts.lead_id:
        yield Reason("You are not the lead of this review.", "review/reviewers")


def _return_accepted(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("return") != "accepted":
        yield Reason("The body is correcting its return. Wait until the corrected return is accepted.", "return")


def _summary(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.review_summary.strip():
        yield Reason("Write the summary of the review first.", "review#summary")


def _queries_to_send(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.queries_to_send:
        yield Reason("No question waits to be sent. Write one on a figure and address it to the body.", "review")


def _queries_answered(facts: Facts, _: Inputs) -> Iterable[Reason]:
    return facts.unanswered_queries


def _answers_late(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not facts.deadline_passed("query_answers"):
        yield Reason("The body may still answer. Wait for its answers, or for their last day.", "review")


def _comments_decided(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if number := facts.undecided_comments:
        many = "a comment" if number == 1 else f"{number} comments"
        yield Reason(f"Decide on {many} of the body on the draft: accepted or not, with the reason.", "review#the-comments")


def _queries_resolved(facts: Facts, _: Inputs) -> Iterable[Reason]:
    return facts.open_queries


def _not_the_reviewer(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id in facts.reviewer_ids:
        yield Reason("You wrote this review, so another coordinator must issue it as final.", "review")


A_REVIEWER = Guard("a reviewer", "the person chosen is a reviewer of this partnership", of_partnership, asks=True)
NO_CONFLICT = Guard(
    "no conflict", "the person has no conflict of interest, or a second person approved to overrule it until a day to come; own body never",
    no_conflict, asks=True,
)  # fmt: skip
NOT_ALREADY = Guard("somebody new", "the person is not the lead reviewer already", _not_already, asks=True)
LEAD = Guard("lead", "the reviewer leads this review", _lead)
LEADS = Guard("lead", "the reviewer leads this review; the others accept or decline for themselves", _lead, fits=True)
RETURN_ACCEPTED = Guard("return accepted", "the return is accepted and not under correction", _return_accepted)
SUMMARY = Guard("summary", "the review has a summary", _summary)
QUERIES_TO_SEND = Guard("questions to send", "a question to the body waits to be sent", _queries_to_send, fits=True)
QUERIES_ANSWERED = Guard("all answered", "every question that was sent is answered", _queries_answered)
ANSWERS_LATE = Guard("last day passed", "the last day for the answers has passed", _answers_late)
QUERIES_RESOLVED = Guard("queries resolved", "every query of the reviewer is resolved", _queries_resolved)
COMMENTS_DECIDED = Guard("comments decided", "every comment of the body on a point of the draft is decided", _comments_decided)
NOT_THE_REVIEWER = Guard("four eyes", "the coordinator has not reviewed this return", _not_the_reviewer)

PERSON = Ask("person", "Reviewer", kind="reviewer")
DECLARED = Ask(
    "declared",
    "Anything that could be seen as a conflict of interest",
    required=False,
    limit=2000,
    hint="Leave it empty if there is nothing. The coordinator and the programme team read it, and it stays on the record.",
)

REVIEW = Track(
    code="review",
    label="peer review",
    initial="unallocated",
    entry=lambda facts: "unallocated" if facts.peer_review else "waived",
    entries=("unallocated", "waived"),
    entry_opens={"unallocated": ("allocation",)},
    entry_starts={"waived": ("challenge",)},
    states=(
        State("unallocated", "Unallocated", Role.COORDINATOR, "Allocate a reviewer", colour="grey"),
        State("allocated", "Allocated", Role.REVIEWER, "Accept the review, or decline it", colour="light-blue"),
        State("in_review", "In review", Role.REVIEWER, "Write the review and issue the draft", colour="blue"),
        State("with_body", "Questions with the body", Role.PREPARER, "Answer the reviewer’s questions", colour="yellow"),
        State("draft_issued", "Draft issued", Role.APPROVER, "Comment on the draft review", colour="yellow"),
        State("comments_in", "Body’s comments in", Role.COORDINATOR, "Take up moderation", colour="purple"),
        State("moderation", "Moderation", Role.COORDINATOR, "Issue the final review, or send it back", colour="purple"),
        State("final", "Final", final=True, colour="green"),
        State("waived", "Waived", final=True, colour="grey"),
    ),
    transitions=(
        Transition(
            name="allocate",
            sources=("unallocated",),
            target="allocated",
            roles=(Role.COORDINATOR,),
            label="Allocate a reviewer",
            done="allocated a reviewer",
            guards=(A_REVIEWER, NO_CONFLICT),
            asks=(PERSON,),
            closes=("allocation",),
            opens=("peer_review",),
            tells=(Tell("review_allocated", (Role.REVIEWER,)),),
            effects=("assign_reviewer",),
            seen_by=Side.PARTNERSHIP | Side.PROGRAMME,
        ),
        Transition(
            name="reallocate",
            sources=("allocated", "in_review", "with_body"),
            target="allocated",
            roles=(Role.COORDINATOR,),
            label="Give to another reviewer",
            done="gave the review to another reviewer",
            guards=(A_REVIEWER, NOT_ALREADY, NO_CONFLICT),
            asks=(PERSON, REASON),
            lapses=("peer_review", "query_answers"),
            opens=("peer_review",),
            tells=(Tell("review_reallocated", (Role.REVIEWER,)),),
            effects=("assign_reviewer",),
            seen_by=Side.PARTNERSHIP | Side.PROGRAMME,
            aside=True,
        ),
        Transition(
            name="begin",
            sources=("allocated",),
            target="in_review",
            roles=(Role.REVIEWER,),
            label="Accept and begin the review",
            done="accepted the review, declaring whether there is a conflict of interest",
            guards=(LEADS,),
            asks=(DECLARED,),
            effects=("accept_review",),
        ),
        Transition(
            name="decline",
            sources=("allocated",),
            target="unallocated",
            roles=(Role.REVIEWER,),
            label="Decline the review",
            done="declined the review",
            guards=(LEADS,),
            asks=(REASON,),
            lapses=("peer_review",),
            opens=("allocation",),
            tells=(Tell("review_back_to_reviewer", (Role.COORDINATOR,)),),
            effects=("release_reviewer",),
            seen_by=Side.PARTNERSHIP | Side.PROGRAMME,
            aside=True,
        ),
        Transition(
            name="send_queries",
            sources=("in_review",),
            target="with_body",
            roles=(Role.REVIEWER,),
            label="Send the questions to the body",
            done="sent questions to the body",
            guards=(QUERIES_TO_SEND, LEAD),
            stops=("peer_review",),
            opens=("query_answers",),
            tells=(Tell("query_to_body", (Role.PREPARER, Role.APPROVER)),),
            effects=("send_queries",),
            shows="queries_to_send",
        ),
        Transition(
            name="send_answers",
            sources=("with_body",),
            target="in_review",
            roles=(Role.PREPARER, Role.APPROVER),
            label="Send the answers to the reviewer",
            done="sent the answers to the reviewer’s questions",
            guards=(QUERIES_ANSWERED,),
            closes=("query_answers",),
            resumes=("peer_review",),
            tells=(Tell("queries_answered", (Role.REVIEWER,)),),
            effects=("send_answers",),
            shows="answers_to_send",
        ),
        Transition(
            name="go_on",
            sources=("with_body",),
            target="in_review",
            roles=(Role.REVIEWER,),
            label="Go on without the answers",
            done="went on without the body’s answers",
            guards=(LEAD, ANSWERS_LATE),
            closes=("query_answers",),
            resumes=("peer_review",),
            tells=(Tell("review_goes_on", (Role.PREPARER, Role.APPROVER)),),
            aside=True,
        ),
        Transition(
            name="issue_draft",
            sources=("in_review",),
            target="draft_issued",
            roles=(Role.REVIEWER,),
            label="Issue the draft to the body",
            done="issued the draft review to the body",
            guards=(LEAD, RETURN_ACCEPTED, SUMMARY, QUERIES_RESOLVED),
            closes=("peer_review",),
            opens=("body_comments",),
            widens=(Widen("review", Side.BODY),),
            tells=(Tell("review_draft_issued", BODY_ROLES),),
            effects=("show_annotations_with_draft",),
        ),
        Transition(
            name="comment",
            sources=("draft_issued",),
            target="comments_in",
            roles=(Role.APPROVER,),
            label="Send the body’s comments",
            done="sent the body’s comments on the draft",
            asks=(
                Ask(
                    "comments",
                    "Comments on the draft as a whole",
                    required=False,
                    hint="Beside those that you wrote on single points, which are sent with it. Printed unedited in the final review. "
                    "Leave it empty if there are none.",
                ),
            ),
            closes=("body_comments",),
            opens=("moderation",),
            tells=(Tell("review_comments_in", (Role.COORDINATOR, Role.REVIEWER)),),
            effects=("keep_comments", "send_comments"),
        ),
        Transition(
            name="moderate",
            sources=("comments_in",),
            target="moderation",
            roles=(Role.COORDINATOR,),
            label="Take up moderation",
            done="took up moderation of the review",
            confirm=False,
            seen_by=Side.PARTNERSHIP | Side.BODY | Side.PROGRAMME,
        ),
        Transition(
            name="send_back",
            sources=("moderation",),
            target="in_review",
            roles=(Role.COORDINATOR,),
            label="Send back to the reviewer",
            done="sent the review back to its reviewer",
            asks=(REASON,),
            hides=(Hide("review", Side.BODY),),
            closes=("moderation",),
            opens=("peer_review",),
            tells=(Tell("review_back_to_reviewer", (Role.REVIEWER,)),),
            seen_by=Side.PARTNERSHIP | Side.PROGRAMME,
            aside=True,
        ),
        Transition(
            name="issue_final",
            sources=("moderation",),
            target="final",
            roles=(Role.COORDINATOR,),
            label="Issue the final review",
            done="issued the final peer review",
            guards=(RETURN_ACCEPTED, NOT_THE_REVIEWER, COMMENTS_DECIDED),
            closes=("moderation",),
            widens=(Widen("review", EVERY_SIDE),),
            starts=("challenge",),
            effects=("show_annotations_with_final", "show_decisions_on_comments"),
            tells=(Tell("review_final", (Role.PREPARER, Role.APPROVER, Role.REVIEWER)),),
        ),
    ),
)

"""What goes to the other side when questions or answers are sent: for whoever is about to send them."""

from typing import Any

from webapp.cases.briefs import Brief, Line, brief
from webapp.cases.facts import CaseFacts
from webapp.review import queries
from workflows.programme import Programme
from workflows.review.anchors import in_file
from workflows.roles import Side


@brief("queries_to_send")
def queries_to_send(facts: CaseFacts) -> Brief:
    """Each question that goes to the body, beside the figure that it is about; one that is asked again with what is asked now."""
    programme, held = facts.case.round.programme, queries.held(facts.session, facts.case.id)
    again = {reply.annotation_id: reply for reply in held.unsent(Side.PARTNERSHIP)}
    lines = [_line(programme, one, again.get(one.id, one)) for one in held.questions()]
    return Brief("The preparers and approvers of the body will read", lines)


@brief("answers_to_send")
def answers_to_send(facts: CaseFacts) -> Brief:
    """Each answer that goes to the reviewers."""
    programme, held = facts.case.round.programme, queries.held(facts.session, facts.case.id)
    notes = {one.id: one for one in held.remarks}
    lines = [_line(programme, notes[one.annotation_id], one) for one in held.unsent(Side.BODY)]
    return Brief("The reviewers of the partnership will read", lines)


def _line(programme: Programme, asked: Any, said: Any) -> Line:
    return Line(_label(programme, asked), said.text, f"review#annotation-{asked.id}")


def _label(programme: Programme, note: Any) -> str:
    """What an annotation is on: the figure, and the passage or the place in a file."""
    on = programme.called(note.item)
    if note.evidence_number:
        return f"{on}, {in_file(note.selector, note.evidence_number)}"
    return f"{on}, “{note.selector}”" if note.selector else on

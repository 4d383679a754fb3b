"""What goes to the other side when questions or answers are sent: for whoever is about to send them."""

from sqlalchemy import Row, select

from webapp.cases.briefs import Brief, Line, brief
from webapp.cases.facts import CaseFacts
from webapp.review import queries
from webapp.review.models import Annotation
from workflows.programme import Programme
from workflows.review.anchors import Anchor, in_file
from workflows.roles import Side


@brief("queries_to_send")
def queries_to_send(facts: CaseFacts) -> Brief:
    """Each question that goes to the body, beside the figure that it is about; one that is asked again with what is asked now."""
    programme = facts.case.round.programme
    again = {reply.annotation_id: reply.text for reply in queries.unsent_replies(facts.session, facts.case.id, Side.PARTNERSHIP)}
    found = queries.to_send(facts.session, facts.case.id)
    lines = [Line(_label(programme, one), again.get(one.id, one.text), f"review#annotation-{one.id}") for one in found]
    return Brief("The preparers and approvers of the body will read", lines)


@brief("answers_to_send")
def answers_to_send(facts: CaseFacts) -> Brief:
    """Each answer that goes to the reviewers."""
    programme = facts.case.round.programme
    found = queries.unsent_replies(facts.session, facts.case.id, Side.BODY)
    asked = select(Annotation.id, Annotation.item, Annotation.selector, Annotation.evidence_number)
    rows = facts.session.execute(asked.where(Annotation.id.in_([reply.annotation_id for reply in found])))
    notes = {row.id: row for row in rows}
    lines = [Line(_label(programme, notes[one.annotation_id]), one.text, f"review#annotation-{one.annotation_id}") for one in found]
    return Brief("The reviewers of the partnership will read", lines)


def _label(programme: Programme, note: Annotation | Row[int, str, Anchor | None, int | None]) -> str:
    """What an annotation is on: the figure, and the passage or the place in a file."""
    on = programme.called(note.item)
    if note.evidence_number:
        return f"{on}, {in_file(note.selector, note.evidence_number)}"
    return f"{on}, “{note.selector}”" if note.selector else on

"""Record a contact with a body."""

from collections.abc import Mapping
from datetime import date

from webapp.cases.models import Case, Contact
from webapp.clock import in_london
from webapp.db import Work
from workflows.asks import Ask, Moment
from workflows.engine import Reason, Refused, problems_of

WAYS = {"phone": "Phone", "mail": "E-mail", "meeting": "Meeting", "letter": "Letter"}
ASKS = (
    Ask("way", "How", kind="choice", choices=tuple(WAYS.items())),
    Ask("note", "What was said", limit=2000),
    Ask("promised_on", "Day that they promised", kind="date", required=False, hint="Leave empty where nothing was promised"),
)
"""What is asked about a contact, read by the same rules as what a transition asks."""


def record_contact(work: Work, case: Case, inputs: Mapping[str, str]) -> Contact:
    """Keep a contact that was had just now. Raises Refused with all that is wrong."""
    problems = problems_of(ASKS, inputs, Moment(work.now))
    given = inputs.get("promised_on", "").strip()
    promised = date.fromisoformat(given) if given and not problems else None
    if promised is not None and promised < in_london(work.now).date():
        problems = (Reason("A promise is for today or a later day.", "#promised_on"),)
    if problems:
        raise Refused("input", problems)
    contact = Contact(case_id=case.id, at=work.now, person_id=work.actor.person_id, way=inputs["way"], note=inputs["note"].strip(),
                      promised_on=promised)  # fmt: skip
    work.session.add(contact)
    return contact

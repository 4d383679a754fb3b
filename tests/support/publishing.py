"""What stands against the demo's second publication of 2009, mended as officers would."""

import re

from sqlalchemy import select

from tests.conftest import NOW
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.publication import verbs
from webapp.publication.models import GroupRequest
from webapp.register.models import Round

PLACE = "/rounds/2009/publication"


def settled(work):
    """Decide on every comparator group that was asked for in 2009, in a unit of work."""
    query = select(GroupRequest).join(Case, Case.id == GroupRequest.case_id).join(Round, Round.id == Case.round_id)
    for request in work.session.scalars(query.where(Round.code == "2009", GroupRequest.decision == "")).all():
        verbs.decide_on_group(work, request, accept=False, reason="The class is as near.")
    work.session.flush()


def made_ready(officer, database, number=2):
    """The same, and every warning let stand by an officer in their browser."""
    with database.work(SYSTEM, NOW) as work:
        settled(work)
    names = re.findall(r'name="condition" type="checkbox" value="(\w+)"', officer.get(PLACE))
    officer.post(f"{PLACE}/{number}/acknowledge", {"condition": names, "reason": "Shown as they came."}, form=PLACE)

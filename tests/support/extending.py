"""A body that is closed for some days, and asks for more time, in the demo."""

from sqlalchemy import select

from tests.conftest import REF
from tests.support.site import Browser
from webapp.cases.models import Case
from webapp.deadlines.models import Deadline

CASE = f"/cases/{REF}"


def day(text, name="day"):
    year, month, number = text.split("-")
    return {name: [str(int(number)), str(int(month)), year]}


def ask_for_more_time(app, database):
    """Days on which the body of the offered case is closed, entered and taken back; more time for its return, asked for and granted."""
    with database.reading() as session:
        query = select(Deadline.id).join(Case, Case.id == Deadline.case_id).where(Case.ref == REF, Deadline.rule == "return_due")
        number = session.scalars(query).one()
    approver, officer = Browser(app, "approver"), Browser(app, "officer")
    days = {"first": ["8", "2", "2010"], "last": ["10", "2", "2010"], "why": "Move to the new offices"}
    approver.post(f"{CASE}/closing-days", days)
    approver.post(f"{CASE}/closing-days/1/withdrawal", {}, form=f"{CASE}/closing-days")
    asked = {"wished": ["12", "3", "2010"], "why": "Our ledger is being moved."}
    approver.post(f"{CASE}/deadlines/{number}/extension", asked)
    page = officer.get(f"{CASE}/deadlines/{number}/decision")
    mark = page.partition('name="was-mark" value="')[2].partition('"')[0]
    decided = {"decision": "granted", "day": ["10", "3", "2010"], "reason": "It must do.", "was-mark": mark, "do": "save"}
    officer.post(f"{CASE}/deadlines/{number}/decision", decided)

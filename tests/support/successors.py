"""A body of the demo with open actions that ends, and two bodies with a case under way that take its place."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from tests.conftest import NOW
from tests.support.site import Browser
from webapp.accounts.models import Membership
from webapp.cases.models import Case, Stay
from webapp.db import SYSTEM
from webapp.plans.models import Action
from webapp.register.models import Body
from webapp.succession.mapping import import_map
from workflows.plans.track import MOVABLE
from workflows.succession import read_map

ON = date(2010, 2, 1)


@dataclass
class Split:
    """The codes of the three, the reference of the old case, and the ids that forms need."""

    old: str
    first: str
    second: str
    ref: str
    ids: dict[str, int]
    actions: list[tuple[int, int]]
    """Of each open agreed action the id and the number."""
    owner: int
    """The membership of the owner of all of them."""

    def choices(self, **changes):
        """What an officer fills in: the first action goes to the one, the others to the other, which answers for the cases."""
        first, second = self.ids[self.first], self.ids[self.second]
        said = {"preview": "1", "heir": str(second), "access": [f"{self.owner}-{first}", f"{self.owner}-{second}"],
                **{f"action-{key}": str(second if number else first) for number, (key, _) in enumerate(self.actions)}}  # fmt: skip
        return {name: value for name, value in (said | changes).items() if value is not None}

    def approver(self, code):
        return f"approver-{code.lower()}"


def split(database, *, on=ON, share="0.6", other="0.4", state=None, ref=""):
    """End a body of the demo that has open actions, of which one is in `state` if that is given, in favour of two others; or
    the body of the case `ref`, whatever is open there."""
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        open_ = select(Stay.case_id).where(Stay.track == "action", Stay.until.is_(None), Stay.state.in_(MOVABLE))
        wanted = select(Stay.case_id).where(Stay.track == "action", Stay.until.is_(None), Stay.state == state) if state else open_
        case = session.scalars(select(Case).where(Case.id.in_(open_), Case.id.in_(wanted)).order_by(Case.id)).first()
        if ref:
            case = session.scalars(select(Case).where(Case.ref == ref)).one()
        case.body.end_date = None  # the register ends some bodies at a later reorganisation; the map of the test ends it now
        mine = select(Action.id, Action.number).join(Stay, Stay.action_id == Action.id)
        mine = mine.where(Action.case_id == case.id, Stay.until.is_(None), Stay.state.in_(MOVABLE)).order_by(Action.number)
        actions = [(row.id, row.number) for row in session.execute(mine)]
        others = (
            select(Body).join(Case, Case.body_id == Body.id).where(Case.stage == "return", Body.code != "E0701", Body.id != case.body_id)
        )
        first, second = session.scalars(others.where(Body.sector == case.body.sector).order_by(Body.id)).all()[:2]
        membership = select(Membership.id).where(Membership.organisation_id == case.body_id, Membership.role == "action_owner")
        old = case.body.code
        found = Split(old, first.code, second.code, case.ref, {first.code: first.id, second.code: second.id, old: case.body_id}, actions,
                      session.scalars(membership.order_by(Membership.id)).first())  # fmt: skip
        rows = [f"{old},{to.code},{on},{part},Test Order" for to, part in ((first, share), (second, other))]
        text = "\n".join(["predecessor,successor,date,share,source", *rows])
        report = import_map(work, read_map(text))
        assert report.added == [old], report.refused
    return found


def propose(officer, found, **changes):
    """Propose the handover on the web; gives its address."""
    here = f"/successors/{found.old}"
    said = found.choices(**changes)
    officer.post(here, {**said, "reason": "By the Test Order."}, form="/role")
    return "/handovers/" + officer.get("/successors").rpartition("/handovers/")[2].partition('"')[0]


def sign_all(app, found, place):
    for code in (found.old, found.first, found.second):
        approver = Browser(app, found.approver(code))
        approver.post(f"{place}/signature", {}, form=place)


def hand_over(app, database, **changes):
    """Have a body handed over by the pages; gives what moved whither, and the address of the handover."""
    found = split(database, **changes)
    officer = Browser(app, "officer")
    place = propose(officer, found)
    sign_all(app, found, place)
    officer.post(f"{place}/application", {}, form=place)
    return found, place

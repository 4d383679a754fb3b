"""The home case under review by two reviewers, with everybody in it."""

import re

from sqlalchemy import select

from tests.conftest import REF
from tests.support.returns import bring
from tests.support.site import Browser, find
from webapp.accounts.models import Person
from webapp.handbook import routes
from webapp.review.models import Annotation
from workflows.case import TRACKS

CASE = f"/cases/{REF}"
LEAD, SECOND = "Demo reviewer from Gateshead", "reviewer-north-east-2"
WHO = ("preparer", "approver", "coordinator", "reviewer", "manager", "officer")


class Review:
    """Everybody of the home case, whose review has begun, as browsers by name; what they do; and where they can look."""

    def __init__(self, app, database, *, second=False):
        self.app, self.database = app, database
        bring(database, "accept")
        self.people = {who: Browser(app, who) for who in WHO}
        coordinator = self["coordinator"]
        page = coordinator.get(f"{CASE}/moves/review/allocate")
        coordinator.move("review", "allocate", {"person": find(rf'value="(\d+)"[^>]*>\s*<label[^>]*>\s*{LEAD}', page)})
        self["reviewer"].move("review", "begin")
        if second:
            self.add(SECOND)

    def __getitem__(self, who):
        return self.people[who]

    def add(self, name):
        """Somebody more who reviews, and accepts."""
        with self.database.reading() as session:
            person = session.scalars(select(Person).where(Person.email.like(f"{name}@%"))).one()
        here = f"{CASE}/review/reviewers"
        self["coordinator"].post(here, {"person": str(person.id), "reason": "More eyes.", "overrule": "They know each other."})
        self.people[name] = Browser(self.app, name)
        self[name].post(f"{here}/acceptance", {"declared": ""}, form=here)
        return person.name

    def annotate(self, item, text, *, who="reviewer", **more):
        data = {"kind": "comment", "text": text} | more
        self[who].post(f"{CASE}/review/items/{item}/annotations", data, form=f"{CASE}/review?item={item}")
        return self.number(text)

    def number(self, text):
        with self.database.reading() as session:
            return session.scalars(select(Annotation.id).where(Annotation.text == text)).one()

    def note(self, text, *, who="reviewer", function="finance"):
        data = {"credible": "yes", "explained": "yes", "improvement": text, "rating": "3", "revision": "0"}
        self[who].post(f"{CASE}/review/functions/{function}", data, form=f"{CASE}/review?note={function}")

    def reply(self, number, text, *, who="reviewer", again=False):
        data = {"reply": text} | ({"ask_again": "y"} if again else {})
        self[who].post(f"{CASE}/review/annotations/{number}/replies", data, form=f"{CASE}/review?reply={number}")

    def answer(self, number, text):
        data = {"answer": text, "revision": "0"}
        self["preparer"].post(f"{CASE}/review/annotations/{number}/answer", data, form=f"{CASE}/review?answer={number}")

    def resolve(self, number, *, who="reviewer"):
        self[who].post(f"{CASE}/review/annotations/{number}/resolution", {}, form=f"{CASE}/review")

    def summarise(self, text):
        seen = find(r'name="revision" value="(\d+)"', self["reviewer"].get(f"{CASE}/review").partition('id="the-summary"')[2])
        self["reviewer"].post(f"{CASE}/review/summary", {"summary": text, "revision": seen}, form=f"{CASE}/review")

    def comment(self, place, text):
        data = {"place": place, "comment": text, "revision": "0"}
        self["approver"].post(f"{CASE}/review/comments", data, form=f"{CASE}/review?comment={place}")

    def decide(self, text):
        comment = find(r"decide=(\d+)", self["coordinator"].get(f"{CASE}/review?show=all"))
        data = {"decision": "accepted", "reason": text, "revision": "2"}
        self["coordinator"].post(f"{CASE}/review/comments/{comment}/decision", data, form=f"{CASE}/review?decide={comment}")

    def everywhere(self, who):
        """Every page, file and answer that somebody can get of the case, and their own, as text by address."""
        values = {"ref": REF, "function": "finance", "code": "FIN_COST_EMP", "kind": "review", "number": 1, "round_code": "2009"}
        found, browser = {}, self[who]
        for rule, method, _ in routes(self.app):
            if method != "GET" or not rule.arguments <= {*values, "track_code"} or rule.rule.endswith((".pdf", ".xlsx", ".zip")):
                continue
            for track in TRACKS if "track_code" in rule.arguments else ("",):
                known = {**values, "track_code": track}
                address = rule.build({name: known[name] for name in rule.arguments})[1]  # type: ignore[index]
                got = browser.client.get(address)
                if got.status_code == 200:
                    found[address] = got.text
        for more in (f"{CASE}/review?show=all", f"{CASE}/record?since=0", f"{CASE}/record.csv?entity=annotation", "/today?news=all"):
            found[more] = browser.get(more)
        for mail in set(re.findall(r'href="(/outbox/\d+)"', browser.get("/outbox"))):
            found[mail] = browser.get(mail)
        return found

"""Nothing leaks sideways: marked words of one side are looked for wherever another side can look, at each step of a case."""

import re

import pytest

from tests.conftest import REF
from tests.support import files
from tests.support.evidence import send
from tests.support.figures import typed_return
from tests.support.site import Browser, find, radio

CASE = f"/cases/{REF}"
TRACKS = ("return", "review", "challenge", "plan")
PLACES = (CASE, f"{CASE}/review?show=all", f"{CASE}/review/annotations.jsonld", f"{CASE}/evidence/1", f"{CASE}/challenge",
          f"{CASE}/plan", f"{CASE}/sides", f"{CASE}/hands", f"{CASE}/record", f"{CASE}/record.csv", "/today?news=all",
          *(f"{CASE}/status/{track}" for track in TRACKS))  # fmt: skip
FINDING = {"title": "Cost", "kloe": "1.2", "item": "FIN_COST", "severity": "high", "condition": "High", "criterion": "The median",
           "effect": "Money", "recommendation": "Share the service"}  # fmt: skip


class Cast:
    """Everybody in one case, and where each of them can look."""

    preparer: Browser
    approver: Browser
    coordinator: Browser
    reviewer: Browser
    manager: Browser
    inspector: Browser
    officer: Browser

    def __init__(self, app):
        self.app = app
        for name in Cast.__annotations__:
            setattr(self, name, Browser(app, name))

    def where(self, name, word):
        """The places at which somebody reads a word, their mail among them."""
        browser = getattr(self, name)
        found = [place for place in PLACES if (got := browser.client.get(place)).status_code == 200 and word in got.text]
        mails = set(re.findall(r'href="(/outbox/\d+)"', browser.get("/outbox")))
        return found + [mail for mail in sorted(mails) if word in browser.get(mail)]

    def unread_by(self, word, *names):
        for name in names:
            assert self.where(name, word) == [], f"{name} reads {word!r}"

    def read_by(self, word, *names):
        for name in names:
            assert self.where(name, word), f"{name} does not read {word!r}"

    def to_review(self):
        self.preparer.move("return", "start")
        for part, fields in typed_return().items():
            self.preparer.post(f"{CASE}/return/{part}", fields)
        send(self.preparer, ("ledger.pdf", files.pdf()))
        self.preparer.move("return", "submit_for_sign_off")
        self.approver.move("return", "send_back", {"reason": "BODYSECRET: the figures are too high."})
        self.unread_by("BODYSECRET", "coordinator", "reviewer", "manager", "inspector", "officer")
        self.preparer.move("return", "submit_for_sign_off")
        self.approver.move("return", "sign_off")
        self.coordinator.move("return", "accept")
        page = self.coordinator.get(f"{CASE}/moves/review/allocate")
        self.coordinator.move("review", "allocate", {"person": radio(page, "Demo reviewer from Gateshead")})
        self.reviewer.move("review", "begin")

    def annotate(self, item, text, **more):
        data = {"kind": "comment", "text": text} | more
        self.reviewer.post(f"{CASE}/review/items/{item}/annotations", data, form=f"{CASE}/review?item={item}")

    def annotate_file(self, text, **more):
        data = {"kind": "comment", "text": text, "page": "1"} | more
        self.reviewer.post(f"{CASE}/evidence/1/annotations", data, form=f"{CASE}/evidence/1")

    def summarise(self, text):
        seen = find(r'name="revision" value="(\d+)"', self.reviewer.get(f"{CASE}/review"))
        self.reviewer.post(f"{CASE}/review/summary", {"summary": text, "revision": seen}, form=f"{CASE}/review")

    def issue_review(self):
        self.reviewer.move("review", "issue_draft")
        self.approver.move("review", "comment", {"comments": "No comments."})
        self.coordinator.move("review", "moderate")

    def to_challenge(self):
        self.to_review()
        self.summarise("Credible.")
        self.issue_review()
        self.coordinator.move("review", "issue_final")
        page = self.manager.get(f"{CASE}/moves/challenge/allocate")
        self.manager.move("challenge", "allocate", {"person": radio(page, r"Demo inspector\s*<")})
        self.inspector.post(f"{CASE}/challenge/findings", FINDING, form=f"{CASE}/challenge")
        self.score("Adequate.")

    def score(self, reason):
        self.inspector.post(f"{CASE}/challenge/scores", {"kloe": "1.2", "level": "2", "reason": reason}, form=f"{CASE}/challenge")

    def respond(self, reason):
        data = {"f1-response": "not_agreed", "f1-reason": reason}
        self.approver.post(f"{CASE}/challenge/findings/1/response", data, form=f"{CASE}/challenge")

    def decide(self, reason):
        data = {"f1-decision": "kept", "f1-reason": reason}
        self.inspector.post(f"{CASE}/challenge/findings/1/decision", data, form=f"{CASE}/challenge")


@pytest.fixture
def cast(app):
    return Cast(app)


def test_the_review_is_the_partnerships_own_until_it_is_issued_and_again_while_it_is_rewritten(cast):
    cast.to_review()
    cast.unread_by("from Gateshead", "preparer", "approver")
    cast.annotate("FIN_COST_EMP", "PRIVATENOTE of a reviewer.")
    cast.annotate("FIN_COST_IT", "SHAREDNOTE for the body.", addressee="body", kind="query")
    cast.annotate("FIN_COST_OTHER", "AUDITNOTE for the auditor.", addressee="auditor")
    cast.annotate_file("PRIVATEPLACE in a file.")
    cast.annotate_file("SHAREDPLACE in a file.", addressee="body")
    cast.annotate_file("AUDITPLACE in a file.", addressee="auditor")
    cast.unread_by("PLACE in a file", "preparer", "approver", "manager", "inspector", "officer")
    cast.read_by("PRIVATEPLACE", "coordinator", "reviewer")
    cast.unread_by("SHAREDNOTE", "preparer", "approver")
    cast.reviewer.move("review", "send_queries")
    cast.read_by("questions about your return", "preparer", "approver")
    cast.unread_by("PRIVATENOTE", "preparer", "approver", "manager", "inspector", "officer")
    cast.read_by("SHAREDNOTE", "preparer", "coordinator")
    cast.unread_by("SHAREDNOTE", "manager", "inspector", "officer")
    number = find(r'id="annotation-(\d+)"[^>]*>(?:(?!</article>).)*SHAREDNOTE', cast.preparer.get(f"{CASE}/review").replace("\n", " "))
    answer = f"{CASE}/review/annotations/{number}/answer", {"answer": "BODYANSWER: it is.", "revision": "0"}
    cast.preparer.post(*answer, form=f"{CASE}/review?answer={number}")
    cast.unread_by("BODYANSWER", "coordinator", "reviewer", "manager", "inspector", "officer")
    cast.preparer.move("review", "send_answers")
    cast.read_by("BODYANSWER", "coordinator", "reviewer", "approver")
    cast.unread_by("BODYANSWER", "manager", "inspector", "officer")
    cast.reviewer.post(f"{CASE}/review/annotations/{number}/resolution", {}, form=f"{CASE}/review")
    cast.summarise("FIRSTDRAFT of the review.")
    cast.unread_by("FIRSTDRAFT", "preparer", "approver", "manager", "inspector")
    cast.issue_review()
    cast.read_by("FIRSTDRAFT", "approver")
    cast.read_by("SHAREDPLACE", "preparer", "approver")
    cast.unread_by("PLACE in a file", "manager", "inspector", "officer")
    cast.coordinator.move("review", "send_back", {"reason": "PARTNERSECRET: too mild."})
    cast.summarise("REDRAFT with harsh words.")
    cast.unread_by("PARTNERSECRET", "preparer", "approver", "manager", "inspector")
    cast.unread_by("REDRAFT", "preparer", "approver", "manager", "inspector", "officer")
    cast.issue_review()
    cast.read_by("REDRAFT", "approver")
    cast.unread_by("REDRAFT", "manager", "inspector")
    cast.coordinator.move("review", "issue_final")
    cast.read_by("REDRAFT", "approver", "manager")
    cast.read_by("BODYANSWER", "approver", "manager")
    cast.read_by("AUDITNOTE", "manager")
    cast.unread_by("AUDITNOTE", "preparer", "approver", "officer")
    cast.read_by("AUDITPLACE", "manager")
    cast.unread_by("AUDITPLACE", "preparer", "approver", "officer")
    cast.read_by("SHAREDPLACE", "manager", "officer")
    cast.unread_by("PRIVATEPLACE", "preparer", "approver", "manager", "inspector", "officer")
    cast.unread_by("PRIVATENOTE", "preparer", "approver", "manager")


def test_findings_responses_and_decisions_are_told_when_they_are_sent_and_not_before(cast):
    cast.to_challenge()
    cast.unread_by("Share the service", "preparer", "approver", "coordinator", "reviewer", "officer")
    cast.unread_by("Demo inspector", "coordinator", "reviewer")
    cast.inspector.move("challenge", "issue_draft")
    cast.read_by("Share the service", "approver")
    cast.respond("DRAFTRESPONSE, not sent.")
    cast.unread_by("DRAFTRESPONSE", "inspector", "manager", "officer", "coordinator")
    cast.approver.move("challenge", "respond")
    cast.read_by("DRAFTRESPONSE", "inspector", "manager")
    cast.decide("DRAFTDECISION before assurance.")
    cast.unread_by("DRAFTDECISION", "preparer", "approver", "officer", "coordinator")
    cast.inspector.move("challenge", "send_to_quality_assurance")
    cast.read_by("DRAFTDECISION", "manager")
    cast.manager.move("challenge", "send_back", {"reason": "AUDITORSECRET: weigh it anew."})
    cast.score("RESCORE in secret.")
    cast.unread_by("AUDITORSECRET", "preparer", "approver", "coordinator", "reviewer")
    cast.unread_by("RESCORE", "preparer", "approver", "officer", "coordinator")
    cast.inspector.move("challenge", "issue_draft")
    cast.read_by("RESCORE", "approver")
    cast.respond("SECONDRESPONSE, not sent.")
    cast.unread_by("SECONDRESPONSE", "inspector", "manager", "officer")
    cast.approver.move("challenge", "respond")
    cast.read_by("SECONDRESPONSE", "inspector")
    cast.decide("FINALDECISION.")
    cast.inspector.move("challenge", "send_to_quality_assurance")
    cast.manager.move("challenge", "issue_final")
    cast.read_by("FINALDECISION", "approver", "officer", "coordinator")


def test_a_plan_is_the_bodys_own_until_it_is_proposed(cast):
    cast.to_challenge()
    cast.inspector.move("challenge", "issue_draft")
    cast.respond("We do not agree.")
    cast.approver.move("challenge", "respond")
    cast.decide("It stands.")
    cast.inspector.move("challenge", "send_to_quality_assurance")
    cast.manager.move("challenge", "issue_final")
    _add_action(cast, "DRAFTACTION: close the office.")
    _add_action(cast, "KEPTACTION: share the service.")
    others = ("inspector", "manager", "officer", "coordinator", "reviewer")
    cast.unread_by("DRAFTACTION", *others)
    for name in others:
        assert REF not in getattr(cast, name).get("/cases?turn=inspector&text=E0701"), "a filter tells that a draft exists"
    cast.approver.move("action", "take_out", {"reason": "TAKENOUT for a reason of our own."}, action="1")
    cast.unread_by("TAKENOUT", *others)
    cast.approver.move("plan", "propose")
    cast.read_by("KEPTACTION", "inspector", "manager", "officer")
    cast.unread_by("DRAFTACTION", *others)
    cast.unread_by("TAKENOUT", *others)


def _add_action(cast, what):
    page = cast.approver.get(f"{CASE}/plan")
    data = {"finding": find(r'<option value="(\d+)"[^>]*>Finding 1', page), "owner": find(r'name="owner"[^>]*value="(\d+)"', page),
            "what": what, "due_on": ["31", "3", "2011"], "saving": "10,000"}  # fmt: skip
    cast.approver.post(f"{CASE}/plan/actions", data, form=f"{CASE}/plan")


def test_who_changed_which_figure_is_the_bodys_own_until_sign_off_and_the_auditors_after(cast):
    cast.preparer.move("return", "start")
    cast.preparer.post(f"{CASE}/return/finance", {"FIN_COST_EMP": "777123"})
    cast.unread_by("777,123", "officer", "manager", "coordinator")
    for part, fields in typed_return().items():
        cast.preparer.post(f"{CASE}/return/{part}", fields | ({"was-FIN_COST_EMP": "1"} if part == "finance" else {}))
    cast.preparer.move("return", "submit_for_sign_off")
    cast.approver.move("return", "sign_off")
    cell = f"{CASE}/return/finance/FIN_COST_EMP"
    assert "from £777,123 to" in cast.officer.get(cell)
    assert "777,123" in cast.officer.get(f"{CASE}/record.csv?entity=return_value&key=FIN_COST_EMP")
    assert "777,123" not in cast.manager.get(cell), "the auditor sees the return once it is accepted"
    assert "777,123" not in cast.coordinator.get(cell), "peers review figures, not drafts"
    cast.coordinator.move("return", "accept")
    assert "from £777,123 to" in cast.manager.get(cell)

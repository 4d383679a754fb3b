"""Move the demo's cases by the real verbs, so that every state of every track occurs."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from webapp.cases import moves
from webapp.cases.facts import CaseFacts, current_stays
from webapp.cases.models import Case
from webapp.challenge import queries as findings
from webapp.challenge import verbs as challenge
from webapp.chase.verbs import record_contact
from webapp.checks import verbs as checks
from webapp.db import Database, Work
from webapp.demo import figures
from webapp.demo.people import People
from webapp.evidence import queries as evidence_read
from webapp.evidence import verbs as evidence
from webapp.evidence.verbs import Content
from webapp.penalties.verbs import note_saving
from webapp.plans import verbs as plans
from webapp.plans.models import Action
from webapp.returns import queries as returns_read
from webapp.returns import sections
from webapp.returns import verbs as returns
from webapp.review import queries as reviews
from webapp.review import verbs as review
from webapp.templating import told
from workflows.asks import YES
from workflows.case import track
from workflows.returns.figures import Figures
from workflows.review.annotations import ASKING
from workflows.roles import Actor, Role

MAIN = (
    "start", "fill", "submit_for_sign_off", "sign_off", "accept",
    "review.allocate", "review.begin", "review.write", "review.send_queries", "review.answer", "review.send_answers", "review.resolve",
    "review.issue_draft", "review.remark", "review.comment", "review.moderate", "review.decide", "review.issue_final",
    "challenge.allocate", "challenge.write", "challenge.issue_draft", "challenge.answer", "challenge.respond", "challenge.decide",
    "challenge.send_to_quality_assurance", "challenge.issue_final",
    "plan.write", "plan.propose", "plan.agree", "action.start", "action.report_complete", "action.verify", "plan.complete", "plan.close",
)  # fmt: skip
"""A case's whole way. Steps of tracks that a case does not have are passed over."""


def _to(step: str) -> tuple[str, ...]:
    return MAIN[: MAIN.index(step) + 1]


CORRECTED = ("FIN_DEBTORS", "FIN_CREDITORS", "FIN_PAYROLL_ERRORS")
"""What the demo's corrections correct. Reviewers have annotated the last of them."""
WORK = {
    "fill": Role.PREPARER, "review.write": Role.REVIEWER, "review.answer": Role.PREPARER, "review.resolve": Role.REVIEWER,
    "review.remark": Role.PREPARER, "review.decide": Role.COORDINATOR,
    "challenge.write": Role.INSPECTOR, "challenge.answer": Role.APPROVER,
    "challenge.decide": Role.INSPECTOR, "plan.write": Role.APPROVER, "contact": Role.COORDINATOR,
    "penalty.note_saving": Role.APPROVER,
}  # fmt: skip
"""Who does the steps that are no transition."""
_RETURNED = _to("sign_off")
_CORRECTED = (*_RETURNED, "request_correction", "start_correction")
_INDICATED = (*_to("challenge.issue_final"), "penalty.indicate")
INDICATE = "penalty.indicate"
GO_ON = "review.go_on"
_APPLIED = (*_INDICATED, "penalty.note_saving", "penalty.represent", "penalty.apply")
ASIDE = (
    (*_to("submit_for_sign_off"), "send_back"),
    (*_RETURNED, "request_correction"),
    (*_RETURNED, "request_correction", "drop_request"),
    _CORRECTED,
    (*_CORRECTED, "withdraw_correction"),
    (*_CORRECTED, "reopen_more", "fill", *MAIN[2 : MAIN.index("review.moderate") + 1]),
    (*_RETURNED, "volunteer_correction"),
    (*_to("accept"), "volunteer_correction", "withdraw_own_correction"),
    (*_to("review.write"), "volunteer_correction", *MAIN[1:5], *_to("review.issue_draft")[MAIN.index("review.send_queries") :]),
    (*_to("submit_for_sign_off"), "take_back"),
    (*_to("accept"), "reopen"),
    ("start", "contact"),
    ("start", "contact", "record_not_returned"),
    ("start", "contact", "record_not_returned", "file_late"),
    (*_to("review.allocate"), "review.reallocate"),
    (*_to("review.allocate"), "review.decline"),
    (*_to("review.send_queries"), GO_ON),
    (*_to("review.moderate"), "review.send_back"),
    (*_to("challenge.allocate"), "challenge.reallocate"),
    (*_to("challenge.send_to_quality_assurance"), "challenge.send_back"),
    (*_to("plan.propose"), "plan.request_changes"),
    (*_to("plan.propose"), "plan.request_changes", "plan.write", "action.take_out", "plan.propose"),
    (*_to("action.report_complete"), "action.reject"),
    (*_to("action.report_complete"), "action.reject", "action.resume"),
    (*_to("action.start"), "action.cancel", "plan.complete", "plan.close"),
    _INDICATED,
    _APPLIED[:-1],
    (*_APPLIED[:-1], "penalty.withdraw"),
    _APPLIED,
    (*_APPLIED, "penalty.appeal"),
    (*_APPLIED, "penalty.appeal", "penalty.confirm"),
    (*_APPLIED, "penalty.appeal", "penalty.uphold"),
)
"""What leads off the straight way: corrections, refusals, penalties."""
_DECLARED = ("declare_headcount",)
EXEMPT_ROUTES = (_DECLARED, (*_DECLARED, "confirm_due"), (*_DECLARED, "refuse_headcount_exempt"))
NEAR_ROUTES = ((*_DECLARED, "confirm_exempt"), (*_DECLARED, "confirm_still_due"), (*_DECLARED, "refuse_headcount"))
"""Of bodies that are exempt, and of those only just above the line: they prove their headcount."""
ROUTES = (*(MAIN[:number] for number in range(1, len(MAIN) + 1)), *ASIDE)
"""Every way that a case of the demo can have gone so far; between them every state of every track is reached, but for that of an
action whose body ended."""


@dataclass
class Walker:
    """One case on its way: who acts in it, and what it is about."""

    database: Database
    case_id: int
    partnership_id: int | None
    roles: Mapping[Role, Actor]
    people: People
    files: tuple[Content, ...]
    """What stands behind the demo's figures: invented, and in the store already."""
    rng: random.Random
    route: tuple[str, ...]

    def __post_init__(self) -> None:
        partnership = self.partnership_id or 0
        own = self.roles[Role.PREPARER].organisation_id
        self.fit = [r for r in self.people.reviewers.get(partnership, []) if self.people.homes.get(r.person_id) != own]
        self.inspectors = self.rng.sample(self.people.inspectors, 2)
        self.actors: dict[Role, Actor] = dict(self.roles) | {
            Role.COORDINATOR: self.people.coordinators.get(partnership, self.people.officers[0]),
            Role.MANAGER: self.people.managers[0],
            Role.INSPECTOR: self.inspectors[0],
            Role.OFFICER: self.people.officers[0],
        }
        if self.fit:
            self.actors[Role.REVIEWER] = self.rng.choice(self.fit)

    def go(self, step: str, at: datetime) -> None:
        """Go one step, at that time."""
        with self.database.work(self._actor(step), at) as work:
            self._step(work, work.session.get_one(Case, self.case_id), step)

    def _actor(self, step: str) -> Actor:
        """Who makes a step: the first of the transition's roles, and never an officer who had a hand in the penalty before."""
        code, _, name = step.rpartition(".")
        if name in ("apply", "withdraw"):
            return self.people.officers[1]
        if name in ("confirm", "uphold"):
            return self.people.officers[2]
        role = WORK.get(step) or track(code or "return").transition(name).roles[0]
        return self.actors.get(role, self.actors[Role.COORDINATOR])

    def _step(self, work: Work, case: Case, step: str) -> None:
        if step == "fill":
            self._fill(work, case)
            return
        code, _, name = step.rpartition(".")
        stays = {s.track: s.state for s in current_stays(work.session, case.id)}
        code = code or "return"
        passed_over = stays.get(code) in (None, "waived", "not_required") and code != "return"
        if (
            passed_over
            or self._penalty_is_past(work, case, code, name, stays)
            or (step == "reopen" and stays.get("challenge") not in (None, "waived", "unallocated"))
        ):
            return
        match step:
            case "review.write":
                self._annotate(work, case)
            case "review.answer" | "review.resolve":
                self._settle_queries(work, case, step)
            case "review.remark":
                review.comment(work, case, "draft_issued", "function:finance", figures.REMARK, 0)
            case "review.decide":
                found = reviews.review(work.session, case, work.actor)
                for comment in found.points if found else ():
                    review.decide(work, comment, "moderation", "accepted", "Demo: right, and the note says so now.", comment.revision)
            case "challenge.write":
                self._find(work, case)
            case "challenge.answer":
                for finding in findings.findings(work.session, case, work.actor):
                    challenge.respond(finding, "draft_issued", "partly", "Demo: agreed in part; the basis of the figure differs.")
            case "challenge.decide":
                for finding in findings.findings(work.session, case, work.actor):
                    challenge.decide(finding, "response_in", "kept", "Demo: the finding stands with the response beside it.")
            case "plan.write":
                self._plan(work, case, stays["plan"])
            case "penalty.note_saving":
                note_saving(work, case, {"pounds": "180000", "since": "2008-04-01", "what": "Demo: two payroll teams became one.",
                                         "evidence": "Demo: a report to the cabinet of that summer."})  # fmt: skip
            case "submit_for_sign_off":
                self._explain(work, case, every=True)
                self._move(work, case, code, name)
            case "contact":
                record_contact(work, case, {"way": "phone", "note": "Demo: the ledger was closed late; they will file soon.",
                                            "promised_on": (work.now + timedelta(days=1)).date().isoformat()})  # fmt: skip
            case _:
                self._move(work, case, code, name)

    def _penalty_is_past(self, work: Work, case: Case, code: str, name: str, stays: Mapping[str, str]) -> bool:
        """Whether a step of the penalty has no place in this case: the rule does not indicate the body after all."""
        if code != "penalty":
            return False
        if name == "indicate":
            return not CaseFacts(work.session, case, work.actor, work.now).penalty.indicated
        return stays["penalty"] == "not_indicated"

    def _fill(self, work: Work, case: Case) -> None:
        version = returns_read.newest_version(work.session, case.id)
        stored = returns_read.values(work.session, version.id) if version else {}
        seen = {code: value.revision for code, value in stored.items()}
        typed = figures.answers(self.rng, case.headcount or 1000, case.round.programme, dear=INDICATE in self.route)
        if stored:
            kept = {code: returns_read.answer(value) for code, value in stored.items()}
            typed = kept | {code: typed[code] for code in CORRECTED}
        returns.save_answers(work, case, "in_progress", typed, seen)
        sections.set_owners(work, case, "in_progress", {"finance": work.actor.person_id})
        if not stored:
            work.session.flush()
            facts = CaseFacts(work.session, case, work.actor, work.now)
            for place, content in zip(("FIN_COST_EMP", "finance"), self.files, strict=True):
                evidence.add(work, facts, place, [content], None)
                work.session.flush()
        if "submit_for_sign_off" not in self.route:
            self._explain(work, case, every=False)

    def _explain(self, work: Work, case: Case, *, every: bool) -> None:
        """Say why checks do not hold, for every one that asks, or for the first half of them; and answer some questions."""
        work.session.flush()
        checked = CaseFacts(work.session, case, work.actor, work.now).checked
        wanted = [o for o in checked.outcomes if o.status in ("explain", "confirm")]
        wanted = wanted if every else wanted[: (len(wanted) + 1) // 2]
        wanted += [o for o in checked.unanswered if self.rng.random() < 0.5]
        given = {o.code: checks.Given(figures.explanation(o), o.explanation.revision if o.explanation else 0, o.rests_on, True)
                 for o in wanted}  # fmt: skip
        checks.explain(work, case, "in_progress", checked, given)
        work.session.flush()

    def _move(self, work: Work, case: Case, code: str, name: str) -> None:
        inputs = self._inputs(work, case, code, name)
        if name == "reallocate":
            self._give_to_another(code)
        if name in ("allocate", "reallocate"):
            inputs["person"] = str(self.actors[Role.REVIEWER if code == "review" else Role.INSPECTOR].person_id)
        action = None
        if code == "action":
            action = work.session.scalars(select(Action).where(Action.case_id == case.id).order_by(Action.number)).first()
            if action is None:
                return
        moves.make(work, case, code, name, inputs, action=action)

    def _inputs(self, work: Work, case: Case, code: str, name: str) -> dict[str, str]:
        """What a move asks for: what it needs, and which items a correction is about, and whether it is material."""
        above = "confirm_due" in self.route or "confirm_still_due" in self.route
        made_up = {
            "declaration": YES, "material": "no", "basis": "people", "count": str(case.round.threshold + (8 if above else -3)),
            "items": " ".join(CORRECTED[2:] if name == "reopen_more" else CORRECTED[:2]),
            "on": (work.now - timedelta(days=40)).date().isoformat(),
            "return_due": (work.now + timedelta(days=40)).date().isoformat(),
        }  # fmt: skip
        wanted = [ask for ask in track(code).transition(name).asks if ask.required or ask.kind in ("items", "choice")]
        return {ask.name: made_up.get(ask.name) or figures.text(code, name) for ask in wanted}

    def _give_to_another(self, code: str) -> None:
        if code == "review":
            now = self.actors[Role.REVIEWER]
            self.actors[Role.REVIEWER] = next(one for one in self.fit if one.person_id != now.person_id)
        else:
            self.actors[Role.INSPECTOR] = self.inspectors[1]

    def _annotate(self, work: Work, case: Case) -> None:
        version = returns_read.visible_version(work.session, case, work.actor)
        if version is None:
            return
        answers = returns_read.answers(work.session, version.id)
        for code, kind, text, addressee in (
            ("FIN_COST_EMP", "query", figures.QUERY, "body"),
            ("FIN_INVOICES_PAID_30D", "comment", "Demo: late payment costs goodwill; the plan to pay sooner is sound.", "body"),
            ("FIN_PAYROLL_ERRORS", "good_practice", "Demo: few payroll errors; worth sharing how.", "body"),
            ("FIN_COST_OTHER", "comment", "Demo: a private note among reviewers: compare with last year’s accounts.", "reviewers"),
        ):
            value = told(answers.get(code), case.round.programme.item(code))
            review.annotate(work, case, "in_review", version=version, item=code, value=value, kind=kind, text=text, addressee=addressee)
        for function, (credible, improvement, rating) in figures.JUDGED.items():
            review.judge(work, case, "in_review", function, review.Judgement(credible, "yes", improvement, rating), 0)
        facts = CaseFacts(work.session, case, work.actor, work.now)
        for file in evidence_read.files(work.session, case, work.actor)[0]:
            good = file.evidence.place == "FIN_COST_EMP"
            text = "Demo: it shows the figure." if good else "Demo: it is of another year. Send the one of 2008/09."
            evidence.judge(work, facts, file, "accepted" if good else "refused", text)
        work.session.flush()
        review.write_summary(work, case, "in_review", figures.SUMMARY, 1)

    def _settle_queries(self, work: Work, case: Case, step: str) -> None:
        for annotation in reviews.annotations(work.session, case, work.actor):
            if annotation.kind in ASKING and step == "review.answer":
                review.answer(work, annotation, "with_body", figures.ANSWER, 0)
            elif annotation.kind in ASKING:
                review.resolve(work, annotation, "in_review", frozenset({work.actor.person_id or 0}))

    def _find(self, work: Work, case: Case) -> None:
        texts = {
            "title": "Demo: cost of transaction processing", "kloe": "1.2", "item": "FIN_COST",
            "severity": self.rng.choice(["low", "high"]),
            "condition": "Demo: processing takes a large share of the finance cost.", "criterion": "Demo: the comparators' median.",
            "cause": "Demo: two systems are kept.", "effect": "Demo: money that services could use.",
            "recommendation": self.rng.choice(["Demo: join a shared payroll service.", "Demo: move to one system."]),
        }  # fmt: skip
        if not any(step.startswith("plan.") for step in self.route) and self.rng.random() < 0.5:
            texts["recommendation"] = ""
        version = returns_read.visible_version(work.session, case, work.actor)
        item = case.round.programme.item(texts["item"])
        figures_read = Figures(case.round.programme, returns_read.answers(work.session, version.id) if version else {})
        challenge.record_finding(work, case, "in_progress", texts, version=version, value=told(figures_read.answer(item.code), item))
        challenge.record_score(work, case, "in_progress", kloe="1.2", level=self.rng.randint(1, 4), reason="Demo: made-up evidence.")

    def _plan(self, work: Work, case: Case, state: str) -> None:
        owner = self.roles[Role.ACTION_OWNER].person_id or 0
        for finding in findings.findings(work.session, case, work.actor):
            plans.add_action(work, case, state, what="Demo: prepare a shared service with neighbours.", finding_id=finding.id,
                             owner_id=owner, due_on=(work.now + timedelta(days=120)).date(),
                             saving=Decimal(self.rng.randint(2, 40) * 5000))  # fmt: skip

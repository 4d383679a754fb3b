"""What the pages of the penalty show: the lines of a brief, the penalty page of a case, and what a rule would do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.cases.briefs import Brief, Line, brief
from webapp.cases.facts import CaseFacts
from webapp.penalties import queries
from webapp.penalties.judging import Judged, noted
from webapp.penalties.looking import says
from webapp.penalties.models import EarlierSaving, PenaltyIndication, PenaltyRule
from webapp.templating import day
from workflows.benchmarks.penalty import NOTED, PROTECTS, Findings, Outcome, Saving, kept, saving_words
from workflows.programme import Programme
from workflows.roles import Role


@dataclass(frozen=True)
class Rested:
    """What an indication rests on, for people to read: lines of figures, and the reasons."""

    rule: PenaltyRule
    at: date
    lines: list[Line]
    reasons: list[str]


def rested(programme: Programme, rule: PenaltyRule, numbers: Mapping[str, Any]) -> Rested:
    """The kept numbers of an indication (`workflows.benchmarks.penalty.kept`) as they are read."""
    say = says(programme)
    lines = []
    for one in numbers["figures"]:
        found = programme.find_indicator(one["indicator"])
        value = say(one["indicator"], one["value"])
        if one["average"] is None:
            text = f"{value}; nothing to compare with"
        else:
            text = (f"{value}; the {rule.average} of {one['n']} in “{one['group']}” is {say(one['indicator'], one['average'])}, the "
                    f"threshold {say(one['indicator'], one['threshold'])}")  # fmt: skip
        lines.append(Line(found.label if found else one["indicator"], text))
    return Rested(rule, date.fromisoformat(numbers["at"]), lines, [why["text"] for why in numbers["reasons"]])


def _brief(shown: Rested | None, savings: tuple[Saving, ...]) -> Brief:
    if shown is None:
        return Brief("What the rule says", [Line("Rule", "No rule is in force in this round")], "penalty", "Read about the penalty")
    rule = Line("Rule", f"Version {shown.rule.version}, “{shown.rule.name}”, on {day(shown.at)}")
    why = [Line("Why" if number == 0 else "And", text) for number, text in enumerate(shown.reasons)]
    noted_now = [Line("Earlier savings", saving_words(saving)) for saving in savings if saving_words(saving) not in shown.reasons]
    if not savings:
        noted_now = [Line("Earlier savings", "None is noted")]
    return Brief("What the rule says", [rule, *shown.lines, *why, *noted_now], "penalty", "Read the rule and all that it rests on")


@brief("penalty_now")
def now(facts: CaseFacts) -> Brief:
    """Before an indication: what the rule says of the body today."""
    judged = facts.judged
    if judged is None:
        return _brief(None, ())
    judged = noted(facts.session, judged, facts.case)
    return _brief(_of(facts.case.round.programme, judged), judged.outcome.subject.savings)


@brief("penalty_then")
def then(facts: CaseFacts) -> Brief:
    """After an indication: what it rested on, and the savings that are noted now."""
    found = queries.indication(facts.session, facts.case.id)
    savings = queries.standing_savings(facts.session, facts.case.id)
    return _brief(rested(facts.case.round.programme, found[1], found[0].rested_on) if found else None, savings)


def _of(programme: Programme, judged: Judged) -> Rested:
    return rested(programme, judged.rule, kept(judged.outcome, judged.at))


@dataclass(frozen=True)
class PenaltyPage:
    """What the penalty page of a case shows besides its track: the rule, what it says or said of the body, earlier savings.

    `rule` is the one that the body was indicated by, or else the one in force; `now` what it says today, to officers alone.
    """

    rule: PenaltyRule | None
    terms: list[str]
    indication: PenaltyIndication | None
    then: Rested | None
    now: Rested | None
    indicated_now: bool
    savings: list[tuple[EarlierSaving, str]]


def penalty_page(facts: CaseFacts) -> PenaltyPage:
    """The same for whoever reads: three statements at most."""
    session, case, programme = facts.session, facts.case, facts.case.round.programme
    savings = queries.savings(session, case.id)
    open_question = facts.state("penalty") in (None, "not_indicated")
    found = None if open_question else queries.indication(session, case.id)
    if found is not None:
        return PenaltyPage(found[1], queries.terms_of(programme, found[1]), found[0], rested(programme, found[1], found[0].rested_on), None,
                           True, savings)  # fmt: skip
    if facts.actor.role is Role.OFFICER:
        judged = facts.judged
        if judged is None:
            return PenaltyPage(None, [], None, None, None, False, savings)
        shown = _of(programme, judged)
        return PenaltyPage(judged.rule, queries.terms_of(programme, judged.rule), None, None, shown, judged.outcome.indicated, savings)
    rule = queries.in_force(queries.rules_of(session, case.round_id), queries.today(facts.now))
    return PenaltyPage(rule, queries.terms_of(programme, rule) if rule else [], None, None, None, False, savings)


@dataclass(frozen=True)
class Group:
    """A line of what a rule would do: a class or region, how many bodies it has, how many are indicated, and by the adopted rule."""

    name: str
    bodies: int
    indicated: int
    by_adopted: int | None


@dataclass(frozen=True)
class WhatIf:
    """What a rule would do, beside the adopted one where there is one."""

    findings: Findings
    adopted: Findings | None
    by_class: list[Group]
    by_region: list[Group]
    more: list[Outcome]
    """Those that it would indicate and the adopted rule does not."""
    fewer: list[Outcome]
    """Those that the adopted rule indicates and it would not."""

    @property
    def protected(self) -> list[tuple[str, int]]:
        """How many bodies each protection keeps."""
        return [(PROTECTS[code], number) for code, number in self.findings.protected()]

    def kept_by(self) -> list[Outcome]:
        """Those that only a protection keeps from being indicated, or may: all but those at or below the threshold or exempt."""
        plain = {"not_above", "exempt", "awaited"}
        return [one for one in self.findings.outcomes if {why.code for why in one.protections} - plain]


def what_if(findings: Findings, adopted: Findings | None) -> WhatIf:
    """A rule's findings beside those of the adopted one."""
    mine = {one.subject.code for one in findings.indicated}
    theirs = {one.subject.code for one in adopted.indicated} if adopted else set()

    def groups(name: str) -> list[Group]:
        def key(subject: Any) -> str:
            return getattr(subject, name) or "No region in the register"

        before = {group: hit for group, _, hit in adopted.counted(key)} if adopted else {}
        return [Group(group, number, hit, before.get(group) if adopted else None) for group, number, hit in findings.counted(key)]

    return WhatIf(findings, adopted, groups("class_name"), groups("region"),
                  [one for one in findings.indicated if adopted and one.subject.code not in theirs],
                  [one for one in adopted.indicated if one.subject.code not in mine] if adopted else [])  # fmt: skip


HEAD = ("ref", "code", "body", "class", "region", "return", "indicated", "by_adopted_rule", "indicator", "value", "n", "average",
        "threshold", "percent_over_average", "protections", "reasons", "earlier_savings_pounds")  # fmt: skip


def rows(shown: WhatIf) -> Iterator[list[Any]]:
    """A line for each body and figure, for a table to download; numbers are not rounded."""
    for outcome in shown.findings.outcomes:
        subject = outcome.subject
        by_adopted = ("yes" if shown.adopted.of(subject.code).indicated else "no") if shown.adopted else ""
        against = "; ".join(why.text for why in outcome.reasons if why.code not in NOTED)
        for one in outcome.figures:
            of = one.benchmark
            yield [subject.ref, subject.code, subject.name, subject.class_name, subject.region, subject.standing,
                   "yes" if outcome.indicated else "no", by_adopted, one.indicator, one.value, of.n if of else 0,
                   of.average if of else None, of.threshold if of else None, one.over,
                   " ".join(why.code for why in outcome.protections), against, outcome.saved]  # fmt: skip

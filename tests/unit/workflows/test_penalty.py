"""The rule for the penalty, and the fairness that must hold of any rule over any bodies."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean, median

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.penalties import AT, INDICATORS, belonging, rules, sound, worlds
from workflows.benchmarks.penalty import PROTECTS, Figure, Saving, Subject, indicate, kept
from workflows.benchmarks.rules import Rule, terms
from workflows.benchmarks.sharing import Span

RULE = Rule("cost", 3, "Cost of finance", "Why.", ("FIN-P1",), ("finance",), "median", "class", Decimal(10), 8)


def codes_of(findings):
    return {outcome.subject.code for outcome in findings.indicated}


@given(rules, worlds())
def test_the_rule_says_what_it_says_by_another_reckoning(rule, world):
    """Written again from the sentences of the rule, body by body, with the standard library's averages."""
    subjects, figures, belongings = world

    def good(subject, indicator):
        one = figures[subject.code, indicator]
        usable = one.value is not None and one.value > 0 and not one.provisional and not one.scope_differs
        return usable and subject.standing in ("returned", "awaited")

    expected = set()
    for subject in subjects:
        inside = any(
            b.body == subject.code and b.kind != "talks" and (not rule.functions or set(rule.functions) & b.functions)
            and b.span.starts <= AT and (b.span.ends or AT) >= AT and b.of_group.starts <= AT and (b.of_group.ends or AT) >= AT
            for b in belongings
        )  # fmt: skip
        if inside or subject.standing in ("exempt", "awaited"):
            continue
        verdicts = []
        for indicator in rule.indicators:
            one = figures[subject.code, indicator]
            peers = [figures[s.code, indicator].value for s in subjects if s.groups[rule.group] == subject.groups[rule.group]
                     and good(s, indicator)]  # fmt: skip
            late = one.value is None and one.known_by is not None and one.known_by < AT
            if subject.standing == "not_returned" or late:
                verdicts.append(len(peers) + 1 >= rule.minimum)
            else:
                enough = good(subject, indicator) and len(peers) >= rule.minimum
                average = (median if rule.average == "median" else fmean)(peers) if enough else 0
                verdicts.append(enough and one.value > average * (1 + float(rule.margin) / 100) * (1 + 1e-9))
        if all(verdicts):
            expected.add(subject.code)
    assert codes_of(indicate(rule, subjects, figures, belongings, AT)) == expected


@given(rules, worlds(sound), st.data())
def test_not_to_return_is_never_better_than_any_return(rule, world, data):
    subjects, figures, belongings = world
    number = data.draw(st.integers(0, len(subjects) - 1))
    body = subjects[number]
    returned = [replace(s, standing="returned") if s is body else s for s in subjects]
    without = [replace(s, standing="not_returned") if s is body else s for s in subjects]
    late = figures | {(body.code, code): Figure(known_by=AT - timedelta(days=1)) for code in INDICATORS}
    if body.code in codes_of(indicate(rule, returned, figures, belongings, AT)):
        assert body.code in codes_of(indicate(rule, without, figures, belongings, AT))
        assert body.code in codes_of(indicate(rule, returned, late, belongings, AT)), "nor is a figure that was promised and never came"


@given(rules, worlds(), st.decimals(0, 100, places=1))
def test_a_higher_margin_never_indicates_more(rule, world, more):
    subjects, figures, belongings = world
    harder = replace(rule, margin=rule.margin + more)
    assert codes_of(indicate(harder, subjects, figures, belongings, AT)) <= codes_of(indicate(rule, subjects, figures, belongings, AT))


@given(rules, worlds(), st.integers(0, 20))
def test_a_larger_minimum_never_indicates_more(rule, world, more):
    subjects, figures, belongings = world
    harder = replace(rule, minimum=rule.minimum + more)
    assert codes_of(indicate(harder, subjects, figures, belongings, AT)) <= codes_of(indicate(rule, subjects, figures, belongings, AT))


@given(rules, worlds(), st.sampled_from(["host", "client"]), st.data())
def test_inside_a_sharing_group_is_never_indicated(rule, world, kind, data):
    subjects, figures, belongings = world
    code = data.draw(st.sampled_from(subjects)).code
    more = [*belongings, belonging(code, kind, rule.functions[:1] or ("hr",))]
    outcome = indicate(rule, subjects, figures, more, AT).of(code)
    assert not outcome.indicated
    assert "sharing" in {why.code for why in outcome.protections}


@given(rules, worlds())
def test_talks_and_what_is_over_or_not_begun_protect_nobody(rule, world):
    subjects, figures, _ = world
    of_no_use = [
        one
        for subject in subjects
        for one in (
            belonging(subject.code, "talks", ("finance", "hr")),
            belonging(subject.code, span=Span(date(2009, 5, 1), AT - timedelta(days=1))),
            belonging(subject.code, span=Span(AT + timedelta(days=1))),
            belonging(subject.code, of_group=Span(date(2009, 5, 1), AT - timedelta(days=1))),
            belonging(subject.code, functions=("estates",)) if rule.functions else belonging(subject.code, "talks"),
        )
    ]
    assert codes_of(indicate(rule, subjects, figures, of_no_use, AT)) == codes_of(indicate(rule, subjects, figures, [], AT))


@given(rules, worlds(), st.sampled_from(["provisional", "scope_differs"]))
def test_what_is_provisional_or_counted_otherwise_never_counts(rule, world, fault):
    """Neither against its own body, nor in the average of the others."""
    subjects, figures, belongings = world
    body = subjects[0]
    assume(body.standing == "returned")
    marked = {key: replace(one, **{fault: True}) if key[0] == body.code and one.value is not None else one for key, one in figures.items()}
    found = indicate(rule, subjects, marked, belongings, AT)
    if any(marked[body.code, code].value is not None for code in rule.indicators):
        assert not found.of(body.code).indicated
    without = {key: Figure() if key[0] == body.code and one.value is not None else one for key, one in marked.items()}
    assert found.benchmarks == indicate(rule, subjects, without, belongings, AT).benchmarks


@given(rules, worlds())
def test_small_groups_zero_and_negative_figures_and_those_who_owe_no_return_are_never_indicated(rule, world):
    subjects, figures, belongings = world
    for outcome in indicate(rule, subjects, figures, belongings, AT).indicated:
        assert outcome.subject.standing in ("returned", "not_returned")
        assert not outcome.protections
        for one in outcome.figures:
            assert one.benchmark is not None
            absent = outcome.subject.standing == "not_returned" or one.value is None
            assert one.benchmark.n + absent >= rule.minimum
            assert absent or (one.value or 0) > (one.benchmark.threshold or 0) > 0


@given(rules, worlds())
def test_whoever_is_not_indicated_is_told_why_and_savings_change_nothing(rule, world):
    subjects, figures, belongings = world
    found = indicate(rule, subjects, figures, belongings, AT)
    for outcome in found.outcomes:
        assert outcome.reasons
        assert all(why.text.strip() for why in outcome.reasons)
        assert outcome.indicated == (not outcome.protections)
    assert sum(number for _, number, _ in found.counted(lambda s: s.groups["region"])) == len(subjects)
    assert sum(hit for _, _, hit in found.counted(lambda s: s.groups["class"])) == len(found.indicated)
    assert dict(found.protected()).keys() <= PROTECTS.keys()
    richer = [replace(s, savings=(Saving(5, AT, "More"),)) for s in subjects]
    assert codes_of(indicate(rule, richer, figures, belongings, AT)) == codes_of(found)


def bodies(*values, standing="returned"):
    subjects = [Subject(f"E{n:02}", f"Body {n}", standing, {"class": "Unitary authority"}) for n, _ in enumerate(values)]
    return subjects, {(f"E{n:02}", "FIN-P1"): Figure(value) for n, value in enumerate(values)}


def test_the_numbers_and_words_of_an_indication():
    subjects, figures = bodies(1, 1, 2, 2, 2, 2, 3, 4)
    subjects[7] = replace(subjects[7], savings=(Saving(250_000, date(2008, 4, 1), "Joined two payrolls", "Cabinet paper 12"),))
    outcome = indicate(RULE, subjects, figures, [belonging("E07", "talks")], AT).of("E07")
    assert outcome.indicated
    assert [(why.code, why.text) for why in outcome.reasons] == [
        ("outside", "In no sharing group for finance."),
        ("above", "4 is above 2.2, which is 10% above the median of 2 of 8 figures in “Unitary authority”."),
        ("talks", "In talks about the sharing group “Demo share”, from 1 May 2009. Talks are no membership."),
        ("savings", "£250,000 a year saved since 1 April 2008: Joined two payrolls (Cabinet paper 12)"),
    ]
    assert outcome.figures[0].over == pytest.approx(100)
    assert kept(outcome, AT) == {
        "at": "2010-02-01",
        "figures": [{"indicator": "FIN-P1", "value": 4, "group": "Unitary authority", "n": 8, "average": 2,
                     "threshold": pytest.approx(2.2)}],
        "reasons": [{"code": why.code, "text": why.text} for why in outcome.reasons],
        "savings": 250_000,
    }  # fmt: skip


def test_exactly_at_the_threshold_is_not_above_it():
    subjects, figures = bodies(*[2.0] * 8)
    rule = replace(RULE, margin=Decimal(0))
    assert not indicate(rule, subjects, figures, [], AT).indicated


def test_every_reason_is_told_not_only_the_first():
    subjects, figures = bodies(1, 2, -3)
    figures["E02", "FIN-P1"] = Figure(-3, provisional=True, scope_differs=True)
    outcome = indicate(RULE, subjects, figures, [belonging("E02")], AT).of("E02")
    assert [why.code for why in outcome.reasons] == ["sharing", "not_positive", "provisional", "scope", "small_group"]


def test_a_figure_promised_for_a_day_to_come_protects_until_that_day_is_over():
    subjects, figures = bodies(*[2.0] * 9)
    figures["E00", "FIN-P1"] = Figure(known_by=AT)
    assert not indicate(RULE, subjects, figures, [], AT).indicated
    assert codes_of(indicate(RULE, subjects, figures, [], AT + timedelta(days=1))) == {"E00"}


def test_the_rule_in_sentences():
    said = " ".join(terms(RULE, {"FIN-P1": "Finance cost"}, {"finance": "Finance"}))
    for words in ("outside every sharing group for Finance", "more than 10% above the median", "same class", "fewer than 8",
                  "no return", "Talks are noted", "is no penalty"):  # fmt: skip
        assert words in said
    every = replace(RULE, functions=(), group="all", margin=Decimal("0"), average="mean", indicators=INDICATORS)
    said = terms(every, {}, {})[0]
    assert "“FIN-P1” and “HR-P1a” are each above the mean of all bodies" in said
    assert "for any function" in said

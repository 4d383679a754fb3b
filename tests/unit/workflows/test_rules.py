"""Every check of every programme, declared or made: a return at which it holds, and one that breaks it."""

from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from config import programmes
from tests.support.broken import Base, breaking, settled
from webapp.demo.figures import HOME_PEOPLE, ordinary
from workflows.programme import Programme
from workflows.returns.checks import check
from workflows.returns.explanations import Explanation
from workflows.returns.rules import rules
from workflows.returns.values import Answer

LIBRARY = Path(__file__).parents[2] / "data" / "programmes" / "library-peers-2026"
READ = {
    "back-office-2009": programmes.read("back-office-2009"),
    "outturn-2006": programmes.read("outturn-2006"),
    "library-peers-2026": programmes.read_folder(LIBRARY),
}
EVERY = [pytest.param(code, rule, id=f"{code}:{rule.code}") for code, read in READ.items() for rule in rules(read)]


def _surveyed(programme: Programme) -> dict[str, Answer]:
    """Every survey was run, by many."""
    said = {"_RUN": Answer(text="yes"), "_SAMPLE": Answer(amount=Decimal(150)), "_MONTH": Answer(text="2009-10"), "_BY": Answer(text="us")}
    scores = {f"_{n}": Answer(amount=Decimal(3)) for n in range(1, 6)}
    return {i.code: a for i in programme.items if "_SURVEY_" in i.code for end, a in (said | scores).items() if i.code.endswith(end)}


@cache
def base(code: str) -> Base:
    """A return of the programme at which everything holds."""
    programme = READ[code]
    if code == "back-office-2009":
        answers = ordinary(HOME_PEOPLE, programme) | _surveyed(programme)
        running = answers["ORG_RUNNING_COST"].amount or Decimal(0)
        return settled(programme, answers, {"RO_SERVICE": running, "RO_SCHOOLS": running / 10, "RO_MSS": running / 20})
    if code == "outturn-2006":
        amounts = {"SERVICE": 100_000_000, "SCHOOLS": 40_000_000, "MSS": 5_000_000, "CDC": 2_000_000, "RETIREMENT": 1_000_000}
        said = {f"OUT_{name}": Answer(amount=Decimal(n)) for name, n in amounts.items()}
        return settled(programme, said | {"SUP_SCOPE": Answer(text="yes")}, {f"RO_{name}": Decimal(n) for name, n in amounts.items()})
    lent = {"LOANS_PRINT": 5000, "LOANS_AUDIO": 900, "READERS": 400, "ROOM_DAYS": 280}
    said = {name: Answer(amount=Decimal(n)) for name, n in lent.items()}
    return settled(programme, said | {"LEND_PRACTICE_1": Answer(text="no")}, {})


@pytest.mark.parametrize("code", list(READ))
def test_everything_holds_in_a_return_that_is_like_last_years_and_like_the_others(code: str) -> None:
    checked = check(base(code).figures)
    assert [o.code for o in checked.outcomes] == []
    assert checked.gaps == ()


@pytest.mark.parametrize("code, rule", EVERY)
def test_every_check_finds_what_breaks_it_and_says_what_to_do(code, rule):
    other = breaking(base(code), rule)
    assert other is not None, f"nothing was found that breaks {rule.holds or rule.code}"
    checked = check(other.figures)
    outcome = checked.outcome(rule.code)
    assert outcome is not None
    assert outcome.text.strip().endswith((".", "?"))
    assert outcome.mend.strip().endswith((".", "?"))
    assert outcome.place == f"return/{outcome.function}#{outcome.item.code}"
    assert outcome.item in READ[code].items_of(outcome.function)
    assert outcome.terms
    assert all(term.label and term.value for term in outcome.terms)
    assert outcome.rests_on
    assert outcome.stands == (rule.kind != "signal")
    assert (outcome.reason in checked.gaps) == outcome.stands
    said = {rule.code: Explanation("It is so, because of the merger.", outcome.rests_on)}
    again = check(other.figures, said).outcome(rule.code)
    assert again is not None
    assert again.explained
    assert again.stands == rule.blocks, "an explanation is enough, but not where a check blocks"


@pytest.mark.parametrize("code", list(READ))
def test_codes_are_unique_and_every_list_has_its_checks(code):
    programme, found = READ[code], rules(READ[code])
    assert max(Counter(rule.code for rule in found).values()) == 1
    by_origin = Counter(rule.origin for rule in found)
    assert by_origin["programme"] == len(programme.checks)
    assert by_origin["part"] == sum(1 for item in programme.items if item.part_of)
    assert by_origin["change"] == sum(1 for item in programme.items if item.kind == "amount")
    judged = {f.code for f in programme.functions if not f.provisional}
    assert by_origin["comparator"] == sum(1 for i in programme.indicators if i.function in judged)
    bounded = {i.code for i in programme.indicators if i.plausible_min is not None or i.plausible_max is not None}
    practices = {i.code for i in programme.indicators if i.numerator == "PRACTICES_MET"}
    assert {r.code for r in found if r.origin == "bounds"} == {f"{c}.bounds" for c in bounded - practices}
    assert {r.function for r in found} <= {f.code for f in programme.functions}

"""Programmes: the two that the project carries, and every kind of mistake, named by file, key and what was expected."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config import programmes
from workflows import programme as module
from workflows.programme import LISTS, MESSAGE_NAMES, OPTIONAL, Programme, ProgrammeError, check, dump, load, thaw
from workflows.roles import Role

LIBRARY = Path(__file__).parents[2] / "data" / "programmes" / "library-peers-2026"
RULES = {
    "return_due": (Role.PREPARER, None), "sign_off": (Role.APPROVER, 5), "acceptance": (Role.COORDINATOR, 5),
    "correction": (Role.PREPARER, 10), "allocation": (Role.COORDINATOR, 10), "peer_review": (Role.REVIEWER, 20),
    "body_comments": (Role.APPROVER, 10), "moderation": (Role.COORDINATOR, 10), "challenge_allocation": (Role.MANAGER, 10),
    "challenge": (Role.INSPECTOR, 30), "response": (Role.APPROVER, 15), "quality_assurance": (Role.MANAGER, 10),
    "plan_proposal": (Role.APPROVER, 20), "plan_answer": (Role.INSPECTOR, 10), "verification": (Role.INSPECTOR, 20),
    "representations": (Role.APPROVER, 15), "action_due": (Role.ACTION_OWNER, None),
    "headcount": (Role.OFFICER, 5), "query_answers": (Role.PREPARER, 10),
}  # fmt: skip
MESSAGES = {
    "deadline_coming", "deadline_today", "deadline_passed", "return_opened", "return_for_sign_off",
    "return_sent_back", "return_submitted", "correction_requested", "return_accepted", "return_not_returned",
    "return_reopened", "review_allocated", "review_draft_issued", "review_comments_in",
    "review_back_to_reviewer", "review_final", "challenge_allocated", "challenge_draft_issued",
    "challenge_response_in", "challenge_sent_back", "challenge_final", "plan_wanted", "plan_proposed",
    "plan_changes_requested", "plan_agreed", "plan_completed", "plan_closed", "action_agreed",
    "action_reported", "action_verified", "action_rejected", "action_cancelled", "penalty_indicated",
    "penalty_representations", "penalty_decided", "penalty_appealed", "penalty_settled", "query_to_body",
    "review_reallocated", "challenge_reallocated", "correction_volunteered", "correction_widened", "correction_ended",
    "values_changed", "headcount_declared", "headcount_due", "headcount_exempt", "headcount_refused",
    "queries_answered", "review_goes_on", "nudge",
}  # fmt: skip


def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in LIBRARY.glob("*.toml")}


def problems(**changes: tuple[str, str] | str | None) -> list[str]:
    """What load says of the library programme after changes: (old, new) in a file, its whole text, or None to drop it."""
    changed = files()
    for name, change in changes.items():
        file = f"{name}.toml"
        if change is None:
            del changed[file]
        elif isinstance(change, str):
            changed[file] = change.encode()
        else:
            text = changed[file].decode()
            assert change[0] in text, "the test changes nothing"
            changed[file] = text.replace(*change, 1).encode()
    with pytest.raises(ProgrammeError) as raised:
        load(changed)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return list(raised.value.problems)


RULE = """[[penalties]]
code = "cost"
name = "Cost"
statement = "Why."
indicators = ["%s"]
"""


@pytest.mark.parametrize(
    "text, expected",
    [
        (RULE % "NO-1", "penalties.toml: cost: indicators: expected one of indicators.toml, not “NO-1”"),
        (
            RULE % "LEND-1",
            "penalties.toml: cost: indicators: expected a cost where lower is better, of a function that is judged; not “LEND-1”",
        ),
        (RULE.replace('["%s"]', "[]"), "penalties.toml: cost: indicators: expected at least one"),
        (RULE % "NO-1" + 'functions = ["cooking"]', "penalties.toml: cost: functions: expected one of functions.toml, not “cooking”"),
        (RULE % "NO-1" + "margin = -1", "penalties.toml: cost: margin: expected 0 to 500 percent, not -1"),
        (RULE % "NO-1" + "margin = nan", "penalties.toml: cost: margin: expected 0 to 500 percent, not NaN"),
        (RULE % "NO-1" + "minimum = 4", "penalties.toml: cost: minimum: expected 5 figures or more, not 4"),
        (RULE % "NO-1" + "notice_days = -1", "penalties.toml: cost: notice_days: expected 0 or more, not -1"),
        (RULE % "NO-1" + 'average = "mode"', "penalties.toml: cost: average: expected one of median, mean, not 'mode'"),
        (RULE % "NO-1" + 'group = "neighbours"', "penalties.toml: cost: group: expected one of"),
    ],
)
def test_a_rule_for_the_penalty_that_cannot_be_is_told(text: str, expected: str) -> None:
    given = files() | {"penalties.toml": text.encode()}
    with pytest.raises(ProgrammeError) as raised:
        load(given)
    assert any(problem.startswith(expected) for problem in raised.value.problems), raised.value.problems


@pytest.fixture(scope="module")
def back_office() -> Programme:
    return programmes.read("back-office-2009")


@pytest.fixture(scope="module")
def library() -> Programme:
    return programmes.read_folder(LIBRARY)


def test_the_back_office_programme_is_whole(back_office: Programme) -> None:
    assert programmes.codes() == ["back-office-2009", "outturn-2006"]
    assert check(back_office) == []
    assert (back_office.threshold, back_office.threshold_warning_percent, back_office.nation) == (250, 10, "ENG")
    assert {f.code for f in back_office.functions if f.provisional} == {"legal", "travel", "communications"}
    assert len(back_office.indicators) == 103
    assert len(back_office.practices) == 80
    assert len(back_office.kloe) == 10


def test_the_back_office_deadlines_and_messages_are_those_agreed(back_office: Programme) -> None:
    assert {d.code: (d.role, d.working_days) for d in back_office.deadlines} == RULES
    assert back_office.deadline("return_due").fixed == date(2010, 2, 26)
    assert back_office.deadline("action_due").given
    assert {m.code for m in back_office.messages} >= MESSAGES
    assert {r.deadline for r in back_office.reminders} == set(RULES)
    assert all("{{ url }}" in m.body for m in back_office.messages)


def test_whoever_signs_declares_what_their_sector_asks(back_office: Programme) -> None:
    assert "section 151 of the Local Government Act 1972" in back_office.declaration_of("district")
    assert "section 112 of the Local Government Finance Act 1988" in back_office.declaration_of("police")
    assert back_office.declaration_of("other").endswith(back_office.declaration)
    assert back_office.item(back_office.burden_item).unit == "hours"


def test_whoever_must_act_is_reminded_first_and_then_others_are_told(back_office: Programme) -> None:
    for deadline in back_office.deadlines:
        rungs = sorted((r for r in back_office.reminders if r.deadline == deadline.code), key=lambda r: r.working_days)
        assert all(deadline.role in r.to for r in rungs if r.working_days <= 1)
    ladder = [(r.working_days, set(r.to)) for r in back_office.reminders if r.deadline == "return_due" and r.working_days > 0]
    assert ladder == [(1, {"preparer", "approver"}), (5, {"approver"}), (5, {"coordinator"}), (10, {"officer"})]


def test_nothing_that_is_only_proposed_looks_like_a_fact(back_office: Programme) -> None:
    assert all(d.source for d in back_office.deadlines)
    assert all(s.source for s in back_office.sectors)
    assert all(p.certainty for p in back_office.practices)


def test_the_finance_cost_is_a_sum_of_six_lines(back_office: Programme) -> None:
    lines = ("EMP", "IT", "ACCOM", "SUPPLIES", "OUTSOURCED", "OTHER")
    assert back_office.item("FIN_COST").formula == " + ".join(f"FIN_COST_{line}" for line in lines)
    assert back_office.item("FIN_COST_TRANS").formula == "FIN_COST_INVOICING + FIN_COST_PAYABLE + FIN_COST_PAYROLL"
    assert all(back_office.item(f"FIN_COST_{line}").minimum == 0 for line in lines)


def test_every_kind_of_the_register_has_a_sector(back_office: Programme) -> None:
    kinds = {kind: sector for sector in back_office.sectors for kind in sector.kinds}
    assert back_office.sector_for_kind("NMD") is back_office.sector("district")
    assert back_office.sector_for_kind("SRA") is back_office.sector_for_kind("GLA group")
    assert {kinds[k].peer_review for k in ("UA", "MD", "LBO", "CC", "CTY", "NMD")} == {True}
    others = ("police authority", "fire and rescue authority", "waste disposal authority")
    assert {kinds[k].peer_review for k in others} == {False}


def test_a_second_programme_needs_nothing_of_the_first(library: Programme, back_office: Programme) -> None:
    for name in LISTS:
        here, there = ({r.code for r in getattr(p, name)} for p in (library, back_office))
        assert here or name in OPTIONAL
        assert not here & there, name
    assert library.nation == "SCT"
    assert library.indicators[0].plausible_min == Decimal("0.5")


@pytest.mark.parametrize("which", ["library", "back_office"])
def test_freezing_loses_nothing(which: str, request: pytest.FixtureRequest) -> None:
    programme: Programme = request.getfixturevalue(which)
    assert thaw(dump(programme)) == programme
    assert dump(thaw(dump(programme))) == dump(programme)


def test_a_frozen_programme_does_not_lean_on_the_defaults_of_later_code(library: Programme) -> None:
    for name in ("threshold_warning_percent", "required", "statutory", "scale", "provisional"):
        assert f'"{name}":'.encode() in dump(library)


def test_lookups(library: Programme) -> None:
    assert [i.code for i in library.items_of("reading-rooms")] == ["ROOM_DAYS"]
    assert library.items_of("nothing") == ()
    assert library.item("LOANS").formula == "LOANS_PRINT + LOANS_AUDIO"
    assert library.find_item("nothing") is None
    assert library.deadline("visit").role is Role.REVIEWER
    assert library.message("count_soon").subject
    assert library.sector_for_kind("island library") is library.sector("island")
    assert library.sector_for_kind("NMD") is None
    with pytest.raises(KeyError):
        library.item("nothing")


def test_an_unknown_programme_is_told_with_those_that_there_are() -> None:
    for code in ("nothing", "../programmes", ""):
        with pytest.raises(LookupError, match="back-office-2009"):
            programmes.read(code)


def test_a_programme_in_a_folder_of_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "misnamed").mkdir()
    for name, content in files().items():
        (tmp_path / "misnamed" / name).write_bytes(content)
    monkeypatch.setattr(programmes, "HERE", tmp_path)
    with pytest.raises(ProgrammeError, match=r"programme\.toml: code: expected “misnamed”"):
        programmes.read("misnamed")


CHECK = """[[checks]]
code = "MANY"
kind = "soft"
function = "lending"
items = ["LOANS"]
holds = "LOANS <= 100 * READERS"
text = "Each reader has more than 100 loans."
mend = "Count active readers only."
"""
MISTAKES = [
    ("a missing file", {"kloe": None}, "kloe.toml: the file is missing"),
    ("no TOML", {"kloe": "[[kloe]\n"}, "kloe.toml: not valid TOML: "),
    ("not a list", {"kloe": "kloe = 3\n"}, "kloe.toml: kloe: expected tables that begin with [[kloe]]"),
    ("not tables", {"kloe": 'kloe = ["A"]\n'}, "kloe.toml: table 1: expected a table that begins with [[kloe]]"),
    ("a misspelt table", {"items": ("[[items]]", "[[item]]")},
     "items.toml: item: expected only tables that begin with [[items]]"),
    ("a list in the head", {"programme": ("nation", "items = []\nnation")},
     "programme.toml: items: expected in items.toml"),
    ("an unknown key in the head", {"programme": ("nation", "nations")},
     "programme.toml: nations: unknown; expected one of code,"),
    ("a missing key in the head", {"programme": ("threshold = 12", "")},
     "programme.toml: threshold: expected, but missing"),
    ("a number as text", {"programme": ("= 12", '= "12"')},
     "programme.toml: threshold: expected `int`, got `str`"),
    ("a threshold below zero", {"programme": ("= 12", "= -1")},
     "programme.toml: threshold: expected 0 or more people, not -1"),
    ("a warning over 100%", {"programme": ("= 25", "= 250")},
     "programme.toml: threshold_warning_percent: expected 0 to 100, not 250"),
    ("a declaration of nothing", {"programme": ("threshold", "declaration = ' '\nthreshold")},
     "programme.toml: declaration: expected what whoever signs a return declares"),
    ("hours that nobody is asked for", {"programme": ("threshold", "burden_item = 'HOURS'\nthreshold")},
     "programme.toml: burden_item: expected one of items.toml, not “HOURS”"),
    ("ending before it begins", {"programme": ("threshold", "effective_to = 2020\nthreshold")},
     "programme.toml: effective_to: expected 2026 or later, not 2020"),
    ("an unknown nation", {"programme": ("SCT", "FRA")},
     "programme.toml: nation: expected one of ENG, SCT, WLS, NIR, not 'FRA'"),
    ("an unknown key", {"items": ("minimum", "minimun")},
     "items.toml: LOANS_PRINT: minimun: unknown; expected one of code, function,"),
    ("a missing key", {"sectors": ("plan = false\n", "")}, "sectors.toml: city: plan: expected, but missing"),
    ("a missing code", {"kloe": ('code = "A"\n', "")}, "kloe.toml: table 1: code: expected, but missing"),
    ("an empty code", {"kloe": ('"A"', '""')}, "kloe.toml: code: expected a code that is not empty"),
    ("a code used twice", {"sectors": ('"island"', '"city"')},
     "sectors.toml: city: expected a code that is used once"),
    ("an unknown unit", {"items": ('"count"', '"EUR"')},
     "items.toml: LOANS_PRINT: unit: expected one of GBP, FTE, people, count, days, percent, hours, sq m, kWh,"),
    ("an unknown direction", {"indicators": ('"higher"', '"up"')},
     "indicators.toml: LEND-1: direction: expected one of lower, higher, context, not 'up'"),
    ("an unknown function of an item", {"items": ('"lending"', '"landing"')},
     "items.toml: LOANS_PRINT: function: expected one of functions.toml, not “landing”"),
    ("an unknown function of a practice", {"practices": ('"lending"', '"x"')},
     "practices.toml: LEND_PRACTICE_1: function: expected one of functions.toml, not “x”"),
    ("an unknown item over the line", {"indicators": ("+ LOANS_AUDIO", "+ LOANS_VIDEO")},
     "indicators.toml: LEND-1: numerator: expected items of items.toml, not “LOANS_VIDEO”"),
    ("an unknown item in abs", {"indicators": ("- LOANS_AUDIO)", "- loans_audio)")},
     "indicators.toml: LEND-2: numerator: expected items of items.toml, not “loans_audio”"),
    ("an unknown item under the line", {"indicators": ('"READERS"', '"WRITERS"')},
     "indicators.toml: LEND-1: denominator: expected items of items.toml, not “WRITERS”"),
    ("nothing over the line", {"indicators": ("LOANS_PRINT + LOANS_AUDIO", " ")},
     "indicators.toml: LEND-1: numerator: expected a formula, not nothing"),
    ("a scale of nothing", {"indicators": ('unit = "loans"', 'unit = "loans"\nscale = 0')},
     "indicators.toml: LEND-1: scale: expected a number above 0, not 0"),
    ("bounds the wrong way round", {"indicators": ("= 80", "= 0.1")},
     "indicators.toml: LEND-1: plausible_max: expected 0.5 (plausible_min) or more, not 0.1"),
    ("a bound that is no number", {"items": ("= 366", "= nan")},
     "items.toml: ROOM_DAYS: maximum: expected a finite number"),
    ("an unknown part of a formula", {"items": ("+ LOANS_AUDIO", "+ LOANS_VIDEO")},
     "items.toml: LOANS: formula: expected items of items.toml, not “LOANS_VIDEO”"),
    ("a formula of itself", {"items": ("+ LOANS_AUDIO", "+ LOANS")},
     "items.toml: LOANS: formula: expected no circle of formulas"),
    ("no formula", {"items": ("+ LOANS_AUDIO", "+ + ,")},
     "items.toml: LOANS: formula: expected a formula of + - * / ( ) and names, not “LOANS_PRINT + + ,”"),
    ("a call in a formula", {"items": ("+ LOANS_AUDIO", "+ open(LOANS_AUDIO)")},
     "items.toml: LOANS: formula: expected + - * / ( ), abs(), last(NAME), held(NAME), names and numbers, not “open(LOANS_AUDIO)”"),
    ("a part of something unknown", {"items": ("required = false", 'part_of = "YEAR"')},
     "items.toml: ROOM_DAYS: part_of: expected items of items.toml, not “YEAR”"),
    ("an unknown sector", {"kloe": ('["city"]', '["village"]')},
     "kloe.toml: A: sectors: expected codes of sectors.toml, not “village”"),
    ("a kind of two sectors", {"sectors": ('["island library"]', '["city library"]')},
     "sectors.toml: island: kinds: expected kinds of one sector; “city library” is of city too"),
    ("an unknown role", {"deadlines": ('"reviewer"', '"boss"')},
     "deadlines.toml: visit: role: expected one of preparer, approver,"),
    ("an unknown role to remind", {"reminders": ('"approver"', '"boss"')},
     "reminders.toml: count-two-days-before: to: expected one of preparer,"),
    ("nobody to remind", {"reminders": ('"preparer", "approver"', "")},
     "reminders.toml: count-two-days-before: to: expected at least one role"),
    ("a deadline with two dates", {"deadlines": ("given = true", "given = true\nworking_days = 3\nafter = 'x'")},
     "deadlines.toml: promise: expected exactly one of fixed, working_days, given"),
    ("a deadline with none", {"deadlines": ("given = true", "")},
     "deadlines.toml: promise: expected exactly one of fixed, working_days, given"),
    ("days that run backwards", {"deadlines": ("= 15", "= -15")},
     "deadlines.toml: visit: working_days: expected 0 or more, not -15"),
    ("days after nothing", {"deadlines": ('after = "the visit was agreed"', "")},
     "deadlines.toml: visit: after: expected the words of the event that it counts from"),
    ("no such hour", {"deadlines": ("12:00", "24:00")},
     "deadlines.toml: count_due: at: expected an hour like 17:00, not “24:00”"),
    ("a date as text", {"deadlines": ("2026-11-30", '"soon"')}, "deadlines.toml: count_due: fixed: "),
    ("a reminder of no deadline", {"reminders": ('deadline = "count_due"', 'deadline = "due"')},
     "reminders.toml: count-two-days-before: deadline: expected one of deadlines.toml, not “due”"),
    ("a reminder of no message", {"reminders": ('"count_soon"', '"soon"')},
     "reminders.toml: count-two-days-before: message: expected one of messages.toml, not “soon”"),
    ("a reminder to who may not know", {"reminders": ('"preparer", "approver"', '"preparer", "inspector"')},
     "reminders.toml: count-two-days-before: to: expected roles that may know of the deadline, not inspector: name it in known_to"),
    ("two reminders on one day", {"reminders": ("[[reminders]]", ('[[reminders]]\ncode = "again"\ndeadline = "count_due"\n'
     'working_days = -2\nto = ["approver"]\nmessage = "count_soon"\n\n[[reminders]]'))},
     "reminders.toml: count-two-days-before: to: expected no role that again reminds on the same day, not approver"),
    ("neither single nor grouped", {"reminders": ('message = "count_soon"', 'message = "count_soon"\nmail = "weekly"')},
     "reminders.toml: count-two-days-before: mail: expected one of single, grouped, not 'weekly'"),
    ("an unknown name", {"messages": ("{{ url }}", "{{ link }}")},
     "messages.toml: count_soon: body: expected only actor, body,"),
    ("a name in capitals", {"messages": ("{{ url }}", "{{ URL }}")},
     "messages.toml: count_soon: body: expected only actor,"),
    ("a name with a figure", {"messages": ("{{ body }}", "{{ body2 }}")},
     "messages.toml: count_soon: subject: expected only actor,"),
    ("a look inside a name", {"messages": ("{{ body }}", "{{ body.__class__ }}")},
     "messages.toml: count_soon: subject: expected only"),
    ("an unknown name in an if", {"messages": ("{% if reason %}", "{% if money %}")},
     "messages.toml: count_soon: body: expected only"),
    ("a tag left open", {"messages": ("{{ url }}", "{{ url }")},
     "messages.toml: count_soon: body: expected each {{ to be closed"),
    ("an if left open", {"messages": ("{% endif %}", "")},
     "messages.toml: count_soon: body: expected an {% endif %} for each {% if %}"),
    ("a part of the return that is a page of it", {"functions": ('"reading-rooms"', '"checks"'), "items": ('"reading-rooms"', '"checks"')},
     "functions.toml: checks: code: expected another: a page of the return has this name"),
    ("an indicator with the code of an item", {"indicators": ('"LEND-2"', '"READERS"')},
     "indicators.toml: READERS: code: expected a code that none of items.toml has"),
    ("a check with a dot in its code", {"checks": CHECK.replace("MANY", "MANY.part")},
     "checks.toml: MANY.part: code: expected no dot, which the codes have of checks that are made"),
    ("a check with the code of an item", {"checks": CHECK.replace("MANY", "READERS")},
     "checks.toml: READERS: code: expected a code that none of items.toml has"),
    ("an empty text", {"messages": ("{{ body }}: the count is due {{ due }}", " ")},
     "messages.toml: count_soon: subject: expected a text, not nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_named_once_and_alone(changes: dict[str, tuple[str, str] | str | None], said: str) -> None:
    found = problems(**changes)
    assert len(found) == 1, found
    assert found[0].startswith(said)


def test_an_unknown_file() -> None:
    with pytest.raises(ProgrammeError, match=r"extra\.toml: unknown file; expected one of programme\.toml, functions\.toml"):
        load({**files(), "extra.toml": b""})


def test_a_file_that_is_not_utf_8() -> None:
    with pytest.raises(ProgrammeError, match=r"kloe\.toml: not valid TOML"):
        load({**files(), "kloe.toml": b"# \xff"})


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(
        programme=("threshold = 12\n", 'threshold = "12"\n'),
        items=('label = "Printed books lent"\nunit = "count"', 'label = 7\nunit = "EUR"'),
        deadlines=('"reviewer"', '"boss"'),
        messages=("{{ url }}", "{{ link }}"),
        kloe=('["city"]', '["village", "town"]'),
    )
    assert [re.sub(r": (expected|unknown).*", "", line) for line in found] == [
        "items.toml: LOANS_PRINT: label", "items.toml: LOANS_PRINT: unit", "deadlines.toml: visit: role",
        "programme.toml: threshold", "kloe.toml: A: sectors", "kloe.toml: A: sectors", "messages.toml: count_soon: body",
    ]  # fmt: skip


def test_no_files_at_all() -> None:
    with pytest.raises(ProgrammeError) as raised:
        load({})
    told = [f"{name}.toml: the file is missing" for name in ("programme", *LISTS) if name not in OPTIONAL]
    assert set(told) <= set(raised.value.problems)


def test_the_names_of_messages_are_told_in_one_place() -> None:
    assert {"body", "round", "ref", "deadline", "due", "url", "person", "reason", "actor", "items"} == MESSAGE_NAMES
    source = (Path(module.__file__).parent / "shape.py").read_text(encoding="utf-8")
    assert source.count('"body", "round", "ref"') == 1


def test_what_describes_areas_must_fit_its_kind_and_the_other_files():
    wrong = """
[[neighbours]]
code = "people"
label = "People"
kind = "log_population"
source = "outturn"
note = "how large"

[[neighbours]]
code = "coast"
label = "Coast"
kind = "per_head"
source = "outturn"
share_of = ["All"]
pools = ["seaside"]
note = " "

[[neighbours]]
code = "share"
label = "Share"
kind = "share"
note = "how much"
"""
    assert problems(neighbours=wrong) == [
        "neighbours.toml: people: source: not expected with kind log_population",
        "neighbours.toml: people: source: expected one of sources.toml, not “outturn”",
        "neighbours.toml: coast: lines: expected with kind per_head",
        "neighbours.toml: coast: share_of: not expected with kind per_head",
        "neighbours.toml: coast: source: expected one of sources.toml, not “outturn”",
        "neighbours.toml: coast: pools: expected codes of pools.toml, not “seaside”",
        "neighbours.toml: coast: note: expected why it describes the area",
        "neighbours.toml: share: source: expected with kind share",
        "neighbours.toml: share: lines: expected with kind share",
        "neighbours.toml: share: share_of: expected with kind share",
        "pools.toml: expected at least one pool of bodies that may be neighbours, as there is neighbours.toml",
    ]


def test_a_kind_of_body_is_in_one_pool_and_has_a_sector():
    pool = '[[pools]]\ncode = "{}"\nname = "P"\nkinds = ["{}"]\nnote = "alike"\n'
    kind = load(files()).sectors[0].kinds[0]
    assert problems(pools=pool.format("a", kind) + pool.format("b", kind) + pool.format("c", "lighthouse")) == [
        "pools.toml: c: kinds: expected kinds of sectors.toml, not “lighthouse”",
        f"pools.toml: b: kinds: expected kinds of one pool; “{kind}” is of a too",
    ]

"""The successor map, and what moves to whom: nothing is lost and nothing doubled, whatever the map and whatever is chosen."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.register import RegisterError
from workflows.succession import (
    Choices,
    Ending,
    Held,
    Holding,
    Link,
    OpenAction,
    choice_problems,
    dates_agree,
    map_problems,
    narrowed,
    obstacles,
    read_map,
    settle,
)

ON = date(2009, 4, 1)
HEAD = "predecessor,successor,date,share,source\n"
codes = st.integers(1, 6).map(lambda number: f"E000{number}")


@st.composite
def cases(draw):
    """Successors, all that a body holds, and a choice for each of its things."""
    successors = {key: f"Council {key}" for key in draw(st.sets(st.integers(101, 106), min_size=1, max_size=4))}
    to = st.sampled_from(sorted(successors))
    people = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    roles = tuple(
        Held(number, person, draw(st.sampled_from(["action_owner", "approver", "preparer"]))) for number, person in enumerate(people)
    )
    actions = tuple(OpenAction(10 + n, n + 1, draw(st.integers(1, 5)), draw(st.booleans())) for n in range(draw(st.integers(0, 6))))
    sharing = tuple(range(50, 50 + draw(st.integers(0, 3))))
    hosts = frozenset(one for one in sharing if draw(st.booleans()))
    access = draw(st.frozensets(st.tuples(st.sampled_from([role.id for role in roles]), to)))
    choices = Choices(
        draw(to), {action.id: draw(to) for action in actions if action.agreed}, access,
        {one: draw(to if one in hosts else st.one_of(st.none(), to)) for one in sharing},
    )  # fmt: skip
    return successors, Holding(actions, roles, sharing, hosts), choices


@given(cases())
def test_everything_has_one_place_to_go_to(case):
    successors, holding, choices = case
    shares = settle(holding, successors, choices)
    assert shares.keys() == successors.keys()
    moved = Counter(one for share in shares.values() for one in share.actions)
    assert moved == Counter(action.id for action in holding.actions if action.agreed)
    sharing = Counter(one for share in shares.values() for one in share.sharing)
    assert sharing == Counter(one for one in holding.sharing if choices.sharing[one] is not None)
    assert sum(share.answers for share in shares.values()) == 1
    assert {(one, to) for to, share in shares.items() for one in share.roles} == choices.access


@given(cases())
def test_what_may_be_chosen_lets_every_owner_go_on(case):
    successors, holding, choices = case
    found = choice_problems(holding, successors, choices)
    reach = {(held.person_id, to) for held in holding.roles for to in successors
             if held.role == "action_owner" and (held.id, to) in choices.access}  # fmt: skip
    kept_out = [a for a in holding.actions if (a.owner_id, choices.actions[a.id] if a.agreed else choices.heir) not in reach]
    assert len(found) == len(kept_out)
    everybody = {(person, to) for person in range(6) for to in successors}
    assert not choice_problems(holding, successors, choices, everybody)


@given(cases(), st.data())
def test_whatever_is_left_out_is_told_and_would_be_in_no_share(case, data):
    successors, holding, choices = case
    everybody = {(person, to) for person in range(6) for to in successors}
    if not choices.actions:
        return
    out = data.draw(st.sampled_from(sorted(choices.actions)))
    less = Choices(choices.heir, {one: to for one, to in choices.actions.items() if one != out}, choices.access, choices.sharing)
    number = next(action.number for action in holding.actions if action.id == out)
    assert [reason.text for reason in choice_problems(holding, successors, less, everybody)] == [f"Choose to whom action {number} goes."]
    assert all(out not in share.actions for share in settle(holding, successors, less).values())


@given(cases(), st.data())
def test_what_was_done_meanwhile_has_nowhere_to_go_and_the_rest_goes_on(case, data):
    successors, holding, choices = case
    left = tuple(action for action in holding.actions if data.draw(st.booleans()))
    later = Holding(left, holding.roles, holding.sharing, holding.hosts)
    everybody = {(person, to) for person in range(6) for to in successors}
    assert not choice_problems(later, successors, narrowed(choices, later), everybody)
    shares = settle(later, successors, narrowed(choices, later))
    assert {one for share in shares.values() for one in share.actions} == {action.id for action in left if action.agreed}


@given(st.lists(st.builds(Link, codes, codes, st.just(ON), st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal(1)]), st.just("x"))))
def test_a_map_without_a_problem_adds_up_and_never_leads_back(links):
    wrong = {problem.code for problem in map_problems(links)}
    for code in {link.predecessor for link in links}:
        theirs = [link for link in links if link.predecessor == code]
        sound = sum(link.share for link in theirs) == 1 and len({link.successor for link in theirs}) == len(theirs)
        seen: set[str] = set()
        ahead = {code}
        while ahead:
            ahead = {link.successor for link in links if link.predecessor in ahead} - seen
            seen |= ahead
        assert (code not in wrong) == (sound and code not in seen)


@pytest.mark.parametrize(
    "rows, words",
    [
        ("E1,E0801,2009-04-01,1,x", "“E1” is not a code"),
        ("E0820,Cornwall,2009-04-01,1,x", "“Cornwall” is not a code"),
        ("E0820,E0801,1 April,1,x", "not a date"),
        ("E0820,E0801,2009-04-01,0,x", "not a share"),
        ("E0820,E0801,2009-04-01,1.5,x", "not a share"),
        ("E0820,E0801,2009-04-01,50%,x", "not a share"),
        ("E0820,E0801,2009-04-01,1,", "Say what shows it"),
        ("E0820,E0801,2009-04-01,1", "4 columns"),
        ("E0820,E0801,2009-04-01,0.5,x", "add up to 0.5, not to 1"),
        ("E0820,E0801,2009-04-01,0.5,x\nE0820,E0801,2009-04-01,0.5,x", "more than once"),
        ("E0820,E0801,2009-04-01,0.5,x\nE0820,E0802,2009-04-02,0.5,x", "several dates"),
        ("E0820,E0820,2009-04-01,1,x", "follows upon itself"),
        ("E0820,E0801,2009-04-01,0.5,x\nE0820,E0802,soon,0.5,x", "not a date"),
    ],
)
def test_a_map_that_cannot_be_is_told_and_none_of_the_body_is_used(rows, words):
    reading = read_map(f"{HEAD}{rows}\nE0831,E0801,2009-04-01,1,An Order\n")
    assert any(words in problem.text for problem in reading.problems)
    assert [link.predecessor for link in reading.links] == ["E0831"]


def test_a_file_that_is_no_map_is_refused():
    for text in ("", "ecode,name\n", "predecessor,successor,date,share\n", HEAD.replace("source", "share,source")):
        with pytest.raises(RegisterError, match="not a successor map"):
            read_map(text)


def test_the_map_of_2009_says_what_the_register_of_abolished_councils_says():
    reading = read_map(programmes.data("back-office-2009", "successors_2009_04_01.csv").read_text("utf-8"))
    assert not reading.problems
    text = programmes.data("outturn-2006", "councils_abolished_2009_04_01.csv").read_text("utf-8")
    told = {tuple(line.split(",")[i] for i in (0, 5, 6)) for line in text.splitlines()[1:]}
    by_body: dict[tuple[str, str], list[str]] = {}
    for link in reading.links:
        by_body.setdefault((link.predecessor, link.on.isoformat()), []).append(link.successor)
    assert {(code, on, " ".join(to)) for (code, on), to in by_body.items()} == told


def test_a_register_gives_the_last_day_or_the_first_without_it():
    assert dates_agree(None, ON)
    assert dates_agree(ON, ON)
    assert dates_agree(ON - timedelta(days=1), ON)
    assert not dates_agree(ON + timedelta(days=1), ON)


def test_every_obstacle_is_told_with_what_mends_it():
    whole = [Link("E0820", "E0801", ON, Decimal(1), "x")]
    assert not obstacles(Ending("Old", ON, whole))
    found = obstacles(
        Ending("Old", date(2010, 1, 1), [Link("E0820", "E0801", ON, Decimal("0.9"), "x")], ["A"], ["B"], "2009-E0820", True, ["C."])
    )
    words = ["does not add up", "another day", "A is in no open round", "B ends itself", "correction", "waits for its signatures", "C."]
    assert all(any(word in reason.text for reason in found) for word in words)
    assert len(found) == len(words)
    assert [reason.text for reason in obstacles(Ending("Old", ON, []))] == [
        "No successor of Old is on the map. Import it first: yardstick bodies successors FILE."
    ]

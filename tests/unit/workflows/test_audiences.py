"""Who sees what of a review in which phase: the table of the declared rules, read as a person would write it."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from webapp.access import PERMISSIONS
from workflows.review.audiences import EFFECTS, THINGS, carry, gained, phases
from workflows.review.audiences import _ways as ways  # every way in which a sample can be there
from workflows.review.track import REVIEW
from workflows.roles import Side

# b(ody), p(artnership), a(uditor), o: the programme team; in brackets those who were shown it on some of the ways there.
TABLE = """
                in_review  with_body  draft_issued  comments_in  moderation  final
for_reviewers   p          p          p             p            p           p
questions       p(b)       p(b)       bp            bp           bp          bpao
answers         b(p)       b(p)       b(p)          b(p)         b(p)        b(pao)
for_body        p(b)       p(b)       bp            bp           bp          bpao
for_auditor     p          p          p             p            p           pa
function_notes  p          p          bp            bp           bp          bpao
summary         p          p          bp            bp           bp          bpao
comments        bp         bp         b(p)          bp           bp          bpao
decisions       p          p          p             p            p           bpao
"""
LETTERS = {Side.BODY: "b", Side.PARTNERSHIP: "p", Side.AUDITOR: "a", Side.PROGRAMME: "o"}


def _letters(sides):
    return "".join(letter for side, letter in LETTERS.items() if side & sides)


def test_the_table_is_as_one_would_write_it():
    head, *lines = TABLE.strip("\n").splitlines()
    found = phases()
    assert {line.split()[0] for line in lines} == found.rows.keys()
    for line in lines:
        thing, *cells = line.split()
        for state, wanted in zip(head.split(), cells, strict=True):
            cell = found.cell(thing, state)
            also = f"({_letters(cell.also)})" if cell.also else ""
            assert _letters(cell.always) + also == wanted, f"{thing} in {state}"


def test_things_are_written_where_the_permission_says():
    for thing in THINGS:
        assert thing.written == PERMISSIONS[thing.right].states, thing.code


def test_every_effect_is_declared_by_a_transition():
    declared = {name for t in REVIEW.transitions for name in t.effects}
    assert declared >= EFFECTS.keys()


@pytest.mark.parametrize("move", REVIEW.transitions, ids=lambda t: t.name)
def test_a_move_takes_from_nobody_what_it_does_not_say_it_hides(move):
    hidden = Side.BODY if move.hides else Side.NOBODY
    for thing in THINGS:
        for held in (one for source in move.sources for one in ways(thing).get(source, ())):
            then = deepcopy(held)
            carry(move, then, datetime(2010, 2, 2, tzinfo=UTC))
            assert not thing.read(held) & ~thing.read(then) & ~hidden


def test_which_moves_show_more_and_to_whom():
    assert {t.name: _letters(gained(t)) for t in REVIEW.transitions if gained(t)} == {
        "send_queries": "b", "send_answers": "p", "issue_draft": "b", "comment": "p", "issue_final": "bao",
    }  # fmt: skip

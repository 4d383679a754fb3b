"""Delivering processes are killed at random moments: no mail is lost, and none is sent twice but for those in flight at a kill."""

from datetime import timedelta

from tests.conftest import NOW
from tests.support.kills import run
from webapp.mail import LINES

KILLS = 12
"""`make bench` kills a hundred times."""


def test_nothing_is_lost_or_sent_twice_but_what_was_in_flight_at_a_kill(database):
    """Two schedulers and four deliverers on PostgreSQL; one process that does both on SQLite."""
    several = database.engine.dialect.name == "postgresql"
    jobs = ["schedule"] * 2 + ["deliver"] * 4 if several else ["both"]
    figures = run(database, NOW + timedelta(days=10), jobs, KILLS, seed=1)
    print(figures)
    assert figures.messages >= 400
    assert (figures.kills, figures.lost, figures.unexplained) == (KILLS, 0, 0)
    assert figures.most_left <= LINES
    assert figures.twice <= LINES * KILLS

"""What is kept comes back as it was given, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import StatementError

from tests.conftest import NOW
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("given", [
    NOW, datetime(2010, 2, 26, 17, 0, 0, 1, UTC), datetime(2010, 7, 1, 9, tzinfo=LONDON), datetime(1990, 1, 1, tzinfo=UTC),
    datetime(2200, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2010, 10, 31, 1, 30, tzinfo=LONDON, fold=1),
    datetime(2010, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=14))),
])  # fmt: skip
def test_a_time_comes_back_the_same_in_utc_however_it_is_asked_for(database, given):
    with database.work(SYSTEM, NOW) as work:
        number = work.session.scalars(select(Deadline.id).order_by(Deadline.id)).first()
        work.session.execute(update(Deadline).where(Deadline.id == number).values(remind_at=given))
    with database.reading() as session:
        one = session.get_one(Deadline, number)
        alone = session.scalar(select(func.max(Deadline.remind_at)).where(Deadline.id == number))
        (found,) = session.scalars(select(Deadline.id).where(Deadline.id == number, Deadline.remind_at == given))
    for read in (one.remind_at, alone):
        assert (read, read.tzinfo) == (given.astimezone(UTC), UTC)
    assert found == number


def test_no_time_comes_back_as_none_and_one_without_a_zone_is_refused(database):
    with database.work(SYSTEM, NOW) as work:
        one = work.session.scalars(select(Deadline).order_by(Deadline.id)).first()
        one.remind_at = None
        number = one.id
    with database.reading() as session:
        assert session.get_one(Deadline, number).remind_at is None
        with pytest.raises(StatementError, match="without a time zone"):
            session.scalars(select(Deadline.id).where(Deadline.remind_at == NOW.replace(tzinfo=None))).all()

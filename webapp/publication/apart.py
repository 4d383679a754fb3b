"""Computing a publication in a process of its own: it takes seconds and tens of megabytes, which a serving one would keep.

The process reads what is committed; the transaction of whoever asks writes what comes of it.
"""

import os
import subprocess
import sys
from datetime import datetime

from msgspec import msgpack
from sqlalchemy.orm import Session

from webapp import models
from webapp.db import Database
from webapp.publication.building import Encoded, encoded
from webapp.register.models import Round

__all__ = ["encoded_apart", "main", "models"]
TIMEOUT_SECONDS = 90
ADDRESS = "YARDSTICK_DATABASE_URL"


class NotComputed(RuntimeError):
    """The process came to no end, or to a bad one."""


def encoded_apart(session: Session, round_: Round, now: datetime, with_provisional: bool) -> list[Encoded]:
    """What `building.encoded` gives, computed elsewhere. Raises NotComputed."""
    address = session.get_bind().engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "webapp.publication.apart", str(round_.id), now.isoformat(), "yes" if with_provisional else "no"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False, env=os.environ | {ADDRESS: address})
    except subprocess.TimeoutExpired:
        raise NotComputed("the publication took too long to compute: use yardstick publish") from None
    if done.returncode:
        raise NotComputed(f"the publication could not be computed: {done.stderr.decode(errors='replace')[-800:]}")
    return msgpack.decode(done.stdout, type=list[Encoded])


def main(round_id: str, now: str, with_provisional: str) -> None:
    """Write the documents of a round to standard output."""
    database = Database(os.environ[ADDRESS])
    with database.reading() as session:
        round_ = session.get_one(Round, int(round_id))
        sys.stdout.buffer.write(msgpack.encode(encoded(session, round_, datetime.fromisoformat(now), with_provisional == "yes")))


if __name__ == "__main__":
    main(*sys.argv[1:])

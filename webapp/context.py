"""What a view works with: the unit of work, the case, and the time of this request."""

from flask import g

from webapp.cases.models import Case
from webapp.db import Work


def work() -> Work:
    """The unit of work of this request."""
    here: Work = g.work
    return here


def case() -> Case:
    """The case of this request, already found to be one that the actor sees."""
    here: Case = g.case
    return here

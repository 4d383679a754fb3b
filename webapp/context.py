"""What a view works with: the unit of work, the case and its facts, and the time of this request."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g

from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case
from webapp.db import Work
from webapp.plans.models import Action

View = TypeVar("View", bound=Callable[..., Any])


def receives(take: Callable[[], None]) -> Callable[[View], View]:
    """Mark a view that takes files: `take` is called before its transaction, with a unit of work that only reads."""

    def mark(view: View) -> View:
        view.receives = take  # type: ignore[attr-defined]
        return view

    return mark


def work() -> Work:
    """The unit of work of this request."""
    here: Work = g.work
    return here


def case() -> Case:
    """The case of this request, already found to be one that the actor sees."""
    here: Case = g.case
    return here


def facts_here(action: Action | None = None) -> CaseFacts:
    """The facts of this request's case for its actor, and of one action of its plan where one is given.

    What was read to admit the request is given first, and not read again.
    """
    admitted: CaseFacts | None = g.pop("facts", None)
    if admitted is not None and action is None:
        return admitted
    here = work()
    return CaseFacts(here.session, case(), here.actor, here.now, action=action)

"""What is asked about a reviewer and an interest, and the choices that a coordinator made for many returns."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.sharing.forms import ENDS, STARTS
from workflows.asks import Ask
from workflows.review.conflicts import INTERESTS

MOST = 3
"""The most reviewers that a return can be given at once."""
PROFILE_ASKS = (
    Ask("capacity", "Reviews at a time that there is room for", kind="number", maximum=50, hint="Reviews that are final do not count"),
)
AWAY_ASKS = (
    Ask("first", "First day away", kind="date", hint="For example, 3 12 2009"),
    Ask("last", "Last day away", kind="date"),
)
INTEREST_ASKS = (
    Ask("body", "Body", limit=200, hint="Its code or its full name, like E0701"),
    Ask("kind", "Kind of interest", kind="choice", choices=tuple(INTERESTS.items())),
    Ask("note", "What it is", limit=1000, required=False),
    STARTS,
    ENDS,
)


@dataclass(frozen=True)
class Choice:
    """Whom a coordinator chose for a return, the lead first; and the version of the case that they saw."""

    case_id: int
    people: tuple[int, ...]
    seen: int | None = None


def read_choices(form: Mapping[str, str]) -> list[Choice]:
    """The choices of a form, for each return for which somebody was chosen, in the order of the form."""
    found = []
    for name, version in form.items():
        if not name.startswith("version-") or not name[8:].isdecimal():
            continue
        case_id = int(name[8:])
        said = [form.get(f"person-{case_id}-{place}", "") for place in range(1, MOST + 1)]
        people = tuple(int(one) for one in said if one.isdecimal())
        if people:
            found.append(Choice(case_id, people, int(version) if version.isdecimal() else None))
    return found

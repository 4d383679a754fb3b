"""What is asked about a sharing group and a membership, read by the same rules as what a transition asks."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from config import programmes
from workflows.asks import Ask, Moment
from workflows.benchmarks.sharing import KINDS, Span
from workflows.engine import Reason, Refused, problems_of

STARTS = Ask("starts", "First day", kind="date", hint="For example, 1 4 2009")
ENDS = Ask("ends", "Last day", kind="date", required=False, hint="Leave empty where no end is agreed")
GROUP_ASKS = (
    Ask("name", "Name of the group", limit=120),
    Ask("host", "Host body", limit=200, hint="Its code or its full name, like E0701. It is the first member"),
    STARTS,
    ENDS,
    Ask("evidence", "What shows that it exists", limit=2000, hint="An agreement, a committee paper, an address: what, of which day"),
)
MEMBER_ASKS = (
    Ask("body", "Body", limit=200, hint="Its code or its full name, like E0701"),
    Ask("kind", "How it stands to the group", kind="choice", choices=tuple(KINDS.items()), hint="Talks are noted; they are no membership"),
    STARTS,
    ENDS,
    Ask("note", "What shows it", limit=1000),
)
LAST = Ask("last", "Last day", kind="date", hint="The last day on which it holds")


def functions() -> dict[str, str]:
    """The functions that can be shared, by code: those of the installed programmes that have figures of their own."""
    found = (function for code in programmes.codes() for function in programmes.read(code).functions if function.prefix)
    return {function.code: function.name for function in found}


def checked(asks: Iterable[Ask], inputs: Mapping[str, str], now: Moment, more: Iterable[Reason] = ()) -> None:
    """Raise Refused with all that is wrong with what was filled in, and what is wrong besides."""
    if problems := (*problems_of(asks, inputs, now), *more):
        raise Refused("input", problems)


def no_function(chosen: Collection[str]) -> list[Reason]:
    """What is wrong with the functions that were chosen for a group."""
    fit = chosen and set(chosen) <= functions().keys()
    return [] if fit else [Reason("Choose at least one function that the group covers, from the list.", "#functions")]


def span_of(inputs: Mapping[str, str]) -> Span:
    """The days that were filled in."""
    ends = inputs.get("ends", "").strip()
    return Span(date.fromisoformat(inputs["starts"]), date.fromisoformat(ends) if ends else None)


def no_body(name: str, said: str) -> Refused:
    """What is told where no body, or more than one, has that code or name."""
    return Refused("input", (Reason(f"No body of the register has the code or full name “{said.strip()[:60]}”. Codes look like E0701.",
                                    f"#{name}"),))  # fmt: skip

"""Which items a correction opens, and which stay as they were signed off."""

from collections.abc import Collection, Iterable

from workflows.programme import Programme


def reopened(programme: Programme, chosen: Iterable[str]) -> list[str]:
    """The entered items that a correction opens, in the programme's order: those chosen, and the questions that hang on them.

    None chosen opens all, told as an empty list. Codes that are not entered are passed over.
    """
    wanted = set(chosen)
    return [i.code for i in programme.items if i.typed and (i.code in wanted or (i.asked_if and i.asked_if in wanted))]


def locked(only: Collection[str], code: str) -> bool:
    """Whether an item stays as it was signed off, in a correction that opens these alone (none: all)."""
    return bool(only) and code not in only

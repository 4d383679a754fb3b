"""The headcount of a body: what was counted, when, and on which side of the line it lies.

Source: Operational Efficiency Programme, April 2009: *more than* 250 people collect and publish, so 250 itself is outside.
Whether people means headcount or full-time equivalents was not found, so the basis and the day are kept with the count.
"""

from datetime import date

BASES = {"people": "people", "fte": "full-time equivalents"}
"""What was counted, by the code that is stored."""
DECLARED = "declared by the body"
"""The source of a count that the body declared and an officer confirmed."""


def exempt(count: int, line: int) -> bool:
    """Whether a body with so many need not return: it has no more than the line."""
    return count <= line


def near(count: int, line: int, percent: int) -> bool:
    """Whether a count lies within so many percent of the line, on either side of it."""
    return abs(count - line) * 100 <= line * percent


def warning(count: int | None, line: int, percent: int) -> str:
    """What must be said about a count: that it is not known, or so near the line that it should be checked; empty for none."""
    if count is None:
        return f"The register gives no headcount. Ask the body for it: with {line} people or fewer it is exempt."
    if not near(count, line, percent):
        return ""
    side = "exempt" if exempt(count, line) else "in"
    return (
        f"{count} people is within {percent}% of the line of {line}, and so the body is {side} only just. "
        "Check the count and the day it was taken."
    )


def words(count: int | None, basis: str, on: date | None, source: str) -> str:
    """A count with what was counted, when, and where it is from: a headcount is never shown without."""
    if count is None:
        return "Not known"
    what = BASES.get(basis, "people")
    said = f"{count:,} {what}"
    if on is not None:
        said += f" on {on.day} {on:%B} {on.year}"
    if source:
        said += ", from the register" if source == "register" else f", {source}"
    known = bool(basis) and on is not None
    return said if known or "made up" in source else f"{said}; what was counted, and when, is not said"

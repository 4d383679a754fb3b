"""Reading what a preparer typed on the page of the checks.

The fields of a check are named after its code: `explain-` what the body says, `was-` the revision and `rests-` the figures
that were on the page, and `holds-` that what was said before still holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.checks.verbs import Given
from workflows.engine import Reason
from workflows.returns.checks import Checked
from workflows.returns.explanations import BadExplanation, read_explanation

PREFIX = "explain-"


@dataclass
class Box:
    """The text box of one check: what stands in it, and what is wrong with that."""

    text: str
    revision: int = 0
    rests_on: str = ""
    confirmed: bool = False
    problem: str = ""


@dataclass
class Reading:
    """The form as read: what can be kept, by check, and every box as it was typed."""

    given: dict[str, Given] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)

    def problems(self, checked: Checked) -> list[Reason]:
        """What is wrong, each with the check that it is about: a page holds dozens of boxes."""
        asked = {outcome.code: f"{outcome.text} " for outcome in checked.outcomes}
        return [Reason(f"{asked.get(code, '')}{box.problem}", f"#{PREFIX}{code}") for code, box in self.boxes.items() if box.problem]


def read(form: Mapping[str, str]) -> Reading:
    """Read the form. Every box stands for itself; those that were not sent are left alone."""
    reading = Reading()
    for name, text in form.items():
        if not name.startswith(PREFIX):
            continue
        code = name.removeprefix(PREFIX)
        revision = form.get(f"was-{code}", "0")
        seen = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else 0
        box = Box(text, seen, form.get(f"rests-{code}", ""), bool(form.get(f"holds-{code}")))
        reading.boxes[code] = box
        try:
            reading.given[code] = Given(read_explanation(text), seen, box.rests_on, box.confirmed)
        except BadExplanation as problem:
            box.problem = str(problem)
    return reading


def boxes_of(checked: Checked) -> dict[str, Box]:
    """The boxes as the page shows them first: what is kept, and the figures that stand now."""
    return {
        o.code: Box(o.explanation.text if o.explanation else "", o.explanation.revision if o.explanation else 0, o.rests_on)
        for o in checked.outcomes
        if not o.blocks
    }

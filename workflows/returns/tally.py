"""How much of a return is firm: what whoever signs it should know before they do."""

from dataclasses import dataclass

from workflows.returns.checks import asked
from workflows.returns.figures import Figures
from workflows.returns.values import NOTHING

SCOPE_GROUP = "Scope"
"""The group of the questions whether a function was counted as the guidance says (workflows.programme.questions)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the entered items of a return, and over its indicators.

    `open` are questions that wait for an answer still, `scope` functions counted otherwise than the guidance says.
    """

    answered: int
    open: int
    not_known: int
    estimated: int
    provisional: int
    scope: int
    measured: int
    not_computable: int


def tally(figures: Figures) -> Tally:
    """Count what is firm in a return and what is not."""
    programme = figures.programme
    pairs = [(item, figures.answers.get(item.code, NOTHING)) for item in programme.items if item.typed]
    answers = [answer for _, answer in pairs]
    measures = figures.measures()
    measured = sum(1 for measure in measures if measure.value is not None)
    return Tally(
        answered=sum(1 for answer in answers if answer.given),
        open=sum(1 for item, answer in pairs if asked(item, figures) and not answer.given),
        not_known=sum(1 for answer in answers if answer.not_known),
        estimated=sum(1 for answer in answers if answer.basis == "estimate"),
        provisional=sum(1 for answer in answers if answer.basis == "provisional"),
        scope=sum(1 for item, answer in pairs if item.group == SCOPE_GROUP and item.kind == "yes_no" and answer.text == "no"),
        measured=measured,
        not_computable=len(measures) - measured,
    )

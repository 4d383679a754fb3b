"""A headcount that the body declared: what the officer sees of it, and what becomes of it when it is confirmed."""

from datetime import date

from webapp.cases.briefs import Brief, Line, brief
from webapp.cases.facts import CaseFacts
from webapp.cases.moves import Move, effect
from webapp.templating import day
from workflows.returns import headcount


@brief("headcount")
def declared(facts: CaseFacts) -> Brief:
    """What was declared, beside what the case has."""
    case, known, stay = facts.case, facts.headcount, facts.stay("return")
    entered = stay.entered or {} if stay is not None else {}
    warning = headcount.warning(known.declared, known.line, known.near_percent) if known.declared is not None else ""
    on = date.fromisoformat(entered["on"]) if "on" in entered else None
    lines = [
        Line("Declared", headcount.words(known.declared, entered.get("basis", ""), on, "")),
        Line("What shows it", stay.why if stay is not None else ""),
        Line("Until now", headcount.words(case.headcount, case.headcount_basis, case.headcount_on, case.headcount_source)),
        Line("The line", f"More than {known.line:,} people must return; exactly {known.line:,} are exempt"),
    ]
    if facts.return_due:
        lines.append(Line("Returns of the round are due", day(facts.return_due)))
    elif fixed := case.round.fixed_date("return_due"):
        lines.append(Line("Returns of the round are due", day(fixed)))
    if warning:
        lines.append(Line("Take care", warning, warning=True))
    return Brief("The declared headcount", lines)


@effect("keep_headcount")
def keep_headcount(move: Move) -> None:
    """Confirmed: the case has the declared count, with what was counted, when, and a warning where the line is near."""
    case, known, stay = move.case, move.facts.headcount, move.facts.stay("return")
    entered = stay.entered or {} if stay is not None else {}
    case.headcount = known.declared
    case.headcount_basis = entered["basis"]
    case.headcount_on = date.fromisoformat(entered["on"])
    case.headcount_source = headcount.DECLARED
    case.warning = headcount.warning(known.declared, known.line, known.near_percent)

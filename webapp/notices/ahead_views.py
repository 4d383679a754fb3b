"""The pages of what will be sent: the reminders to come, and a round in simulation."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs
from webapp.clock import in_london
from webapp.context import work
from webapp.notices import ahead
from webapp.notices.picture import bars
from webapp.notices.simulating import AGAIN, simulated
from webapp.register.queries import round_by_code
from workflows.deadlines.calendar import at_hour
from workflows.deadlines.simulation import MINIMUM, OTHER_DAYS, SPREAD

blueprint = Blueprint("ahead", __name__)
SPANS = (14, 30, 60, 90)
"""For how many days one may look ahead."""
PAGE = 50
NAMES = ("day", "person", "rule", "role", "case")


@blueprint.get("/reminders")
@needs("signed_in")
def reminders() -> ResponseReturnValue:
    """What will be sent in the next days: to everybody for officers, for others to themselves."""
    here = work()
    everybody = may(here.actor, "reminders.all")
    days = request.args.get("days", 30, type=int)
    days = days if days in SPANS else 30
    narrowed = ahead.Narrowed(**{name: request.args.get(name, "").strip()[:80] for name in NAMES})
    today = in_london(here.now).date()
    last = today + timedelta(days=days - 1)
    end = at_hour(last + timedelta(days=1), "00:00")
    seen, to = (here.actor, None) if everybody else (None, here.actor.person_id)
    rows = ahead.coming(here.session, here.now, end, to=to, seen=seen)
    found = [row for row in rows if narrowed.takes(row)]
    going = [row for row in found if row.leaves]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    counts = ahead.by_day(found, today, last)
    here_now = found[(page - 1) * PAGE : page * PAGE]
    return render_template(
        "reminders.html", everybody=everybody, days=days, spans=SPANS, narrowed=narrowed, found=here_now,
        total=len(going), mails=sum(one.mails for one in counts), silent=len(found) - len(going), page=page, pages=pages, counts=counts,
        address=_address, last=last, bars=bars([(one.day, one.mails) for one in counts]), rules=_rules(rows),
        roles=sorted({row.role for row in rows}),
    )  # fmt: skip


def _rules(rows: list[ahead.Coming]) -> list[tuple[str, str]]:
    """The rules of a list, by their code, in words: of which deadline, when, and to whom."""
    rules = {row.rule.code: (row.rule, row.deadline) for row in rows}
    told = [(code, rule, label) for code, (rule, label) in rules.items()]
    told.sort(key=lambda one: (one[2], one[1].working_days, one[0]))
    return [(code, f"{label}: {rule.words}, to {_and([role.label for role in rule.to])}") for code, rule, label in told]


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _address(**more: Any) -> dict[str, Any]:
    """What the address asks, to be asked again with something else."""
    asked: dict[str, Any] = {name: value for name in (*NAMES, "days") if (value := request.args.get(name, "").strip()[:80])}
    return {name: value for name, value in {**asked, **more}.items() if value}


@blueprint.get("/rounds/<code>/simulation")
@needs("reminders.all")
def simulation(code: str) -> ResponseReturnValue:
    """A round's clock in seconds: what mail it would make, and how much would be late."""
    session = work().session
    round_ = round_by_code(session, code)
    if round_ is None:
        raise NotFound("There is no such round.")
    seed = min(max(0, request.args.get("seed", 1, type=int)), AGAIN)
    found = simulated(session, round_, seed)
    weeks = found.simulation.weeks()
    return render_template(
        "simulation.html", round=round_, found=found, seed=seed, weeks=weeks, bars=bars([(week.day, week.mails) for week in weeks]),
        heads=bars([(week.day, week.most) for week in weeks]), minimum=MINIMUM, other_days=OTHER_DAYS, spread=SPREAD, again=AGAIN,
    )  # fmt: skip

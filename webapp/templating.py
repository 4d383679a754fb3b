"""What templates are given: filters for dates, money and answers, the person, and what they may do."""

import json
import re
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, request
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from webapp.access import PERMISSIONS, may, sees
from webapp.clock import in_london
from webapp.security import JS_ENABLED
from workflows.benchmarks.picture import Picture
from workflows.case import STAGE_LABELS, TRACKS
from workflows.programme import Item
from workflows.returns import headcount
from workflows.returns.corrections import chosen
from workflows.returns.values import Answer, quoted
from workflows.roles import Role, Side, audience_words


@lru_cache(maxsize=4096)
def day(value: datetime | date | None) -> str:
    """A day as people write it: 26 February 2010."""
    if value is None:
        return ""
    here = in_london(value) if isinstance(value, datetime) else value
    return f"{here.day} {here:%B} {here.year}"


@lru_cache(maxsize=4096)
def short_day(value: datetime | date | None) -> str:
    """A day, short, for tables: 26 Feb 2010."""
    if value is None:
        return ""
    here = in_london(value) if isinstance(value, datetime) else value
    return f"{here.day} {here:%b} {here.year}"


@lru_cache(maxsize=4096)
def moment(value: datetime | None) -> str:
    """A time: 26 February 2010, 17:00."""
    return f"{day(value)}, {in_london(value):%H:%M}" if value else ""


@lru_cache(maxsize=4096)
def short_moment(value: datetime | None) -> str:
    """A time, short, for lists: 26 Feb 2010, 17:00."""
    return f"{short_day(value)}, {in_london(value):%H:%M}" if value else ""


def initial(text: str) -> str:
    """A text with a capital letter at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def until(value: datetime | None, now: datetime) -> str:
    """How far off a time is, in words: 'in 3 days', 'today', '2 days late'."""
    if value is None:
        return ""
    days = (in_london(value).date() - in_london(now).date()).days
    if value < now and days == 0:
        return "late since today"
    if days == 0:
        return "today"
    if days == 1:
        return "tomorrow"
    if days > 0:
        return f"in {days} days"
    return f"{-days} day{'s' if days < -1 else ''} late"


def ago(value: datetime | None, now: datetime) -> str:
    """How long since: 'today', 'since yesterday', 'for 12 days'."""
    if value is None:
        return ""
    days = (in_london(now).date() - in_london(value).date()).days
    return "since today" if days <= 0 else "since yesterday" if days == 1 else f"for {days} days"


def amount(value: Decimal | None, item: Item | None = None) -> str:
    """An amount with thousands separated, in its item's unit."""
    if value is None:
        return ""
    text = f"{value:,f}"
    if item is None:
        return text
    if item.unit == "GBP":
        text += "0" if re.search(r"\.\d$", text) else ""
        return f"−£{text[1:]}" if text.startswith("-") else f"£{text}"
    if item.unit == "percent":
        return f"{text}%"
    return text if item.unit in ("count", "people", "score", "index") else f"{text} {item.unit}"


def measured(value: Decimal | float | None, unit: str) -> str:
    """The value of an indicator, or a statistic of it, in its unit, rounded to what a reader can use: £12.40 per sq m, 31.5%,
    7 of 10."""
    if value is None:
        return ""
    value = Decimal(repr(value)) if isinstance(value, float) else value
    large = 100 if unit.startswith("GBP") else 1000  # nobody writes £547.1
    places = 0 if abs(value) >= large else 1 if abs(value) >= 100 else 2
    number = f"{abs(value):,.{places}f}"
    if not unit.startswith("GBP"):
        number = number.removesuffix(".00").removesuffix(".0")
    sign = "−" if value < 0 and number.strip("0.,") else ""
    if unit.startswith("GBP"):
        return f"{sign}£{number}{unit.removeprefix('GBP')}"
    if unit == "%":
        return f"{sign}{number}%"
    if unit.startswith("count of "):
        return f"{sign}{number} of {unit.removeprefix('count of ')}"
    return f"{sign}{number}" if unit in ("index", "ratio") else f"{sign}{number} {unit}"


def from_to(low: float, high: float, unit: str) -> str:
    """From one value of an indicator to another, the unit told once where it is a word: £4.12 to £10.29, 7.5 to 14 working days."""
    start, end = measured(low, unit), measured(high, unit)
    told_twice = unit.startswith("GBP") or unit == "%"
    return f"{start if told_twice else measured(low, 'index')} to {end}"


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """A text in which some of its passages, from and to which character, are marked; those that overlap as one."""
    made, at = Markup(), 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        start = max(start, at)
        made += Markup("{}<mark>{}</mark>").format(text[at:start], text[start:end])
        at = end
    return made + text[at:]


def told(answer: Answer | None, item: Item) -> str:
    """An answer in words: the amount, yes or no, the month or text, or why it is not known."""
    if answer is None or not answer.given:
        return "Not answered" if item.typed else "Cannot be computed"
    if answer.amount is not None:
        return amount(answer.amount, item)
    if answer.text:
        return month(answer.text) if item.kind == "month" else answer.text.capitalize() if item.kind == "yes_no" else answer.text
    return f"Not known: {answer.not_known} To be known by {day(answer.known_by)}."


def month(text: str) -> str:
    """A month as people write it, of one like 2009-11: November 2009."""
    return f"{date.fromisoformat(f'{text}-01'):%B %Y}"


ROLE_LABELS = {role.value: role.label for role in Role}


def role_label(code: str | None) -> str:
    """A role in words."""
    return ROLE_LABELS[code] if code else ""


def fields(text: str | None) -> dict[str, Any]:
    """The old or new values of an event."""
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def headcount_words(counted: Any) -> str:
    """The headcount of a case, or of a line that has the same columns, with what was counted, when, and where it is from."""
    return headcount.words(counted.headcount, counted.headcount_basis, counted.headcount_on, counted.headcount_source)


def set_up_templates(app: Flask) -> None:
    """Loaders, filters and globals of all templates."""
    app.jinja_loader = ChoiceLoader(
        [
            PackageLoader("webapp"),
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    for function in (
        day,
        short_day,
        moment,
        short_moment,
        initial,
        until,
        ago,
        amount,
        measured,
        told,
        quoted,
        month,
        role_label,
        fields,
        headcount_words,
    ):
        app.add_template_filter(function)
    app.add_template_global(once_field)
    app.add_template_global(hidden_fields)
    app.add_template_global(case_url)
    app.add_template_global(drawn_small)
    app.jinja_env.globals.update(
        STAGE_LABELS=STAGE_LABELS,
        TRACKS=TRACKS,
        JS_ENABLED=Markup(JS_ENABLED),
        from_to=from_to,
        may=may,
        navigation=navigation,
        sees=sees,
        audience_words=audience_words,
        to_correct=chosen,
        Side=Side,
    )

    @app.context_processor
    def _always() -> dict[str, Any]:
        clock = getattr(app, "clock")  # noqa: B009
        work = g.get("work")
        return {"now": work.now if work else clock(), "me": current_user._get_current_object(), "here": request.path}


def once_field() -> Markup:
    """A hidden field that makes a form count once, however often its button is clicked."""
    if "once" not in g:  # a page can hold hundreds of forms: one random part for all of them, and a number for each
        g.once, g.forms = secrets.token_urlsafe(12), 0
    g.forms += 1
    return Markup(f'<input type="hidden" name="once" value="{g.once}-{g.forms}">')


@cache
def navigation(role: Role | None) -> tuple[tuple[str, str, bool], ...]:
    """Where somebody who acts in a role may go from every page: address, name, and whether it stands for that page alone."""
    return tuple((href, text, alone) for href, text, alone, right in PLACES if not right or role in PERMISSIONS[right].roles)


PLACES = (
    ("/today", "Your work today", True, ""),
    ("/cases", "Cases", False, "cases.list"),
    ("/reviews", "Reviews", False, "reviews.list"),
    ("/chase", "Chase", False, "chase.list"),
    ("/extensions", "More time", False, "extensions.list"),
    ("/allocation", "Allocation", False, "allocation.propose"),
    ("/allocation/me", "Your room and skills", False, "reviewer.self"),
    ("/rounds", "Rounds", False, "round.open"),
    ("/sharing", "Sharing", False, "sharing.see"),
    ("/outbox", "Mail", False, ""),
    ("/reminders", "Reminders", False, "reminders.all"),
    ("/record", "Record", True, "record.verify"),
    ("/evidence", "Evidence", True, "evidence.store"),
    ("/people", "People", False, "people.list"),
)
"""The places of the navigation, each with the right that it needs."""


def hidden_fields(version: int | None = None) -> Markup:
    """The hidden fields of a plain form: CSRF token, once-only key and, where given, the version seen."""
    seen = f'<input type="hidden" name="version" value="{version}">' if version is not None else ""
    if "csrf_field" not in g:  # a page can hold hundreds of forms
        g.csrf_field = f'<input type="hidden" name="csrf_token" value="{escape(generate_csrf())}">'
    return Markup(f"{g.csrf_field}{once_field()}{seen}")


@lru_cache(maxsize=2048)
def drawn_small(picture: Picture, width: int) -> Markup:
    """The picture of a figure for a row of a table (strip_macros.html): drawn once, for a page of a review has a hundred of them and
    is opened again and again. A picture is all that its drawing depends on."""
    drawing = getattr(current_app.jinja_env.get_template("strip_macros.html").module, "strip_small")  # noqa: B009
    return Markup(drawing(picture, width))


@lru_cache(maxsize=4096)
def case_url(ref: str, place: str = "") -> str:
    """The address of a place in a case. A page holds hundreds of these: `url_for` would take a third of its time."""
    base = f"/cases/{quote(ref, safe='')}"
    return f"{base}/{place}" if place and not place.startswith("#") else f"{base}{place}"

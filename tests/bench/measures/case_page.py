"""The pages of one full case: its overview, and its peer review with figures and annotations."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from config import programmes
from tests.bench.declare import Row, benchmark
from tests.bench.floor import Found
from tests.bench.pages import page_beside_floor
from tests.bench.world import Site, World
from webapp.accounts.models import Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.clock import system_clock
from webapp.db import SYSTEM
from webapp.demo import load as demo
from webapp.returns.models import ReturnVersion
from webapp.returns.queries import answers
from webapp.returns.rests import value_of
from webapp.review.models import Annotation
from workflows.programme import Indicator, Item
from workflows.returns.figures import Figures
from workflows.roles import Side

HEAD = """
<nav class="govuk-breadcrumbs" aria-label="Breadcrumb"><ol class="govuk-breadcrumbs__list"><li class="govuk-breadcrumbs__list-item"><a class="govuk-breadcrumbs__link" href="/cases">Cases</a></li><li class="govuk-breadcrumbs__list-item"><a class="govuk-breadcrumbs__link" href="/cases/{{ case.ref }}">{{ case.ref }}</a></li></ol></nav>
<span class="govuk-caption-l">{{ case.name }} · {{ case.ref }}</span><h1 class="govuk-heading-l ys-case-title">{{ case.name_1 }}</h1>
<nav class="ys-steps" aria-label="Case"><ol class="ys-steps__list">
{% for stay in stays %}
<li class="ys-steps__step"><a href="/cases/{{ case.ref }}/{{ stay.track }}">{{ stay.track }}</a><a class="govuk-tag govuk-tag--grey ys-tag" href="/cases/{{ case.ref }}/status/{{ stay.track }}">{{ stay.state }}<span class="govuk-visually-hidden">: why the {{ stay.track }} stands there</span></a></li>
{% endfor %}
</ol></nav>
"""  # noqa: E501
OVERVIEW = (
    """{% extends 'frame.html' %}
{% block title %}{{ case.name_1 }} ({{ case.ref }}){% endblock %}
{% block content %}"""
    + HEAD
    + """
<p class="govuk-inset-text">There is nothing for you to do in this case now.</p>
<div class="govuk-grid-row"><div class="govuk-grid-column-one-half">
<h2 class="govuk-heading-m">Where it stands</h2><dl class="govuk-summary-list">
<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">Stage</dt><dd class="govuk-summary-list__value">{{ case.stage }}</dd></div>
{% for stay in stays %}
<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">{{ stay.track }}</dt><dd class="govuk-summary-list__value"><a class="govuk-tag govuk-tag--grey ys-tag" href="/cases/{{ case.ref }}/status/{{ stay.track }}">{{ stay.state }}<span class="govuk-visually-hidden">: why the {{ stay.track }} stands there</span></a> {{ stay.turn or '' }} {{ stay.since }}</dd><dd class="govuk-summary-list__actions"><a class="govuk-link" href="/cases/{{ case.ref }}/status/{{ stay.track }}">Why<span class="govuk-visually-hidden"> the {{ stay.track }} is {{ stay.state }}</span></a></dd></div>
{% endfor %}
</dl></div><div class="govuk-grid-column-one-half">
<h2 class="govuk-heading-m">The body</h2><dl class="govuk-summary-list">
{% for label, text in (('Class', case.class_name), ('Region', case.region), ('Reviewed through', case.name_2), ('People', case.headcount)) %}<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">{{ label }}</dt><dd class="govuk-summary-list__value">{{ text }}</dd></div>{% endfor %}
{% for held in assigned %}<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">{{ held.kind }}</dt><dd class="govuk-summary-list__value">{{ held.name }}</dd></div>{% endfor %}
</dl></div></div>
<h2 class="govuk-heading-m" id="deadlines">Deadlines</h2>
<table class="govuk-table ys-table--dense ys-stack"><thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">What</th><th scope="col" class="govuk-table__header">Who</th><th scope="col" class="govuk-table__header">Due</th><th scope="col" class="govuk-table__header">State</th><th scope="col" class="govuk-table__header">How the date comes about</th></tr></thead><tbody class="govuk-table__body">
{% for one in deadlines %}
<tr class="govuk-table__row"><td class="govuk-table__cell">{{ one.rule }}</td><td class="govuk-table__cell" data-label="Who">{{ one.role }}</td><td class="govuk-table__cell" data-label="Due">{{ one.due_at }}</td><td class="govuk-table__cell" data-label="State">{{ one.outcome }} {{ one.closed_at }}</td><td class="govuk-table__cell" data-label="How the date comes about"><details class="govuk-details ys-details"><summary class="govuk-details__summary"><span class="govuk-details__summary-text">The sum</span></summary><div class="govuk-details__text">{{ one.explanation }}</div></details></td></tr>
{% endfor %}
</tbody></table>
<h2 class="govuk-heading-m">Latest on the record</h2><ol class="ys-timeline">
{% for one in events %}
<li class="ys-timeline__item"><time datetime="{{ one.at }}">{{ one.at }}</time><p class="govuk-body"><strong>{{ one.name }}</strong> ({{ one.role }}, {{ one.name_1 }}) {{ one.label }} {{ one.new }}: “{{ one.why }}”</p></li>
{% endfor %}
</ol><p class="govuk-body"><a class="govuk-link" href="/cases/{{ case.ref }}/record">The whole record</a></p>
{% endblock %}
"""  # noqa: E501
)
REVIEW = (
    """{% extends 'frame.html' %}
{% block title %}Peer review of {{ case.name_1 }}{% endblock %}
{% block content %}"""
    + HEAD
    + """
<ul class="ys-tally"><li><a class="govuk-link" href="/cases/{{ case.ref }}/review?show=remarks#figures"><b>{{ annotations|length }}</b> remarks</a></li></ul>
<form method="get" action="/cases/{{ case.ref }}/review" class="ys-filter"><select class="govuk-select" name="function">{% for function in functions %}<option value="{{ function.code }}">{{ function.name }}</option>{% endfor %}</select><button class="govuk-button govuk-button--secondary" type="submit">Show</button></form>
<h2 class="govuk-heading-m" id="the-summary">Summary</h2><div class="ys-prose">{{ review.summary }}</div>
<h2 class="govuk-heading-m">The body’s comments on the draft</h2><p class="ys-quiet">Printed unedited.</p><div class="ys-prose">{{ review.comments }}</div>
{% for one in notes %}<div class="ys-annotation"><p class="ys-annotation__head">{{ one.name }}, {{ one.at }} · <strong>{{ one.rating }}</strong></p><p>Credible: <strong>{{ one.credible }}</strong>. Explained: <strong>{{ one.explained }}</strong>. What should improve: {{ one.improvement }}</p></div>{% endfor %}
<h2 class="govuk-heading-m" id="figures">The figures, version {{ version.number }} of the return</h2>
<table class="govuk-table ys-table--dense ys-stack ys-figures"><thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">Figure</th><th scope="col" class="govuk-table__header govuk-table__header--numeric">Value</th><th scope="col" class="govuk-table__header">Remarks</th></tr></thead><tbody class="govuk-table__body">
{% for item in items %}
{% set one = answers.get(item.code) %}
<tr class="govuk-table__row" id="{{ item.code }}" data-figure><th scope="row" class="govuk-table__header ys-plain"><a class="govuk-link govuk-link--no-visited-state" href="/cases/{{ case.ref }}/return/{{ item.function }}/{{ item.code }}">{{ item.label }}</a></th><td class="govuk-table__cell govuk-table__cell--numeric ys-value" data-label="Answer">{% if one %}{{ one.amount if one.amount is not none else one.answer_text }}{% else %}computed{% endif %}{% if inner %}<br><span class="ys-quiet">{{ held.get(item.code, 'no value') }} last year, no change</span>{% if item.unit and not item.asked_if and loop.index % 4 == 0 %}
<svg class="ys-strip ys-strip--small" role="img" overflow="visible" aria-label="{{ item.label }}: {{ one.amount if one else '' }}. Middle half of 40 others of the class, its own value not among them: {{ loop.index }} to {{ loop.index + 9 }}, median {{ loop.index + 4 }}. All: 1 to {{ loop.index + 80 }}. Lower is better." width="180" height="24"><title>{{ item.label }}: {{ one.amount if one else '' }}. Middle half of 40 others of the class, its own value not among them: {{ loop.index }} to {{ loop.index + 9 }}, median {{ loop.index + 4 }}. All: 1 to {{ loop.index + 80 }}. Lower is better.</title>
<line x1="{{ loop.index % 20 }}%" x2="{{ 90 - loop.index % 20 }}%" y1="12" y2="12" stroke="#505a5f" stroke-width="2"/>
{% for at in (20, 70) %}
<svg x="{{ at + loop.index % 9 }}%" y="12" width="1" height="1" overflow="visible"><path d="M0 -5V5" fill="none" stroke="#505a5f" stroke-width="2"/></svg>
{% endfor %}
<rect x="{{ loop.index % 30 }}%" width="{{ 20 + loop.index % 9 }}%" y="7" height="10" fill="#d2d5d7" stroke="#0b0c0c" stroke-width="1"/>
<line x1="{{ 40 + loop.index % 9 }}%" x2="{{ 40 + loop.index % 9 }}%" y1="4" y2="20" stroke="#0b0c0c" stroke-width="3"/>
<svg x="{{ 44 + loop.index % 9 }}%" y="12" width="1" height="1" overflow="visible"><path d="M0 -6L6 0L0 6L-6 0Z" fill="#0b0c0c" stroke="#ffffff" stroke-width="1.5"/></svg>
</svg><span class="ys-quiet">Median {{ loop.index + 4 }}, middle half {{ loop.index }} to {{ loop.index + 9 }}, of 40</span>{% endif %}{% endif %}</td><td class="govuk-table__cell ys-plain ys-remarks">
{% for note in annotations.get(item.code, ()) %}
<article class="ys-annotation" id="annotation-{{ note.id_2 }}"><p class="ys-annotation__head"><strong>{{ note.kind }}</strong> <strong class="govuk-tag govuk-tag--yellow">{{ note.state }}</strong> · {{ note.name_1 }}, {{ note.at_1 }} · <span class="ys-annotation__seen">seen by {{ note.audience_1 }}</span></p><p class="ys-annotation__text">{{ note.text_1 }}</p>{% if note.text %}<div class="ys-reply ys-reply--body"><p class="ys-annotation__head">{{ note.name }} answers, {{ note.at }}</p><p>{{ note.text }}</p></div>{% endif %}
{% if inner %}<div class="ys-annotation__do"><a class="govuk-link" href="/cases/{{ case.ref }}/review?show=all&amp;edit={{ note.id_2 }}#annotation-{{ note.id_2 }}">Change<span class="govuk-visually-hidden"> the annotation on {{ item.label }}</span></a><a class="govuk-link" href="/cases/{{ case.ref }}/review?show=all&amp;reply={{ note.id_2 }}#annotation-{{ note.id_2 }}">Reply<span class="govuk-visually-hidden"> to the annotation on {{ item.label }}</span></a>{% for verb, label in (('resolution', 'Resolve'), ('withdrawal', 'Take back')) %}<form method="post" action="/cases/{{ case.ref }}/review/annotations/{{ note.id_2 }}/{{ verb }}?show=all"><input type="hidden" name="csrf_token" value="as long as a token is, for it is a long one: as long as a token is, for it is a long one"><input type="hidden" name="once" value="as long as a key"><button class="ys-link-button" type="submit">{{ label }}<span class="govuk-visually-hidden"> the annotation on {{ item.label }}</span></button></form>{% endfor %}</div>{% endif %}
</article>
{% endfor %}
{% if inner %}<a class="govuk-link ys-annotate" href="/cases/{{ case.ref }}/review?show=all&amp;item={{ item.code }}#{{ item.code }}" data-open>Annotate<span class="govuk-visually-hidden"> {{ item.label }}</span></a>{% endif %}
</td></tr>
{% endfor %}
</tbody></table>
<p class="govuk-body"><a class="govuk-button govuk-button--secondary" role="button" draggable="false" href="/cases/{{ case.ref }}/reports/review.pdf">Download the review as PDF</a></p>
{% endblock %}
"""  # noqa: E501
)


PROGRAMME = programmes.read(demo.PROGRAMME)
FIGURES: tuple[Indicator | Item, ...] = (*PROGRAMME.indicators, *PROGRAMME.items)
"""The measures and questions with their labels, which no page fetches from the database."""
REMARKS = 200


def overview(found: Found) -> dict[str, Any]:
    """What the statements of a case's overview give, as its template needs it."""
    return {
        "me": found("memberships")[0],
        "case": found("cases")[0],
        "stays": found("stays"),
        "deadlines": found("deadlines", "explanation"),
        "events": found("events"),
        "assigned": found("assignments", "kind"),
    }


def review(found: Found) -> dict[str, Any]:
    """What the statements of a case's review give, as its template needs it."""
    by_item: dict[str, list[Any]] = {}
    for note in found("annotations"):
        by_item.setdefault(note.item_1, []).append(note)
    answers = {one.item: one for one in found("return_values")}
    rows = found("reviews")
    return {
        "me": found("memberships")[0],
        "case": found("cases")[0],
        "stays": found("stays"),
        "version": found("return_versions")[0],
        "functions": PROGRAMME.functions,
        "items": [one for one in FIGURES if not getattr(one, "asked_if", "") or one.code in answers or one.code in by_item],
        "answers": answers,
        "review": rows[0],
        "notes": [row for row in rows if row.function],
        "annotations": by_item,
    }


def workspace(found: Found) -> dict[str, Any]:
    """The same for a reviewer, who sees last year's figures and where others stand besides."""
    return review(found) | {"inner": True, "held": {one.code: one.amount for one in found("held_figures")}}


@benchmark("case_page", "a case with a long record, annotations, findings and a plan, for a programme officer", statements=8, ratio=2.5)
def case_page(world: World) -> Iterator[Row]:
    """Its overview and its peer review, on both databases."""
    for site in world.sites:
        officer, path = site.signed_in("officer"), f"/cases/{site.full_case}"
        yield from page_beside_floor(site, officer.asks(path), OVERVIEW, overview, "overview")
        yield from page_beside_floor(site, officer.asks(f"{path}/review?show=all"), REVIEW, review, "review")


@benchmark(
    "workspace", f"the review of a full return with {REMARKS} annotations, every figure shown, for its reviewer", statements=8, ratio=2.5
)
def reviewing(world: World) -> Iterator[Row]:
    """On a copy of each database, with annotations on figures of every function."""
    for site in world.sites:
        with site.twins() as (copy, _):
            ref, name = _in_review(copy)
            yield from page_beside_floor(copy, copy.signed_in(name).asks(f"/cases/{ref}/review?show=all"), REVIEW, workspace)


def _in_review(site: Site) -> tuple[str, str]:
    """A case in review with many annotations, and the account of its reviewer."""
    here = select(Case.id, Case.ref, Person.id.label("person"), Person.email).join(Stay, Stay.case_id == Case.id)
    here = here.join(Assignment, Assignment.case_id == Case.id).join(Person, Person.id == Assignment.person_id)
    here = here.where(Assignment.kind == "reviewer", Assignment.until.is_(None), Stay.track == "review", Stay.state == "in_review")
    with site.app.database.work(SYSTEM, system_clock()) as work:
        case = work.session.execute(here.where(Stay.until.is_(None)).order_by(Case.id)).first()
        assert case is not None
        version = work.session.scalars(select(ReturnVersion.id).where(ReturnVersion.case_id == case.id)).first()
        assert version is not None
        figures = Figures(PROGRAMME, answers(work.session, version))
        for number in range(REMARKS):
            item = PROGRAMME.items[number * len(PROGRAMME.items) // REMARKS]
            seen = value_of(figures, item)
            work.session.add(Annotation(case_id=case.id, version_id=version, item=item.code, value_seen=seen, kind="query", at=work.now,
                                        text="Is this counted as the guidance asks, or as the year before?", author_id=case.person,
                                        audience=int(Side.PARTNERSHIP)))  # fmt: skip
        return case.ref, case.email.partition("@")[0]

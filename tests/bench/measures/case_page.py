"""The pages of one full case: its overview, and its peer review with figures and annotations."""

from collections.abc import Iterator
from typing import Any

from config import programmes
from tests.bench.declare import Row, benchmark
from tests.bench.floor import Found
from tests.bench.pages import page_beside_floor
from tests.bench.world import World
from webapp.demo import load as demo

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
<h2 class="govuk-heading-m" id="figures">The figures, version {{ version.number }} of the return</h2>
<table class="govuk-table ys-table--dense ys-stack ys-review"><thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">Item</th><th scope="col" class="govuk-table__header govuk-table__header--numeric">Answer</th><th scope="col" class="govuk-table__header">Annotations</th></tr></thead><tbody class="govuk-table__body">
{% for item in items %}
{% set one = answers.get(item.code) %}
<tr class="govuk-table__row" id="{{ item.code }}"><th scope="row" class="govuk-table__header ys-plain"><a class="govuk-link govuk-link--no-visited-state" href="/cases/{{ case.ref }}/return/{{ item.function }}/{{ item.code }}">{{ item.label }}</a></th><td class="govuk-table__cell govuk-table__cell--numeric" data-label="Answer">{% if one %}{{ one.amount if one.amount is not none else one.answer_text }}{% else %}computed{% endif %}</td><td class="govuk-table__cell">
{% for note in annotations.get(item.code, ()) %}
<article class="ys-annotation" id="annotation-{{ note.id }}"><p class="ys-annotation__head"><strong>{{ note.kind }}</strong> · {{ note.name }} · {{ note.at }} · {{ note.state }} · seen by {{ note.audience }}</p><p class="govuk-body">{{ note.text }}</p><p class="govuk-body">{{ note.answer }}</p></article>
{% endfor %}
</td></tr>
{% endfor %}
</tbody></table>
<h2 class="govuk-heading-m" id="the-summary">Summary</h2><div class="ys-prose">{{ review.summary }}</div>
<h2 class="govuk-heading-m">The body’s comments on the draft</h2><p class="ys-quiet">Printed unedited.</p><div class="ys-prose">{{ review.comments }}</div>
<p class="govuk-body"><a class="govuk-button govuk-button--secondary" role="button" draggable="false" href="/cases/{{ case.ref }}/reports/review.pdf">Download the review as PDF</a></p>
{% endblock %}
"""  # noqa: E501
)


ITEMS = programmes.read(demo.PROGRAMME).items
"""The questions with their labels, which no page fetches from the database."""


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
        by_item.setdefault(note.item, []).append(note)
    answers = {one.item: one for one in found("return_values")}
    return {
        "me": found("memberships")[0],
        "case": found("cases")[0],
        "stays": found("stays"),
        "version": found("return_versions")[0],
        "items": [item for item in ITEMS if not item.asked_if or item.code in answers],
        "answers": answers,
        "review": found("reviews")[0],
        "annotations": by_item,
    }


@benchmark("case_page", "a case with a long record, annotations, findings and a plan, for a programme officer", statements=8, ratio=2.5)
def case_page(world: World) -> Iterator[Row]:
    """Its overview and its peer review, on both databases."""
    for site in world.sites:
        officer, path = site.signed_in("officer"), f"/cases/{site.full_case}"
        yield from page_beside_floor(site, officer.asks(path), OVERVIEW, overview, "overview")
        yield from page_beside_floor(site, officer.asks(f"{path}/review?figures=all"), REVIEW, review, "review")

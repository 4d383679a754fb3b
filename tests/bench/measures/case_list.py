"""The list of cases."""

from collections.abc import Iterator
from typing import Any

from tests.bench.declare import Row, benchmark
from tests.bench.floor import Found
from tests.bench.pages import page_beside_floor
from tests.bench.world import World

LIST = """{% extends 'frame.html' %}
{% block title %}Cases{% endblock %}
{% block content %}
<h1 class="govuk-heading-l">Cases <span class="ys-count">{{ total }}</span></h1>
<form method="get" class="ys-filter" role="search"><label class="govuk-label" for="text">Body or reference</label><input class="govuk-input" id="text" name="text">
{% for name, options in (('round', rounds), ('partnership', partnerships)) %}<label class="govuk-label" for="{{ name }}">{{ name }}</label><select class="govuk-select" id="{{ name }}" name="{{ name }}"><option value="">All</option>{% for one in options %}<option value="{{ one.code }}">{{ one.name }}</option>{% endfor %}</select>{% endfor %}
<button class="govuk-button govuk-button--secondary" type="submit">Show</button></form>
<table class="govuk-table ys-table--dense ys-stack">
<thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">Body</th><th scope="col" class="govuk-table__header">Stage</th><th scope="col" class="govuk-table__header">Status</th><th scope="col" class="govuk-table__header">Waiting for</th><th scope="col" class="govuk-table__header">Next deadline</th><th scope="col" class="govuk-table__header govuk-table__header--numeric">People</th></tr></thead>
<tbody class="govuk-table__body">
{% for row in rows %}
{% set stay, due = stays[row.id], deadlines.get(row.id) %}
<tr class="govuk-table__row"><td class="govuk-table__cell"><a class="govuk-link" href="/cases/{{ row.ref }}">{{ row.body }}</a><br><span class="ys-quiet">{{ row.ref }}</span></td><td class="govuk-table__cell" data-label="Stage">{{ row.stage }}</td><td class="govuk-table__cell" data-label="Status"><a class="govuk-tag govuk-tag--grey ys-tag" href="/cases/{{ row.ref }}/status/{{ stay.track }}">{{ stay.state }}<span class="govuk-visually-hidden">: why the {{ stay.track }} stands there</span></a></td><td class="govuk-table__cell" data-label="Waiting for">{{ stay.turn or 'nobody' }}<br><span class="ys-quiet">{{ stay.since }}</span></td><td class="govuk-table__cell" data-label="Next deadline">{% if due %}{{ due.due_at }}<br><span class="ys-quiet">{{ due.rule }}</span>{% endif %}</td><td class="govuk-table__cell govuk-table__cell--numeric" data-label="People">{{ row.headcount }}</td></tr>
{% endfor %}
</tbody></table>
<p class="govuk-body">Page 1 · <a class="govuk-link" rel="next" href="?page=2">Next page</a></p>
{% endblock %}
"""  # noqa: E501


def shown(found: Found) -> dict[str, Any]:
    """What the list's statements give, as its template needs it."""
    return {
        "me": found("memberships")[0],
        "total": found("cases", "count_1")[0][0],
        "rows": found("cases", "ref"),
        "rounds": found("rounds", "name"),
        "partnerships": found("organisations", "code"),
        "stays": {stay.case_id: stay for stay in found("stays")},
        "deadlines": {deadline.case_id: deadline for deadline in found("deadlines", "due_at")},
    }


@benchmark("case_list", "the list of over 1,000 cases, 50 a page, for a programme officer", statements=8, ratio=2.5)
def case_list(world: World) -> Iterator[Row]:
    """The first page, on both databases."""
    for site in world.sites:
        assert site.total > 1000
        yield from page_beside_floor(site, site.signed_in("officer").asks("/cases"), LIST, shown)

"""The public page of a measure: a table of 1,000 bodies, and the answer to a reader who has it already."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from msgspec import json
from sqlalchemy import insert, select

from tests.bench.declare import Row, benchmark
from tests.bench.floor import Found
from tests.bench.pages import page_beside_floor
from tests.bench.timing import Asked, Environ, side_by_side
from tests.bench.world import Site, World, asking
from webapp.db import SYSTEM
from webapp.publication.models import Publication, PublicationDocument
from webapp.register.models import Round
from workflows.benchmarks.comparability import Value
from workflows.benchmarks.groups import Group
from workflows.benchmarks.publishing import Return, Subject, documents, group_id

BODIES, MEASURE = 1000, "FIN-P1"
CLASSES = ("Unitary authority", "County council", "Metropolitan district", "London borough", "Non-metropolitan district")
PATH = f"/published/2009/indicators/{MEASURE}"
TABLE = """{% extends 'frame.html' %}
{% block title %}Finance function cost{% endblock %}
{% block content %}
<span class="govuk-caption-l">Finance</span><h1 class="govuk-heading-l">Finance function cost</h1>
{% for group in groups %}<h2 class="govuk-heading-s">{{ group.n }} {{ group.words }}</h2>{{ group.drawn }}{% endfor %}
<table class="govuk-table ys-table--dense ys-stack"><thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">Body</th><th scope="col" class="govuk-table__header">Figure</th><th scope="col" class="govuk-table__header">Rank</th><th scope="col" class="govuk-table__header">Class</th><th scope="col" class="govuk-table__header">Region</th></tr></thead><tbody class="govuk-table__body">
{% for row in rows %}<tr class="govuk-table__row"><th scope="row" class="govuk-table__header"><a class="govuk-link" href="/published/2009/{{ row.subject.code }}/FIN-P1">{{ row.subject.name }}</a></th><td class="govuk-table__cell govuk-table__cell--numeric" data-label="Figure">{{ row.value.value }}%</td><td class="govuk-table__cell govuk-table__cell--numeric" data-label="Rank in its class">{{ row.place[0] }} of {{ row.place[1] }}</td><td class="govuk-table__cell" data-label="Class">{{ row.subject.class_name }}</td><td class="govuk-table__cell" data-label="Region">{{ row.subject.region }}</td></tr>
{% endfor %}</tbody></table>
{% endblock %}
"""  # noqa: E501


def table(found: Found) -> dict[str, Any]:
    """What the statements of the page give, as its template needs it."""
    kinds = [json.decode(row[0]) for row in found("publication_documents")]
    sheet = next(one for one in kinds if "rows" in one)
    drawn = "x" * 2600  # as long as the picture of a group with its words
    groups = [{"n": one, "words": "bodies of a class", "drawn": drawn} for one in sheet["groups"]]
    return {"rows": sorted(sheet["rows"], key=lambda row: float(row["value"]["value"])), "groups": groups}


@benchmark("published", "the public page of a measure, of 1,000 bodies", statements=8, ratio=2.5)
def published(world: World) -> Iterator[Row]:
    """The page beside its floor, on both databases; then what it costs where the reader has it already, beside the page itself."""
    for site in world.sites:
        _publish(site)
        asked = Asked(site.app, asking(PATH))
        yield from page_beside_floor(site, asked, TABLE, table)
        again = replace(asked, environ=_asking_again(_tag(site)), status="304")
        kept, whole = side_by_side(again, asked)
        yield Row(f"{site.name}: 304 instead of the page", kept.median, "ms", floor=whole.median, p95=kept.p95, n=kept.n)


def _asking_again(tag: str) -> Callable[[], Environ]:
    """What a reader sends who has the page already."""
    return lambda: asking(PATH)() | {"HTTP_IF_NONE_MATCH": tag}


def _tag(site: Site) -> str:
    return str(site.app.test_client().get(PATH).headers["ETag"])


def _publish(site: Site) -> None:
    """Publish made-up figures of one measure for as many bodies."""
    with site.app.database.work(SYSTEM, site.app.clock()) as work:
        round_ = work.session.scalars(select(Round).where(Round.code == "2009")).one()
        returns = [_return(number) for number in range(BODIES)]
        groups = [_group(kind, returns) for kind in CLASSES]
        made = documents(round_.programme, work.now.date(), returns, groups, {})
        publication = Publication(round_id=round_.id, number=99, digest="0" * 64, made_at=work.now, issued_at=work.now, publish_at=work.now)
        work.session.add(publication)
        work.session.flush()
        pairs = [("indicator", one.code, one) for one in made.indicators] + [("group", group_id(one.group), one) for one in made.groups]
        rows = [{"publication_id": publication.id, "kind": kind, "key": key, "content": json.encode(one)} for kind, key, one in pairs]
        work.session.execute(insert(PublicationDocument), rows)


def _return(number: int) -> Return:
    subject = Subject(
        f"E{number:04}", f"Made-up Borough Council {number}", "UA", CLASSES[number % len(CLASSES)], "local-government", "North East"
    )
    return Return(subject, {MEASURE: Value(value=Decimal(number % 397) / 100, compared=True)})


def _group(kind: str, returns: list[Return]) -> Group:
    return Group("class", kind, f"bodies like a {kind}", "in", tuple(r.subject.code for r in returns if r.subject.class_name == kind))

"""A table that is downloaded has the rows of the page, in the page's order, and says itself what it is."""

import csv
import html
import io
import re

import pytest
from sqlalchemy import select

from tests.support.html import assert_strict_html
from tests.support.publishing import made_ready
from tests.support.site import Browser, find
from webapp.demo.people import HOME
from webapp.publication.models import Publication
from webapp.register.models import Round

MEASURE = "/published/2006/indicators/OUT-1"


def _page(app, path):
    got = app.test_client().get(path)
    assert got.status_code == 200
    assert_strict_html(got.text)
    return got.text


def _rows(app, path):
    got = app.test_client().get(path)
    assert got.status_code == 200, got.text
    return list(csv.DictReader(io.StringIO(got.text)))


def _linked(page, text):
    return html.unescape(find(rf'href="([^"]+)">{text}', page))


def _bodies(page):
    """The bodies of a page's table of every body, from top to bottom."""
    return re.findall(r'<th scope="row" class="govuk-table__header"><a class="govuk-link" href="/published/2006/(E\d+)/', page)


@pytest.mark.parametrize("asked", [
    "", "?sort=name&order=down", "?sort=rank", "?class=Unitary+authority", "?class=Unitary+authority&region=North+East&sort=name",
    "?region=North+West&sort=value&order=down", "?sort=nonsense",
])  # fmt: skip
def test_a_measure_is_downloaded_as_it_is_narrowed_and_sorted(app, asked):
    page = _page(app, f"{MEASURE}{asked}")
    rows = _rows(app, _linked(page, "Download these rows in this order"))
    assert len(rows) > 3
    assert [row["body"] for row in rows] == _bodies(page)
    assert {row["indicator"] for row in rows} == {"OUT-1"}


def test_a_downloaded_table_says_its_filter_version_date_source_and_licence_in_every_row(app, database):
    rows = _rows(app, f"{MEASURE}.csv?class=Unitary+authority&region=North+East&sort=name&order=down")
    with database.reading() as session:
        one = session.scalars(select(Publication).join(Round, Round.id == Publication.round_id).where(Round.code == "2006")).one()
    assert one.publish_at is not None
    told = {"round": "2006", "publication": "1", "published_on": one.publish_at.date().isoformat(), "manifest": one.manifest_number,
            "filter": "class=Unitary authority; region=North East", "order": "name descending", "licence": "OGL-UK-3.0"}  # fmt: skip
    assert rows
    for row in rows:
        assert told.items() <= row.items()
        assert row["source"]
    whole = app.test_client().get(f"{MEASURE}.csv")
    assert next(csv.DictReader(io.StringIO(whole.text)))["filter"] == "none"
    narrowed = app.test_client().get(f"{MEASURE}.csv?class=Unitary+authority")
    assert 'filename="2006-OUT-1-unitary-authority-p1.csv"' in narrowed.headers["Content-Disposition"]
    assert narrowed.headers["ETag"] != whole.headers["ETag"]
    other = app.test_client().get(f"{MEASURE}.csv?class=County+council", headers={"If-None-Match": narrowed.headers["ETag"]})
    assert other.status_code == 200


def test_what_nothing_fits_gives_a_head_alone_and_the_page_says_so(app):
    for path in (f"{MEASURE}.csv?class=%3D1%2B1", "/published/2006/returns.csv?status=%3D1%2B1"):
        assert len(app.test_client().get(path).text.splitlines()) == 1
    page = _page(app, f"{MEASURE}?class=Nothing")
    assert "No body fits" in page
    assert "Download these rows" not in page


def test_a_body_is_downloaded_beside_the_group_of_its_page(app):
    page = _page(app, f"/published/2006/{HOME}?group=all:all")
    rows = _rows(app, _linked(page, "CSV"))
    assert {row["group"] for row in rows} == {"all:all"}
    assert rows[0]["filter"] == f"body={HOME}; group=all:all"
    told = app.test_client().get(_linked(page, "JSON")).json
    assert told["group"]["id"] == "all:all"
    figures = {one["indicator"]: one for one in told["figures"]}
    assert len(rows) == len(figures)
    for row in rows:
        figure = figures[row["indicator"]]
        assert row["rank_in_group"] == ("" if figure["rank"] is None else str(figure["rank"]))
        assert (float(row["median"]) if row["median"] else None) == figure["median"]
    mine = _rows(app, f"/published/2006/{HOME}.csv")
    assert mine[0]["group"].startswith("class:")
    assert [row["rank_in_group"] for row in mine] == [row["rank_in_class"] for row in mine]
    labels = re.findall(rf'href="/published/2006/{HOME}/([A-Z0-9-]+)">', page)
    assert [row["indicator"] for row in rows] == list(dict.fromkeys(labels))


def test_the_other_tables_are_downloaded_as_they_are_shown(app):
    page = _page(app, "/published/2009/returns?status=exempt")
    rows = _rows(app, _linked(page, "Download these rows"))
    assert {row["status"] for row in rows} == {"exempt"}
    assert [row["name"] for row in rows] == [html.unescape(one) for one in re.findall(r'href="/published/2009/E\d+">([^<]+)<', page)]
    page = _page(app, "/published/2006/compare?body=E0101&body=Hartlepool")
    rows = _rows(app, _linked(page, "Download these figures"))
    assert [row["body"] for row in rows[:2]] == ["E0101", HOME]
    assert rows[0]["indicator"] == rows[1]["indicator"]
    assert rows[0]["filter"] == f"body=E0101,{HOME}"
    assert app.test_client().get("/published/2006/compare.csv?body=nowhere").status_code == 400
    page = _page(app, "/published/2006/functions/support")
    rows = _rows(app, _linked(page, "Download these tables"))
    assert len(rows) == page.count('data-label="Bodies"')
    page = _page(app, "/published/2009/restatements")
    rows = _rows(app, _linked(page, "Download this table"))
    assert (rows[0]["restated_publication"], rows[0]["publication"]) == ("1", "1")


def test_links_stay_within_the_publication_that_was_asked_for(app, database, clock):
    officer = Browser(app, "officer")
    made_ready(officer, database)
    officer.post("/rounds/2009/publication/2/publish", {}, form="/rounds/2009/publication")
    clock.forward(minutes=1)
    page = _page(app, "/published/2009/indicators/FIN-P1?version=1&sort=name")
    address = _linked(page, "Download these rows in this order")
    assert "version=1" in address
    assert {row["publication"] for row in _rows(app, address)} == {"1"}
    assert "version=" not in _linked(_page(app, "/published/2009/indicators/FIN-P1"), "Download these rows in this order")


def test_the_chase_list_is_downloaded_as_it_is_narrowed(app, clock):
    coordinator = Browser(app, "coordinator")
    page = coordinator.get("/chase?only=late")
    rows = list(csv.DictReader(io.StringIO(coordinator.client.get(_linked(page, "Download as CSV")).text)))
    assert rows
    assert {row["filter"] for row in rows} == {"only=late"}
    assert {row["as_of_utc"] for row in rows} == {clock.now.isoformat()}
    shown = list(dict.fromkeys(re.findall(r'href="/cases/(2009-E\d+)"', page)))
    assert [row["ref"] for row in rows[: len(shown)]] == shown

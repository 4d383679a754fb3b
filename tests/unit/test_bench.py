"""The runner of the benchmarks: what it makes of rows. Nothing is timed here."""

import json
from datetime import UTC, datetime

import pytest

from tests.bench import declare, report
from tests.bench.declare import Benchmark, Row
from tests.bench.timing import Times

ROWS = (
    Row("SQL statements", 9, "", mark="statements"),
    Row("server time", 5.0, "ms", floor=2.5, p95=6.25, n=400, mark="ratio"),
    Row("size", 38.25, "KiB", floor=0.5),
)


def _measured(rows=ROWS):
    return [(Benchmark("tiny", "a page that is not there", {"statements": 8, "ratio": 2.5}, lambda _: rows), rows)]


def test_the_table_says_what_is_ok_and_what_is_over():
    assert report.table(_measured()) == (
        "what            value   p95  unit    n  floor  ratio     mark  verdict\n"
        "\n"
        "tiny: a page that is not there\n"
        "SQL statements      9                                     ≤ 8  over\n"
        "server time         5  6.25  ms    400   2.50     2x  ≤ 2.50x  ok\n"
        "size             38.2        KiB        0.500  76.5x"
    )


def test_the_conclusion_names_every_row_that_is_over_and_no_other():
    assert report.conclusion(_measured()) == "OVER THE MARK, 1 of 2:\n  tiny, SQL statements"
    assert report.conclusion(_measured(ROWS[1:])) == "All 1 marks are kept."


def test_the_json_holds_the_rows_as_measured_with_ratio_and_verdict():
    machine = report.facts(datetime(2010, 2, 1, 10, tzinfo=UTC))
    data = json.loads(json.dumps(report.as_data(_measured(), machine)))
    assert data["machine"]["date"] == "2010-02-01T10:00:00+00:00"
    assert data["machine"]["cores"] >= 1
    assert data["machine"]["python"].startswith("3.")
    (tiny,) = data["benchmarks"]
    assert (tiny["name"], tiny["marks"]) == ("tiny", {"statements": 8, "ratio": 2.5})
    assert [row["verdict"] for row in tiny["rows"]] == ["over", "ok", None]
    assert tiny["rows"][1] == {
        "what": "server time", "value": 5.0, "p95": 6.25, "unit": "ms", "n": 400, "floor": 2.5, "ratio": 2.0, "mark": "ratio",
        "verdict": "ok",
    }  # fmt: skip


def test_a_mark_that_is_not_declared_or_has_nothing_to_judge_is_an_error():
    with pytest.raises(KeyError):
        report.table(_measured([Row("server time", 5.0, "ms", mark="speed")]))
    with pytest.raises(KeyError):
        report.table(_measured([Row("server time", 5.0, "ms", mark="ratio")]))


def test_benchmarks_are_found_by_name():
    every = [one.name for one in declare.chosen([])]
    assert {"case_list", "case_page", "annotation", "memory"} <= set(every)
    assert [one.name for one in declare.chosen(["memory", "case_list"])] == ["memory", "case_list"]
    with pytest.raises(LookupError, match="no benchmark nothing"):
        list(declare.chosen(["nothing"]))
    with pytest.raises(ValueError, match="two benchmarks"):
        declare.benchmark("memory", "again")(lambda _: ())


def test_times_are_told_in_milliseconds():
    times = Times.of([1_000_000 * number for number in range(1, 101)])
    assert (times.median, times.n) == (50.5, 100)
    assert 95 <= times.p95 <= 96

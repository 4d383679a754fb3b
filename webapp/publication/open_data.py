"""The open data of a publication: tables and records with units, definitions, source and licence, safe for a spreadsheet."""

import hashlib
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from webapp.clock import in_london
from webapp.publication import presenting, queries
from webapp.publication.presenting import Profile
from webapp.publication.queries import Shown
from webapp.sheets import csv_text
from workflows.benchmarks.publishing import BodySheet, GroupSheet, IndicatorSheet, Subject, SummarySheet, Term, group_id
from workflows.benchmarks.statistics import INTERPOLATION, MINIMUM_FOR_QUARTILES, MINIMUM_FOR_RANK

Table = tuple[list[str], list[list[Any]]]
LICENCE = {"name": "OGL-UK-3.0", "title": "Open Government Licence v3.0",
           "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"}  # fmt: skip
"""The licence under which the programme publishes."""

FIELDS: Mapping[str, tuple[str, str]] = {
    "round": ("string", "Code of the round"),
    "publication": ("integer", "Number of the publication"),
    "body": ("string", "E-code of the body"),
    "name": ("string", "Name of the body"),
    "class": ("string", "Class of the body"),
    "region": ("string", "Region of the body"),
    "indicator": ("string", "Code of the measure, as in indicators.csv"),
    "value": ("number", "Value in the unit of the measure; empty where there is none: missing is not zero"),
    "unit": ("string", "Unit of the measure"),
    "why_none": ("string", "Why there is no value"),
    "firmness": ("string", "Empty for a final figure; else estimate, provisional or not accepted"),
    "compared": ("boolean", "Whether the value takes part in the comparison"),
    "not_compared_because": ("string", "Why it does not"),
    "rank_in_class": ("integer", "Rank in the class, the lowest value being 1; equal values share a rank"),
    "ranked": ("integer", "How many are ranked"),
    "quarter_in_class": ("integer", "1 below the first quartile to 4 above the third"),
    "last_year": ("number", "Last year's value, where both were counted by one definition"),
    "comparability_notes": ("string", "What must be said with the value"),
    "context_note": ("string", "What the body says beside it, unedited"),
    "return_version": ("integer", "Version of the return that the value is from; empty for one from other statistics"),
    "signed_off_on": ("date", "Day on which that version was signed off"),
    "body_note": ("string", "What the body says beside all of its figures, unedited"),
    "remark": ("string", "What must be said of all figures of the body"),
}
"""The columns of figures.csv, with type and meaning."""


ABOUT: Mapping[str, tuple[str, str]] = {
    "round": ("string", "Code of the round"),
    "publication": ("integer", "Number of the publication"),
    "published_on": ("date", "Day of the publication; empty while it is under embargo"),
    "manifest": ("string", "Manifest number of the publication: what has the same number is drawn from the same record"),
    "filter": ("string", "What the table was narrowed to; “none” where it has every row"),
    "order": ("string", "How the rows are sorted"),
    "source": ("string", "Whose figures they are"),
    "licence": ("string", "Licence, by its SPDX name"),
}
"""The columns that a table has which is downloaded alone: it tells in every row what the data package tells beside its tables."""

OF_GROUP: Mapping[str, tuple[str, str]] = {
    "group": ("string", "The comparator group, by its id"),
    "group_in_words": ("string", "The comparator group"),
    "n": ("integer", "How many figures the group has"),
    "mean": ("number", "Mean of the group"),
    "median": ("number", "Median of the group"),
    "quartile_1": ("number", "First quartile of the group"),
    "quartile_3": ("number", "Third quartile of the group"),
    "rank_in_group": ("integer", "Rank in the group, the lowest value being 1"),
    "ranked_in_group": ("integer", "How many are ranked in the group"),
    "quarter_in_group": ("integer", "1 below the first quartile to 4 above the third"),
    "judgement": ("string", "Better or worse than most of the group; empty where it is not judged"),
    "unusual": ("boolean", "Whether the value stands out from the group"),
}
"""The columns that a body's own table has besides those of figures.csv: where each figure stands in the group that was chosen."""


@dataclass(frozen=True)
class Alone:
    """A table as it is downloaded from a page: the page's rows in the page's order, which say themselves what they are.

    `narrowed` are the page's choices by name; those that are empty were not made.
    """

    shown: Shown
    name: str
    table: Table
    order: str
    narrowed: Mapping[str, str] = field(default_factory=dict)

    @property
    def filter(self) -> str:
        """What the table was narrowed to, as one text: name=value, and semicolons between."""
        return "; ".join(f"{name}={value}" for name, value in self.narrowed.items() if value) or "none"

    @property
    def file_name(self) -> str:
        """A name that tells the round, what is in the table, its filter and the publication."""
        chosen = [re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:40] for value in self.narrowed.values() if value]
        return "-".join([self.shown.round_code, self.name, *filter(None, chosen), f"p{self.shown.number}"])

    def whole(self) -> Table:
        """The table with the columns of ABOUT that it has not by itself."""
        shown, (head, rows) = self.shown, self.table
        about = {"round": shown.round_code, "publication": shown.number, "published_on": shown.published_on, "manifest": shown.sealed,
                 "filter": self.filter, "order": self.order, "source": "; ".join(_sources(shown)), "licence": LICENCE["name"]}  # fmt: skip
        more = {name: about[name] for name in ABOUT if name not in head}
        return [*head, *more], [[*row, *more.values()] for row in rows]


RETURNS = "Returns of the bodies, signed off by the officer responsible for each body’s financial affairs"


def _sources(shown: Shown) -> list[str]:
    return [one.name for one in shown.programme.sources] or [RETURNS]


def figures(session: Session, shown: Shown) -> Alone:
    """Every figure of a publication. Two statements."""
    found = presenting.of_bodies(queries.sheets(session, shown.id, BodySheet))
    return Alone(shown, "figures", _figures(shown, found, queries.notes(session, shown.id)), "body, then measure")


def measure(session: Session, shown: Shown, sheet: IndicatorSheet, order: presenting.Order) -> Alone:
    """The figures of one measure, narrowed and sorted as asked: one statement."""
    found = presenting.of_rows(sheet.code, order.rows(sheet))
    table = _figures(shown, found, queries.notes(session, shown.id, indicator=sheet.code))
    return Alone(shown, sheet.code, table, order.words, {"class": order.kind, "region": order.region})


def profile(made: Profile) -> Alone:
    """The figures of a body beside the group that was chosen, in the order of its page."""
    group, notes = made.group, {(made.subject.code, ""): made.note}
    lines = [line for function in made.functions for _, of in made.dimensions(function.code) for line in of]
    notes |= {(made.subject.code, line.indicator.code): line.note for line in lines}
    head, rows = _figures(made.shown, presenting.of_lines(made, lines), notes)
    beside = [[group_id(group.group), group.group.words, *_beside(line)] for line in lines] if group else []
    table = [*head, *OF_GROUP], [[*row, *more] for row, more in zip(rows, beside, strict=True)]
    chosen = group_id(group.group) if group else ""
    return Alone(made.shown, made.subject.code, table, "function, dimension, measure", {"body": made.subject.code, "group": chosen})


def _beside(line: presenting.Line) -> list[Any]:
    standing = line.figure.standing
    s = standing.summary
    return [s.n, s.mean, s.median, s.q1, s.q3, standing.rank, standing.of if standing.rank else None, standing.quarter,
            line.figure.judgement, _cell(line.figure.unusual)]  # fmt: skip


def side_by_side(session: Session, shown: Shown, bodies: Sequence[BodySheet]) -> Alone:
    """The figures of chosen bodies, measure by measure, the bodies in the order in which they were chosen: one statement."""
    by_measure: dict[str, list[presenting.Told]] = defaultdict(list)
    for told in presenting.of_bodies(bodies):
        by_measure[told[1]].append(told)
    programme = shown.programme
    order = [one.code for function in programme.functions for one in programme.indicators if one.function == function.code]
    table = _figures(shown, [told for code in order for told in by_measure[code]], queries.notes(session, shown.id))
    return Alone(shown, "compared", table, "measure, then body as chosen", {"body": ",".join(one.subject.code for one in bodies)})


def by_class(session: Session, shown: Shown, function: str, summary: SummarySheet) -> Alone:
    """How every measure of a function spreads in each class, as on its page: one statement."""
    lines = presenting.function_lines(session, shown, function, summary)
    head, _ = groups(())
    rows = [row for line in lines for row in groups(line.groups, line.indicator.code)[1]]
    return Alone(shown, function, (head, rows), "measure, then class", {"function": function})


def returned(session: Session, shown: Shown, subjects: Iterable[Subject], terms: Mapping[str, Term], status: str) -> Alone:
    """What became of the returns, of all bodies or of those of a status: one statement."""
    return Alone(shown, "returns", bodies(subjects, queries.notes(session, shown.id), terms), "name of the body", {"status": status})


def restated(session: Session, shown: Shown, now: datetime) -> Alone:
    """Published figures that were restated, of every publication of the round: one statement."""
    head, rows = restatements(session, shown, now)
    return Alone(shown, "restatements", (["restated_publication", *head[1:]], rows), "newest first")


def _figures(shown: Shown, found: Iterable[presenting.Told], notes: Mapping[tuple[str, str], str]) -> Table:
    return list(FIELDS), [[_cell(one[name]) for name in FIELDS] for one in presenting.flat(shown, found, notes)]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def bodies(subjects: Iterable[Subject], notes: Mapping[tuple[str, str], str], terms: Mapping[str, Term]) -> Table:
    """Bodies with what became of their returns, and what each says beside all of its figures; with when the returns were due, in
    publications that tell it: those from before are drawn as they were."""
    head = ["body", "name", "class", "sector", "region", "status", "status_in_words", "return_version", "signed_off_on", "body_note",
            "remark"]  # fmt: skip
    if terms:
        head += ["return_due_at_first", "return_due", "extensions_granted"]
    return head, [
        [one.code, one.name, one.class_name, one.sector, one.region, one.status, one.told, one.version or None, one.signed_on,
         notes.get((one.code, ""), ""), one.note, *(_term(terms.get(one.code)) if terms else ())]
        for one in subjects
    ]  # fmt: skip


def _term(term: Term | None) -> tuple[str, str, int] | tuple[None, None, None]:
    return (term.first_due, term.due, term.extensions) if term else (None, None, None)


def indicators(shown: Shown) -> Table:
    """The measures with their definitions."""
    head = ["indicator", "official_id", "function", "dimension", "label", "unit", "direction", "numerator", "denominator", "scale",
            "provisional", "certainty", "note"]  # fmt: skip
    rows = [
        [one.code, one.official_id, function.name, one.dimension, one.label, one.unit, one.direction, one.numerator,
         one.denominator, one.scale, _cell(function.provisional), one.certainty, one.note]
        for one in shown.programme.indicators
        for function in [shown.programme.function(one.function)]
    ]  # fmt: skip
    return head, rows


def items(shown: Shown) -> Table:
    """The items that measures are computed from, with their definitions."""
    head = ["item", "function", "label", "unit", "kind", "formula", "definition", "guidance"]
    return head, [[i.code, i.function, i.label, i.unit, i.kind, i.formula, i.definition, i.guidance] for i in shown.programme.items]


def amounts(sheets: Iterable[BodySheet]) -> Table:
    """The items behind the figures, as each body returned them."""
    return ["body", "item", "amount", "answer"], [
        [sheet.subject.code, code, sheet.items.get(code), sheet.texts.get(code)]
        for sheet in sheets
        for code in dict.fromkeys((*sheet.items, *sheet.texts))
    ]


def groups(found: Iterable[GroupSheet], measure: str | None = None) -> Table:
    """How every measure, or one of them, spreads in comparator groups."""
    head = ["group_kind", "group", "in_words", "indicator", "n", "mean", "median", "quartile_1", "quartile_3", "lowest", "highest"]
    return head, [
        [one.group.kind, one.group.key, one.group.words, code, s.n, s.mean, s.median, s.q1, s.q3, s.low, s.high]
        for one in found
        for code, s in one.summaries.items()
        if s.n and measure in (None, code)
    ]


def restatements(session: Session, shown: Shown, now: datetime) -> Table:
    """Published figures that were restated."""
    head = ["publication", "body", "name", "indicator", "old", "new", "return_version", "reason", "on"]
    return head, [
        [r.number, r.body, r.name, r.indicator, r.old, r.new, r.version, r.reason, in_london(r.at).date().isoformat()]
        for r in queries.restatements(session, shown.round_code, now)
    ]


def tables(session: Session, shown: Shown, now: datetime) -> dict[str, Table]:
    """Every table of the open data by the name of its file, without ending: five statements."""
    return {**frozen_tables(session, shown), "restatements": restatements(session, shown, now)}


def frozen_tables(session: Session, shown: Shown) -> dict[str, Table]:
    """The tables that never change once they are published: those that the manifest tells. Four statements."""
    summary = queries.sheet(session, shown.id, SummarySheet, "")
    sheets = queries.sheets(session, shown.id, BodySheet)
    notes = queries.notes(session, shown.id)
    return {
        "figures": _figures(shown, presenting.of_bodies(sheets), notes),
        "bodies": bodies(summary.subjects, notes, summary.terms) if summary else bodies((), notes, {}),
        "indicators": indicators(shown),
        "items": items(shown),
        "amounts": amounts(sheets),
        "groups": groups(queries.sheets(session, shown.id, GroupSheet)),
    }


def text_of(table: Table) -> str:
    """A table as CSV, as it stands in the data package."""
    return csv_text(*table)


def descriptor(shown: Shown, found: Mapping[str, Table], made: Mapping[str, str]) -> dict[str, Any]:
    """The data package's descriptor (Frictionless Data Package, version 1) for the tables, which are `made` into CSV by name."""
    sources = [{"title": s.name, "note": f"{s.attribution} {s.licence}."} for s in shown.programme.sources]
    return {
        "profile": "tabular-data-package",
        "name": f"yardstick-{shown.round_code.lower()}",
        "title": shown.round_name,
        "version": str(shown.number),
        "created": (shown.publish_at or shown.made_at).isoformat(),
        "description": (
            f"Published by the programme “{shown.programme.name}”, version {shown.programme.version}. Quartiles by {INTERPOLATION} "
            f"interpolation (Hyndman and Fan, type 7), of {MINIMUM_FOR_QUARTILES} figures or more; ranks of {MINIMUM_FOR_RANK} or more. "
            "Missing is not zero."
        ),
        "manifest": manifest_record(shown),
        "notesToEditors": shown.editors_note or None,
        "licenses": [LICENCE],
        "sources": sources or [{"title": RETURNS}],
        "resources": [
            {"name": name, "path": f"{name}.csv", "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv",
             "encoding": "utf-8", "bytes": len(made[name].encode()),
             "hash": f"sha256:{hashlib.sha256(made[name].encode()).hexdigest()}",
             "schema": {"fields": [_field(column, rows, at) for at, column in enumerate(head)], "missingValues": [""]}}
            for name, (head, rows) in found.items()
        ],
    }  # fmt: skip


def _field(name: str, rows: list[list[Any]], at: int) -> dict[str, str]:
    if name in FIELDS:
        kind, says = FIELDS[name]
        return {"name": name, "type": kind, "description": says}
    known = [row[at] for row in rows if row[at] not in (None, "")]
    if known and all(isinstance(one, int) for one in known):
        return {"name": name, "type": "integer"}
    return {"name": name, "type": "number" if known and all(isinstance(one, int | float | Decimal) for one in known) else "string"}


def package(session: Session, shown: Shown, now: datetime) -> bytes:
    """The data package as one file: the same bytes for the same publication and restatements."""
    found = tables(session, shown, now)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(shown, found).items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def files(shown: Shown, found: Mapping[str, Table]) -> dict[str, str]:
    """The files of the data package by name."""
    made = {name: text_of(table) for name, table in found.items()}
    described = json.dumps(descriptor(shown, found, made), ensure_ascii=False, indent=2) + "\n"
    return {"datapackage.json": described, **{f"{name}.csv": text for name, text in made.items()}}


def manifest_record(shown: Shown) -> dict[str, str] | None:
    """What a program needs to find the manifest of a publication, and to know it when it sees it; None while it is not public."""
    if not shown.sealed:
        return None
    return {"sha256": shown.sealed, "path": f"/published/{shown.round_code}/manifest.json?version={shown.number}"}


def round_record(shown: Shown, summary: SummarySheet, root: str) -> dict[str, Any]:
    """A round at a glance, for a program to read."""
    at = f"{root}/published/{shown.round_code}"
    return {
        "round": shown.round_code,
        "name": shown.round_name,
        "publication": shown.number,
        "published_at": shown.publish_at.isoformat() if shown.publish_at else None,
        "manifest": manifest_record(shown),
        "notes_to_editors": shown.editors_note or None,
        "licence": LICENCE,
        "counts": summary.counts(),
        "bodies": [
            {"body": one.code, "name": one.name, "class": one.class_name, "region": one.region, "status": one.status,
             "url": f"{at}/{one.code}.json"}
            for one in summary.subjects
        ],
        "indicators": [
            {"indicator": one.code, "label": one.label, "unit": one.unit, "direction": one.direction, "function": one.function,
             "url": f"{at}/indicators/{one.code}.csv"}
            for one in shown.programme.indicators
        ],
        "data": {"csv": f"{at}.csv", "package": f"{at}/open-data.zip"},
    }  # fmt: skip


def body_record(profile: Profile) -> dict[str, Any]:
    """All that is published of a body beside one comparator group, for a program to read. Figures are exact texts."""
    group, subject = profile.group, profile.subject
    return {
        "round": profile.shown.round_code,
        "publication": profile.shown.number,
        "published_at": profile.shown.publish_at.isoformat() if profile.shown.publish_at else None,
        "manifest": manifest_record(profile.shown),
        "notes_to_editors": profile.shown.editors_note or None,
        "licence": LICENCE,
        "body": {"code": subject.code, "name": subject.name, "class": subject.class_name, "region": subject.region,
                 "status": subject.status, "remark": subject.note, "return_version": subject.version or None,
                 "signed_off_on": subject.signed_on or None},
        "group": {"id": group_id(group.group), "words": group.group.words, "own_value": group.group.own} if group else None,
        "context_note": profile.note,
        "figures": [_line(line) for lines in profile.lines.values() for line in lines],
        "items": {code: format(amount, "f") for code, amount in profile.sheet.items.items()},
    }  # fmt: skip


def _line(line: presenting.Line) -> dict[str, Any]:
    value, standing = line.figure.value, line.figure.standing
    summary = standing.summary
    return {
        "indicator": line.indicator.code, "label": line.indicator.label, "unit": line.indicator.unit,
        "direction": line.indicator.direction, "value": _exact(value.value), "why_none": value.why or None,
        "firmness": value.firmness or None, "compared": value.usable is not None,
        "not_compared_because": value.apart or None, "notes": list(value.notes),
        "context_note": line.note or None, "last_year": _exact(value.last),
        "n": summary.n, "mean": summary.mean, "median": summary.median, "quartile_1": summary.q1, "quartile_3": summary.q3,
        "rank": standing.rank, "of": standing.of, "tied_with": standing.tied, "quarter": standing.quarter,
        "judgement": line.figure.judgement or None, "unusual": line.figure.unusual,
    }  # fmt: skip


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")

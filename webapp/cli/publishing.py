"""Commands on what is published: make and publish, compare, explain, export."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.cli.common import COMMAND_LINE, a_time, as_json, database, no_case, say, the_round
from webapp.clock import system_clock
from webapp.publication import building, manifests, open_data, presenting, queries, verbs
from webapp.publication.queries import Shown
from webapp.publication.verbs import PublicationProblem
from webapp.returns.models import ReturnVersion
from workflows.benchmarks.publishing import GroupSheet, Subject, group_id
from workflows.benchmarks.statistics import Summary


def _shown(session: Session, code: str) -> Shown:
    """The newest publication of a round, published or not. Raises click.ClickException where there is none."""
    round_ = the_round(session, code)
    made = queries.of_round(session, round_.id)
    found = queries.shown(session, COMMAND_LINE, system_clock(), code, made[0].number) if made else None
    if found is None:
        raise click.ClickException(f"Nothing of the round {code} was made for publication yet: yardstick publish {code}")
    return found


@click.command("publish")
@click.argument("round_code", metavar="ROUND")
@click.option("--draft", is_flag=True, help="Make it, and let nobody but the programme team see it.")
@click.option("--at", "at", help="Publish at this time (ISO 8601) and not now.")
@click.option("--why", default="", help="What is new in it, for the record.")
@click.option("--with-provisional", is_flag=True, help="Let provisional figures take part in comparisons.")
@click.option("--acknowledge", "although", default="", metavar="REASON", help="Why it is right although warnings stand, for the record.")
@as_json
def publish(round_code: str, draft: bool, at: str | None, why: str, with_provisional: bool, although: str, json_: bool) -> None:
    """Make a publication of a round from the figures as they are now, and publish it."""
    if draft and at:
        raise click.ClickException("A draft has no time of publication: leave out --draft or --at.")
    with database().work(COMMAND_LINE, system_clock()) as work:
        round_ = the_round(work.session, round_code)
        try:
            made = verbs.make(work, round_, why=why, with_provisional=with_provisional)
            if not draft:
                verbs.publish(work, made, a_time(at) if at else None, although=although)
        except PublicationProblem as problem:
            raise click.ClickException(str(problem)) from None
        told = {"round": round_code, "publication": made.number, "digest": made.digest, "manifest": made.manifest_number or None,
                "published_at": made.publish_at.isoformat() if made.publish_at else None}  # fmt: skip
    if json_:
        say(told)
    else:
        when = f"published at {told['published_at']}" if told["published_at"] else "a draft for the programme team"
        click.echo(f"Publication {told['publication']} of {round_code}: {when}.")


@click.command("benchmark")
@click.argument("round_code", metavar="ROUND")
@click.option("--indicator", help="One measure only, by its code.")
@as_json
def benchmark(round_code: str, indicator: str | None, json_: bool) -> None:
    """How the measures of a round spread in each comparator group, from the returns as they are now."""
    with database().reading() as session:
        round_ = the_round(session, round_code)
        programme = round_.programme
        if indicator is not None and programme.find_indicator(indicator) is None:
            raise click.ClickException(f"There is no measure {indicator} in the round {round_code}.")
        made = building.make(session, round_, system_clock(), with_provisional=False)
        found = [_spread(group, code, summary) for group in made.groups for code, summary in group.summaries.items()
                 if summary.n and indicator in (None, code)]  # fmt: skip
    if json_:
        say(found)
        return
    for one in found:
        quartiles = f"{one['quartile_1']:.4g} / {one['median']:.4g} / {one['quartile_3']:.4g}" if one["quartile_1"] is not None else (
            f"median {one['median']:.4g}; too few for quartiles")  # fmt: skip
        click.echo(f"{one['indicator']:8} {one['in_words']}: {one['n']} figures, {quartiles} {programme.indicator(one['indicator']).unit}")
    if not found:
        click.echo("No figures are compared yet.")


def _spread(group: GroupSheet, code: str, summary: Summary) -> dict[str, Any]:
    return {"group": group_id(group.group), "in_words": group.group.words, "indicator": code, "n": summary.n, "mean": summary.mean,
            "median": summary.median, "quartile_1": summary.q1, "quartile_3": summary.q3, "lowest": summary.low,
            "highest": summary.high}  # fmt: skip


@click.command("explain")
@click.argument("ref")
@click.argument("code", metavar="MEASURE")
@as_json
def explain(ref: str, code: str, json_: bool) -> None:
    """Where a figure of the newest publication comes from: version, items, formula, comparators, flags, and who signed it."""
    round_code, _, body = ref.rpartition("-")
    if not round_code:
        raise no_case(ref)
    with database().reading() as session:
        shown = _shown(session, round_code)
        found = presenting.origin(session, shown, body, code)
        if found is None:
            text = f"No figure {code} of {ref} is in publication {shown.number}. Its measures: yardstick benchmark {round_code}"
            raise click.ClickException(text)
        told = _told(shown, found, _signer(session, ref, found.profile.subject.version))
    if json_:
        say(told)
        return
    click.echo(f"{told['label']}: {told['value']} {told['unit']}" if told["value"] else f"{told['label']}: {told['why_none']}")
    click.echo(f"  = {told['formula']}")
    for item in told["items"]:
        answer = item["amount"] if item["amount"] is not None else item["answer"]
        click.echo(f"  {item['item']} = {answer}  ({item['label']})")
    click.echo(f"  computed anew: {told['computed_anew']}")
    for one in told["comparators"]:
        if one["n"]:
            rank = f", rank {one['rank']} of {one['of']}" if one["rank"] else ""
            click.echo(f"  {one['in_words']}: {one['n']} figures, median {one['median']:.6g}{rank}")
    for text in told["flags"]:
        click.echo(f"  ! {text}")
    click.echo(f"  {told['source']}")


def _signer(session: Session, ref: str, version: int) -> str:
    query = select(Person.name).join(ReturnVersion, ReturnVersion.signed_by == Person.id).join(Case, Case.id == ReturnVersion.case_id)
    return session.scalars(query.where(Case.ref == ref, ReturnVersion.number == version)).one_or_none() or ""


def _told(shown: Shown, found: presenting.Origin, signer: str) -> dict[str, Any]:
    line, subject = found.line, found.profile.subject
    scale = f" * {line.indicator.scale:f}" if line.indicator.scale != 1 else ""
    return {
        "ref": f"{shown.round_code}-{subject.code}", "body": subject.name, "indicator": line.indicator.code, "label": line.indicator.label,
        "unit": line.indicator.unit, "value": _exact(line.value.value), "why_none": line.value.why, "publication": shown.number,
        "formula": _formula(line.indicator.numerator, line.indicator.denominator) + scale,
        "items": [{"item": step.code, "label": step.label, "unit": step.unit, "amount": _exact(step.amount), "answer": step.text,
                   "formula": step.formula} for step in found.steps],
        "computed_anew": _exact(found.again), "same": found.same,
        "comparators": [
            {"group": choice.id, "in_words": choice.words, "n": one.standing.summary.n, "median": one.standing.summary.median,
             "quartile_1": one.standing.summary.q1, "quartile_3": one.standing.summary.q3, "rank": one.standing.rank,
             "of": one.standing.of, "quarter": one.standing.quarter, "own_value": one.standing.own}
            for choice, one in found.standings
        ],
        "judgement": line.figure.judgement, "unusual": line.figure.unusual,
        "flags": [*line.remarks, *([subject.note] if subject.note else [])],
        "version": subject.version or None, "signed_off_on": subject.signed_on or None, "signed_by": signer or None,
        "source": _source(subject, signer),
    }  # fmt: skip


def _source(subject: Subject, signer: str) -> str:
    if not subject.version:
        return subject.told
    return f"Version {subject.version} of the return, signed off on {subject.signed_on} by {signer}"


def _formula(numerator: str, denominator: str) -> str:
    return f"({numerator}) / ({denominator})" if denominator else numerator


def _exact(value: Any) -> str | None:
    return None if value is None else format(value, "f")


@click.command("export")
@click.argument("round_code", metavar="ROUND")
@click.option("-o", "--output", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write to.")
@as_json
def export(round_code: str, folder: Path, json_: bool) -> None:
    """Write the open data of a round's newest publication: tables with a data package that describes them."""
    with database().reading() as session:
        shown = _shown(session, round_code)
        files = open_data.files(shown, open_data.tables(session, shown, system_clock()))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    if json_:
        say({"round": round_code, "publication": shown.number, "folder": str(folder), "files": sorted(files)})
    else:
        click.echo(f"Publication {shown.number} of {round_code}: {len(files)} files in {folder}.")


@click.group("publication")
def publication() -> None:
    """What is published."""


@publication.command("verify")
@click.argument("round_code", metavar="[ROUND]", required=False)
@click.option("--number", type=click.IntRange(1), help="One publication of the round only.")
@as_json
def verify(round_code: str | None, number: int | None, json_: bool) -> None:
    """Make the manifest of each published publication anew from what is stored; exit 1 where one no longer matches."""
    if number is not None and round_code is None:
        raise click.ClickException("Name the round of which publication is meant.")
    with database().reading() as session:
        if round_code is not None:
            the_round(session, round_code)
        there = queries.all_published(session, system_clock(), round_code, number)
        if number is not None and not there:
            raise click.ClickException(f"No publication {number} of the round {round_code} is public.")
        found = [manifests.verify(session, one, code, system_clock()) for code, one in there]
    if json_:
        say([{"round": one.round, "publication": one.publication, "manifest": one.number or None, "parts": one.parts,
              "sound": not one.problems, "problems": list(one.problems)} for one in found])  # fmt: skip
    else:
        for one in found:
            stands = "does not match" if one.problems else f"{one.parts} parts match"
            click.echo(f"Publication {one.publication} of {one.round}: {stands}, manifest {one.number or 'none'}")
            for text in one.problems:
                click.echo(f"  {text}")
        if not found:
            click.echo("Nothing is published yet.")
    if broken := sum(1 for one in found if one.problems):
        raise click.ClickException(f"{broken} of {len(found)} publications no longer match their manifest.")

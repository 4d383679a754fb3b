"""Commands on the returns of a round: chase, burden."""

import click

from webapp.chase.queries import ChaseFilter, ChaseRow, everyone
from webapp.cli.common import COMMAND_LINE, as_json, database, say, the_round
from webapp.clock import in_london, system_clock
from webapp.returns.burden_queries import burden_json, round_burden
from workflows.returns.burden import Burden


@click.command()
@click.option("--round", "round_", default="", help="Only this round.")
@as_json
def chase(round_: str, json_: bool) -> None:
    """Who has not made their return, the latest first."""
    now = system_clock()
    today = in_london(now).date()
    with database().reading() as session:
        if round_:
            the_round(session, round_)
        rows = everyone(session, COMMAND_LINE, ChaseFilter(round=round_), now, today)
    found = [{**_row(row), "late": ((late := row.late(now)) and late.words) or "", "days_late": late.days if late else 0,
              "promise_passed": row.broken(today)} for row in rows]  # fmt: skip
    if json_:
        say(found)
    for row in [] if json_ else found:
        promised = f"promised {row['promised']}{' (passed)' if row['promise_passed'] else ''}" if row["promised"] else ""
        click.echo(f"{row['ref']:16} {row['status']:18} {row['late']:32} {promised:30} {row['body']}".rstrip())


def _row(row: ChaseRow) -> dict[str, object]:
    last = row.last
    return {
        "ref": row.ref, "body": row.body, "round": row.round, "partnership": row.partnership, "state": row.state,
        "status": row.status.label, "due": row.due.isoformat() if row.due else None, "contacts": row.contacts,
        "last_contact": {"at": last.at.isoformat(), "way": last.way, "who": last.who, "note": last.note} if last else None,
        "promised": row.promised.isoformat() if row.promised else None,
    }  # fmt: skip


@click.command()
@click.argument("round_", metavar="ROUND")
@as_json
def burden(round_: str, json_: bool) -> None:
    """The hours that the signed-off returns of a round took."""
    with database().reading() as session:
        found = round_burden(session, the_round(session, round_))
        if json_:
            say(burden_json(found))
            return
    if not found.asked:
        raise click.ClickException(f"The programme of round {round_} does not ask how long a return took.")
    for name, one in [("All", found.all), *found.by_class]:
        click.echo(f"{name:40} {one.told:4} of {one.returns:4} returns  total {one.total:>10,.0f} hours{_middle(one)}")


def _middle(one: Burden) -> str:
    if one.middle is None:
        return ""
    quartiles = f" (quartiles {one.lower:,.1f} and {one.upper:,.1f})" if one.lower is not None and one.upper is not None else ""
    return f"  median {one.middle:,.1f}{quartiles}"


__all__ = ["burden", "chase"]

"""Commands on a round: its dates, who has not returned, and the hours that the returns took."""

from dataclasses import asdict

import click

from webapp.chase.queries import ChaseFilter, ChaseRow, everyone
from webapp.cli.common import COMMAND_LINE, a_day, as_json, database, say, the_round
from webapp.clock import in_london, system_clock
from webapp.deadlines import dates as round_dates
from webapp.deadlines.effects import Effect
from webapp.hands.presenting import HEADS, KINDS, Order, league_json
from webapp.hands.queries import round_league
from webapp.notices.ahead import Counted
from webapp.register.models import Round
from webapp.returns.burden_queries import burden_json, round_burden
from workflows.deadlines.extensions import dates_of
from workflows.deadlines.hands import COLUMNS
from workflows.engine import Refused
from workflows.programme import DeadlineRule
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


@click.group("round")
def round_() -> None:
    """Rounds of the programme."""


@round_.command("dates")
@click.argument("code", metavar="ROUND")
@click.option("--set", "wanted", default="", metavar="CODE=DATE", help="Change one date, like return_due=2010-03-12.")
@click.option("--why", default="", help="The reason: every body is told it.")
@click.option("--dry-run", is_flag=True, help="Tell what it would bring about, and change nothing.")
@as_json
def dates(code: str, wanted: str, why: str, dry_run: bool, json_: bool) -> None:
    """The dates of a round; with --set what changing one brings about, and changing it."""
    now, here = system_clock(), database()
    if not wanted:
        if why or dry_run:
            raise click.ClickException("Say which date to change: --set return_due=2010-03-12.")
        with here.reading() as session:
            told = [{"code": one.rule.code, "label": one.rule.label, "date": one.day.isoformat(), "at": one.rule.at, "open": one.open}
                    for one in round_dates.dates(session, the_round(session, code))]  # fmt: skip
        if json_:
            say(told)
        for one in [] if json_ else told:
            click.echo(f"{one['code']:20} {one['date']}  {one['at']}  {one['open']:5} open  {one['label']}")
        return
    rule_code, _, text = wanted.partition("=")
    day = a_day(text)
    with here.work(COMMAND_LINE, now) as work:
        of_round = the_round(work.session, code)
        rule = _dated(of_round, rule_code)
        try:
            read, reason = round_dates.read(of_round, rule, {"day": day.isoformat(), "reason": why}, now)
            if dry_run:
                found = round_dates.look(work.session, of_round, rule, read, reason, now)
            else:
                found = round_dates.change(work, of_round, rule, read, reason)
        except Refused as refused:
            raise click.ClickException(" ".join(reason.text for reason in refused.reasons)) from None
        told_effect = _effect(found.effect, dry_run)
    if json_:
        say(told_effect)
        return
    mail = found.effect.mail
    click.echo(f"{'Would move' if dry_run else 'Moved'} {len(found.effect.moves)} open deadlines; mails: {_mails(mail.more)} more, "
               f"{_mails(mail.fewer)} fewer; overdue at once: {len(found.effect.overdue)}.")  # fmt: skip
    for each in mail.reminders:
        click.echo(f"{each.day}  {each.rule.words:26} +{_mails(each.more)} -{_mails(each.fewer)}")


def _mails(found: Counted) -> str:
    return f"{found.mails} to {found.people} {'person' if found.people == 1 else 'people'}" if found.mails else "0"


@round_.command("delay")
@click.argument("code", metavar="ROUND")
@click.option("--sort", default="longest", type=click.Choice(list(HEADS)), help="By what it is sorted; the greatest first, names from A.")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="Only these.")
@as_json
def delay(code: str, sort: str, kind: str, json_: bool) -> None:
    """Who had the cases of a round in hand, for how long, who was late and who was given more time."""
    with database().reading() as session:
        rows = Order(sort, sort != "name", kind).rows(round_league(session, the_round(session, code), system_clock()))
    if json_:
        say([league_json(row) for row in rows])
        return
    told = [label for column, label in HEADS.items() if column != "name"]
    click.echo(f"{HEADS['name']:44} {' '.join(f'{label:>11}' for label in told)}")
    for row in rows:
        values = [COLUMNS[column](row) for column in HEADS if column != "name"]
        click.echo(f"{row.name[:44]:44} {' '.join(f'{_number(value):>11}' for value in values)}")


def _number(value: object) -> str:
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _dated(of_round: Round, code: str) -> DeadlineRule:
    """The rule of a date of a round. Raises click.ClickException, which tells what dates there are."""
    known = {rule.code: rule for rule, _ in dates_of(of_round.programme, of_round.dates)}
    if code not in known:
        raise click.ClickException(f"Round {of_round.code} has no date {code!r}. Its dates are: {', '.join(known) or 'none'}.")
    return known[code]


def _effect(effect: Effect, dry_run: bool) -> dict[str, object]:
    return {
        "changed": not dry_run,
        "moves": [{"ref": one.ref, "body": one.body, "old": one.old.isoformat(), "new": one.new.isoformat(), "note": one.note}
                  for one in effect.moves],
        "reminders": [{"day": one.day.isoformat(), "rule": one.rule.code, "to": [role.value for role in one.rule.to],
                       "more": asdict(one.more), "fewer": asdict(one.fewer)} for one in effect.mail.reminders],
        "more": asdict(effect.mail.more), "fewer": asdict(effect.mail.fewer),
        "overdue_at_once": [one.ref for one in effect.overdue],
        "overdue_no_longer": [one.ref for one in effect.relieved],
    }  # fmt: skip


__all__ = ["burden", "chase", "round_"]

"""Commands on peer reviews: review allocate."""

from datetime import date

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.allocation import queries, verbs
from webapp.allocation.forms import MOST, Choice
from webapp.allocation.queries import Board
from webapp.cli.common import COMMAND_LINE, as_json, database, say
from webapp.clock import in_london, system_clock
from webapp.register.queries import round_by_code
from workflows.engine import Refused
from workflows.review.allocation import Proposal
from workflows.roles import Actor, Role


@click.group()
def review() -> None:
    """Peer reviews."""


@review.command("allocate")
@click.option("--round", "round_", required=True, metavar="CODE", help="The round.")
@click.option("--partnership", required=True, metavar="NAME", help="The partnership, by its name or code.")
@click.option("--reviewers", type=click.IntRange(1, MOST), default=1, show_default=True, help="How many reviewers each return is given.")
@click.option("--apply", "apply_", is_flag=True, help="Send the invitations. Without it nothing is written.")
@as_json
def allocate(round_: str, partnership: str, reviewers: int, apply_: bool, json_: bool) -> None:
    """Propose reviewers for every return of a partnership that waits for one; exit 1 where places cannot be filled."""
    here, now = database(), system_clock()
    day = in_london(now).date()
    with here.reading() as session:
        found = _partnership(session, partnership)
        board = _board(session, round_, found.id, day)
        proposal = board.proposal(reviewers)
    choices = [Choice(one, people) for one, people in proposal.pairs.items() if people]
    if apply_ and choices:
        actor = Actor(None, COMMAND_LINE.name, Role.COORDINATOR, found.id, found.name)
        try:
            with here.work(actor, now) as work:
                queries.cases_of(work.session, [choice.case_id for choice in choices])
                verbs.send(work, _board(work.session, round_, found.id, day), choices)
        except Refused as refused:
            raise click.ClickException(" ".join(reason.text for reason in refused.reasons)) from None
    if json_:
        say(_as_json(board, proposal, applied=apply_))
    else:
        _tell(board, proposal, applied=apply_)
    if proposal.lacks:
        places = sum(lack.places for lack in proposal.lacks)
        many = "1 place" if places == 1 else f"{places} places"
        raise click.ClickException(f"{many} could not be filled. Beside each return stands what is in the way.")


def _partnership(session: Session, said: str) -> Organisation:
    query = select(Organisation).where(Organisation.kind == "partnership").order_by(Organisation.name)
    every = session.scalars(query).all()
    for one in every:
        if said.strip().lower() in (one.name.lower(), one.code.lower()):
            return one
    raise click.ClickException(f"There is no partnership {said!r}. There are: {', '.join(one.name for one in every) or 'none'}.")


def _board(session: Session, code: str, partnership_id: int, day: date) -> Board:
    found = round_by_code(session, code)
    if found is None:
        raise click.ClickException(f"There is no round {code!r}.")
    return queries.board(session, found, partnership_id, day, None)


def _as_json(board: Board, proposal: Proposal, *, applied: bool) -> dict[str, object]:
    lacks = {lack.return_id: lack.words for lack in proposal.lacks}
    return {
        "applied": applied,
        "returns": [{"ref": one.ref, "body": one.body, "reviewers": [board.by_id[person].name for person in proposal.pairs[one.id]],
                     "lacks": lacks.get(one.id)} for one in board.returns],
        "loads": [{"reviewer": who.name, "before": who.load, "after": who.load + given, "capacity": who.capacity}
                  for who, given in _given(board, proposal)],
    }  # fmt: skip


def _given(board: Board, proposal: Proposal) -> list[tuple[queries.Colleague, int]]:
    """Every reviewer with how many returns they are given."""
    return [(who, sum(who.id in people for people in proposal.pairs.values())) for who in board.colleagues]


def _tell(board: Board, proposal: Proposal, *, applied: bool) -> None:
    lacks = {lack.return_id: lack.words for lack in proposal.lacks}
    for one in board.returns:
        names = ", ".join(board.by_id[person].name for person in proposal.pairs[one.id])
        click.echo(f"{one.ref:16} {one.body:40} {names or 'nobody'}" + (f"\n    {lacks[one.id]}" if one.id in lacks else ""))
    for who, given in _given(board, proposal):
        click.echo(f"{who.name:57} {who.load} in hand, {who.load + given} afterwards, room for {who.capacity}")
    number = sum(len(people) for people in proposal.pairs.values())
    said = f"{number} invitation{'' if number == 1 else 's'}"
    click.echo(f"Sent {said}." if applied else f"{said}. Nothing was written: give --apply to send them." if number else "Nothing to send.")


__all__ = ["review"]

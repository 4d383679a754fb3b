"""Commands on the checks of a return."""

import click

from webapp.cases.facts import CaseFacts
from webapp.checks.earlier import with_earlier
from webapp.checks.presenting import KINDS, checked_json, left_words
from webapp.cli.common import COMMAND_LINE, as_json, database, say, the_case
from webapp.clock import system_clock
from workflows.returns.checks import STATUS_WORDS, Outcome
from workflows.roles import Actor, Role


@click.command("check")
@click.argument("ref")
@as_json
def check(ref: str, json_: bool) -> None:
    """What still stands between a return and its sign-off: of the newest version, a draft too.

    Whoever may run commands can read the whole database: they see what the body sees.
    """
    with database().reading() as session:
        case = the_case(session, ref)
        body = Actor(person_id=None, name=COMMAND_LINE.name, role=Role.PREPARER, organisation_id=case.body_id)
        facts = CaseFacts(session, case, body, system_clock())
        entered = facts.entered
        if entered is None:
            raise click.ClickException(f"The return of {ref} has not been started, so there is nothing to check.")
        checked = with_earlier(facts) if entered.draft else facts.checked
    if json_:
        say(checked_json(checked, entered))
        return
    how = "signed off." if entered.frozen_at else f"a draft. {left_words(checked)}"
    click.echo(f"{ref}, version {entered.number}, {how}")
    for gap in checked.missing:
        click.echo(f"\n{gap.reason.text}\n    {gap.reason.place}")
    for outcome in checked.outcomes:
        click.echo("\n" + "\n".join(_lines(outcome)))


def _lines(outcome: Outcome) -> list[str]:
    figures = [f"    {term.label}: {term.value}" for term in outcome.terms]
    said = [f"    The body says: {outcome.explanation.text}"] if outcome.explanation and outcome.explanation.text else []
    head = f"{outcome.code} ({KINDS[outcome.kind]}; {STATUS_WORDS[outcome.status]}): {outcome.text}"
    return [head, *figures, f"    {outcome.mend}", *said, f"    {outcome.place}"]

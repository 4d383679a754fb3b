"""Commands on evidence: evidence check."""

import click

from webapp.cli.common import as_json, database, say, settings
from webapp.clock import system_clock
from webapp.evidence import queries
from webapp.evidence.store import Store
from webapp.evidence.store import check as walk
from webapp.evidence.verbs import size_words

LEFT_BEHIND_AFTER = 24 * 3600
"""After how many seconds a file that was still coming in counts as left behind."""


@click.group()
def evidence() -> None:
    """The files of evidence."""


@evidence.command("check")
@as_json
def check(json_: bool) -> None:
    """Read every file through; exit 1 where one is missing or damaged. Orphans (kept, but listed nowhere) do no harm."""
    here = settings()
    with database().reading() as session:
        kept = queries.kept(session)
    store = Store(here.evidence)
    found = walk(store, set(kept), unfinished_before=system_clock().timestamp() - LEFT_BEHIND_AFTER)
    broken = {"missing": found.missing, "damaged": found.damaged}
    if json_:
        said = {name: [{"sha256": sha, "files": [_named(*file) for file in kept[sha]]} for sha in shas] for name, shas in broken.items()}
        say({"folder": str(store.folder), "sound": found.sound, "bytes": found.size, **said,
             "orphaned": [str(path) for path in found.orphaned], "scanned": bool(here.scan_command)})  # fmt: skip
    else:
        click.echo(f"{store.folder}: {found.sound} sound ({size_words(found.size)}), {len(found.missing)} missing, "
                   f"{len(found.damaged)} damaged, {len(found.orphaned)} orphaned")  # fmt: skip
        for name, shas in broken.items():
            for sha in shas:
                click.echo(f"  {name}: {sha}: " + "; ".join(f"{ref} file {number} “{file}”" for ref, number, file in kept[sha]))
        for path in found.orphaned:
            click.echo(f"  orphaned: {path}")
        if not here.scan_command:
            click.echo("  Files are not scanned for viruses: YARDSTICK_SCAN_COMMAND is not set.")
    if found.missing or found.damaged:
        text = "Bring the missing and damaged files back from a backup, under the same names."
        raise click.ClickException(text)


def _named(ref: str, number: int, name: str) -> dict[str, str | int]:
    return {"case": ref, "number": number, "name": name}

"""The declared tracks as pages to read: what `docs/workflows.md` is made of."""

from collections.abc import Iterable, Sequence

from workflows.case import TRACKS
from workflows.engine import Tell, Track, Transition, diagram
from workflows.review.audiences import THINGS, Cell, phases
from workflows.review.track import REVIEW
from workflows.roles import EVERY_SIDE, Role, Side, audience_words

HEAD = """# The tracks of a case

Made by `make docs` from the declarations in `workflows/*/track.py`; a test fails when it is out of date. A case has its return,
its peer review, its challenge, its improvement plan with a track for each action, and its penalty track. The names of deadlines
and messages are those of the programme (`config/programmes/`).
"""


PHASES_HEAD = """## Who sees what of a review, and when

Found by letting a sample of each thing go every way that the moves above allow (`workflows/review/audiences.py`): the verbs, the previews
and this table ask the same functions. In brackets stand those to whom the thing was shown on some of the ways there: a question that was
sent, an annotation that went with a draft which was sent back. The public sees nothing of a review.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown. Each row has as many cells as the head."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def workflows_page() -> str:
    """Every track with its diagram, its states and its transitions, as Markdown."""
    return HEAD + "".join(_track(t) for t in TRACKS.values()) + _phases()


SIDES = {Side.PARTNERSHIP: "partnership", Side.BODY: "body", Side.AUDITOR: "auditor", Side.PROGRAMME: "programme"}


def _phases() -> str:
    found = phases()
    rows = [[thing.label, *(_cell(found.cell(thing.code, state)) for state in found.states)] for thing in THINGS]
    head = ("What", *(REVIEW.state(state).label for state in found.states))
    return f"\n{PHASES_HEAD}\n{table(head, rows)}"


def side_names(sides: Side) -> list[str]:
    """Sides by short names, whoever writes a review first."""
    return [name for side, name in SIDES.items() if side & sides]


def _cell(cell: Cell) -> str:
    always, also = (", ".join(side_names(sides)) for sides in (cell.always, cell.also))
    return f"{always} ({also})" if also else always


def _track(track: Track) -> str:
    states = [[s.label, s.turn.label if s.turn else "nobody", "yes" if s.final else ""] for s in track.states]
    moves = [[t.label, _ways(track, t), _who(t), _needs(t), _brings(t)] for t in track.transitions]
    known = "" if track.audience == EVERY_SIDE else f"Known to {audience_words(track.audience)} alone.\n\n"
    return (
        f"\n## {track.label[0].upper()}{track.label[1:]}\n\n{known}"
        f"```mermaid\n{diagram(track)}```\n\n{table(('State', 'Whose turn', 'Final'), states)}\n"
        f"{table(('Move', 'From and to', 'Who', 'Needs', 'Brings about'), moves)}"
    )


def _ways(track: Track, move: Transition) -> str:
    return f"{', '.join(track.state(s).label for s in move.sources)} → {track.state(move.target).label}"


def _who(move: Transition) -> str:
    return "comes with another move" if move.only_follows else roles_list(move.roles)


def roles_list(roles: Iterable[Role]) -> str:
    """Roles by their labels, with commas between."""
    return ", ".join(role.label for role in roles)


def _needs(move: Transition) -> str:
    asked = [f"{ask.label.lower()}{'' if ask.required else ' (if wanted)'}" for ask in move.asks]
    return "; ".join([guard.says for guard in move.guards] + asked)


def _brings(move: Transition) -> str:
    found = [f"opens the deadline {name}" for name in move.opens]
    found += [f"closes the deadline {name}" for name in move.closes]
    found += [f"stops the clock of the deadline {name}" for name in move.stops]
    found += [f"starts the clock of the deadline {name} again" for name in move.resumes]
    found += [_told(tell) for tell in move.tells]
    found += [f"starts the {TRACKS[code].label} track" for code in move.starts]
    found += [f"with it: {f.track}.{f.name}{' of each action' if f.each_action else ''}" for f in move.follows]
    found += [f"shows the {widen.thing} to {audience_words(widen.to)}" for widen in move.widens]
    return "; ".join(found)


def _told(tell: Tell) -> str:
    return f"message {tell.message} to {roles_list(tell.to)}"

"""The task list of a return: each function with how far it is, what stands in its way, and who works on it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from webapp.checks.queries import Edit, Entered
from webapp.db import Work
from webapp.returns import queries
from webapp.returns.entry import presence
from workflows.engine import Reason
from workflows.programme import Function
from workflows.returns.checks import Checked
from workflows.returns.progress import Progress, by_function
from workflows.roles import Side


@dataclass(frozen=True)
class Task:
    """A function on the task list. Who works on it is for the body alone."""

    function: Function
    progress: Progress
    part: queries.Part | None = None
    edit: Edit | None = None
    presence: str = ""
    unconfirmed: int = 0

    @property
    def ready(self) -> bool:
        return self.part is not None and self.part.ready_at is not None

    @property
    def owner(self) -> str:
        return (self.part.owner if self.part else None) or ""


@dataclass(frozen=True)
class Overview:
    """The tasks of a return. `gaps` are all that stands between it and its sign-off."""

    tasks: list[Task] = field(default_factory=list)
    gaps: tuple[Reason, ...] = ()
    editable: bool = False

    @property
    def answered(self) -> int:
        return sum(task.progress.answered for task in self.tasks)

    @property
    def asked(self) -> int:
        return sum(task.progress.asked for task in self.tasks)


def overview(work: Work, entered: Entered | None, checked: Checked, *, editable: bool) -> Overview:
    """The task list of a version of a return for an actor, as it was entered and checked: one statement."""
    own = work.actor.side is Side.BODY and entered is not None
    parts = queries.parts(work.session, entered.version_id) if own and entered else {}
    me, edits, figures = work.actor.person_id, entered.edits if entered else {}, checked.figures
    tasks = []
    for code, progress in by_function(checked).items():
        function, part = figures.programme.function(code), parts.get(code)
        items = [item.code for item in figures.programme.items_of(code) if item.code in figures.answers]
        tasks.append(
            Task(
                function,
                progress,
                part,
                edit=_last_edit(edits[item] for item in items) if own else None,
                presence=presence(part, me, work.now) if editable else "",
                unconfirmed=sum(1 for item in items if figures.answers[item].prefilled),
            )
        )
    return Overview(tasks, checked.gaps, editable)


def _last_edit(edits: Iterable[Edit]) -> Edit | None:
    return max(edits, key=lambda edit: edit.at, default=None)

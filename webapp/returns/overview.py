"""The task list of a return: each function with how far it is, what stands in its way, and who works on it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from webapp.cases.models import Case
from webapp.db import Work
from webapp.returns import queries
from webapp.returns.entry import presence
from webapp.returns.known import figures_of
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.engine import Reason
from workflows.programme import Function
from workflows.returns.figures import Figures
from workflows.returns.progress import Progress, blocks_by_other_figures, by_function
from workflows.roles import Side


@dataclass(frozen=True)
class Edit:
    """The last change of a function: who and when."""

    who: str
    at: datetime


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
    editable: bool = False

    @property
    def gaps(self) -> tuple[Reason, ...]:
        return tuple(reason for task in self.tasks for reason in task.progress.reasons)

    @property
    def answered(self) -> int:
        return sum(task.progress.answered for task in self.tasks)

    @property
    def asked(self) -> int:
        return sum(task.progress.asked for task in self.tasks)


def overview(work: Work, case: Case, version: ReturnVersion | None, *, editable: bool) -> Overview:
    """The task list of a version of a return for an actor: two statements, two more where a blocking check asks for other figures."""
    session, programme = work.session, case.round.programme
    stored, names = queries.values_and_names(session, version.id) if version else ({}, {})
    answers = {code: queries.answer(value) for code, value in stored.items()}
    if blocks_by_other_figures(programme):
        figures = figures_of(session, case, answers)
    else:
        figures = Figures(programme, answers, headcount=case.headcount)
    own = work.actor.side is Side.BODY and version is not None
    parts = queries.parts(session, version.id) if own and version else {}
    me = work.actor.person_id
    tasks = []
    for code, progress in by_function(figures).items():
        function, part = programme.function(code), parts.get(code)
        values = [stored[item.code] for item in programme.items_of(code) if item.code in stored]
        tasks.append(
            Task(
                function,
                progress,
                part,
                edit=_last_edit(values, names) if own else None,
                presence=presence(part, me, work.now) if editable else "",
                unconfirmed=sum(1 for value in values if value.prefilled),
            )
        )
    return Overview(tasks, editable)


def _last_edit(values: Iterable[ReturnValue], names: dict[int, str]) -> Edit | None:
    last = max(values, key=lambda value: value.changed_at, default=None)
    return Edit(names.get(last.person_id or 0, "somebody"), last.changed_at) if last else None

"""Questions that follow from a programme's other lists: each function's scope, surveys and practices, as items.

So they are entered, checked, versioned, compared, imported and annotated like any figure. Survey rules (five
statements for each of two audiences, a mean from 1 to 5 rescaled to 0 to 100, sample, month and who ran it kept) follow
the domain notes on the satisfaction index, and those of Socitm's user survey.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

import msgspec

from workflows.programme.shape import Function, Item, Programme

_ONE, _FIVE = Decimal(1), Decimal(5)
AUDIENCES = {"commissioner": "Commissioners’ survey", "user": "Users’ survey"}
AUDIENCE_WORDS = {
    "commissioner": "the senior managers who decide on the service",
    "user": "the people who use the service",
}


def with_questions(programme: Programme) -> Programme:
    """The programme with the questions added to its items: scope before a function's items, surveys and practices after."""
    items: list[Item] = []
    known = {f.code for f in programme.functions}
    for function in programme.functions:
        items += _scope(function)
        items += [i for i in programme.items if i.function == function.code]
        items += _surveys(programme, function)
        items += _practices(programme, function)
    items += [i for i in programme.items if i.function not in known]
    return msgspec.structs.replace(programme, items=tuple(items))


def _scope(function: Function) -> Iterator[Item]:
    if function.scope and function.prefix:
        yield Item(
            code=f"{function.prefix}_SCOPE", function=function.code, group="Scope", kind="yes_no",
            label="Are the figures of this function counted as the guidance says?", guidance=function.scope,
            note_when="no", note_label="How they differ, and by about how much",
        )  # fmt: skip


def _practices(programme: Programme, function: Function) -> Iterator[Item]:
    for practice in sorted((p for p in programme.practices if p.function == function.code), key=lambda p: p.number):
        yield Item(
            code=practice.code, function=function.code, group="Management practices", kind="yes_no", label=practice.text,
            note_when="yes", note_label="What shows it, and where it can be seen",
        )  # fmt: skip


def _surveys(programme: Programme, function: Function) -> Iterator[Item]:
    if not (function.surveyed and function.prefix):
        return
    for audience, group in AUDIENCES.items():
        statements = [s for s in programme.surveys if s.audience == audience]
        if statements:
            yield from _survey(function, f"{function.prefix}_SURVEY_{audience.upper()}", audience, group, [s.text for s in statements])


def _survey(function: Function, base: str, audience: str, group: str, statements: list[str]) -> Iterator[Item]:
    run = f"{base}_RUN"
    ask = partial(Item, function=function.code, group=group)
    yield ask(
        code=run, kind="yes_no", label=f"Was a survey run of {AUDIENCE_WORDS[audience]}?",
        guidance="Count a survey of the last 24 months only.", note_when="no", note_label="Why none was run, and when one will be",
    )  # fmt: skip
    ask = partial(ask, asked_if=run)
    scores = [f"{base}_{number}" for number in range(1, len(statements) + 1)]
    for code, text in zip(scores, statements, strict=True):
        yield ask(
            code=code, unit="score", label=f"“{text}”", minimum=_ONE, maximum=_FIVE,
            guidance="The mean of the answers, from 1 (strongly disagree) to 5.",
        )  # fmt: skip
    yield ask(
        code=f"{base}_SAMPLE", unit="count", label="Answers received", minimum=_ONE, whole=True,
        guidance="How many people answered. About 100 or more is sound.",
    )  # fmt: skip
    yield ask(code=f"{base}_MONTH", kind="month", label="Month of the survey", guidance="For example, 11/2009")
    yield ask(
        code=f"{base}_BY", kind="text", label="Who ran it", guidance="Your own staff, another body, or an outside agent: say who.",
    )  # fmt: skip
    mean = f"({' + '.join(scores)}) / {len(scores)}"
    yield ask(code=base, unit="index", label="Satisfaction index (0 to 100)", formula=f"({mean} - 1) * 25")

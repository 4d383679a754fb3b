"""How the API and the command line tell a case."""

from typing import Any

from webapp.cases.queries import CaseRow
from workflows.asks import Ask


def case_json(row: CaseRow) -> dict[str, Any]:
    """A case of a list."""
    return {
        "ref": row.ref,
        "body": row.body,
        "sector": row.sector,
        "round": row.round,
        "stage": row.stage,
        "tracks": row.tracks,
        "next_deadline": row.deadline.isoformat() if row.deadline else None,
    }


def ask_json(ask: Ask, declaration: str) -> dict[str, Any]:
    """What a transition asks. `declaration` is the text that a confirmation of the declaration is about."""
    told: dict[str, Any] = {"name": ask.name, "label": ask.label, "kind": ask.kind, "required": ask.required, "hint": ask.hint}
    if ask.choices:
        told["choices"] = [code for code, _ in ask.choices]
    if ask.wording == "declaration":
        told["text"] = declaration
    return told

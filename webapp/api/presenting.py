"""How the API and the command line tell a case."""

from typing import Any

from webapp.cases.queries import CaseRow


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

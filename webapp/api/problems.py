"""Errors of the API as problem documents (RFC 9457)."""

from flask import Response, json

from workflows.engine import Reason


def problem(status: int, title: str, detail: str, reasons: tuple[Reason, ...] = (), **more: object) -> Response:
    """A problem document. `reasons` lists each reason with the place that mends it; `more` are members of its own."""
    document: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if reasons:
        document["reasons"] = [{"text": r.text, "place": r.place} for r in reasons]
    document |= more
    return Response(json.dumps(document, ensure_ascii=False), status, mimetype="application/problem+json")

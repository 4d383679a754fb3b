"""Reports as PDF: made by WeasyPrint in a child process, once for the same content, and kept."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import may
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.publication import presenting
from webapp.publication import queries as publication
from webapp.reports.document import ReviewDocument, review_document
from workflows.review.annotations import ASKING, DECISIONS, KINDS
from workflows.roles import Actor

STYLES = Path(__file__).resolve().parent.parent / "static" / "dist"
TIMEOUT_SECONDS = 90


class NotReady(Exception):
    """The report cannot be made yet; the text says why."""


def report_html(session: Session, case: Case, kind: str, actor: Actor, now: datetime) -> str:
    """A report as HTML. Raises NotReady while there is nothing to report, and for a kind that there is not."""
    if kind not in REPORTS:
        raise NotReady(f"There is no report “{kind}”. There are: {', '.join(REPORTS)}.")
    return _html(session, kind, case, REPORTS[kind](session, case, actor, now))


def review_html(session: Session, document: ReviewDocument) -> str:
    """A review as HTML, that is at hand."""
    return _html(session, "review", document.case, _shown(document))


def _html(session: Session, kind: str, case: Case, shown: dict[str, Any]) -> str:
    demo = session.scalar(select(Person.id).where(Person.demo).limit(1)) is not None
    # Rendered by the environment itself: a report needs no request and no person, from the command line or a worker.
    return current_app.jinja_env.get_template(f"reports/{kind}.html").render(case=case, demo=demo, **shown)


def _review(session: Session, case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    document = review_document(session, case, actor)
    if document is None:
        raise NotReady("The review can be printed once it is final.")
    return _shown(document)


def _shown(document: ReviewDocument) -> dict[str, Any]:
    ratings = document.case.round.programme.ratings
    return {"document": document, "kinds": KINDS, "asking": ASKING, "decisions": DECISIONS, "ratings": ratings}


def _benchmarks(session: Session, case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """The body's figures among others, by the view-model of its page."""
    shown = publication.issued(session, case.round_id, now) if may(actor, "benchmarks.see") else None
    profile = presenting.profile(session, shown, case.body.code) if shown is not None else None
    if shown is None or profile is None or not profile.lines:
        raise NotReady("The figures among those of others can be printed by the body and the programme team, once they are issued.")
    return {"shown": shown, "profile": profile}


REPORTS: Mapping[str, Callable[[Session, Case, Actor, datetime], dict[str, Any]]] = {"review": _review, "benchmarks": _benchmarks}
"""What each kind of report shows: the names that its template uses. Each raises NotReady while there is nothing to show."""


def report_pdf(html: str, kept_in: Path) -> bytes:
    """The PDF of a report's HTML. The same content gives the same bytes again, without making it anew."""
    styles = (STYLES / "print.css").read_bytes()
    name = hashlib.sha256(html.encode() + styles).hexdigest()
    path = kept_in / f"{name}.pdf"
    if not path.exists():
        kept_in.mkdir(parents=True, exist_ok=True)
        made = kept_in / f".{name}.{os.getpid()}"
        made.write_bytes(_render(html))
        made.replace(path)
    return path.read_bytes()


def _render(html: str) -> bytes:
    """Run WeasyPrint in a child process: it takes seconds and a hundred megabytes, and keeps them."""
    command = [sys.executable, "-m", "webapp.reports.render", str(STYLES)]
    done = subprocess.run(command, input=html.encode(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise RuntimeError(f"the report could not be made: {done.stderr.decode(errors='replace')[-800:]}")
    return done.stdout

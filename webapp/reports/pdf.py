"""Reports as PDF: made by WeasyPrint in a child process, once for the same content, and kept."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.reports.document import review_document
from webapp.review.models import ASKING
from webapp.review.verbs import KINDS
from workflows.roles import Actor

STYLES = Path(__file__).resolve().parent.parent / "static" / "dist"
TIMEOUT_SECONDS = 90


class NotReady(Exception):
    """The report cannot be made yet; the text says why."""


def report_html(session: Session, case: Case, kind: str, actor: Actor) -> str:
    """A report as HTML. Raises NotReady while there is nothing to report."""
    document = review_document(session, case, actor)
    if kind != "review" or document is None:
        raise NotReady("The review can be printed once it is final.")
    demo = session.scalar(select(Person.id).where(Person.demo).limit(1)) is not None
    # Rendered by the environment itself: a report needs no request and no person, from the command line or a worker.
    return current_app.jinja_env.get_template(f"reports/{kind}.html").render(document=document, kinds=KINDS, asking=ASKING, demo=demo)


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

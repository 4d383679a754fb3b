"""What a mail says, made of the notices that it carries."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from webapp.notices.models import Notice


class Composed(NamedTuple):
    """A mail's subject, its plain text, and its HTML where every notice in it has some."""

    subject: str
    body: str
    html: str


def bundled(notices: Sequence[Notice]) -> Composed:
    """The text of the mail that carries these notices, one or more: a lone one as it is, several each under its subject."""
    if len(notices) == 1:
        return Composed(notices[0].subject, notices[0].body, notices[0].html)
    parts = [f"{one.subject}\n{'=' * min(len(one.subject), 70)}\n\n{one.body.strip()}\n" for one in notices]
    return Composed(f"{len(notices)} messages from Yardstick", "\n\n".join(parts), "")


def headers_of(_notices: Sequence[Notice]) -> Mapping[str, str]:
    """The headers of that mail besides its own: that no person wrote it, so that nobody's machine answers that they are away."""
    return {"Auto-Submitted": "auto-generated"}

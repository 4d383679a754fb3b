"""The words of the messages of a round: officers change them, each change is a version, and any earlier one can be taken back."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from jinja2 import TemplateSyntaxError
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.db import Work
from webapp.notices.models import Notice
from webapp.notices.texts import parse, rendered
from webapp.register.models import Round, Wording, hash_of, programme_of, words_of
from workflows.engine import Reason, Refused
from workflows.programme import MESSAGE_NAMES
from workflows.programme.check import names_in, text_problems, unknown_names

SUBJECT_MOST, BODY_MOST, WHY_MOST = 200, 10_000, 500
"""Characters of a subject, of a text and of the reason for a change."""
SOMETIMES = frozenset({"deadline", "due", "reason", "items"})
"""Names that stand for nothing on some occasions."""


class Changed(Exception):
    """Somebody else changed the message meanwhile."""


@dataclass(frozen=True)
class Typed:
    """What an officer would have a message say, and why; which version it was begun from, and the names that are left out on purpose."""

    subject: str
    body: str
    why: str = ""
    seen: int = 0
    leave_out: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Version:
    """The words of a message as they were from one change to the next. Number 0 came with the programme, from nobody."""

    number: int
    subject: str
    body: str
    who: str = ""
    made_at: datetime | None = None
    why: str = ""
    taken_from: int | None = None


def versions_of(session: Session, round_: Round, code: str) -> list[Version]:
    """Every version of a message in a round, oldest first, from that of the programme on; none where the round has no such message.
    One statement, and one more for the first programme that is read."""
    message = programme_of(session, round_.id, round_.programme_hash).find_message(code)
    if message is None:
        return []
    rows = session.execute(
        select(Wording.number, Wording.subject, Wording.body, Person.name, Wording.made_at, Wording.why, Wording.taken_from)
        .join(Person, Person.id == Wording.made_by)
        .where(Wording.round_id == round_.id, Wording.message == code)
        .order_by(Wording.number)
    )
    return [Version(0, message.subject, message.body.strip()), *(Version(*row) for row in rows)]


def numbers_of(session: Session, round_id: int) -> dict[str, int]:
    """The version that holds of each message that was changed in a round: one statement."""
    query = select(Wording.message, func.max(Wording.number).label("number")).where(Wording.round_id == round_id).group_by(Wording.message)
    return {row.message: row.number for row in session.execute(query)}


def waiting(session: Session, round_id: int, code: str) -> int:
    """How many mails of a message are written already and have not left: they keep their words."""
    query = select(func.count(Notice.id)).join(Case, Case.id == Notice.case_id)
    return session.scalar(query.where(Case.round_id == round_id, Notice.message == code, Notice.state.in_(("queued", "held")))) or 0


def tidy(subject: str, body: str) -> tuple[str, str]:
    """A subject on one line, and a text with the line ends of a mail and nothing around it."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return " ".join(subject.split()), "\n".join(line.rstrip() for line in lines).strip()


def left_out(now: Version, subject: str, body: str) -> list[str]:
    """The names that the present words use and others would not."""
    return sorted(names_in(f"{now.subject}\n{now.body}") - names_in(f"{subject}\n{body}"))


def problems(subject: str, body: str) -> list[Reason]:
    """Why a message cannot have these words, by field; none where it can be written in every case."""
    found = []
    for field, label, text, most in (("subject", "The subject", subject, SUBJECT_MOST), ("body", "The text", body, BODY_MOST)):
        wrong = _wrong(label, text, most)
        found += [Reason(wrong, f"#{field}")] if wrong else []
    return found


def _wrong(label: str, text: str, most: int) -> str:
    if not text:
        return f"{label} is empty. Enter what the message is to say."
    if len(text) > most:
        return f"{label} must be {most:,} characters or fewer; it is {len(text):,}."
    try:
        parse(text)
    except TemplateSyntaxError as error:
        return f"{label} cannot be read, line {error.lineno}: {error.message}"
    if unknown := list(dict.fromkeys(unknown_names(text))):
        said = " and ".join(f"“{name}”, line {_line_of(name, text)}" for name in unknown)
        return f"{label} uses {said}, which no message knows. The names are: {', '.join(sorted(MESSAGE_NAMES))}."
    if wrong := text_problems(text):
        return f"{label} cannot be read: {wrong[0]}."
    if not rendered(text, {name: "" if name in SOMETIMES else name for name in MESSAGE_NAMES}).strip():
        return f"{label} would be empty where there is no {', '.join(sorted(SOMETIMES & names_in(text)))}. Add words that always stand."
    return ""


def _line_of(name: str, text: str) -> int:
    """The first line on which that word stands in a tag."""
    for tag in re.finditer(r"\{[{%].*?[%}]\}", text, re.DOTALL):
        if word := re.search(rf"\b{re.escape(name)}\b", tag.group()):
            return text.count("\n", 0, tag.start() + word.start()) + 1
    return 1


def save(work: Work, round_: Round, code: str, typed: Typed) -> Version:
    """Give a message of a round other words, from now on; what is written already keeps its own.

    Raises Refused with every reason, Changed where it is not the version any more that was seen, KeyError for a message that the
    round does not have.
    """
    session = work.session
    session.refresh(round_, ["wording_hash"], with_for_update={"key_share": True})
    versions = versions_of(session, round_, code)
    if not versions:
        raise KeyError(code)
    now = versions[-1]
    if typed.seen != now.number:
        raise Changed
    subject, body = tidy(typed.subject, typed.body)
    reasons = refusals(now, typed)
    if reasons:
        raise Refused("input", tuple(reasons))
    assert work.actor.person_id is not None
    taken = next((one.number for one in reversed(versions[:-1]) if (one.subject, one.body) == (subject, body)), None)
    made = Wording(round_id=round_.id, message=code, number=now.number + 1, subject=subject, body=body, made_by=work.actor.person_id,
                   made_at=work.now, why=typed.why.strip(), taken_from=taken)  # fmt: skip
    session.add(made)
    session.flush()
    round_.wording_hash = hash_of(words_of(session, round_.id))
    return Version(made.number, subject, body, work.actor.name, work.now, made.why, taken)


def refusals(now: Version, typed: Typed) -> list[Reason]:
    """Why these words cannot be saved in the place of the present ones."""
    subject, body = tidy(typed.subject, typed.body)
    found = problems(subject, body)
    if not found and (subject, body) == (now.subject, now.body):
        found.append(Reason("These are the words that the message has already. Change something, or leave it.", "#body"))
    forgotten = [] if found else [name for name in left_out(now, subject, body) if name not in typed.leave_out]
    if forgotten:
        found.append(Reason(f"Your words no longer say {_names(forgotten)}. Put {_tags(forgotten)} back, or tick that you leave it out.",
                            "#leave_out"))  # fmt: skip
    why = typed.why.strip()
    if not why:
        found.append(Reason("Enter why the message is changed: it stands with the version.", "#why"))
    elif len(why) > WHY_MOST:
        found.append(Reason(f"The reason must be {WHY_MOST} characters or fewer; it is {len(why)}.", "#why"))
    return found


def _names(names: Collection[str]) -> str:
    return " and ".join(f"“{name}”" for name in names)


def _tags(names: Collection[str]) -> str:
    return " and ".join(f"{{{{ {name} }}}}" for name in names)


def difference(old: str, new: str) -> Markup:
    """A text with what was taken out and put in, word by word; without the marks and what was taken out it is the new text."""
    before, after = re.findall(r"\S+\s*|\s+", old), re.findall(r"\S+\s*|\s+", new)
    found = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            found.append(Markup("{}").format("".join(after[k:m])))
            continue
        if i != j:
            found.append(Markup("<del>{}</del>").format("".join(before[i:j])))
        if k != m:
            found.append(Markup("<ins>{}</ins>").format("".join(after[k:m])))
    return Markup("").join(found)

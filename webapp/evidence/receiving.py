"""Take files in before the transaction begins: read, looked at, scanned, and safe in the store; or refused with the reason.

Nothing is on the record yet, so whatever is wrong with the rest of the form, no file need be sent a second time: the page
gives each back as a word that only this application can have written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage

from webapp.evidence import names
from webapp.evidence.pages import count
from webapp.evidence.scan import scan
from webapp.evidence.sniff import ACCEPTED, KINDS, Unwanted, sniff
from webapp.evidence.store import Damaged, Incoming, Store, TooLarge
from webapp.evidence.verbs import FILE_LIMIT, Content, size_words

AT_ONCE = 10
REQUEST_LIMIT = 100 * 1024 * 1024
GIVEN_BACK_FOR = 24 * 3600
"""For how many seconds a file that is safe already need not be sent again."""


@dataclass
class Receipt:
    """What came: files that are safe, what is wrong with the others, and the names of those in which a virus was found."""

    contents: list[Content] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    infected: list[str] = field(default_factory=list)


def take(store: Store, command: tuple[str, ...], sent: Iterable[FileStorage]) -> Receipt:
    """Take in every file of a form; a field in which none was chosen does not count."""
    receipt = Receipt()
    chosen = [one for one in sent if one.filename]
    if len(chosen) > AT_ONCE:
        receipt.problems.append(f"Send at most {AT_ONCE} files at once. You chose {len(chosen)}.")
        return receipt
    for one in chosen:
        name = names.tidy(one.filename or "")
        try:
            with store.incoming(one.stream, FILE_LIMIT) as incoming:
                _look_at(store, command, incoming, name, receipt)
        except TooLarge:
            text = f"is larger than {size_words(FILE_LIMIT)}. Make it smaller, for example by scanning it at a lower resolution."
            receipt.problems.append(f"“{name}” {text}")
    return receipt


def _look_at(store: Store, command: tuple[str, ...], incoming: Incoming, name: str, receipt: Receipt) -> None:
    if not incoming.size:
        receipt.problems.append(f"“{name}” is empty. Check it, and send it again.")
        return
    try:
        kind = sniff(incoming.path)
    except Unwanted as problem:
        receipt.problems.append(f"“{name}” {problem}")
        return
    outcome = scan(command, incoming.path)
    if outcome == "infected":
        receipt.problems.append(
            f"“{name}” was refused, because the virus scanner found something in it. Ask your IT support to look at it."
        )
        receipt.infected.append(name)
    elif outcome == "unknown":
        receipt.problems.append(f"“{name}” could not be scanned for viruses just now, so it was not taken. Send it again in a few minutes.")
    else:
        try:
            store.keep(incoming)
        except Damaged:
            receipt.problems.append(f"“{name}” could not be kept, because an older copy of it here is damaged. Tell the programme team.")
            return
        pages = count(store.path(incoming.sha256), kind)
        receipt.contents.append(Content(names.with_ending(name, kind.endings), kind.media_type, incoming.size, incoming.sha256, pages))


def given_back(secret: str, contents: Iterable[Content], whose: Sequence[object]) -> list[tuple[str, Content]]:
    """Files that are safe already, each as a word to be sent again in their stead. `whose` ties it to a person and a case."""
    return [(_signer(secret).dumps([*whose, asdict(content)]), content) for content in contents]


def sent_again(secret: str, words: Iterable[str], whose: Sequence[object], store: Store) -> tuple[list[Content], list[str]]:
    """The files that such words stand for, and what is wrong with others."""
    found: list[Content] = []
    problems: list[str] = []
    for word in words:
        try:
            *owner, told = _signer(secret).loads(word, max_age=GIVEN_BACK_FOR)
        except BadSignature:
            owner, told = [], {}
        content = Content(**told) if owner == [*whose] else None
        if content is None or content.media_type not in KINDS or not store.path(content.sha256).is_file():
            problems.append("A file that was received earlier cannot be used any more. Choose it again.")
        else:
            found.append(content)
    return found, problems


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="evidence-received")


__all__ = ["ACCEPTED", "AT_ONCE", "REQUEST_LIMIT", "Receipt", "given_back", "sent_again", "take"]

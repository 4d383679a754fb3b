"""What a mail says: a message of the programme with its names filled in, why one gets it and how to stop it; as text and as HTML.

The HTML is made from the plain text, so the two cannot say different things: an empty line ends a paragraph, lines that begin
with `* ` are a list, and addresses of this installation are links. Nothing else of what people typed becomes markup or a link.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from webapp.clock import in_london
from webapp.notices.models import Notice, Waiting
from workflows.deadlines.reminders import Kind
from workflows.programme import Message
from workflows.roles import Role

_templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
_layouts = Environment(loader=PackageLoader("webapp"), undefined=StrictUndefined, autoescape=True, trim_blocks=True)
FOOT = "\n-- \n"
"""What parts a mail's text from why one gets it: mail programs know it as the beginning of a signature."""


@dataclass(frozen=True)
class Text:
    """A mail as it is written: its subject, and the same content as plain text and as HTML."""

    subject: str
    body: str
    html: str


@lru_cache(maxsize=1000)
def _template(text: str) -> Template:
    """A message's text, compiled once: compiling it for each notice was a fifth of the time of a move."""
    return _templates.from_string(text)


def parse(text: str) -> None:
    """Read a message's text as it is read to be written. Raises jinja2.TemplateSyntaxError, with the line."""
    _templates.parse(text)


def rendered(text: str, names: Mapping[str, str]) -> str:
    """A text of a message with its names filled in. Raises jinja2.UndefinedError for a name that is not given."""
    return _template(text).render(names)


@lru_cache(maxsize=1000)
def names_due(text: str) -> bool:
    """Whether a message's text tells when something is due."""
    return "due" in find_undeclared_variables(_templates.parse(text))


def long_date(moment: datetime) -> str:
    """A time in London, written out: '5pm on Friday 26 February 2010'."""
    here = in_london(moment)
    hour = here.strftime("%I").lstrip("0")
    minute = f":{here:%M}" if here.minute else ""
    return f"{hour}{minute}{here:%p}".lower() + f" on {here:%A} {here.day} {here:%B} {here.year}"


def write(message: Message, names: Mapping[str, str], *, programme: str, foot: str, url: str, lead: str = "", more: str = "") -> Text:
    """A message with its names filled in. `foot` says why one gets it, `lead` stands before the text and `more` after it; links
    lead to `url` alone."""
    subject = " ".join(_template(message.subject).render(names).split())[:300]
    said = _template(message.body).render(names).strip()
    return _laid_out(subject, [("", "\n\n".join(part for part in (lead, said, more) if part))], foot, programme, url)


def together(notices: Sequence[Notice | Waiting], *, programme: str, url: str) -> Text:
    """Several notices to one person as one mail: each under its subject, and once what the foot of each says.

    One notice alone is as it was written. Raises ValueError for none.
    """
    if not notices:
        raise ValueError("A mail of no notices was to be written.")
    if len(notices) == 1:
        return Text(notices[0].subject, notices[0].body, notices[0].html)
    parts, feet = [], []
    for notice in notices:
        said, _, foot = notice.body.rpartition(FOOT)
        parts.append((notice.subject, said.strip()))
        feet += [paragraph for paragraph in foot.strip().split("\n\n") if paragraph not in feet]
    return _laid_out(f"{programme}: {len(notices)} messages", parts, "\n\n".join(feet), programme, url)


def _laid_out(subject: str, parts: Iterable[tuple[str, str]], foot: str, programme: str, url: str) -> Text:
    parts = list(parts)
    plain = "\n\n\n".join(f"{heading}\n{'=' * min(len(heading), 72)}\n\n{said}" if heading else said for heading, said in parts)
    html = _layouts.get_template("mails_layout.html").render(
        subject=subject, programme=programme, parts=[(heading, markup(said, url)) for heading, said in parts], foot=markup(foot, url)
    )
    return Text(subject, f"{plain}\n{FOOT}{foot}\n", html)


def markup(text: str, url: str) -> Markup:
    """A mail's plain text as HTML: paragraphs, lists, and links to addresses under `url`."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        items: list[Markup] = []
        lines: list[Markup] = []
        for line in block.splitlines():
            if line.startswith("* "):
                items.append(Markup("<li>{}</li>").format(_linked(line[2:], url)))
                continue
            lines.append(_linked(line, url))
        if lines:
            found.append(Markup("<p>{}</p>").format(Markup("<br>\n").join(lines)))
        if items:
            found.append(Markup("<ul>{}</ul>").format(Markup("").join(items)))
    return Markup("\n").join(found)


def _linked(line: str, url: str) -> Markup:
    pieces = []
    for word in re.split(r"(\s+)", line):
        address = word.rstrip(".,;:)”")
        if address == url or address.startswith((f"{url}/", f"{url}?", f"{url}#")):
            pieces.append(Markup('<a href="{}">{}</a>{}').format(address, address, word[len(address) :]))
        else:
            pieces.append(escape(word))
    return Markup("").join(pieces)


def why_me(role: Role, body: str, ref: str, *, kind: Kind, optional: bool, grouped: bool, url: str, stands_in_for: str = "") -> str:
    """Why somebody gets a mail, and how they have it less often or not at all."""
    place = f"{url}/mail-settings#{kind.value}"
    said = f"You get this because you are {_who(role)} of {body} for the case {ref}."
    if role.side is Role.OFFICER.side:
        said = f"You get this because you are a {role.label}, for the case {ref} of {body}."
    if optional:
        said += f" You can have such mail once a day or once a week, or turn it off: {place}"
    elif grouped:
        said += f" It is statutory and cannot be turned off. You can have such mail once a day or once a week: {place}"
    else:
        said += " It is statutory and cannot be turned off."
    return said + (f"\n\n{stands_in_for}" if stands_in_for else "")


def _who(role: Role) -> str:
    return f"an {role.label}" if role in (Role.INSPECTOR, Role.ACTION_OWNER) else f"the {role.label}"


def signed(secret: str, person_id: int, kinds: Collection[Kind]) -> str:
    """A token that turns off these kinds of optional mail for a person, and does nothing else."""
    return str(_signer(secret).dumps([person_id, sorted(kind.value for kind in kinds)]))


def read_signed(secret: str, token: str) -> tuple[int, tuple[Kind, ...]] | None:
    """Whose mail of which kinds a token turns off; None for one that was not signed here."""
    try:
        person_id, kinds = _signer(secret).loads(token)
        return int(person_id), tuple(Kind(kind) for kind in kinds)
    except (BadSignature, ValueError, TypeError):
        return None


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="mail-stop")


def unsubscribe_headers(*notices: Notice | Waiting, secret: str, url: str) -> dict[str, str]:
    """The headers by which a mail program turns off mail like this with one press (RFC 2369, RFC 8058).

    Takes the notices of one mail, all to one person. There are none for a mail in which anything is statutory.
    """
    if not notices or not all(notice.optional for notice in notices):
        return {}
    token = signed(secret, notices[0].person_id, {Kind(notice.kind) for notice in notices})
    return {"List-Unsubscribe": f"<{url}/mail-settings/stop/{token}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

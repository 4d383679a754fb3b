"""Who may do what, as a page to read: what `docs/permissions.md` is made of."""

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from webapp.access import CASE_ROLES, PERMISSIONS, Permission
from workflows.case import TRACKS
from workflows.engine import Track
from workflows.handbook import roles_list, table
from workflows.roles import Role

HEAD = """# Who may do what

Made by `make docs` from `webapp/access.py`, the addresses of the application and the declared tracks; a test fails when it is
out of date, and `tests/integration/test_access.py` walks every address with every role by real requests.

Whoever does not see a case is told that there is none (404), as if it did not exist. Whoever sees it, but acts in a role
without the right, is refused (403), and the refusal stands on the record. Nobody else may open an address: a view that names
no permission is not served.

## Which cases a role sees

| Role | Cases |
|---|---|
| preparer, approver (section 151 officer), action owner | those of their own body |
| partnership coordinator | those that its partnership reviews |
| peer reviewer | those of the partnership to which they are allocated now |
| inspector | those to which they are allocated now |
| audit manager, programme officer | every case |
| administrator | none |

Of a case, each sees what has their side (the body, the partnership, the auditor, the programme team) in its audience: a draft
is for the side that writes it until a transition shows it to others ([workflows.md](workflows.md)).
"""


def routes(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    """Every address with its method and the permission that it needs, in order of the address."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                permission: Permission = app.view_functions[rule.endpoint].permission  # type: ignore[union-attr]
                yield rule, method, permission


def permissions_page(app: Flask) -> str:
    """Every role, address and state with what may be done there, as Markdown."""
    rights = [[f"`{p.name}`", p.says, _who(p), _while(p)] for p in PERMISSIONS.values()]
    addresses = [[f"{method} `{rule.rule}`", f"`{permission.name}`", _who(permission)] for rule, method, permission in routes(app)]
    parts = [
        HEAD,
        "## Rights\n\n" + table(("Right", "To", "Roles", "While"), rights),
        "## Addresses\n\n" + table(("Address", "Right", "Roles"), addresses),
        "## Moves by state and role\n\nAll of them are made at `POST /cases/REF/moves/TRACK/NAME`, or through the API.\n",
        *(_moves(track) for track in TRACKS.values()),
    ]
    return "\n".join(parts)


def _who(permission: Permission) -> str:
    if permission.public:
        return "anybody"
    if permission.roles == frozenset(Role):
        return "anybody signed in"
    if permission.roles == CASE_ROLES:
        return "whoever sees the case" if permission.on_case else "every role but the administrator"
    who = roles_list(r for r in Role if r in permission.roles)
    return f"{who}: where they see the case" if permission.on_case else who


def _while(permission: Permission) -> str:
    if not permission.track:
        return ""
    track = TRACKS[permission.track]
    return f"{track.label}: {', '.join(track.state(code).label for code in permission.states)}"


def _moves(track: Track) -> str:
    roles = [r for r in Role if any(r in t.roles and not t.only_follows for t in track.transitions)]
    rows = []
    for state in track.states:
        cells = [
            ", ".join(f"`{t.name}`" for t in track.transitions if state.code in t.sources and role in t.roles and not t.only_follows)
            for role in roles
        ]
        rows.append([state.label, *cells])
    return f"### {track.label[0].upper()}{track.label[1:]}\n\n" + table(("State", *(r.label for r in roles)), rows)

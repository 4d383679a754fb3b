"""More time, closing days of bodies, and what happened to each deadline"""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = webapp.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    changes = op.create_table(
        "deadline_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("due_before", TIME, nullable=True),
        sa.Column("due_after", TIME, nullable=False),
        sa.CheckConstraint(
            "kind in ('opened', 'stopped', 'resumed', 'extended', 'moved', 'closed')", name=op.f("ck_deadline_changes_kind")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deadline_changes_case_id")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_changes_deadline_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deadline_changes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_changes")),
    )
    op.create_index("ix_deadline_changes_deadline_id", "deadline_changes", ["deadline_id", "id"], unique=False)
    op.create_index("ix_deadline_changes_case_id", "deadline_changes", ["case_id", "id"], unique=False)
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("deciders", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("wished_on", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_role", sa.String(length=20), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('open', 'granted', 'refused', 'withdrawn', 'lapsed')", name=op.f("ck_extensions_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_extensions_case_id")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_extensions_deadline_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_extensions_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_extensions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    waits = {"sqlite_where": sa.text("state = 'open'"), "postgresql_where": sa.text("state = 'open'")}
    op.create_index("uq_extensions_open", "extensions", ["deadline_id"], unique=True, **waits)
    op.create_index("ix_extensions_waiting", "extensions", ["asked_at", "id"], unique=False, **waits)
    op.create_index("ix_extensions_case_id", "extensions", ["case_id", "id"], unique=False)
    op.create_table(
        "closing_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_closing_days_order")),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_closing_days_body_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_closing_days_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_days")),
    )
    op.create_index("ix_closing_days_body_id", "closing_days", ["body_id", "first_on"], unique=False)
    _tell_what_happened(changes)


DEADLINES = sa.table("deadlines", sa.column("id", sa.Integer), sa.column("case_id", sa.Integer), sa.column("audience", sa.Integer))
EVENTS = sa.table(
    "events", sa.column("seq", sa.Integer), sa.column("at", TIME), sa.column("person_id", sa.Integer), sa.column("role", sa.String),
    sa.column("kind", sa.String), sa.column("entity", sa.String), sa.column("entity_key", sa.String), sa.column("old", sa.Text),
    sa.column("new", sa.Text), sa.column("why", sa.Text),
)  # fmt: skip


def _tell_what_happened(changes: sa.Table) -> None:
    """What happened to each deadline so far, as the record tells it."""
    here = op.get_bind()
    known = {str(row.id): row for row in here.execute(sa.select(DEADLINES))}
    due: dict[str, datetime] = {}
    rows = []
    for event in here.execute(sa.select(EVENTS).where(EVENTS.c.entity == "deadline").order_by(EVENTS.c.seq)):
        key, new = event.entity_key, json.loads(event.new or "{}")
        kind = _kind(event.kind, new)
        if key not in known or not kind or (kind != "opened" and key not in due):
            continue
        before = due.get(key)
        due[key] = datetime.fromisoformat(new["due_at"]) if new.get("due_at") else due[key]
        rows.append({"deadline_id": known[key].id, "case_id": known[key].case_id, "audience": known[key].audience, "kind": kind,
                     "at": event.at, "person_id": event.person_id, "role": event.role, "why": event.why, "due_before": before,
                     "due_after": due[key]})  # fmt: skip
    if rows:
        op.bulk_insert(changes, rows)


def _kind(kind: str, new: dict[str, Any]) -> str:
    if kind == "deadline.created":
        return "opened" if new.get("due_at") else ""
    if new.get("closed_at"):
        return "closed"
    if new.get("stopped_at"):
        return "stopped"
    return "resumed" if "stopped_at" in new else "moved" if new.get("due_at") else ""


def downgrade() -> None:
    for table in ("closing_days", "extensions", "deadline_changes"):
        op.drop_table(table)

"""Versions that never change, contacts with bodies, and headcounts that are proved"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PARTS = ("return_values", "return_explanations", "return_sections")
"""What belongs to a version of a return. A section says who has it open: that alone may change."""
CLOSED = "(frozen_at is not null or withdrawn_at is not null)"
KEPT = ("case_id", "number", "reason", "frozen_at", "signed_by", "material", "volunteered", "reopened", "committee", "withdrawn_at")
"""The columns of a version that stay for good: all but its audience, which a move widens."""
WATCHED = {
    "return_values": "",
    "return_explanations": "",
    "return_sections": " of version_id, case_id, function, owner_id, ready_by, ready_at",
}


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.CheckConstraint("way in ('phone', 'mail', 'meeting', 'letter')", name=op.f("ck_contacts_way")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contacts_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contacts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("ix_contacts_case_id", ["case_id"], unique=False)
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("headcount_basis", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("headcount_on", sa.Date(), nullable=True))
    with op.batch_alter_table("return_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("material", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("volunteered", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("committee", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("withdrawn_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "uq_return_versions_draft",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("frozen_at is null and withdrawn_at is null"),
            postgresql_where=sa.text("frozen_at is null and withdrawn_at is null"),
        )
    with op.batch_alter_table("stays", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entered", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadlines_rule_due_at",
            ["rule", "due_at"],
            unique=False,
            sqlite_where=sa.text("closed_at is null"),
            postgresql_where=sa.text("closed_at is null"),
        )
    if op.get_bind().dialect.name == "postgresql":
        _freeze_postgresql()
    else:
        _freeze_sqlite()


def _freeze_postgresql() -> None:
    op.execute(
        "create function refuse_change_of_signed() returns trigger language plpgsql as "
        f"$$ begin if tg_op <> 'INSERT' and exists (select 1 from return_versions v where v.id = old.version_id and {CLOSED}) "
        f"or tg_op <> 'DELETE' and exists (select 1 from return_versions v where v.id = new.version_id and {CLOSED}) "
        "then raise exception 'a signed-off version of a return never changes'; end if; "
        "if tg_op = 'DELETE' then return old; end if; return new; end $$"
    )
    for table in PARTS:
        op.execute(
            f"create trigger {table}_frozen before insert or delete or update{WATCHED[table]} on {table} "
            "for each row execute function refuse_change_of_signed()"
        )
    same = " or ".join(f"old.{name}::text is distinct from new.{name}::text" for name in KEPT)
    op.execute(
        "create function refuse_change_of_version() returns trigger language plpgsql as "
        "$$ begin raise exception 'a signed-off version of a return never changes'; end $$"
    )
    op.execute(
        "create trigger return_versions_frozen before update on return_versions for each row "
        f"when ((old.frozen_at is not null or old.withdrawn_at is not null) and ({same})) execute function refuse_change_of_version()"
    )
    op.execute(
        "create trigger return_versions_kept before delete on return_versions for each row "
        "when (old.frozen_at is not null or old.withdrawn_at is not null) execute function refuse_change_of_version()"
    )


def _freeze_sqlite() -> None:
    refuse = "begin select raise(abort, 'a signed-off version of a return never changes'); end"
    for table in PARTS:
        for verb, rows in (("insert", ("new",)), ("update", ("old", "new")), ("delete", ("old",))):
            closed = " or ".join(f"exists (select 1 from return_versions where id = {row}.version_id and {CLOSED})" for row in rows)
            watched = WATCHED[table] if verb == "update" else ""
            op.execute(f"create trigger {table}_frozen_{verb} before {verb}{watched} on {table} when {closed} {refuse}")
    closed = "(old.frozen_at is not null or old.withdrawn_at is not null)"
    same = " or ".join(f"old.{name} is not new.{name}" for name in KEPT)
    op.execute(f"create trigger return_versions_frozen_update before update on return_versions when {closed} and ({same}) {refuse}")
    op.execute(f"create trigger return_versions_frozen_delete before delete on return_versions when {closed} {refuse}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in PARTS:
            op.execute(f"drop trigger {table}_frozen on {table}")
        op.execute("drop trigger return_versions_frozen on return_versions")
        op.execute("drop trigger return_versions_kept on return_versions")
        op.execute("drop function refuse_change_of_signed")
        op.execute("drop function refuse_change_of_version")
    else:
        for table in (*PARTS, "return_versions"):
            for verb in ("insert", "update", "delete"):
                op.execute(f"drop trigger if exists {table}_frozen_{verb}")
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index("ix_deadlines_rule_due_at")
    with op.batch_alter_table("stays", schema=None) as batch_op:
        batch_op.drop_column("entered")
    with op.batch_alter_table("return_versions", schema=None) as batch_op:
        batch_op.drop_index("uq_return_versions_draft")
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("committee")
        batch_op.drop_column("volunteered")
        batch_op.drop_column("material")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("headcount_on")
        batch_op.drop_column("headcount_basis")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_case_id")
    op.drop_table("contacts")

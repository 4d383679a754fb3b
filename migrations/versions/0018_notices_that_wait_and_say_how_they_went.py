"""Notices that wait for their time, leave in bundles, are held or cancelled, and say how they went"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notices") as batch_op:
        batch_op.alter_column("state", type_=sa.String(length=9), existing_type=sa.String(length=8), existing_nullable=False)
        batch_op.add_column(sa.Column("rule", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("optional", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("html", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("not_before", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bundle", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("message_id", sa.String(length=160), server_default="", nullable=False))
        batch_op.add_column(sa.Column("answer", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("settled_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_notices_settled_by"), "people", ["settled_by"], ["id"])
        batch_op.drop_constraint(op.f("ck_notices_state"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_notices_state"), "state in ('queued', 'held', 'sending', 'sent', 'failed', 'dropped', 'cancelled')"
        )
        batch_op.drop_index("ix_notices_state")
    op.execute("update notices set not_before = queued_at")
    with op.batch_alter_table("notices") as batch_op:
        batch_op.alter_column("not_before", existing_type=webapp.db.UtcDateTime(timezone=True), nullable=False)
        for name in ("rule", "optional", "html", "bundle", "message_id", "answer"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index("ix_notices_state", ["state", "not_before", "id"], unique=False)
        batch_op.create_index("ix_notices_message_id", ["message_id"], unique=False)
    with op.batch_alter_table("people") as batch_op:
        batch_op.add_column(sa.Column("mail_refused_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("mail_refused", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("people") as batch_op:
        batch_op.alter_column("mail_refused", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("people") as batch_op:
        batch_op.drop_column("mail_refused")
        batch_op.drop_column("mail_refused_at")
    op.execute("update notices set state = 'queued' where state = 'held'")
    op.execute("update notices set state = 'dropped' where state = 'cancelled'")
    with op.batch_alter_table("notices") as batch_op:
        batch_op.drop_index("ix_notices_message_id")
        batch_op.drop_index("ix_notices_state")
        batch_op.drop_constraint(op.f("ck_notices_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_notices_state"), "state in ('queued', 'sending', 'sent', 'failed', 'dropped')")
        batch_op.drop_constraint(op.f("fk_notices_settled_by"), type_="foreignkey")
        for name in ("settled_by", "answer", "message_id", "bundle", "not_before", "html", "optional", "rule"):
            batch_op.drop_column(name)
        batch_op.alter_column("state", type_=sa.String(length=8), existing_type=sa.String(length=9), existing_nullable=False)
        batch_op.create_index("ix_notices_state", ["state", "id"], unique=False)

"""Claims with an owner and a lease, the date that a reminder tells, notices sent again, and mail held as a whole"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("held_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["held_by"], ["people.id"], name=op.f("fk_mail_holds_held_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_holds")),
    )
    with op.batch_alter_table("notices") as batch_op:
        batch_op.add_column(sa.Column("due_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("again_of_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("claimed_by", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("leased_until", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("first_tried_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_notices_again_of_id"), "notices", ["again_of_id"], ["id"])
    op.execute("update notices set leased_until = claimed_at where state = 'sending'")  # what an older process left is taken up
    with op.batch_alter_table("notices") as batch_op:
        batch_op.alter_column("claimed_by", server_default=None)
        batch_op.create_index("ix_notices_leased_until", ["leased_until"], unique=False,
                              sqlite_where=sa.text("state = 'sending'"), postgresql_where=sa.text("state = 'sending'"))  # fmt: skip
        batch_op.create_index("ix_notices_bundle", ["person_id", "bundle"], unique=False,
                              sqlite_where=sa.text("state = 'queued' and bundle <> ''"),
                              postgresql_where=sa.text("state = 'queued' and bundle <> ''"))  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("notices") as batch_op:
        batch_op.drop_index("ix_notices_bundle")
        batch_op.drop_index("ix_notices_leased_until")
        batch_op.drop_constraint(op.f("fk_notices_again_of_id"), type_="foreignkey")
        for name in ("first_tried_at", "leased_until", "claimed_by", "again_of_id", "due_at"):
            batch_op.drop_column(name)
    op.drop_table("mail_holds")

"""Times in which the people of a body are not reminded"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder_pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_reminder_pauses_body_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reminder_pauses_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reminder_pauses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_pauses")),
    )
    op.create_index("ix_reminder_pauses_body_id", "reminder_pauses", ["body_id", "until"])


def downgrade() -> None:
    op.drop_index("ix_reminder_pauses_body_id", table_name="reminder_pauses")
    op.drop_table("reminder_pauses")

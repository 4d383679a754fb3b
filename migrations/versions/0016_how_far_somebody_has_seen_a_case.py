"""How far somebody has seen a case, in each role"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_looks_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_looks_person_id")),
        sa.PrimaryKeyConstraint("person_id", "case_id", "role", name=op.f("pk_looks")),
    )
    op.create_index(op.f("ix_looks_case_id"), "looks", ["case_id"])


def downgrade() -> None:
    op.drop_table("looks")

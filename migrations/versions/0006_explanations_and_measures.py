"""Explanations of checks that do not hold, and the measures of signed-off versions"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("by_code", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["return_versions.id"], name=op.f("fk_measures_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
        sa.UniqueConstraint("version_id", name=op.f("uq_measures_version_id")),
    )
    op.create_table(
        "return_explanations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("check_code", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_return_explanations_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_return_explanations_person_id")),
        sa.ForeignKeyConstraint(["version_id"], ["return_versions.id"], name=op.f("fk_return_explanations_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_explanations")),
        sa.UniqueConstraint("version_id", "check_code", name=op.f("uq_return_explanations_version_id_check_code")),
    )
    with op.batch_alter_table("return_explanations", schema=None) as batch_op:
        batch_op.create_index("ix_return_explanations_case_id", ["case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("return_explanations", schema=None) as batch_op:
        batch_op.drop_index("ix_return_explanations_case_id")
    op.drop_table("return_explanations")
    op.drop_table("measures")

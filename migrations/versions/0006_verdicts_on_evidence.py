"""Verdicts on evidence: each side's own, seen by whom it concerns"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_verdicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict in ('accepted', 'refused')", name=op.f("ck_evidence_verdicts_verdict")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_evidence_verdicts_case_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_verdicts_evidence_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_evidence_verdicts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_verdicts")),
    )
    with op.batch_alter_table("evidence_verdicts", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_verdicts_case_id", ["case_id"], unique=False)
        batch_op.create_index("ix_evidence_verdicts_evidence_id_side", ["evidence_id", "side"], unique=False)

    # No version before this one could write a verdict, so the columns are empty.
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_evidence_verdict"), type_="check")
        batch_op.drop_constraint(op.f("fk_evidence_verdict_by"), type_="foreignkey")
        batch_op.drop_column("verdict")
        batch_op.drop_column("verdict_why")
        batch_op.drop_column("verdict_by")


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verdict", sa.String(length=10), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("verdict_why", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("verdict_by", sa.Integer(), nullable=True))
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_evidence_verdict"), "verdict in ('', 'accepted', 'refused')")
        batch_op.create_foreign_key(op.f("fk_evidence_verdict_by"), "people", ["verdict_by"], ["id"])

    with op.batch_alter_table("evidence_verdicts", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_verdicts_evidence_id_side")
        batch_op.drop_index("ix_evidence_verdicts_case_id")
    op.drop_table("evidence_verdicts")

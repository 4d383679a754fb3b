"""Evidence: the files of a case, and each side's verdicts on them"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("value_seen", sa.String(length=560), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_size")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_evidence_case_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["evidence.id"], name=op.f("fk_evidence_replaces_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["people.id"], name=op.f("fk_evidence_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_evidence_case_id_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_evidence_replaces_id")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_case_id_place", ["case_id", "place"], unique=False)

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


def downgrade() -> None:
    with op.batch_alter_table("evidence_verdicts", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_verdicts_evidence_id_side")
        batch_op.drop_index("ix_evidence_verdicts_case_id")
    op.drop_table("evidence_verdicts")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_case_id_place")
    op.drop_table("evidence")

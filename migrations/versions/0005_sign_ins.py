"""Sign-ins that can be ended"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sign_ins_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"])
    op.create_index("ix_sign_ins_begun_at", "sign_ins", ["begun_at"])


def downgrade() -> None:
    op.drop_table("sign_ins")

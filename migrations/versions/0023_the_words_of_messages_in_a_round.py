"""The words of messages that officers change for a round, each change a version"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("taken_from", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_wordings_made_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_wordings_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wordings")),
        sa.UniqueConstraint("round_id", "message", "number", name=op.f("uq_wordings_round_id_message_number")),
    )
    op.add_column("rounds", sa.Column("wording_hash", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("rounds", "wording_hash")
    op.drop_table("wordings")

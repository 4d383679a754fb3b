"""The manifest of a publication with its number, notes to editors, and warnings that officers let stand"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("manifest", sa.LargeBinary(), nullable=True))
    op.add_column("publications", sa.Column("manifest_number", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("publications", sa.Column("editors_note", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=20), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_acknowledgements_person_id")),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=op.f("fk_acknowledgements_publication_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    op.create_index("ix_acknowledgements_publication_id", "acknowledgements", ["publication_id"])


def downgrade() -> None:
    op.drop_index("ix_acknowledgements_publication_id", "acknowledgements")
    op.drop_table("acknowledgements")
    for column in ("editors_note", "manifest_number", "manifest"):
        op.drop_column("publications", column)

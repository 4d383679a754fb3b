"""Calendar feeds: a secret address for each person, kept as a digest"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("hour", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_calendar_feeds_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_feeds_digest")),
    )
    op.create_index(
        "uq_calendar_feeds_current", "calendar_feeds", ["person_id"], unique=True,
        sqlite_where=sa.text("revoked_at is null"), postgresql_where=sa.text("revoked_at is null"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_calendar_feeds_current", table_name="calendar_feeds")
    op.drop_table("calendar_feeds")

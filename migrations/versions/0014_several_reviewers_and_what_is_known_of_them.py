"""Several reviewers to a case, one of whom leads; reviewers' room, skills and days away; declared interests"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LEADING = sa.text("until is null and lead")


def upgrade() -> None:
    with op.batch_alter_table("assignments") as batch_op:
        batch_op.add_column(sa.Column("lead", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("accepted_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("declared", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("ended", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    # Each review had one reviewer at a time, who led it, and accepted it where it began while they had it.
    op.execute(f"update assignments set lead = {_true()} where kind = 'reviewer'")
    began = (
        "select min(stays.since) from stays where stays.case_id = assignments.case_id and stays.track = 'review' "
        "and stays.transition = 'begin' and stays.person_id = assignments.person_id and stays.since >= assignments.since"
    )
    op.execute(f"update assignments set accepted_at = ({began}) where kind = 'reviewer'")
    with op.batch_alter_table("assignments") as batch_op:
        for column in ("lead", "declared", "ended", "reason"):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_check_constraint(op.f("ck_assignments_ended"), "ended in ('', 'declined', 'removed', 'replaced')")
        batch_op.create_index("uq_assignments_lead", ["case_id"], unique=True, sqlite_where=LEADING, postgresql_where=LEADING)
    op.create_table(
        "reviewer_profiles",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("functions", sa.JSON(), nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity between 0 and 50", name=op.f("ck_reviewer_profiles_capacity")),
        sa.CheckConstraint(
            "(away_from is null) = (away_until is null) and away_from <= away_until", name=op.f("ck_reviewer_profiles_away")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reviewer_profiles_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_reviewer_profiles")),
    )
    op.create_table(
        "interests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("told_by", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('family', 'money', 'work', 'office', 'other')", name=op.f("ck_interests_kind")),
        sa.CheckConstraint("ends is null or ends >= starts", name=op.f("ck_interests_days")),
        sa.ForeignKeyConstraint(["body_id"], ["organisations.id"], name=op.f("fk_interests_body_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_interests_person_id")),
        sa.ForeignKeyConstraint(["told_by"], ["people.id"], name=op.f("fk_interests_told_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    with op.batch_alter_table("interests") as batch_op:
        batch_op.create_index("ix_interests_person_id", ["person_id"], unique=False)


def _true() -> str:
    return "true" if op.get_bind().dialect.name == "postgresql" else "1"


def downgrade() -> None:
    op.drop_table("interests")
    op.drop_table("reviewer_profiles")
    # A review had one reviewer: of several the lead stays.
    now = "select max(events.at) from events where events.case_id = assignments.case_id"
    op.execute(f"update assignments set until = coalesce(({now}), since) where kind = 'reviewer' and until is null and not lead")
    with op.batch_alter_table("assignments") as batch_op:
        batch_op.drop_index("uq_assignments_lead", sqlite_where=LEADING, postgresql_where=LEADING)
        batch_op.drop_constraint(op.f("ck_assignments_ended"), type_="check")
        for column in ("lead", "accepted_at", "declared", "ended", "reason"):
            batch_op.drop_column(column)

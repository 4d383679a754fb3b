"""Overrules that a second person approves; any number of times away; mentions; a second marking of a sample"""

import json

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overrules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision in ('', 'approved', 'refused')", name=op.f("ck_overrules_decision")),
        sa.CheckConstraint("(decision = '') = (decided_by is null) and decided_by <> proposed_by", name=op.f("ck_overrules_second_person")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_overrules_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_overrules_person_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_overrules_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_overrules_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrules")),
    )
    with op.batch_alter_table("overrules") as batch_op:
        batch_op.create_index("ix_overrules_case_id", ["case_id", "person_id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_mentions_case_id")),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotations.id"], name=op.f("fk_mentions_annotation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mentions_person_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_mentions_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("annotation_id", "person_id", name=op.f("uq_mentions_annotation_id_person_id")),
    )
    with op.batch_alter_table("mentions") as batch_op:
        batch_op.create_index("ix_mentions_person_id", ["person_id"], unique=False)
    with op.batch_alter_table("assignments") as batch_op:
        batch_op.add_column(sa.Column("marked_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_assignments_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_assignments_kind"), "kind in ('reviewer', 'inspector', 'marker')")
    op.create_table(
        "second_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_second_marks_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_second_marks_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_marks")),
        sa.UniqueConstraint("case_id", "function", "person_id", name=op.f("uq_second_marks_case_id_function_person_id")),
    )
    with op.batch_alter_table("reviewer_profiles") as batch_op:
        batch_op.add_column(sa.Column("away", sa.JSON(), nullable=False, server_default="[]"))
    _carry_away(lambda row: {"away": json.dumps([[_iso(row.away_from), _iso(row.away_until)]])}, "away = :away")
    with op.batch_alter_table("reviewer_profiles") as batch_op:
        batch_op.drop_constraint(op.f("ck_reviewer_profiles_away"), type_="check")
        batch_op.drop_column("away_from")
        batch_op.drop_column("away_until")
        batch_op.alter_column("away", server_default=None)


def _iso(day: object) -> str:
    return str(day)[:10]


def _carry_away(values, change: str) -> None:  # type: ignore[no-untyped-def]
    """Write the times away of each reviewer who has any in the other form."""
    bind = op.get_bind()
    kept = "away_from, away_until" if "away =" in change else "away"
    for row in bind.execute(sa.text(f"select person_id, {kept} from reviewer_profiles")).all():
        if row[1] not in (None, [], "[]"):
            bind.execute(sa.text(f"update reviewer_profiles set {change} where person_id = :person"), {"person": row[0], **values(row)})


def downgrade() -> None:
    with op.batch_alter_table("reviewer_profiles") as batch_op:
        batch_op.add_column(sa.Column("away_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("away_until", sa.Date(), nullable=True))
    # There was one time away: of several the first stays.
    _carry_away(lambda row: dict(zip(("a", "b"), _spans(row.away)[0], strict=True)), "away_from = :a, away_until = :b")
    with op.batch_alter_table("reviewer_profiles") as batch_op:
        batch_op.drop_column("away")
        batch_op.create_check_constraint(
            op.f("ck_reviewer_profiles_away"), "(away_from is null) = (away_until is null) and away_from <= away_until"
        )
    op.drop_table("second_marks")
    op.execute("delete from assignments where kind = 'marker'")
    with op.batch_alter_table("assignments") as batch_op:
        batch_op.drop_constraint(op.f("ck_assignments_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_assignments_kind"), "kind in ('reviewer', 'inspector')")
        batch_op.drop_column("marked_at")
    op.drop_table("mentions")
    op.drop_table("overrules")


def _spans(kept: object) -> list[list[str]]:
    found: list[list[str]] = json.loads(kept) if isinstance(kept, str) else kept  # type: ignore[assignment]
    return found

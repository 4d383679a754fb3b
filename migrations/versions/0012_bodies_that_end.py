"""The successor map, handovers of bodies that end with their signatures, and actions that came from another body"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITING = "applied_at is null and dropped_at is null"


def upgrade() -> None:
    op.create_table(
        "successions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("share", webapp.db.Exact(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("taken_off_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_successions_two_bodies")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["bodies.id"], name=op.f("fk_successions_predecessor_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["bodies.id"], name=op.f("fk_successions_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
        sa.UniqueConstraint("predecessor_id", "successor_id", name=op.f("uq_successions_predecessor_id_successor_id")),
    )
    op.create_index("ix_successions_successor_id", "successions", ["successor_id"])
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("heir_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.Integer(), nullable=True),
        sa.Column("applied_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("dropped_why", sa.Text(), nullable=False),
        sa.CheckConstraint("(applied_at is null) = (applied_by is null)", name=op.f("ck_handovers_applied")),
        sa.CheckConstraint("applied_at is null or dropped_at is null", name=op.f("ck_handovers_one_end")),
        sa.ForeignKeyConstraint(["applied_by"], ["people.id"], name=op.f("fk_handovers_applied_by")),
        sa.ForeignKeyConstraint(["heir_id"], ["bodies.id"], name=op.f("fk_handovers_heir_id")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["bodies.id"], name=op.f("fk_handovers_predecessor_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_handovers_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index("ix_handovers_heir_id", "handovers", ["heir_id"])
    op.create_index("uq_handovers_waiting", "handovers", ["predecessor_id"], unique=True,
                    sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING))  # fmt: skip
    op.create_table(
        "handover_signatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_handover_signatures_body_id")),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_handover_signatures_handover_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handover_signatures_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_signatures")),
        sa.UniqueConstraint("handover_id", "body_id", name=op.f("uq_handover_signatures_handover_id_body_id")),
        sa.UniqueConstraint("handover_id", "person_id", name=op.f("uq_handover_signatures_handover_id_person_id")),
    )
    with op.batch_alter_table("bodies") as batch_op:
        batch_op.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("took_over", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.create_foreign_key(op.f("fk_bodies_answered_by_id"), "organisations", ["answered_by_id"], ["id"])
        batch_op.create_index(op.f("ix_bodies_answered_by_id"), ["answered_by_id"])
    with op.batch_alter_table("actions") as batch_op:
        batch_op.add_column(sa.Column("came_from_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_actions_came_from_id"), "actions", ["came_from_id"], ["id"])
        batch_op.create_unique_constraint(op.f("uq_actions_came_from_id"), ["came_from_id"])


def downgrade() -> None:
    with op.batch_alter_table("actions") as batch_op:
        batch_op.drop_constraint(op.f("uq_actions_came_from_id"), type_="unique")
        batch_op.drop_constraint(op.f("fk_actions_came_from_id"), type_="foreignkey")
        batch_op.drop_column("came_from_id")
    with op.batch_alter_table("bodies") as batch_op:
        batch_op.drop_index(op.f("ix_bodies_answered_by_id"))
        batch_op.drop_constraint(op.f("fk_bodies_answered_by_id"), type_="foreignkey")
        batch_op.drop_column("took_over")
        batch_op.drop_column("answered_by_id")
    for table in ("handover_signatures", "handovers", "successions"):
        op.drop_table(table)

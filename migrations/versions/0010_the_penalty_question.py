"""Sharing groups, the rule for the penalty with what an indication rested on, and earlier savings"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEPT = ("penalty_rules", "old.adopted_at is not null", "an adopted rule for the penalty never changes")
RESTED = ("penalty_indications", "true", "what an indication rested on never changes")


def upgrade() -> None:
    op.create_table(
        "penalty_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("indicators", sa.JSON(), nullable=False),
        sa.Column("functions", sa.JSON(), nullable=False),
        sa.Column("average", sa.String(length=10), nullable=False),
        sa.Column("group_kind", sa.String(length=20), nullable=False),
        sa.Column("margin", webapp.db.Exact(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("draft_reason", sa.Text(), nullable=False),
        sa.Column("adopted_by", sa.Integer(), nullable=True),
        sa.Column("adopted_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("adopted_reason", sa.Text(), nullable=False),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.Column("dropped_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.CheckConstraint("average in ('median', 'mean')", name=op.f("ck_penalty_rules_average")),
        sa.CheckConstraint(
            "group_kind in ('class', 'region', 'sector', 'population', 'headcount', 'all')", name=op.f("ck_penalty_rules_group_kind")
        ),
        sa.CheckConstraint(
            "(adopted_at is null) = (adopted_by is null) and (adopted_at is null) = (in_force_on is null)",
            name=op.f("ck_penalty_rules_adopted"),
        ),
        sa.CheckConstraint("adopted_at is null or dropped_at is null", name=op.f("ck_penalty_rules_one_end")),
        sa.CheckConstraint("adopted_by is null or adopted_by <> drafted_by", name=op.f("ck_penalty_rules_four_eyes")),
        sa.ForeignKeyConstraint(["adopted_by"], ["people.id"], name=op.f("fk_penalty_rules_adopted_by")),
        sa.ForeignKeyConstraint(["drafted_by"], ["people.id"], name=op.f("fk_penalty_rules_drafted_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_penalty_rules_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_penalty_rules")),
        sa.UniqueConstraint("round_id", "version", name=op.f("uq_penalty_rules_round_id_version")),
    )
    op.create_table(
        "sharing_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("functions", sa.JSON(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends is null or ends >= starts", name=op.f("ck_sharing_groups_days")),
        sa.ForeignKeyConstraint(["host_id"], ["bodies.id"], name=op.f("fk_sharing_groups_host_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_sharing_groups_name")),
    )
    op.create_table(
        "earlier_savings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("pounds", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.CheckConstraint("pounds > 0", name=op.f("ck_earlier_savings_pounds")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_earlier_savings_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_earlier_savings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_savings")),
    )
    with op.batch_alter_table("earlier_savings", schema=None) as batch_op:
        batch_op.create_index("ix_earlier_savings_case_id", ["case_id"], unique=False)

    op.create_table(
        "penalty_indications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rested_on", sa.JSON(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_penalty_indications_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_penalty_indications_person_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["penalty_rules.id"], name=op.f("fk_penalty_indications_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_penalty_indications")),
    )
    with op.batch_alter_table("penalty_indications", schema=None) as batch_op:
        batch_op.create_index("ix_penalty_indications_case_id", ["case_id"], unique=False)

    op.create_table(
        "sharing_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('host', 'client', 'talks')", name=op.f("ck_sharing_members_kind")),
        sa.CheckConstraint("ends is null or ends >= starts", name=op.f("ck_sharing_members_days")),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_sharing_members_body_id")),
        sa.ForeignKeyConstraint(["group_id"], ["sharing_groups.id"], name=op.f("fk_sharing_members_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_members")),
    )
    with op.batch_alter_table("sharing_members", schema=None) as batch_op:
        batch_op.create_index("ix_sharing_members_body_id", ["body_id"], unique=False)
        batch_op.create_index("ix_sharing_members_group_id", ["group_id"], unique=False)

    for table, when, words in (KEPT, RESTED):
        _freeze(table, when, words)


def _freeze(table: str, when: str, words: str) -> None:
    """Have the database refuse a change of a row, for what goes past the models (webapp.penalties.models)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"create function refuse_change_of_{table}() returns trigger language plpgsql as $$ begin raise exception '{words}'; end $$"
        )
        op.execute(
            f"create trigger {table}_frozen before update or delete on {table} for each row when ({when}) "
            f"execute function refuse_change_of_{table}()"
        )
    else:
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger {table}_frozen_{verb} before {verb} on {table} when {when} begin select raise(abort, '{words}'); end"
            )


def downgrade() -> None:
    for table in ("penalty_rules", "penalty_indications"):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"drop trigger {table}_frozen on {table}")
            op.execute(f"drop function refuse_change_of_{table}")
        else:
            for verb in ("update", "delete"):
                op.execute(f"drop trigger if exists {table}_frozen_{verb}")
    for table in ("sharing_members", "penalty_indications", "earlier_savings", "sharing_groups", "penalty_rules"):
        op.drop_table(table)

"""What each side may read, and deadlines that lapse"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BODY, AUDITOR, EVERY_SIDE = 1, 4, 15


def upgrade() -> None:
    with op.batch_alter_table("findings") as batch_op:
        batch_op.add_column(sa.Column("response_audience", sa.Integer(), nullable=False, server_default=str(BODY)))
        batch_op.add_column(sa.Column("decision_audience", sa.Integer(), nullable=False, server_default=str(AUDITOR)))
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("notices") as batch_op:
        batch_op.add_column(sa.Column("audience", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.drop_constraint(op.f("ck_deadlines_outcome"), type_="check")
        batch_op.create_check_constraint(op.f("ck_deadlines_outcome"), "outcome in ('', 'met', 'missed', 'lapsed')")
    with op.batch_alter_table("rounds") as batch_op:
        batch_op.drop_column("notes")
    # Whoever could read a finding could read all of it until now.
    op.execute("update findings set response_audience = audience | 1, decision_audience = audience")


def downgrade() -> None:
    with op.batch_alter_table("rounds") as batch_op:
        batch_op.add_column(sa.Column("notes", sa.Text(), nullable=False, server_default=""))
    op.execute("update deadlines set outcome = 'missed' where outcome = 'lapsed'")
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.drop_constraint(op.f("ck_deadlines_outcome"), type_="check")
        batch_op.create_check_constraint(op.f("ck_deadlines_outcome"), "outcome in ('', 'met', 'missed')")
    for table, columns in {
        "notices": ("audience",),
        "annotations": ("revision",),
        "findings": ("decision_audience", "response_audience"),
    }.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_column(column)

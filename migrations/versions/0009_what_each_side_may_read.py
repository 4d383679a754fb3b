"""What each side may read: responses, decisions and notices have audiences of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
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
    # Whoever could read a finding could read all of it until now.
    op.execute("update findings set response_audience = audience | 1, decision_audience = audience")


def downgrade() -> None:
    for table, columns in {
        "notices": ("audience",),
        "annotations": ("revision",),
        "findings": ("decision_audience", "response_audience"),
    }.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_column(column)

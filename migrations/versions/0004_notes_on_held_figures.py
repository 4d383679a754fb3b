"""Notes on held figures"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("held_figures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note", sa.String(length=80), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("held_figures", schema=None) as batch_op:
        batch_op.drop_column("note")

"""Explanations that tell what was asked, and the measures of signed-off versions"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("by_code", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["return_versions.id"], name=op.f("fk_measures_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
        sa.UniqueConstraint("version_id", name=op.f("uq_measures_version_id")),
    )
    with op.batch_alter_table("return_explanations") as batch_op:
        batch_op.add_column(sa.Column("asked", sa.Text(), nullable=False, server_default=""))
        batch_op.alter_column("rests_on", type_=sa.Text(), existing_type=sa.String(length=400), existing_nullable=False)


def downgrade() -> None:
    op.execute("update return_explanations set rests_on = substr(rests_on, 1, 400)")
    with op.batch_alter_table("return_explanations") as batch_op:
        batch_op.alter_column("rests_on", type_=sa.String(length=400), existing_type=sa.Text(), existing_nullable=False)
        batch_op.drop_column("asked")
    op.drop_table("measures")

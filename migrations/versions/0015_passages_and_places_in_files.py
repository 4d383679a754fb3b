"""Annotations stand on passages of the body's words and on places in files; how many pages a file has"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.add_column(sa.Column("selector", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("evidence_number", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_annotations_case_id_evidence_number"), "evidence", ["case_id", "evidence_number"], ["case_id", "number"]
        )
    with op.batch_alter_table("evidence") as batch_op:
        batch_op.add_column(sa.Column("pages", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("evidence") as batch_op:
        batch_op.drop_column("pages")
    # What was said of a place in a file stays, on the figure that the file stands behind.
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.drop_constraint(op.f("fk_annotations_case_id_evidence_number"), type_="foreignkey")
        batch_op.drop_column("evidence_number")
        batch_op.drop_column("selector")

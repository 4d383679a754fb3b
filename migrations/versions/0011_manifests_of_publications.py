"""The manifest of a publication, with its number"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("manifest", sa.LargeBinary(), nullable=True))
    op.add_column("publications", sa.Column("manifest_number", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("manifest_number", "manifest"):
        op.drop_column("publications", column)

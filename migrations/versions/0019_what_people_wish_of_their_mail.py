"""In which rhythm a person has their mail, who stands in while they are away, and the kind of each notice"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_settings",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rhythms", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mail_settings_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_settings")),
    )
    op.create_table(
        "stand_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("ended_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last >= first", name=op.f("ck_stand_ins_days")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_stand_ins_membership_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_stand_ins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_ins")),
    )
    op.create_index("ix_stand_ins_membership_id", "stand_ins", ["membership_id"], unique=False)
    op.create_index("ix_stand_ins_person_id", "stand_ins", ["person_id"], unique=False)
    with op.batch_alter_table("notices") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=6), server_default="news", nullable=False))
    op.execute("update notices set kind = 'before' where message = 'deadline_coming'")
    op.execute("update notices set kind = 'on' where message = 'deadline_today'")
    op.execute("update notices set kind = 'after' where message = 'deadline_passed'")
    with op.batch_alter_table("notices") as batch_op:
        batch_op.alter_column("kind", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("notices") as batch_op:
        batch_op.drop_column("kind")
    op.drop_table("stand_ins")
    op.drop_table("mail_settings")

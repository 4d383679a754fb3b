"""Annotations with an addressee, replies to them, notes on functions, comments on the draft point by point, and clocks that stop"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BODY, PARTNERSHIP = 1, 2


def upgrade() -> None:
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.add_column(sa.Column("stopped_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "annotation_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("for_other", sa.Boolean(), nullable=False),
        sa.Column("sent_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotations.id"], name=op.f("fk_annotation_replies_annotation_id")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_annotation_replies_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_annotation_replies_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation_replies")),
    )
    with op.batch_alter_table("annotation_replies") as batch_op:
        batch_op.create_index("ix_annotation_replies_case_id", ["case_id"], unique=False)
        batch_op.create_index("ix_annotation_replies_annotation_id", ["annotation_id"], unique=False)
    op.create_table(
        "function_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credible", sa.String(length=8), nullable=False),
        sa.Column("explained", sa.String(length=8), nullable=False),
        sa.Column("improvement", sa.Text(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("credible in ('', 'yes', 'partly', 'no')", name=op.f("ck_function_notes_credible")),
        sa.CheckConstraint("explained in ('', 'yes', 'partly', 'no')", name=op.f("ck_function_notes_explained")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_function_notes_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_function_notes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_function_notes")),
        sa.UniqueConstraint("case_id", "function", "person_id", name=op.f("uq_function_notes_case_id_function_person_id")),
    )
    op.create_table(
        "draft_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("decision_audience", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("decision in ('', 'accepted', 'not_accepted')", name=op.f("ck_draft_comments_decision")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_draft_comments_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_draft_comments_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_draft_comments_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_comments")),
    )
    with op.batch_alter_table("draft_comments") as batch_op:
        batch_op.create_index("ix_draft_comments_case_id", ["case_id"], unique=False)
    # An answer had no time of its own: it is as old as the last change of its annotation on the record.
    op.execute(
        "insert into annotation_replies (case_id, annotation_id, item, text, side, for_other, sent_at, audience, author_id, at, revision) "
        f"select case_id, id, item, answer, {BODY}, {_true()}, {_changed()}, audience, answered_by, {_changed()}, 1 "
        "from annotations where answer <> '' and answered_by is not null"
    )
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.add_column(sa.Column("addressee", sa.String(length=12), nullable=False, server_default="reviewers"))
        batch_op.add_column(sa.Column("sent_at", webapp.db.UtcDateTime(timezone=True), nullable=True))
    op.execute(f"update annotations set addressee = 'body' where audience & {BODY} <> 0")
    op.execute(f"update annotations set sent_at = at where audience & {BODY} <> 0 and kind in ('query', 'correction')")
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.alter_column("addressee", server_default=None)
        batch_op.drop_constraint(op.f("ck_annotations_state"), type_="check")
        batch_op.drop_constraint(op.f("fk_annotations_answered_by"), type_="foreignkey")
        batch_op.drop_column("answer")
        batch_op.drop_column("answered_by")
        batch_op.create_check_constraint(op.f("ck_annotations_state"), "state in ('open', 'answered', 'resolved', 'withdrawn')")
        batch_op.create_check_constraint(op.f("ck_annotations_addressee"), "addressee in ('reviewers', 'body', 'auditor')")


def _true() -> str:
    return "true" if op.get_bind().dialect.name == "postgresql" else "1"


def _changed() -> str:
    return (
        "coalesce((select max(events.at) from events where events.case_id = annotations.case_id and events.entity = 'annotation' "
        "and events.entity_key = cast(annotations.id as varchar)), annotations.at)"
    )


def downgrade() -> None:
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.add_column(sa.Column("answer", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("answered_by", sa.Integer(), nullable=True))
    last = f"select max(id) from annotation_replies where annotation_id = annotations.id and side = {BODY} and sent_at is not null"
    for column, source in (("answer", "text"), ("answered_by", "author_id")):
        op.execute(
            f"update annotations set {column} = (select {source} from annotation_replies where id = ({last})) where exists ({last} "
            "having max(id) is not null)"
        )
    op.execute("update annotations set state = 'resolved' where state = 'withdrawn'")
    with op.batch_alter_table("annotations") as batch_op:
        batch_op.alter_column("answer", server_default=None)
        batch_op.drop_constraint(op.f("ck_annotations_addressee"), type_="check")
        batch_op.drop_constraint(op.f("ck_annotations_state"), type_="check")
        batch_op.drop_column("addressee")
        batch_op.drop_column("sent_at")
        batch_op.create_check_constraint(op.f("ck_annotations_state"), "state in ('open', 'answered', 'resolved')")
        batch_op.create_foreign_key(op.f("fk_annotations_answered_by"), "people", ["answered_by"], ["id"])
    for table in ("draft_comments", "function_notes", "annotation_replies"):
        op.drop_table(table)
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.drop_column("stopped_at")

"""Publications with their documents, notes beside figures, restatements, and comparator groups asked for"""

import sqlalchemy as sa
from alembic import op

import webapp.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("with_provisional", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("issued_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("publish_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_publications_made_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_publications_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_publications_round_id_number")),
    )
    op.create_table(
        "publication_documents",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind in ('indicator', 'group', 'body', 'summary')", name=op.f("ck_publication_documents_kind")),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=op.f("fk_publication_documents_publication_id")),
        sa.PrimaryKeyConstraint("publication_id", "kind", "key", name=op.f("pk_publication_documents")),
    )
    op.create_table(
        "context_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_context_notes_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_context_notes_person_id")),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=op.f("fk_context_notes_publication_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_context_notes")),
        sa.UniqueConstraint("publication_id", "case_id", "indicator", name=op.f("uq_context_notes_publication_id_case_id_indicator")),
    )
    op.create_table(
        "group_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("decided_reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", webapp.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision in ('', 'accepted', 'refused')", name=op.f("ck_group_requests_decision")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_group_requests_asked_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_group_requests_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_group_requests_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_requests")),
    )
    with op.batch_alter_table("group_requests", schema=None) as batch_op:
        batch_op.create_index("ix_group_requests_case_id", ["case_id"], unique=False)

    op.create_table(
        "restatements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("old", webapp.db.Exact(), nullable=True),
        sa.Column("new", webapp.db.Exact(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", webapp.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_restatements_case_id")),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=op.f("fk_restatements_publication_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restatements")),
        sa.UniqueConstraint("case_id", "version", "indicator", name=op.f("uq_restatements_case_id_version_indicator")),
    )
    with op.batch_alter_table("restatements", schema=None) as batch_op:
        batch_op.create_index("ix_restatements_publication_id", ["publication_id"], unique=False)
    _freeze()


def _freeze() -> None:
    """Let the database refuse to change what was published."""
    said = "a document of a publication never changes"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"create function refuse_change_of_document() returns trigger language plpgsql as $$ begin raise exception '{said}'; end $$"
        )
        op.execute(
            "create trigger publication_documents_frozen before update or delete on publication_documents "
            "for each row execute function refuse_change_of_document()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger publication_documents_frozen_{verb} before {verb} on publication_documents "
            f"begin select raise(abort, '{said}'); end"
        )


def downgrade() -> None:
    with op.batch_alter_table("restatements", schema=None) as batch_op:
        batch_op.drop_index("ix_restatements_publication_id")

    op.drop_table("restatements")
    with op.batch_alter_table("group_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_group_requests_case_id")

    op.drop_table("group_requests")
    op.drop_table("context_notes")
    op.drop_table("publication_documents")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function refuse_change_of_document")
    op.drop_table("publications")

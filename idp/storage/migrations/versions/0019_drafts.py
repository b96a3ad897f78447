"""Changes that wait for a second person, and answers that may be asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two new tables: nobody waits for it."""
    _create_drafts()
    op.create_table(
        "kept_answers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("asked_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_answers"),
        sa.UniqueConstraint("caller", "key_digest", name="uq_kept_answers_caller_key_digest"),
    )


def downgrade() -> None:
    """Take it back: what waits is forgotten."""
    op.drop_table("kept_answers")
    op.drop_table("drafts")


def _create_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sealed_wanted", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", _ID),
        sa.Column("proposed_via", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", _ID),
        sa.Column("decided_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
    )
    undecided = sa.text("decided_at IS NULL")
    op.create_index("ix_drafts_undecided", "drafts", ["id"], postgresql_where=undecided, sqlite_where=undecided)

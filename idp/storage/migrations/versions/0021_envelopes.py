"""Codes in sealed envelopes, for the day on which nobody is left who could invite."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table: nobody waits for it."""
    op.create_table(
        "envelopes",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_envelopes"),
    )


def downgrade() -> None:
    """Take it back: whoever has an envelope finds that its code opens nothing."""
    op.drop_table("envelopes")

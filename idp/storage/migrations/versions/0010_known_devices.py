"""Browsers that a person signed in on are kept here, so that the person can have one forgotten.

What the release before gave its browsers knows nobody any more: the next sign-in on each is told once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """A new table: nobody waits for it."""
    op.create_table(
        "known_devices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.Text()),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_devices"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_known_devices_account_id"),
    )
    op.create_index("ix_known_devices_account_id", "known_devices", ["account_id"])


def downgrade() -> None:
    """Take it back: every browser is unknown again."""
    op.drop_table("known_devices")

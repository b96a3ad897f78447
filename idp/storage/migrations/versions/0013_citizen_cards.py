"""Citizen cards: digests of their serial numbers, and the public halves of the keys in their chips."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """A new table, which the release before does not look at."""
    op.create_table(
        "citizen_cards",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("serial_digest", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("challenged_at", sa.BigInteger),
        sa.Column("challenge", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_citizen_cards"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_citizen_cards_account_id_accounts"),
        sa.UniqueConstraint("serial_digest", name="uq_citizen_cards_serial_digest"),
    )
    op.create_index("ix_citizen_cards_account_id", "citizen_cards", ["account_id"])


def downgrade() -> None:
    """Take it back: nobody signs in with a card any more, and each has to be added anew."""
    op.drop_table("citizen_cards")

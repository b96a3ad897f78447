"""Networks that a person signed in from are remembered, as digests, so that a new one can be told.

Nothing is remembered of anybody yet: the first sign-in after the upgrade is from nowhere new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """A new table: nobody waits for it."""
    op.create_table(
        "known_networks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("place_digest", sa.LargeBinary()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_networks"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_known_networks_account_id"),
        sa.UniqueConstraint("account_id", "slot", name="uq_known_networks_account_id_slot"),
    )


def downgrade() -> None:
    """Take it back: nobody was anywhere."""
    op.drop_table("known_networks")

"""Up to which event it is counted what happened in each minute."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table: nobody waits for it."""
    op.create_table(
        "event_tally",
        sa.Column("id", _ID, nullable=False, autoincrement=False),
        sa.Column("last_event", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_tally"),
    )


def downgrade() -> None:
    """Take it back: counting begins anew some day."""
    op.drop_table("event_tally")

"""The moment from which an account's sign-ins count: what was begun before it was frozen, claimed or started anew is over.

The new column may be empty, so the release before goes on writing the rows it knows; it does not compare it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column without a default: nobody waits for it."""
    op.add_column("accounts", sa.Column("restarted_at", sa.BigInteger()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("restarted_at")

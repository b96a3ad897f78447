"""Which proofs a person gave on each browser that knows them.

The new column may be empty, as in every row of before: such a browser has tries of its own at the password alone, until
another proof is given on it again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column without a default: nobody waits for it."""
    op.add_column("known_devices", sa.Column("shown", sa.Text()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("known_devices") as batch:
        batch.drop_column("shown")

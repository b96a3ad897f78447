"""On which words a person agreed that an app may see something."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column without a default: of consents of before nobody knows it, and they count as they did."""
    op.add_column("consents", sa.Column("terms", sa.Text()))


def downgrade() -> None:
    """Take it back: consents count whatever an app says that it asks for."""
    with op.batch_alter_table("consents") as batch:
        batch.drop_column("terms")

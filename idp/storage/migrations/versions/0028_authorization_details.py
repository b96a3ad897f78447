"""The matters that a family may deal with (RFC 9396)."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column without a default: nothing is written again."""
    op.add_column("authorizations", sa.Column("authorization_details", sa.Text()))


def downgrade() -> None:
    """Take it back: such tokens deal with no matter."""
    with op.batch_alter_table("authorizations") as batch:
        batch.drop_column("authorization_details")

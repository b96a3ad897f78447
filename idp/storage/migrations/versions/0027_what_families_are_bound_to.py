"""What a family is bound to: the key or certificate of a client without a secret (RFC 9449 §5, RFC 8705 §4), and resources (RFC 8707)."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns without a default: nothing is written again."""
    op.add_column("authorizations", sa.Column("bound_to", sa.Text()))
    op.add_column("authorizations", sa.Column("resources", sa.Text()))


def downgrade() -> None:
    """Take it back: such tokens are bound to nothing."""
    with op.batch_alter_table("authorizations") as batch:
        batch.drop_column("resources")
        batch.drop_column("bound_to")

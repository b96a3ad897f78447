"""What was told of a person to each family, and the words by which apps asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """A column without a default: what was told to families of before is written down once more; and a table."""
    op.add_column("authorizations", sa.Column("released_claims", sa.Text()))
    op.create_table(
        "client_terms",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_terms")),
        sa.UniqueConstraint("client_id", "version", name=op.f("uq_client_terms_client_id_version")),
    )


def downgrade() -> None:
    """Take it back: the log keeps what it says, and of the words of before only their version is left."""
    op.drop_table("client_terms")
    with op.batch_alter_table("authorizations") as batch:
        batch.drop_column("released_claims")

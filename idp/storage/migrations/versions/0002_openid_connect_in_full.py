"""Refresh tokens, tokens for clients that act for themselves, called-back JWTs, and who was told of a sign-out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add only what the release before can live with: its rows take the defaults."""
    with op.batch_alter_table("authorizations") as table:
        table.add_column(sa.Column("generation", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("refreshed_at", sa.BigInteger))
        table.add_column(sa.Column("released_at", sa.BigInteger))
    with op.batch_alter_table("access_tokens") as table:
        table.alter_column("authorization_id", existing_type=_ID, nullable=True)
        table.add_column(sa.Column("client_id", sa.Text))
        table.add_column(sa.Column("audience", sa.Text))
        table.add_column(sa.Column("revoked_at", sa.BigInteger))
    with op.batch_alter_table("session_clients") as table:
        table.add_column(sa.Column("logout_id", _ID))
    with op.batch_alter_table("clients") as table:
        table.add_column(sa.Column("resource", sa.Text))
        table.create_unique_constraint("uq_clients_resource", ["resource"])
    op.create_table(
        "revoked_jwts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("jti", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revoked_jwts"),
        sa.UniqueConstraint("jti", name="uq_revoked_jwts_jti"),
    )


def downgrade() -> None:
    """Take it away; tokens of clients that act for themselves go with it."""
    op.drop_table("revoked_jwts")
    with op.batch_alter_table("clients") as table:
        table.drop_constraint("uq_clients_resource", type_="unique")
        table.drop_column("resource")
    with op.batch_alter_table("session_clients") as table:
        table.drop_column("logout_id")
    op.execute("DELETE FROM access_tokens WHERE authorization_id IS NULL")
    with op.batch_alter_table("access_tokens") as table:
        for name in ("client_id", "audience", "revoked_at"):
            table.drop_column(name)
        table.alter_column("authorization_id", existing_type=_ID, nullable=False)
    with op.batch_alter_table("authorizations") as table:
        for name in ("generation", "refreshed_at", "released_at"):
            table.drop_column(name)

"""Apps that register themselves (RFC 7591, RFC 7592): initial access tokens, who manages which app, and logos."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """New tables alone."""
    _allow()
    _register()


def _allow() -> None:
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("max_clients", sa.Integer(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_tokens")),
    )


def _register() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("initial_access_token_id", ID, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("former_digest", sa.LargeBinary()),
        sa.Column("rotated_at", sa.BigInteger()),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["initial_access_token_id"],
            ["initial_access_tokens.id"],
            name=op.f("fk_registrations_initial_access_token_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("client_id", name=op.f("uq_registrations_client_id")),
    )
    op.create_table(
        "logos",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logos")),
        sa.UniqueConstraint("name", name=op.f("uq_logos_name")),
    )


def downgrade() -> None:
    """Take it back: such apps stay, and officers manage them."""
    for table in ("logos", "registrations", "initial_access_tokens"):
        op.drop_table(table)

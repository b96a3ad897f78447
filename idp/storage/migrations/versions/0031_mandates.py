"""Organisations, and who acts for whom: in tables of their own, and in a column of what was granted."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """New tables, and a column without a default."""
    _organizations()
    _mandates()
    op.add_column("authorizations", sa.Column("mandate_id", ID))
    _index("ix_authorizations_mandate", "authorizations", ["mandate_id"], "mandate_id IS NOT NULL")


def _organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("uid", name=op.f("uq_organizations_uid")),
        sa.UniqueConstraint("code", name=op.f("uq_organizations_code")),
    )
    _index("ix_organizations_changed", "organizations", ["id"], "changed_at IS NOT NULL")
    op.create_table(
        "organization_subjects",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_organization_subjects_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_subjects")),
        sa.UniqueConstraint("organization_id", "sector", name=op.f("uq_organization_subjects_organization_id_sector")),
        sa.UniqueConstraint("sector", "sub", name=op.f("uq_organization_subjects_sector_sub")),
    )
    op.create_table(
        "register_cursors",
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_cursors")),
        sa.UniqueConstraint("source", name=op.f("uq_register_cursors_source")),
    )


def _mandates() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agent_id", ID),
        sa.Column("invitee", sa.LargeBinary()),
        sa.Column("principal_id", ID),
        sa.Column("organization_id", ID),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("is_single_use", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger()),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", ID),
        sa.Column("granted_level", sa.SmallInteger(), nullable=False),
        sa.Column("granted_as", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("accepted_at", sa.BigInteger()),
        sa.Column("answer_by", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", ID),
        sa.Column("ended_why", sa.Text()),
        sa.Column("used_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("uid", name=op.f("uq_mandates_uid")),
    )
    for column in ("agent_id", "principal_id", "organization_id"):
        op.create_index(f"ix_mandates_{column}", "mandates", [column])
    _index("ix_mandates_invitee", "mandates", ["invitee"], "invitee IS NOT NULL")
    for principal in ("principal", "organization"):
        for agent, column in (("agent", "agent_id"), ("invitee", "invitee")):
            columns = [f"{principal}_id", column, "role"]
            _index(f"uq_mandates_{principal}_{agent}", "mandates", columns, "ended_at IS NULL", unique=True)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def downgrade() -> None:
    """Take it back: nobody acts for another, and what was granted so is left without its principal."""
    op.execute("UPDATE authorizations SET revoked_at = created_at WHERE mandate_id IS NOT NULL AND revoked_at IS NULL")
    op.drop_index("ix_authorizations_mandate", "authorizations")
    with op.batch_alter_table("authorizations") as batch:
        batch.drop_column("mandate_id")
    for table in ("mandates", "register_cursors", "organization_subjects", "organizations"):
        op.drop_table(table)

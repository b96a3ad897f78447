"""Organisations, and who acts for whom."""

from sqlalchemy import Boolean, Column, Index, SmallInteger, Table, Text, UniqueConstraint

from idp.storage.tables._columns import ID, metadata, moment, octets, reference, row_id, text

# What the company register publishes, so nothing of it is sealed.
organizations = Table(
    "organizations",
    metadata,
    row_id(),
    Column("uid", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False, unique=True),
    text("name"),
    text("organization_type"),
    text("status"),
    moment("checked_at"),
    moment("changed_at", nullable=True),  # the register told of a change, and nobody has asked what it is
)
_is_changed = organizations.c.changed_at.is_not(None)
Index("ix_organizations_changed", organizations.c.id, postgresql_where=_is_changed, sqlite_where=_is_changed)

# As `subjects` are a person's.
organization_subjects = Table(
    "organization_subjects",
    metadata,
    row_id(),
    reference("organization_id", "organizations.id"),
    text("sector"),
    text("sub"),
    UniqueConstraint("organization_id", "sector"),
    UniqueConstraint("sector", "sub"),
)

# Up to where a register was heard of what changes in it.
register_cursors = Table(
    "register_cursors",
    metadata,
    row_id(),
    Column("source", Text, nullable=False, unique=True),
    text("cursor"),
    moment("heard_at"),
)

# Rows stay when a mandate is over: whoever gave or had it sees for years who could do what.
mandates = Table(
    "mandates",
    metadata,
    row_id(),
    Column("uid", Text, nullable=False, unique=True),
    text("role"),
    Column("agent_id", ID),
    octets("invitee", nullable=True),
    Column("principal_id", ID),
    Column("organization_id", ID),
    text("services"),  # JSON, or the word for all that accept such mandates
    text("channels"),
    Column("is_single_use", Boolean, nullable=False),
    moment("valid_from"),
    moment("valid_until", nullable=True),
    moment("granted_at"),
    Column("granted_by", ID),
    Column("granted_level", SmallInteger, nullable=False),
    text("granted_as", nullable=True),
    text("source", nullable=True),
    text("reference", nullable=True),
    moment("accepted_at", nullable=True),
    moment("answer_by", nullable=True),
    moment("ended_at", nullable=True),
    Column("ended_by", ID),
    text("ended_why", nullable=True),
    moment("used_at", nullable=True),
    Index("ix_mandates_agent_id", "agent_id"),
    Index("ix_mandates_principal_id", "principal_id"),
    Index("ix_mandates_organization_id", "organization_id"),
)
is_mandate_open = mandates.c.ended_at.is_(None)
_is_for_whoever = mandates.c.invitee.is_not(None)
Index("ix_mandates_invitee", mandates.c.invitee, postgresql_where=_is_for_whoever, sqlite_where=_is_for_whoever)
# One of a kind between two, whatever happens at once; and one offer of a kind to one and the same.
for _principal in (mandates.c.principal_id, mandates.c.organization_id):
    for _agent in (mandates.c.agent_id, mandates.c.invitee):
        Index(
            f"uq_mandates_{_principal.name.removesuffix('_id')}_{_agent.name.removesuffix('_id')}",
            _principal,
            _agent,
            mandates.c.role,
            unique=True,
            postgresql_where=is_mandate_open,
            sqlite_where=is_mandate_open,
        )

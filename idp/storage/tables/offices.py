"""Who works here, and who was asked to."""

from sqlalchemy import Column, Index, Table, Text

from idp.storage.tables._columns import ID, metadata, moment, octets, reference, row_id, text

# One role in force for each account: so the three officers exclude each other, whatever a program or an operator tries.
appointments = Table(
    "appointments",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    text("role"),
    text("scope"),
    moment("since"),
    Column("appointed_by", ID),
    moment("ended_at", nullable=True),
)
is_in_force = appointments.c.ended_at.is_(None)
Index(
    "uq_appointments_in_force",
    appointments.c.account_id,
    unique=True,
    postgresql_where=is_in_force,
    sqlite_where=is_in_force,
)

# Codes in envelopes: digests of them, of which one at most is not ended.
envelopes = Table(
    "envelopes",
    metadata,
    row_id(),
    octets("digest"),
    moment("sealed_at"),
    moment("ended_at", nullable=True),
    moment("opened_at", nullable=True),
)

invitations = Table(
    "invitations",
    metadata,
    row_id(),
    Column("uid", Text, nullable=False, unique=True),
    octets("secret_digest"),
    text("role"),
    text("scope"),
    octets("sealed_name"),
    Column("invited_by", ID),
    moment("created_at"),
    moment("expires_at"),
    moment("ended_at", nullable=True),
    Column("account_id", ID),
)

"""Apps that register themselves: what was allowed, who manages which, and the pictures that they brought."""

from sqlalchemy import Column, Table, Text

from idp.storage.tables._columns import metadata, moment, number, octets, reference, row_id, text

initial_access_tokens = Table(
    "initial_access_tokens",
    metadata,
    row_id(),
    octets("secret_digest"),
    text("name"),
    text("profile"),
    text("channel"),
    number("level"),
    text("scope"),
    number("max_clients"),
    number("clients"),
    moment("issued_at"),
    moment("expires_at"),
    moment("ended_at", nullable=True),
)

registrations = Table(
    "registrations",
    metadata,
    row_id(),
    Column("client_id", Text, nullable=False, unique=True),
    reference("initial_access_token_id", "initial_access_tokens.id"),
    octets("secret_digest"),
    octets("former_digest", nullable=True),
    moment("rotated_at", nullable=True),
    moment("issued_at"),
)

logos = Table(
    "logos",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, unique=True),
    text("media_type"),
    octets("content"),
)

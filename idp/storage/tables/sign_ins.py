"""Sessions, and what was opened in them."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from idp.storage.tables._columns import ID, metadata, moment, octets, reference, row_id, text

sessions = Table(
    "sessions",
    metadata,
    row_id(),
    text("sid"),
    octets("secret_digest"),
    reference("account_id", "accounts.id"),
    text("channel"),
    text("methods"),
    moment("auth_time"),
    moment("created_at"),
    moment("last_seen_at"),
    moment("expires_at"),
    moment("ended_at", nullable=True),
    Column("is_shared_device", Boolean, nullable=False),
    text("device", nullable=True),  # browser and system as its User-Agent calls them: "chrome windows"
    Index("ix_sessions_account_id", "account_id"),
)

session_clients = Table(
    "session_clients",
    metadata,
    row_id(),
    reference("session_id", "sessions.id"),
    text("client_id"),
    moment("joined_at"),
    Column("logout_id", ID),  # the outbox item by which the app heard of the end
    UniqueConstraint("session_id", "client_id"),
)

# No foreign keys: on PostgreSQL each locks, and so writes to, the row it points to, for every code that is redeemed. A
# session goes after the last of its families (docs/decisions/0013), and people never do.
authorizations = Table(
    "authorizations",
    metadata,
    row_id(),
    Column("origin", LargeBinary, nullable=False, unique=True),
    text("client_id"),
    Column("account_id", ID, nullable=False),
    Column("session_id", ID, nullable=False),
    text("sid"),
    text("sub"),
    text("scope"),
    moment("auth_time"),
    text("acr"),
    text("amr"),
    text("nonce", nullable=True),
    text("claims"),
    moment("created_at"),
    moment("revoked_at", nullable=True),
    Column("generation", Integer, nullable=False, server_default="0"),
    moment("refreshed_at", nullable=True),
    moment("released_at", nullable=True),
    text("released_claims", nullable=True),  # all that was told of the person to this family until now
    text("bound_to", nullable=True),
    text("resources", nullable=True),
    text("authorization_details", nullable=True),
    Column("mandate_id", ID),  # by which its person acts for another; empty: for themselves
    Index("ix_authorizations_session_id", "session_id"),
)
# Nothing is written to it for a code that is redeemed for oneself.
_is_acting = authorizations.c.mandate_id.is_not(None)
Index(
    "ix_authorizations_mandate",
    authorizations.c.mandate_id,
    postgresql_where=_is_acting,
    sqlite_where=_is_acting,
)

# Opaque access tokens as 0.2.0 wrote them; ours are sealed, and no row is written (docs/decisions/0019). They are still
# read, so that an upgrade ends nobody's token, and go with the release after this one. `authorization_id` is empty where a
# client acts for itself; then `client_id` says which one.
access_tokens = Table(
    "access_tokens",
    metadata,
    row_id(),
    Column("authorization_id", ID),
    octets("secret_digest"),
    text("scope"),
    moment("issued_at"),
    moment("expires_at"),
    text("client_id", nullable=True),
    text("audience", nullable=True),
    moment("revoked_at", nullable=True),
)

# Access tokens, sealed ones and JWTs, that were called back before they ran out; the name is from when JWTs alone were.
revoked_jwts = Table(
    "revoked_jwts",
    metadata,
    row_id(),
    Column("jti", Text, nullable=False, unique=True),
    moment("expires_at"),
)

"""The tables, all in one place; `migrations` builds them and a test holds both together.

Ids are sequential, so that hot tables grow at their end; random values stand only in secondary unique indexes. Moments
are whole seconds since 1970. What is encrypted is bytes and is named `sealed_…`; what is found without being stored is
a `blind_index`. Lists of words are one text with spaces between them, as RFC 6749 §3.3 writes a scope.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

# SQLite numbers rows by itself only in a column of type INTEGER.
_ID = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[Any]:
    return Column("id", _ID, primary_key=True)


def _reference(name: str, target: str) -> Column[Any]:
    return Column(name, _ID, ForeignKey(target), nullable=False)


def _text(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary, nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable)


def _number(name: str) -> Column[Any]:
    return Column(name, Integer, nullable=False)


accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("uid", Text, nullable=False, unique=True),
    _text("status"),
    Column("proofing", SmallInteger, nullable=False),
    _at("proofed_at", nullable=True),
    Column("is_sandbox", Boolean, nullable=False),
    _at("created_at"),
    _at("closes_at", nullable=True),  # the person asked to close it: until then they may think again
    _at("face_refused_at", nullable=True),  # the person does not want to be offered a face check
)
_is_sandbox = accounts.c.is_sandbox.is_(True)
_is_closing = accounts.c.closes_at.is_not(None)
Index("ix_accounts_closing", accounts.c.closes_at, postgresql_where=_is_closing, sqlite_where=_is_closing)
Index("ix_accounts_sandbox", accounts.c.is_sandbox, postgresql_where=_is_sandbox, sqlite_where=_is_sandbox)

names = Table(
    "names",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _bytes("sealed_name"),
    _at("valid_from"),
    _at("superseded_at", nullable=True),
)
is_name_in_force = names.c.superseded_at.is_(None)
Index(
    "uq_names_in_force",
    names.c.account_id,
    unique=True,
    postgresql_where=is_name_in_force,
    sqlite_where=is_name_in_force,
)

identifiers = Table(
    "identifiers",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _text("kind"),
    _bytes("blind_index"),
    _bytes("sealed_value"),
    _at("verified_at", nullable=True),
    _at("valid_from"),
    _at("superseded_at", nullable=True),
    Index("ix_identifiers_account_id", "account_id"),
)
is_identifier_in_force = identifiers.c.superseded_at.is_(None)
# A phone that was given up may come to another person: only those in force exclude each other.
Index(
    "uq_identifiers_in_force",
    identifiers.c.kind,
    identifiers.c.blind_index,
    unique=True,
    postgresql_where=is_identifier_in_force,
    sqlite_where=is_identifier_in_force,
)

subjects = Table(
    "subjects",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _text("sector"),
    _text("sub"),
    UniqueConstraint("account_id", "sector"),
    UniqueConstraint("sector", "sub"),
)

credentials = Table(
    "credentials",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _text("kind"),
    _bytes("sealed_secret"),
    _at("created_at"),
    _at("used_at", nullable=True),
    Column("last_step", BigInteger),  # of a one-time code: it and those before it were used (RFC 6238 §5.2)
    UniqueConstraint("account_id", "kind"),
)

passkeys = Table(
    "passkeys",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    _bytes("public_key"),
    Column("sign_count", BigInteger, nullable=False),
    _text("aaguid"),
    _text("transports"),
    Column("is_synced", Boolean, nullable=False),
    _bytes("sealed_name"),
    _at("created_at"),
    _at("used_at", nullable=True),
    _at("challenged_at", nullable=True),  # of the newest question that it answered: an older answer counts no more
    _bytes("challenge", nullable=True),
    Index("ix_passkeys_account_id", "account_id"),
)

# A place for each code of a batch, written over by the next one: of two batches made at once the later one is whole.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _number("place"),
    _bytes("digest"),
    _at("created_at"),
    _at("used_at", nullable=True),
    UniqueConstraint("account_id", "place"),
)

guesses = Table(
    "guesses",
    metadata,
    _id(),
    Column("subject", LargeBinary, nullable=False, unique=True),
    _number("failures"),
    _at("last_at"),
)

clients = Table(
    "clients",
    metadata,
    _id(),
    Column("client_id", Text, nullable=False, unique=True),
    Column("resource", Text, unique=True),
    _text("document"),
    _at("created_at"),
    _at("updated_at"),
)

# One row per thing that processes cache: the row's lock puts writers in line, so no two changes share a number.
versions = Table("versions", metadata, _id(), Column("name", Text, nullable=False, unique=True), _number("version"))

sessions = Table(
    "sessions",
    metadata,
    _id(),
    _text("sid"),
    _bytes("secret_digest"),
    _reference("account_id", "accounts.id"),
    _text("channel"),
    _text("methods"),
    _at("auth_time"),
    _at("created_at"),
    _at("last_seen_at"),
    _at("expires_at"),
    _at("ended_at", nullable=True),
    Column("is_shared_device", Boolean, nullable=False),
    _text("device", nullable=True),  # browser and system as its User-Agent calls them: "chrome windows"
    Index("ix_sessions_account_id", "account_id"),
)

session_clients = Table(
    "session_clients",
    metadata,
    _id(),
    _reference("session_id", "sessions.id"),
    _text("client_id"),
    _at("joined_at"),
    Column("logout_id", _ID),  # the outbox item by which the app heard of the end
    UniqueConstraint("session_id", "client_id"),
)

# Browsers on which a person signed in, shared computers never; one that is forgotten is deleted.
known_devices = Table(
    "known_devices",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _bytes("secret_digest"),
    _text("device", nullable=True),  # as in sessions
    _at("first_seen_at"),
    _at("last_seen_at"),
    Index("ix_known_devices_account_id", "account_id"),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _reference("account_id", "accounts.id"),
    _text("client_id"),
    _text("scope"),
    _text("left_out"),
    _at("given_at"),
    UniqueConstraint("account_id", "client_id"),
)

# No foreign keys: on PostgreSQL each locks, and so writes to, the row it points to, for every code that is redeemed. A
# session goes after the last of its families (docs/decisions/0013), and people never do.
authorizations = Table(
    "authorizations",
    metadata,
    _id(),
    Column("origin", LargeBinary, nullable=False, unique=True),
    _text("client_id"),
    Column("account_id", _ID, nullable=False),
    Column("session_id", _ID, nullable=False),
    _text("sid"),
    _text("sub"),
    _text("scope"),
    _at("auth_time"),
    _text("acr"),
    _text("amr"),
    _text("nonce", nullable=True),
    _text("claims"),
    _at("created_at"),
    _at("revoked_at", nullable=True),
    Column("generation", Integer, nullable=False, server_default="0"),
    _at("refreshed_at", nullable=True),
    _at("released_at", nullable=True),
    Index("ix_authorizations_session_id", "session_id"),
)

# Opaque access tokens as 0.2.0 wrote them; ours are sealed, and no row is written (docs/decisions/0019). They are still
# read, so that an upgrade ends nobody's token, and go with the release after this one. `authorization_id` is empty where a
# client acts for itself; then `client_id` says which one.
access_tokens = Table(
    "access_tokens",
    metadata,
    _id(),
    Column("authorization_id", _ID),
    _bytes("secret_digest"),
    _text("scope"),
    _at("issued_at"),
    _at("expires_at"),
    _text("client_id", nullable=True),
    _text("audience", nullable=True),
    _at("revoked_at", nullable=True),
)

# Access tokens, sealed ones and JWTs, that were called back before they ran out; the name is from when JWTs alone were.
revoked_jwts = Table(
    "revoked_jwts",
    metadata,
    _id(),
    Column("jti", Text, nullable=False, unique=True),
    _at("expires_at"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    _id(),
    Column("kid", Text, nullable=False, unique=True),
    _text("alg"),
    _text("state"),
    _bytes("sealed_private_jwk"),
    _at("created_at"),
    _at("activated_at", nullable=True),
    _at("retired_at", nullable=True),
)
_is_active = signing_keys.c.state == "active"
Index(
    "uq_signing_keys_active",
    signing_keys.c.alg,
    unique=True,
    postgresql_where=_is_active,
    sqlite_where=_is_active,
)

# Append-only: triggers refuse every change. It holds no foreign keys, since it outlives what it tells of.
events = Table(
    "events",
    metadata,
    _id(),
    _text("kind"),
    _text("action"),
    _at("at"),
    _text("outcome"),
    Column("account_id", _ID),
    _text("client_id", nullable=True),
    Column("session_id", _ID),
    _text("channel", nullable=True),
    _text("request_id", nullable=True),
    _text("data"),
)
# What a person is shown of it, refused sign-ins among it; tokens are issued too often to stand there one by one. The
# word is no parameter: an index is used for a condition that the database can see.
is_shown_to_person = and_(events.c.account_id.is_not(None), events.c.action != literal_column("'token.issued'"))
Index(
    "ix_events_of_person",
    events.c.account_id,
    events.c.id,
    postgresql_where=is_shown_to_person,
    sqlite_where=is_shown_to_person,
)

event_counts = Table(
    "event_counts",
    metadata,
    _id(),
    _text("kind"),
    _text("action"),
    _text("outcome"),
    _text("source"),
    _at("minute"),
    _number("times"),
    UniqueConstraint("minute", "kind", "action", "outcome", "source"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _text("kind"),
    _bytes("sealed_payload", nullable=True),
    _number("attempts"),
    _at("created_at"),
    _at("due_at"),
    _at("expires_at"),
    _at("finished_at", nullable=True),
    _text("outcome", nullable=True),
    _text("reason", nullable=True),
    _text("lane", nullable=True),  # whom it goes to; never a person's address
    _text("reference", nullable=True),  # by which the carrier's delivery report names it
    _at("reported_at", nullable=True),
    _text("report", nullable=True),  # what the carrier heard from the network: delivered, failed, expired, unknown
)
_has_reference = outbox.c.reference.is_not(None)
Index(
    "uq_outbox_reference",
    outbox.c.reference,
    unique=True,
    postgresql_where=_has_reference,
    sqlite_where=_has_reference,
)
is_waiting = outbox.c.finished_at.is_(None)
Index("ix_outbox_waiting", outbox.c.due_at, postgresql_where=is_waiting, sqlite_where=is_waiting)

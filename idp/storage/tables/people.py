"""People: the account, what is known of its person, what they allowed, and the browsers that know them."""

from sqlalchemy import Boolean, Column, Index, SmallInteger, Table, Text, UniqueConstraint

from idp.model.account import DOCUMENTS
from idp.storage.tables._columns import metadata, moment, number, octets, reference, row_id, text

accounts = Table(
    "accounts",
    metadata,
    row_id(),
    Column("uid", Text, nullable=False, unique=True),
    text("status"),
    Column("proofing", SmallInteger, nullable=False),
    moment("proofed_at", nullable=True),
    text("proofing_steps", nullable=True),  # where it runs out: all that it is worth by and by, as JSON
    Column("is_sandbox", Boolean, nullable=False),
    moment("created_at"),
    moment("closes_at", nullable=True),  # the person asked to close it: until then they may think again
    moment("face_refused_at", nullable=True),  # the person does not want to be offered a face check
    text("kind", nullable=True),  # "work": made by an invitation, for a role; empty: a person's own
    moment("staff_since", nullable=True),  # works for the city: stricter rules for the password
    moment("restarted_at", nullable=True),  # sign-ins of before opened it then, and open nothing any more
    Column("cap_level", SmallInteger),  # after a recovery: not exceeded until then
    moment("capped_until", nullable=True),
)
_is_sandbox = accounts.c.is_sandbox.is_(True)
_is_closing = accounts.c.closes_at.is_not(None)
Index("ix_accounts_closing", accounts.c.closes_at, postgresql_where=_is_closing, sqlite_where=_is_closing)
Index("ix_accounts_sandbox", accounts.c.is_sandbox, postgresql_where=_is_sandbox, sqlite_where=_is_sandbox)

names = Table(
    "names",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    octets("sealed_name"),
    # Of name and birth year together; of no bytes: nothing to find it by; empty: nobody has looked at it yet.
    octets("blind_index", nullable=True),
    moment("valid_from"),
    moment("superseded_at", nullable=True),
)
is_name_in_force = names.c.superseded_at.is_(None)
_is_indexed = names.c.blind_index.is_not(None)
is_name_unindexed = names.c.blind_index.is_(None) & is_name_in_force
# Namesakes in the order of their accounts, and nothing but the index is read for them.
Index(
    "ix_names_blind_index",
    names.c.blind_index,
    names.c.account_id,
    postgresql_where=_is_indexed,
    sqlite_where=_is_indexed,
)
Index("ix_names_unindexed", names.c.id, postgresql_where=is_name_unindexed, sqlite_where=is_name_unindexed)
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
    row_id(),
    reference("account_id", "accounts.id"),
    text("kind"),
    octets("blind_index"),
    octets("sealed_value"),
    moment("verified_at", nullable=True),
    moment("valid_from"),
    moment("superseded_at", nullable=True),
    Index("ix_identifiers_account_id", "account_id"),
)
is_identifier_in_force = identifiers.c.superseded_at.is_(None)
is_document = identifiers.c.kind.in_(sorted(kind.value for kind in DOCUMENTS))
# A phone that was given up may come to another person: only those in force exclude each other.
Index(
    "uq_identifiers_in_force",
    identifiers.c.kind,
    identifiers.c.blind_index,
    unique=True,
    postgresql_where=is_identifier_in_force,
    postgresql_include=["account_id"],  # who holds it is known before any row is read
    sqlite_where=is_identifier_in_force,
)
Index(
    "ix_identifiers_in_force",  # SQLite's way to the same: it knows no INCLUDE, and reads what a condition names
    identifiers.c.kind,
    identifiers.c.blind_index,
    identifiers.c.account_id,
    identifiers.c.superseded_at,
    sqlite_where=is_identifier_in_force,
).ddl_if(dialect="sqlite")

subjects = Table(
    "subjects",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    text("sector"),
    text("sub"),
    UniqueConstraint("account_id", "sector"),
    UniqueConstraint("sector", "sub"),
)

consents = Table(
    "consents",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    text("client_id"),
    text("scope"),
    text("left_out"),
    moment("given_at"),
    text("terms", nullable=True),  # the version of the words on the page
    UniqueConstraint("account_id", "client_id"),
)

# Browsers on which a person signed in, shared computers never; one that is forgotten is deleted.
known_devices = Table(
    "known_devices",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    octets("secret_digest"),
    text("device", nullable=True),  # as in sessions
    text("shown", nullable=True),  # the proofs that its person gave on it, as `amr` spells them
    moment("first_seen_at"),
    moment("last_seen_at"),
    Index("ix_known_devices_account_id", "account_id"),
)

# Networks that a person signed in from, and the place of each: digests under our key and the person's number. Each is in
# one of a few slots, so that however many come at once there are no more; with the last known device all go.
known_networks = Table(
    "known_networks",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    number("slot"),
    octets("digest"),
    octets("place_digest", nullable=True),
    moment("created_at"),  # of the row, and not of the network that is in the slot now: it grows with the id
    moment("seen_at"),
    UniqueConstraint("account_id", "slot"),
)

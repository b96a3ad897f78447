"""Clients and keys, the log, and what waits to leave."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, and_, literal_column

from idp.storage.tables._columns import ID, metadata, moment, number, octets, row_id, text

clients = Table(
    "clients",
    metadata,
    row_id(),
    Column("client_id", Text, nullable=False, unique=True),
    Column("resource", Text, unique=True),
    text("document"),
    moment("created_at"),
    moment("updated_at"),
)

# The words by which apps asked people, in each version there ever was: consents and the log name it (`model.terms`).
client_terms = Table(
    "client_terms",
    metadata,
    row_id(),
    text("client_id"),
    text("version"),
    text("words"),
    moment("noted_at"),
    UniqueConstraint("client_id", "version"),
)

# One row per thing that processes cache: the row's lock puts writers in line, so no two changes share a number.
versions = Table("versions", metadata, row_id(), Column("name", Text, nullable=False, unique=True), number("version"))

signing_keys = Table(
    "signing_keys",
    metadata,
    row_id(),
    Column("kid", Text, nullable=False, unique=True),
    text("alg"),
    text("state"),
    octets("sealed_private_jwk"),
    moment("created_at"),
    moment("activated_at", nullable=True),
    moment("retired_at", nullable=True),
)
_is_active = signing_keys.c.state == "active"
Index(
    "uq_signing_keys_active",
    signing_keys.c.alg,
    unique=True,
    postgresql_where=_is_active,
    sqlite_where=_is_active,
)

# The versions of the master keys that were used here, never the keys; one writes, in all processes (docs/decisions/0027).
master_keys = Table(
    "master_keys",
    metadata,
    row_id(),
    Column("version", Integer, nullable=False, unique=True),
    octets("key_check"),
    text("state"),
    moment("since"),
    moment("fields_rekeyed_at", nullable=True),
    moment("blind_index_rekeyed_at", nullable=True),
)
_writes = master_keys.c.state == "active"
Index("uq_master_keys_active", master_keys.c.state, unique=True, postgresql_where=_writes, sqlite_where=_writes)

# Append-only: triggers refuse every change, and let go what is old, held by nobody and of a batch that a seal says is
# removed. It holds no foreign keys, since it outlives what it tells of.
events = Table(
    "events",
    metadata,
    row_id(),
    text("kind"),
    text("action"),
    moment("at"),
    text("outcome"),
    Column("account_id", ID),
    text("client_id", nullable=True),
    Column("session_id", ID),
    text("channel", nullable=True),
    text("request_id", nullable=True),
    text("data"),
    Column("actor_id", ID),  # the work account of whoever did it, where that was not its person
)
_by_somebody = events.c.actor_id.is_not(None)
Index("ix_events_of_actor", events.c.actor_id, events.c.id, postgresql_where=_by_somebody, sqlite_where=_by_somebody)
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

# Insert-only, as events are: triggers refuse every change.
audit_seals = Table(
    "audit_seals",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    text("seal"),
    Column("last_event", ID, nullable=False),
    moment("sealed_at"),
    Column("removed", ID),  # the events of the seals up to this one were removed
    Index("ix_audit_seals_last_event", "last_event"),
)
_removes = audit_seals.c.removed.is_not(None)
Index("ix_audit_seals_removed", audit_seals.c.removed, postgresql_where=_removes, sqlite_where=_removes)

# Why the log is kept for longer than its time. Rows stay when a hold is over.
audit_holds = Table(
    "audit_holds",
    metadata,
    row_id(),
    text("reference"),
    moment("since"),
    Column("placed_by", ID),  # the work account; the command line has none
    moment("placed_at"),
    Column("released_by", ID),
    moment("released_at", nullable=True),
)

event_counts = Table(
    "event_counts",
    metadata,
    row_id(),
    text("kind"),
    text("action"),
    text("outcome"),
    text("source"),
    moment("minute"),
    number("times"),
    UniqueConstraint("minute", "kind", "action", "outcome", "source"),
)

# Up to which event `event_counts` tells what happened in each minute; one row.
event_tally = Table(
    "event_tally",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("last_event", ID, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    text("kind"),
    octets("sealed_payload", nullable=True),
    number("attempts"),
    moment("created_at"),
    moment("due_at"),
    moment("expires_at"),
    moment("finished_at", nullable=True),
    text("outcome", nullable=True),
    text("reason", nullable=True),
    text("lane", nullable=True),  # whom it goes to; never a person's address
    text("reference", nullable=True),  # by which the carrier's delivery report names it
    moment("reported_at", nullable=True),
    text("report", nullable=True),  # what the carrier heard from the network: delivered, failed, expired, unknown
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

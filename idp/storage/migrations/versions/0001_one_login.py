"""People, clients, sessions, authorizations, keys, the log and the outbox.

On PostgreSQL `events` and `access_tokens` can be partitioned by time later: both are looked up by id or by moment only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "accounts",
    "names",
    "identifiers",
    "subjects",
    "credentials",
    "guesses",
    "clients",
    "versions",
    "sessions",
    "session_clients",
    "consents",
    "authorizations",
    "access_tokens",
    "signing_keys",
    "outbox",
    "events",
    "event_counts",
)

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _ID, primary_key=True)


def _reference(name: str) -> sa.Column[int]:
    return sa.Column(name, _ID, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _index_where(name: str, table: str, columns: list[str], condition: str, *, unique: bool) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    """Create everything."""
    _create_accounts()
    _create_names_and_identifiers()
    _create_subjects_and_credentials()
    _create_clients()
    _create_sessions()
    _create_consents()
    _create_authorizations()
    _create_keys_and_outbox()
    _create_events()


def downgrade() -> None:
    """Drop everything."""
    _drop_guards_of_events()
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        _id(),
        _text("uid"),
        _text("status"),
        sa.Column("proofing", sa.SmallInteger, nullable=False),
        _at("proofed_at", nullable=True),
        _flag("is_sandbox"),
        _at("created_at"),
        _key("accounts"),
        _unique("accounts", "uid"),
    )
    sandbox = sa.column("is_sandbox", sa.Boolean).is_(True)
    op.create_index("ix_accounts_sandbox", "accounts", ["is_sandbox"], postgresql_where=sandbox, sqlite_where=sandbox)


def _create_names_and_identifiers() -> None:
    op.create_table(
        "names",
        _id(),
        _reference("account_id"),
        _bytes("sealed_name"),
        _at("valid_from"),
        _at("superseded_at", nullable=True),
        _key("names"),
        _refers("names", "account_id", "accounts.id"),
    )
    _index_where("uq_names_in_force", "names", ["account_id"], "superseded_at IS NULL", unique=True)
    op.create_table(
        "identifiers",
        _id(),
        _reference("account_id"),
        _text("kind"),
        _bytes("blind_index"),
        _bytes("sealed_value"),
        _at("verified_at", nullable=True),
        _at("valid_from"),
        _at("superseded_at", nullable=True),
        _key("identifiers"),
        _refers("identifiers", "account_id", "accounts.id"),
    )
    op.create_index("ix_identifiers_account_id", "identifiers", ["account_id"])
    _index_where(
        "uq_identifiers_in_force", "identifiers", ["kind", "blind_index"], "superseded_at IS NULL", unique=True
    )


def _create_subjects_and_credentials() -> None:
    op.create_table(
        "subjects",
        _id(),
        _reference("account_id"),
        _text("sector"),
        _text("sub"),
        _key("subjects"),
        _refers("subjects", "account_id", "accounts.id"),
        _unique("subjects", "account_id", "sector"),
        _unique("subjects", "sector", "sub"),
    )
    op.create_table(
        "credentials",
        _id(),
        _reference("account_id"),
        _text("kind"),
        _bytes("sealed_secret"),
        _at("created_at"),
        _key("credentials"),
        _refers("credentials", "account_id", "accounts.id"),
        _unique("credentials", "account_id", "kind"),
    )
    op.create_table(
        "guesses",
        _id(),
        _bytes("subject"),
        _number("failures"),
        _at("last_at"),
        _key("guesses"),
        _unique("guesses", "subject"),
    )


def _create_clients() -> None:
    op.create_table(
        "clients",
        _id(),
        _text("client_id"),
        _text("document"),
        _at("created_at"),
        _at("updated_at"),
        _key("clients"),
        _unique("clients", "client_id"),
    )
    op.create_table("versions", _id(), _text("name"), _number("version"), _key("versions"), _unique("versions", "name"))


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _id(),
        _text("sid"),
        _bytes("secret_digest"),
        _reference("account_id"),
        _text("channel"),
        _text("methods"),
        _at("auth_time"),
        _at("created_at"),
        _at("last_seen_at"),
        _at("expires_at"),
        _at("ended_at", nullable=True),
        _flag("is_shared_device"),
        _key("sessions"),
        _refers("sessions", "account_id", "accounts.id"),
        _unique("sessions", "sid"),
    )
    op.create_table(
        "session_clients",
        _id(),
        _reference("session_id"),
        _text("client_id"),
        _at("joined_at"),
        _key("session_clients"),
        _refers("session_clients", "session_id", "sessions.id"),
        _unique("session_clients", "session_id", "client_id"),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        _id(),
        _reference("account_id"),
        _text("client_id"),
        _text("scope"),
        _text("left_out"),
        _at("given_at"),
        _key("consents"),
        _refers("consents", "account_id", "accounts.id"),
        _unique("consents", "account_id", "client_id"),
    )


def _create_authorizations() -> None:
    op.create_table(
        "authorizations",
        _id(),
        _bytes("origin"),
        _text("client_id"),
        _reference("account_id"),
        _reference("session_id"),
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
        _key("authorizations"),
        _refers("authorizations", "account_id", "accounts.id"),
        _refers("authorizations", "session_id", "sessions.id"),
        _unique("authorizations", "origin"),
    )
    op.create_table(
        "access_tokens",
        _id(),
        _reference("authorization_id"),
        _bytes("secret_digest"),
        _text("scope"),
        _at("issued_at"),
        _at("expires_at"),
        _key("access_tokens"),
        _refers("access_tokens", "authorization_id", "authorizations.id"),
    )


def _create_keys_and_outbox() -> None:
    op.create_table(
        "signing_keys",
        _id(),
        _text("kid"),
        _text("alg"),
        _text("state"),
        _bytes("sealed_private_jwk"),
        _at("created_at"),
        _at("activated_at", nullable=True),
        _at("retired_at", nullable=True),
        _key("signing_keys"),
        _unique("signing_keys", "kid"),
    )
    _index_where("uq_signing_keys_active", "signing_keys", ["alg"], "state = 'active'", unique=True)
    op.create_table(
        "outbox",
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
        _key("outbox"),
    )
    _index_where("ix_outbox_waiting", "outbox", ["due_at"], "finished_at IS NULL", unique=False)


def _create_events() -> None:
    op.create_table(
        "events",
        _id(),
        _text("kind"),
        _text("action"),
        _at("at"),
        _text("outcome"),
        sa.Column("account_id", _ID),
        _text("client_id", nullable=True),
        sa.Column("session_id", _ID),
        _text("channel", nullable=True),
        _text("request_id", nullable=True),
        _text("data"),
        _key("events"),
    )
    op.create_table(
        "event_counts",
        _id(),
        _text("kind"),
        _text("action"),
        _text("outcome"),
        _text("source"),
        _at("minute"),
        _number("times"),
        _key("event_counts"),
        _unique("event_counts", "minute", "kind", "action", "outcome", "source"),
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


# The log is append-only: what was written cannot be changed or removed, not even by REPLACE (which on SQLite deletes
# without a DELETE) or TRUNCATE.
_GUARDS = {
    "sqlite": (
        """
        CREATE TRIGGER events_no_update BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
        """,
        """
        CREATE TRIGGER events_no_delete BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
        """,
        """
        CREATE TRIGGER events_no_replace BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """,
        """
        CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
    ),
}


def _drop_guards_of_events() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER events_append_only ON events")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        for guard in ("events_no_update", "events_no_delete", "events_no_replace"):
            op.execute(f"DROP TRIGGER {guard}")

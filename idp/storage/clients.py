"""Registered apps in SQL; a version number tells every process that its cached registrations are old."""

from collections.abc import Sequence

from pydantic_core import from_json, to_json
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.client import Client
from idp.model.terms import NO_WORDS, Terms
from idp.storage import client_document
from idp.storage.known_clients import Known, KnownClients
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import client_terms, clients, versions
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_text

_GET = select(clients.c.document).where(clients.c.client_id == bindparam("client_id"))
_OF_RESOURCE = select(clients.c.document).where(clients.c.resource == bindparam("resource"))
_ALL = select(clients.c.document).order_by(clients.c.client_id)
_insert = insert(clients)
_SAVE = _insert.on_conflict_do_update(
    index_elements=[clients.c.client_id],
    set_={name: _insert.excluded[name] for name in ("resource", "document", "updated_at")},
)
_VERSION = select(versions.c.version).where(versions.c.name == bindparam("name"))
_NEXT_VERSION = insert(versions).on_conflict_do_update(
    index_elements=[versions.c.name], set_={"version": versions.c.version + 1}
)
_HOLD = insert(versions).on_conflict_do_update(index_elements=[versions.c.name], set_={"version": versions.c.version})
_NOTE_TERMS = insert(client_terms).on_conflict_do_nothing(
    index_elements=[client_terms.c.client_id, client_terms.c.version]
)
_TERMS = select(client_terms.c.words).where(
    client_terms.c.client_id == bindparam("of_client"), client_terms.c.version == bindparam("of_version")
)
_SAVED_AT = select(clients.c.created_at, clients.c.updated_at).where(clients.c.client_id == bindparam("client_id"))
_NAME = "clients"


class SqlClients:
    """Implements `ports.Clients`."""

    def __init__(self, transaction: Transaction, known: KnownClients, fields: SealedFields) -> None:
        self._transaction = transaction
        self._all_known = known
        self._fields = fields
        self._known: Known | None = None
        self._has_saved = False
        self._is_held = False

    def get(self, client_id: str) -> Client | None:
        """The app with this client_id."""
        known = self._of_this_unit()
        client = known.by_client_id.get(client_id)
        if client is None and can_be_text(client_id):
            row = self._transaction.find(_GET, {"client_id": client_id})
            if row is not None:
                client = known.by_client_id[client_id] = client_document.read(row.document, self._fields.cipher)
        return client

    def of_resource(self, resource: str) -> Client | None:
        """The client that is this protected resource."""
        known = self._of_this_unit()
        client = known.by_resource.get(resource)
        if client is None and can_be_text(resource):
            row = self._transaction.find(_OF_RESOURCE, {"resource": resource})
            if row is not None:
                client = known.by_resource[resource] = client_document.read(row.document, self._fields.cipher)
        return client

    def hold(self) -> None:
        """Lock the version's row, which every `save` writes; the version itself stays. What was known before may be old."""
        self._transaction.change(_HOLD, {"name": _NAME, "version": 0})
        self._is_held = True

    def save(self, client: Client, at: Instant) -> None:
        """Write or replace its registration. The version comes first: its row puts parallel saves in line."""
        self._has_saved = True
        self._transaction.change(_NEXT_VERSION, {"name": _NAME, "version": 1})
        values = {
            "client_id": client.client_id,
            "resource": client.resource,
            "document": client_document.write(
                client, self._fields.cipher, self._fields.version() if client.secrets else None
            ),
            "created_at": at,
            "updated_at": at,
        }
        self._transaction.change(_SAVE, values)
        self.note_terms(client, at)

    def note_terms(self, client: Client, at: Instant) -> None:
        """Keep the words by which it asks people; once is enough."""
        terms = client.terms
        if terms != NO_WORDS:
            words = to_json([terms.purpose, terms.licences]).decode()
            values = {"client_id": client.client_id, "version": terms.version, "words": words, "noted_at": at}
            self._transaction.change(_NOTE_TERMS, values)

    def terms(self, client_id: str, version: str) -> Terms | None:
        """The words of this version; None: nobody kept them."""
        if not (can_be_text(client_id) and can_be_text(version)):
            return None
        row = self._transaction.find(_TERMS, {"of_client": client_id, "of_version": version})
        return None if row is None else Terms(*client_document.frozen(from_json(row.words)))

    def saved_at(self, client_id: str) -> tuple[Instant, Instant] | None:
        """When it was written first, and last."""
        row = self._transaction.find(_SAVED_AT, {"client_id": client_id}) if can_be_text(client_id) else None
        return None if row is None else (row.created_at, row.updated_at)

    def all(self) -> Sequence[Client]:
        """Every app, by client_id."""
        return [client_document.read(row.document, self._fields.cipher) for row in self._transaction.find_all(_ALL)]

    def version(self) -> int:
        """A number that grows with every `save`: what caches compare."""
        row = self._transaction.find(_VERSION, {"name": _NAME})
        return 0 if row is None else int(row.version)

    def committed(self) -> None:
        """Tell everybody, once it can be read."""
        if self._has_saved:
            self._has_saved = self._is_held = False
            self._known = None
            self._all_known.change()

    def _of_this_unit(self) -> Known:
        # What may still be rolled back is not for others; and what others know may be older than what is held.
        if self._has_saved or self._is_held:
            return Known(-1)
        if self._known is None:
            self._known = self._all_known.certain() or self._all_known.look(self.version)
        return self._known

"""Registered apps in SQL; a version number tells every process that its cached registrations are old."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.client import Client
from idp.storage import client_document
from idp.storage.known_clients import Known, KnownClients
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import clients, versions
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
        """Lock the version's row, which every `save` writes; the version itself stays."""
        self._transaction.change(_HOLD, {"name": _NAME, "version": 0})

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
            self._has_saved = False
            self._known = None
            self._all_known.change()

    def _of_this_unit(self) -> Known:
        if self._has_saved:  # what may still be rolled back is not for others
            return Known(-1)
        if self._known is None:
            self._known = self._all_known.certain() or self._all_known.look(self.version)
        return self._known

"""What is encrypted, written again under another master key: opened, sealed, and put back if nobody changed it meanwhile."""

import json
from typing import Any

from sqlalchemy import Column

from idp.model.master_key import RekeyedRows
from idp.model.passkey import HANDLE_PURPOSE
from idp.ports import Cipher
from idp.storage import client_document
from idp.storage.keyed_columns import SEALED, place_in
from idp.storage.many_updates import ManyUpdates
from idp.storage.rekeyed_place import Page, lies_elsewhere, only_if, page_of, told
from idp.storage.sealed_fields import place_of_column
from idp.storage.tables import accounts, clients, passkeys
from idp.storage.transaction import Transaction


class SealedColumn:
    """A column of its own."""

    def __init__(self, column: Column[Any]) -> None:
        self._purpose = place_of_column(column)
        self._bound_to = tuple(each for each in SEALED[column] if each.name != "id")
        self._page = page_of(column.table, *self._bound_to, only_if(lies_elsewhere(column), column))
        self._updates = ManyUpdates(column, (column,))
        self._place = SEALED[column]

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """Seal again what lies under another key."""
        rows = transaction.find_all(self._page, page.parameters)
        wanted, unreadable = [], []
        for row in rows:
            if row.was is None:
                continue
            place = place_in(self._place, row)
            plaintext = cipher.open(self._purpose, row.was, place)
            if plaintext is None:
                unreadable.append(row.id)
            else:
                sealed = cipher.seal(self._purpose, plaintext, place, version=page.version)
                wanted.append((row.id, row.was, sealed))
        return told(rows, len(wanted), self._updates.write(transaction, wanted), unreadable)


class ClientDocuments:
    """The secrets inside of client registrations; whatever else a newer program wrote there stays."""

    def __init__(self) -> None:
        column = clients.c.document
        self._page = page_of(clients, clients.c.client_id, column)
        self._updates = ManyUpdates(column, (column,))

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """Seal again the secrets under another key."""
        parameters = {"after_id": page.after_id, "rows": page.rows}
        rows = transaction.find_all(self._page, parameters)
        wanted, unreadable = [], []
        for row in rows:
            document = json.loads(row.document)
            sealed = document.get("secrets", [])
            resealed = [client_document.sealed_again(each, row.client_id, cipher, page.version) for each in sealed]
            if None in resealed:
                unreadable.append(row.id)
            kept = [new or old for new, old in zip(resealed, sealed, strict=True)]
            if kept != sealed:
                wanted.append((row.id, row.document, client_document.as_text({**document, "secrets": kept})))
        return told(rows, len(wanted), self._updates.write(transaction, wanted), unreadable)


class PasskeyHandles:
    """What the devices of passkeys call their account: a digest under the key of that day, which they keep for good.

    Written down, it outlives the key. The name beside it was sealed on the same day, unless it was changed since; then
    the device tells with its next answer.
    """

    def __init__(self) -> None:
        column = passkeys.c.user_handle
        header = only_if(column.is_(None), passkeys.c.sealed_name)
        owned = passkeys.join(accounts, accounts.c.id == passkeys.c.account_id)
        self._page = page_of(passkeys, accounts.c.uid, header).select_from(owned)
        self._updates = ManyUpdates(column, (column,))

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """Write down those that are not."""
        rows = transaction.find_all(self._page, {"after_id": page.after_id, "rows": page.rows})
        wanted = [
            (row.id, None, cipher.tag(HANDLE_PURPOSE, row.uid.encode(), version=row.was[1]))
            for row in rows
            if row.was is not None and row.was[1] in cipher.versions
        ]
        return told(rows, len(wanted), self._updates.write(transaction, wanted))

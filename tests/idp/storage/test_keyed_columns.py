"""Everything that lies under a master key is named in one place, and comes under another one (threat K02)."""

import json
from itertools import chain

from sqlalchemy import Column, LargeBinary, select

from idp.clock import system_clock
from idp.model.master_key import Rekeyed
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.keyed_columns import BLIND_INDEXES, DIGESTS, DOCUMENTS, SEALED, WITHOUT_KEY
from idp.storage.stores import Storage
from idp.storage.tables import metadata, passkeys
from tests.idp.storage.binder import cipher_of
from tests.idp.storage.one_of_everything import fill, handle_under, read
from tests.idp.storage.sql import engine_of
from tests.idp.storage.test_one_person_per_number import let_write
from tests.plugins.private_servers import StorageUrls

NAMED = [*SEALED, *BLIND_INDEXES, *DIGESTS, *WITHOUT_KEY]


def test_every_column_of_bytes_is_named_once() -> None:
    """Mutation: a column with something encrypted that nobody re-keys."""
    there = [column for table in metadata.tables.values() for column in table.c if isinstance(column.type, LargeBinary)]
    assert sorted(map(str, NAMED)) == sorted(map(str, there))
    assert [str(column) for column in there if column.name.startswith("sealed_") and column not in SEALED] == []


def versions_in(urls: StorageUrls, column: Column[bytes]) -> set[int]:
    """Of the headers of all values of this column."""
    with engine_of(urls).connect() as connection:
        return {value[1] for value in connection.execute(select(column)).scalars() if value}


def secrets_in_documents(urls: StorageUrls) -> list[str]:
    """What is encrypted inside of client registrations, in hexadecimal."""
    (column,) = DOCUMENTS
    with engine_of(urls).connect() as connection:
        documents = [json.loads(document) for document in connection.execute(select(column)).scalars()]
    return [secret for document in documents for secret in document["secrets"]]


def rekey(storage: Storage, version: int, *kinds: Rekeyed) -> None:
    """Bring everything under this key."""
    rekeying = storage.rekeying()
    for place in chain.from_iterable(map(rekeying.places, kinds)):
        after_id: int | None = 0
        while after_id is not None:
            step = rekeying.step(place, version, after_id=after_id, rows=2)
            assert (step.missed, step.unreadable, step.doubles) == (0, (), ())
            after_id = step.last_id


def test_everything_comes_under_another_key_and_the_former_one_may_go(
    storage: Storage, storage_urls: StorageUrls, cipher: FieldCipher
) -> None:
    """Mutations: a column that is named and not written; one that is bound to other columns than it is sealed for."""
    let_write(storage_urls, 1)
    there = fill(storage, cipher)
    before = read(storage, cipher, there)
    assert {str(column) for column in (*SEALED, *BLIND_INDEXES) if versions_in(storage_urls, column) != {1}} == set()
    let_write(storage_urls, 2)
    both, new = cipher_of(1, 2), cipher_of(2)
    middle = open_storage(storage_urls.database, "memory:", both, system_clock)
    rekey(middle, 2, Rekeyed.BLIND_INDEX)
    assert read(middle, both, there) == before
    rekey(middle, 2, Rekeyed.FIELDS)
    assert read(middle, both, there) == before
    middle.close()
    later = open_storage(storage_urls.database, "memory:", new, system_clock)
    assert read(later, new, there) == before
    later.close()
    assert {str(column) for column in (*SEALED, *BLIND_INDEXES) if versions_in(storage_urls, column) != {2}} == set()
    assert {str(column) for column in DIGESTS if versions_in(storage_urls, column) != {1}} == set()
    assert {secret[:4] for secret in secrets_in_documents(storage_urls)} == {"0102"}


def test_what_devices_call_an_account_outlives_the_key(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: it is made again under the key that writes, and no passkey of before signs in any more."""
    let_write(storage_urls, 1)
    there = fill(storage, cipher_of(1))
    let_write(storage_urls, 2)
    both = cipher_of(1, 2)
    later = open_storage(storage_urls.database, "memory:", both, system_clock)
    rekey(later, 2, Rekeyed.FIELDS)
    with later.begin() as unit_of_work:
        (passkey,) = unit_of_work.passkeys.of_account(there.account_id)
    later.close()
    assert passkey.user_handle == handle_under(both, 1, there)
    with engine_of(storage_urls).connect() as connection:
        assert connection.execute(select(passkeys.c.user_handle)).scalars().all() == [passkey.user_handle]

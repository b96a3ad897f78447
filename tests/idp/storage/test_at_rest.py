"""What a thief of the database, or of a backup, gets: nothing readable, and nothing that could be moved about."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from idp.errors import Unavailable
from idp.model.credential import CredentialKind
from idp.model.signing_key import KeyState, SigningKey
from idp.storage.stores import Storage
from idp.storage.tables import credentials, identifiers, metadata, names, outbox, signing_keys
from tests.idp.storage.made import CITIZEN_ID, EMAIL, NAME, NOW, PHONE, account
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

SECRETS = (NAME, CITIZEN_ID.value, PHONE.value, EMAIL.value, "$argon2id$secret", "482913", "private-part")


def fill(storage: Storage) -> int:
    with storage.begin() as unit_of_work:
        person = account(unit_of_work, CITIZEN_ID, PHONE, EMAIL).id
        unit_of_work.credentials.put(person, CredentialKind.PASSWORD, "$argon2id$secret", NOW)
        unit_of_work.outbox.put("message", {"destination": PHONE.value, "text": "482913"}, NOW, NOW)
        key = SigningKey(kid="k", alg="ES256", state=KeyState.ACTIVE, private_jwk="private-part", created_at=NOW)
        unit_of_work.signing_keys.add(key)
        unit_of_work.commit()
    return person


def everything(urls: StorageUrls) -> bytes:
    """All that is stored: the bytes of the files, or the text of every row."""
    if urls.database.startswith("sqlite"):
        path = Path(urls.database.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    with engine_of(urls).connect() as connection:
        values = [
            value for table in metadata.tables.values() for row in connection.execute(select(table)) for value in row
        ]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def test_nothing_personal_stands_in_clear(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: one column without the cipher."""
    fill(storage)
    stored = everything(storage_urls)
    assert b"ES256" in stored
    assert [secret for secret in SECRETS if secret.encode() in stored] == []


def test_sealed_values_exchanged_between_two_people_are_refused(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: sealing with the table and column, but not the row."""
    with storage.begin() as unit_of_work:
        people = [account(unit_of_work, CITIZEN_ID).id, account(unit_of_work, PHONE).id]
        for person in people:
            unit_of_work.credentials.put(person, CredentialKind.PASSWORD, f"secret of {person}", NOW)
        unit_of_work.commit()
    one, other = people
    with engine_of(storage_urls).connect() as connection:
        for column in (names.c.sealed_name, credentials.c.sealed_secret):
            moved = select(column).where(column.table.c.account_id == other).scalar_subquery()
            where = column.table.c.account_id == one
            connection.execute(update(column.table).where(where).values({column: moved}))
    with storage.begin() as unit_of_work:
        with pytest.raises(Unavailable):
            unit_of_work.accounts.attributes(one)
        with pytest.raises(Unavailable) as refused:
            unit_of_work.credentials.get(one, CredentialKind.PASSWORD)
    assert "credentials.sealed_secret" in refused.value.detail
    assert "secret of" not in str(refused.value) + refused.value.detail


def test_a_number_moved_to_another_index_is_refused(storage: Storage, storage_urls: StorageUrls) -> None:
    person = fill(storage)
    with engine_of(storage_urls).connect() as connection:
        phone = select(identifiers.c.sealed_value).where(identifiers.c.kind == "phone").scalar_subquery()
        connection.execute(update(identifiers).where(identifiers.c.kind == "email").values(sealed_value=phone))
    with storage.begin() as unit_of_work, pytest.raises(Unavailable):
        unit_of_work.accounts.attributes(person)


def test_a_private_key_moved_to_another_kid_is_refused(storage: Storage, storage_urls: StorageUrls) -> None:
    fill(storage)
    with engine_of(storage_urls).connect() as connection:
        connection.execute(update(signing_keys).values(kid="another"))
    with storage.begin() as unit_of_work, pytest.raises(Unavailable):
        unit_of_work.signing_keys.all()


def test_a_finished_item_keeps_no_payload(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: marking an item as done without erasing what it said."""
    fill(storage)
    with storage.begin() as unit_of_work:
        second = unit_of_work.outbox.put("message", {"text": "482913"}, NOW, NOW)
        first = unit_of_work.outbox.claim(NOW, lease_seconds=1, limit=1)[0]
        unit_of_work.outbox.done(first.id, NOW)
        unit_of_work.outbox.bury(second, NOW, "expired")
        unit_of_work.commit()
    with engine_of(storage_urls).connect() as connection:
        assert connection.execute(select(func.count(outbox.c.sealed_payload))).scalar_one() == 0
        assert connection.execute(select(outbox.c.outcome).order_by(outbox.c.id)).scalars().all() == [
            "done",
            "abandoned",
        ]

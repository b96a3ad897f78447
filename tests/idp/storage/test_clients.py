"""Registered apps, and the version by which caches know that they are old."""

import json
from dataclasses import replace

import pytest

from idp.clock import Instant
from idp.model.client import ClientStatus
from idp.model.policy import Level
from idp.model.terms import Terms
from idp.storage import client_document, open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, client
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

FULL = client(
    status=ClientStatus.DISABLED,
    post_logout_redirect_uris=("http://localhost:8001/",),
    secret_digests=(b"\x00" * 32, b"\xff" * 32),
    scope=("openid", "profile"),
    level=Level.THREE,
    asks_consent=False,
    purpose=(("zh-CN", "办理公积金业务"), ("en", "Housing fund services")),
    optional_scope=("phone",),
    client_uri="http://localhost:8001/",
    is_sandbox=True,
)


@pytest.mark.parametrize("registered", [client(), FULL], ids=["few fields", "all fields"])
def test_a_registration_comes_back_as_it_was(storage: Storage, registered: object) -> None:
    assert isinstance(registered, type(FULL))
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(registered, NOW)
        unit_of_work.commit()
        assert unit_of_work.clients.get(registered.client_id) == registered


def test_saving_again_replaces(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(client(), NOW)
        unit_of_work.clients.save(FULL, NOW)
        unit_of_work.clients.save(client("archive"), NOW)
        unit_of_work.commit()
        assert unit_of_work.clients.all() == [client("archive"), FULL]


@pytest.mark.parametrize("client_id", ["unknown", "", "nul\0", "\ud800", "x" * 10_000])
def test_an_id_that_no_app_has_finds_none(storage: Storage, client_id: str) -> None:
    """Mutation: handing NUL or a lone surrogate to the driver, which raises."""
    with storage.begin() as unit_of_work:
        assert unit_of_work.clients.get(client_id) is None


def test_the_version_grows_with_every_save_and_only_when_committed(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        assert unit_of_work.clients.version() == 0
        unit_of_work.clients.save(client(), NOW)
        unit_of_work.commit()
        unit_of_work.clients.save(client(), NOW)
        unit_of_work.roll_back()
        assert unit_of_work.clients.version() == 1


def test_holding_is_no_change_and_waits_for_whoever_holds(storage: Storage) -> None:
    """Mutation: `hold` that takes no lock, or that empties every cache."""

    def act(_number: int) -> None:
        with storage.begin() as unit_of_work:
            unit_of_work.clients.hold()
            unit_of_work.clients.save(client(client_name=f"{unit_of_work.clients.version()}"), NOW)
            unit_of_work.commit()

    with storage.begin() as unit_of_work:
        unit_of_work.clients.hold()
        unit_of_work.commit()
        assert unit_of_work.clients.version() == 0
    storm(4, act)
    with storage.begin() as unit_of_work:
        (last,) = unit_of_work.clients.all()
        assert (last.client_name, unit_of_work.clients.version()) == ("3", 4)


def test_what_is_read_after_holding_is_what_stands_there(storage: Storage) -> None:
    """Also what this unit of work read before. Mutation: what was known then goes on, and another's change is lost."""
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(client(scope=("openid", "phone")), NOW)
        unit_of_work.commit()
    with storage.begin() as slow, storage.begin() as officer:
        assert slow.clients.get("housing-fund") == client(scope=("openid", "phone"))
        officer.clients.save(client(scope=("openid",)), NOW)
        officer.commit()
        slow.clients.hold()
        assert slow.clients.get("housing-fund") == client(scope=("openid",))


def test_when_it_was_written_is_known(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(client(), NOW)
        unit_of_work.clients.save(client(client_name="New"), Instant(NOW + 60))
        unit_of_work.commit()
        assert unit_of_work.clients.saved_at("housing-fund") == (NOW, NOW + 60)
        assert unit_of_work.clients.saved_at("nul\0") is None


def test_no_two_saves_share_a_version(storage: Storage) -> None:
    """Mutation: reading the version first and writing it back increased."""

    def save(number: int) -> None:
        with storage.begin() as unit_of_work:
            unit_of_work.clients.save(client(f"client-{number}"), NOW)
            unit_of_work.commit()

    storm(12, save)
    with storage.begin() as unit_of_work:
        assert unit_of_work.clients.version() == 12


def test_a_document_of_a_newer_or_older_program_is_still_read(cipher: FieldCipher) -> None:
    document = json.loads(client_document.write(FULL, cipher))
    document["a_field_of_tomorrow"] = {"x": 1}
    del document["is_sandbox"]
    assert client_document.read(json.dumps(document), cipher) == replace(FULL, is_sandbox=False)


def test_a_secret_that_signs_is_encrypted_for_its_client(cipher: FieldCipher) -> None:
    """Mutations: the secret as it is; one that is good for another client's document."""
    secret = "a-secret-that-must-be-known-to-be-used-to-sign"
    client = replace(FULL, secrets=(secret,))
    written = client_document.write(client, cipher)
    assert secret not in written
    assert secret.encode().hex() not in written
    assert secret not in repr(client)
    assert client_document.read(written, cipher) == client
    moved = client_document.read(json.dumps({**json.loads(written), "client_id": "another"}), cipher)
    assert moved.secrets == ()
    assert moved.sealed_secrets == tuple(json.loads(written)["secrets"])


def test_a_secret_that_does_not_decrypt_hides_no_client_and_is_not_lost(
    storage: Storage, storage_urls: StorageUrls
) -> None:
    """Mutations: one of them stops the list; whoever saves the client meanwhile saves it without its secret."""
    secret = "a-secret-that-must-be-known-to-be-used-to-sign"
    other = FieldCipher({2: b"2" * 32})
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(replace(FULL, secrets=(secret,)), NOW)
        unit_of_work.clients.save(client("another"), NOW)
        unit_of_work.commit()
    without_key = open_storage(storage_urls.database, "memory:", other, lambda: NOW)
    with without_key.begin() as unit_of_work:
        assert [each.client_id for each in unit_of_work.clients.all()] == ["another", FULL.client_id]
        found = unit_of_work.clients.get(FULL.client_id)
        assert found is not None
        assert (found.secrets, len(found.sealed_secrets), secret in repr(found)) == ((), 1, False)
        unit_of_work.clients.save(replace(found, client_name="Renamed"), NOW)
        unit_of_work.commit()
    without_key.close()
    with storage.begin() as unit_of_work:
        found = unit_of_work.clients.get(FULL.client_id)
    assert found == replace(FULL, client_name="Renamed", secrets=(secret,))


def test_the_words_of_every_version_are_kept(storage: Storage) -> None:
    """What people agreed to stays readable. Mutations: the newest alone; a licence left out; another app's words."""
    licensed = replace(FULL, licences=(("id_number", (("en", "Art. 24"),)),))
    with storage.begin() as unit_of_work:
        for each in (client(), FULL, licensed, FULL):
            unit_of_work.clients.save(each, NOW)
        unit_of_work.clients.note_terms(replace(FULL, purpose=(("en", "Noted"),)), NOW)
        unit_of_work.commit()
        for each in (FULL, licensed):
            assert unit_of_work.clients.terms(FULL.client_id, each.terms.version) == each.terms
        noted = unit_of_work.clients.terms(FULL.client_id, Terms((("en", "Noted"),)).version)
        assert noted == Terms((("en", "Noted"),))
        for client_id, version in (
            ("another", FULL.terms.version),
            (FULL.client_id, "unknown"),
            (FULL.client_id, client().terms.version),
            ("nul\0", "\ud800"),
        ):
            assert unit_of_work.clients.terms(client_id, version) is None

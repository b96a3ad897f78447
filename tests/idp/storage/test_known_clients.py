"""Registrations are kept by each process, and a change of one is seen by all: at once on this machine."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.clock import Instant
from idp.model.client import Client
from idp.storage import known_clients, open_storage
from idp.storage.database import Held
from idp.storage.encryption import FieldCipher
from idp.storage.known_clients import SharedGeneration, shared_generation
from idp.storage.stores import Storage
from tests.idp.storage.made import client
from tests.plugins.private_servers import StorageUrls

NOW = Instant(1_790_000_000)

Open = Callable[[Path | None], Storage]


@pytest.fixture
def open_one(storage_urls: StorageUrls, cipher: FieldCipher) -> Iterator[Open]:
    """Opens the same stores as another process would."""
    opened: list[Storage] = []

    def one(directory: Path | None) -> Storage:
        storage = open_storage(storage_urls.database, storage_urls.ephemeral, cipher, lambda: NOW, directory=directory)
        opened.append(storage)
        return storage

    yield one
    for storage in opened:
        storage.close()


def save(storage: Storage, name: str, **changes: Any) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(client(client_name=name, **changes), NOW)
        unit_of_work.commit()


def find(storage: Storage) -> Client | None:
    with storage.begin() as unit_of_work:
        return unit_of_work.clients.get("housing-fund")


def name_at(storage: Storage) -> str | None:
    found = find(storage)
    return None if found is None else found.client_name


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the databases of this process."""
    sent: list[str] = []
    execute = Held.execute

    def noted(held: Held, prepared: object, *rest: object) -> object:
        sent.append(str(prepared.text))  # type: ignore[attr-defined]
        return execute(held, prepared, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Held, "execute", noted)
    return sent


def test_what_is_known_is_not_asked_for(open_one: Open, tmp_path: Path, statements: list[str]) -> None:
    """Mutation: `certain` always gives None."""
    storage = open_one(tmp_path)
    save(storage, "公积金")
    assert name_at(storage) == "公积金"
    statements.clear()
    assert name_at(storage) == "公积金"
    assert statements == []


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_change_by_another_process_is_seen_at_once(open_one: Open, tmp_path: Path, is_shared: bool) -> None:
    """Mutation: `committed` tells nobody."""
    directory = tmp_path if is_shared else None
    reader, writer = open_one(directory), open_one(directory)
    for name in ("one", "two", "three"):
        save(writer, name)
        assert name_at(reader) == name


def test_a_change_by_another_machine_is_seen_within_a_second(
    open_one: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: `certain` does not look at the time."""
    moment = 100.0
    monkeypatch.setattr(known_clients, "monotonic", lambda: moment)
    reader, writer = open_one(tmp_path / "here"), open_one(tmp_path / "there")
    save(writer, "before")
    assert name_at(reader) == "before"
    save(writer, "after")
    moment += known_clients.POLL_SECONDS - 0.01
    assert name_at(reader) == "before"
    moment += 0.01
    assert name_at(reader) == "after"


def test_the_protected_resource_is_known_as_well(open_one: Open, tmp_path: Path, statements: list[str]) -> None:
    storage, other = open_one(tmp_path), open_one(tmp_path)
    save(other, "first", resource="https://api.example")

    def resource_at() -> str:
        with storage.begin() as unit_of_work:
            found = unit_of_work.clients.of_resource("https://api.example")
        assert found is not None
        return found.client_name

    assert resource_at() == "first"
    statements.clear()
    assert (resource_at(), statements) == ("first", [])
    save(other, "second", resource="https://api.example")
    assert resource_at() == "second"


def test_what_was_rolled_back_is_known_to_nobody(open_one: Open, tmp_path: Path) -> None:
    """Mutation: `_of_this_unit` keeps what it reads while the unit has saved."""
    storage = open_one(tmp_path)
    save(storage, "kept")
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(client(client_name="rolled back"), NOW)
        found = unit_of_work.clients.get("housing-fund")
        assert found is not None
        assert found.client_name == "rolled back"
    save(storage, "kept again")
    assert name_at(storage) == "kept again"


def test_an_unknown_client_is_not_remembered(open_one: Open, tmp_path: Path) -> None:
    """Nobody can fill the memory with names, and a client that is registered afterwards is found."""
    storage = open_one(tmp_path)
    assert find(storage) is None
    save(storage, "new")
    assert name_at(storage) == "new"


def test_a_directory_that_cannot_be_written_costs_a_look_each_time(open_one: Open, tmp_path: Path) -> None:
    (tmp_path / "clients.generation").mkdir()
    reader, writer = open_one(tmp_path), open_one(tmp_path)
    for name in ("one", "two"):
        save(writer, name)
        assert name_at(reader) == name


def test_the_generation_is_seen_by_other_processes(tmp_path: Path) -> None:
    generation = shared_generation(tmp_path)
    assert generation is not None
    before = generation.value()
    code = (
        "import sys; from pathlib import Path; from idp.storage.known_clients import SharedGeneration;"
        "SharedGeneration(Path(sys.argv[1])).change()"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "clients.generation")], check=True, timeout=60)
    assert generation.value() != before
    assert SharedGeneration(tmp_path / "clients.generation").value() == generation.value()

"""`idp keys use` and `idp keys rotate` for master keys: what an operator reads, in the order of the how-to."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from idp.app import install, load_settings
from idp.keys import rekey
from idp.oauth.client_metadata import client_of
from tests.idp.cli.conftest import CommandLine
from tests.idp.installed import MASTER_KEY, new_person
from tests.idp.oauth.registered import METADATA

BOTH = f"{MASTER_KEY} 2:{'Ag' * 21}I="
NEW = f"2:{'Ag' * 21}I="
SECRET = "a-secret-by-which-an-app-signs-its-assertions"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else runs here who would have to hear of it."""
    monkeypatch.setattr(rekey, "sleep", lambda _seconds: None)


@pytest.fixture
def settled(ready: CommandLine, at_once: None) -> CommandLine:
    """Somebody, and an app that signs with its secret, under key 1; both keys are known now."""
    installation = install(load_settings(ready.config, {}))
    new_person(installation)
    app = {**METADATA, "token_endpoint_auth_method": "client_secret_jwt", "client_secret": SECRET}
    with installation.services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(app), installation.services.clock())
        unit_of_work.commit()
    installation.storage.close()
    ready.environment = {"IDP_SECRETS__KEYS": BOTH}
    return ready


def notes(idp: CommandLine) -> list[str]:
    """What `idp check` says of master keys."""
    lines = idp("check").stdout.splitlines()
    return [line.removeprefix("  note: ") for line in lines if "master key" in line]


def test_from_one_key_to_the_next(settled: CommandLine) -> None:
    """Mutations: a key that is known writes; a key is called free while something lies under it."""
    writes, waits = notes(settled)
    assert writes.startswith("master key 1 writes, since 20")
    assert waits == "master key 2 is known here and was never used: when every process knows it, `idp keys use 2`"
    used = settled("keys", "use", "2")
    assert (used.exit_code, used.stdout) == (
        0,
        "Master key 2 writes now. Next: `idp keys rotate --blind-index --fields`.\n",
    )
    assert settled("keys", "use", "2").stdout == "Master key 2 writes already.\n"
    assert notes(settled)[0] == (
        "master key 1 still has values and must stay: `idp keys rotate --blind-index --fields`"
    )
    first = settled("keys", "rotate", "--blind-index")
    assert first.exit_code == 0, first.stderr
    assert "identifiers.blind_index: 2 looked at, 2 re-keyed\n" in first.stdout
    assert notes(settled)[0] == "master key 1 still has values and must stay: `idp keys rotate --fields`"
    second = settled("keys", "rotate", "--fields")
    assert second.exit_code == 0, second.stderr
    for line in ("signing_keys.sealed_private_jwk: 4 looked at, 4", "clients.document: 2 looked at, 1"):
        assert line in second.stdout
    assert "master key 1 has no values that are needed: it may be taken out" in second.stdout
    settled.environment = {"IDP_SECRETS__KEYS": NEW}
    assert settled("check").exit_code == 0
    assert [note[:20] for note in notes(settled)] == ["master key 2 writes,"]


def test_a_key_that_goes_too_early_is_a_fault(settled: CommandLine) -> None:
    """Mutation: told only when somebody cannot sign in."""
    assert settled("keys", "use", "2").exit_code == 0
    settled.environment = {"IDP_SECRETS__KEYS": NEW}
    result = settled("check")
    assert result.exit_code == 1
    assert "- master_keys: master key 1 is in use and not in secrets.keys" in result.stdout
    assert f"- clients: a secret does not decrypt of {METADATA['client_id']}; bring its key back" in result.stdout
    listed = settled("client", "list")
    assert (listed.exit_code, str(METADATA["client_id"]) in listed.stdout) == (0, True)
    again = settled("keys", "rotate", "--fields")
    assert (again.exit_code, "master key 1 is in use and not in secrets.keys" in again.stderr) == (1, True)


def test_rows_that_do_not_decrypt_are_named_and_nothing_of_them(settled: CommandLine, tmp_path: Path) -> None:
    """Mutations: exit 0; the value itself is printed; the rest is left."""
    assert settled("keys", "use", "2").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "idp.db")) as database:
        database.execute("UPDATE names SET sealed_name = CAST(x'0101' || randomblob(40) AS BLOB)")
        database.commit()
    result = settled("keys", "rotate", "--blind-index", "--fields")
    assert result.exit_code == 1
    faults = result.stderr.splitlines()
    assert faults == [f"{place} of row 1: does not decrypt" for place in ("names.blind_index", "names.sealed_name")]
    assert "credentials.sealed_secret: 1 looked at, 1 re-keyed\n" in result.stdout
    assert "master key 1 still has values and must stay" in result.stdout


def test_a_version_that_is_no_key_is_refused(settled: CommandLine) -> None:
    result = settled("keys", "use", "3")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no master key 3 in secrets.keys; add it first." in result.stderr
    for version in ("0", "256", "two"):
        assert settled("keys", "use", version).exit_code == 2


@pytest.mark.parametrize("option", [["--alg", "ES256"], ["--at-once"], ["--emergency"]])
def test_signing_keys_and_master_keys_are_not_one_command(settled: CommandLine, option: list[str]) -> None:
    """Mutation: the option is passed over, and the operator believes that a signing key was changed."""
    result = settled("keys", "rotate", "--fields", *option)
    assert (result.exit_code, "no other option goes with them" in result.stderr) == (2, True)


def test_a_former_key_of_other_bytes_is_refused(settled: CommandLine) -> None:
    """Mutation: a version is taken for the key, and what is written now nobody else can read."""
    assert settled("keys", "use", "2").exit_code == 0
    assert settled("keys", "use", "1").exit_code == 0
    settled.environment = {"IDP_SECRETS__KEYS": f"{MASTER_KEY} 2:{'A' * 43}="}
    result = settled("keys", "use", "2")
    assert (result.exit_code, "Master key 2 was another key here" in result.stderr) == (1, True)

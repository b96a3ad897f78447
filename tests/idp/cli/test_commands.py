"""The operator's commands: what they do, what they refuse, and what they say to do next."""

import re
import socket
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from idp.app import install, load_settings
from idp.oauth.client_metadata import client_of
from tests.idp.cli.conftest import CommandLine
from tests.idp.installed import new_person
from tests.idp.oauth.registered import METADATA

PUBLIC = {"IDP_ISSUER": "https://id.example"}


def keys_of(idp: CommandLine) -> dict[str, tuple[str, str]]:
    """Algorithm and state by kid, as `idp keys list` prints them."""
    lines = [line.split() for line in idp("keys", "list").stdout.splitlines()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT?", date) for _, _, date, _, _ in lines)
    return {kid: (alg, state) for alg, state, _, _, kid in lines}


def settle_sandbox(idp: CommandLine, *, people: bool, apps: bool) -> None:
    """Put made-up people and apps into the database, as the demo does."""
    installation = install(load_settings(idp.config, {}))
    if people:
        new_person(installation, is_sandbox=True)
    if apps:
        with installation.services.begin() as unit_of_work:
            unit_of_work.clients.save(client_of(METADATA, is_sandbox=True), installation.services.clock())
            unit_of_work.commit()
    installation.storage.close()


# ── settings ──


@pytest.mark.parametrize(
    "command", [["check"], ["migrate"], ["serve"], ["worker"], ["keys", "list"], ["client", "list"]]
)
def test_wrong_settings_are_told_all_at_once_by_every_command(idp: CommandLine, command: list[str]) -> None:
    """Mutation: the first fault only, or a traceback."""
    idp.environment = {"IDP_NONSENSE": "1", "IDP_SERVER__PROT": "2", "IDP_SANDBOX__ENABLED": "true", **PUBLIC}
    result = idp(*command)
    assert result.exit_code == 2
    assert result.stdout == ""
    for name in ("nonsense", "server.prot", "sandbox.enabled"):
        assert f"- {name}: " in result.stderr


def test_what_cannot_be_opened_is_told_like_a_wrong_setting(idp: CommandLine) -> None:
    idp.environment = {"IDP_STATE_DIRECTORY": "/dev/null/x"}
    result = idp("check")
    assert (result.exit_code, "state_directory: " in result.stderr) == (2, True)


def test_a_settings_file_that_is_not_there_is_named(idp: CommandLine, tmp_path: Path) -> None:
    result = CommandLine(tmp_path / "missing.toml")("check")
    assert (result.exit_code, "missing.toml" in result.stderr) == (2, True)


# ── check ──


def test_check_names_every_fault_and_how_to_mend_it(idp: CommandLine) -> None:
    result = idp("check")
    assert result.exit_code == 1
    faults = [line for line in result.stdout.splitlines() if line.startswith("- ")]
    assert {fault.split(":")[0] for fault in faults} == {"- migrations", "- signing_key"}
    assert all("idp migrate" in fault for fault in faults)


def test_check_is_content_with_a_ready_installation_and_remarks(ready: CommandLine) -> None:
    result = ready("check")
    assert result.exit_code == 0
    assert "Ready to serve http://localhost:8000." in result.stdout
    assert "cookies are not Secure" in result.stdout
    assert "messaging.sms is not set" in result.stdout


def test_check_says_that_a_store_is_away(ready: CommandLine) -> None:
    ready.environment = {
        "IDP_STORAGE__DATABASE": "postgresql://idp:hunter2@127.0.0.1:1/idp",
        "IDP_STORAGE__EPHEMERAL": "redis://127.0.0.1:1/0",
    }
    result = ready("check")
    assert result.exit_code == 1
    assert "- stores: " in result.stdout
    assert "hunter2" not in result.output


@pytest.mark.parametrize(("people", "apps"), [(True, False), (False, True), (True, True)])
def test_sandbox_people_and_apps_never_meet_strangers(ready: CommandLine, people: bool, apps: bool) -> None:
    """Mutation: only the settings asked, and not what an earlier demo left in the database."""
    settle_sandbox(ready, people=people, apps=apps)
    assert ready("check").exit_code == 0, "on this machine they are welcome"
    ready.environment = PUBLIC
    for command in ("check", "serve", "worker"):
        result = ready(command)
        assert result.exit_code == 1, command
        assert ("sandbox people are in it" in result.output) is people
        assert ("sandbox apps are in it" in result.output) is apps


# ── migrate ──


def test_migrate_plans_does_and_repeats(idp: CommandLine, tmp_path: Path) -> None:
    """Mutation: `--plan` that migrates; a second run that makes more keys."""
    planned = idp("migrate", "--plan")
    assert planned.exit_code == 0
    assert re.match(r"0001 \S", planned.stdout)
    with closing(sqlite3.connect(tmp_path / "idp.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    first = idp("migrate")
    assert first.exit_code == 0
    assert "4 signing keys were made" in first.stdout
    again = idp("migrate")
    assert (again.exit_code, "0 signing keys were made" in again.stdout) == (0, True)
    assert "Nothing to do" in idp("migrate", "--plan").stdout
    assert idp("check").exit_code == 0


def test_a_database_of_a_newer_release_is_left_alone(ready: CommandLine, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "idp.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for arguments in (["migrate"], ["migrate", "--plan"]):
        result = ready(*arguments)
        assert (result.exit_code, "newer release" in result.stderr) == (1, True)


# ── keys ──


def test_keys_are_listed_and_rotated(ready: CommandLine) -> None:
    before = keys_of(ready)
    assert Counter(before.values()) == dict.fromkeys(
        [(alg, state) for alg in ("ES256", "RS256") for state in ("active", "next")], 1
    )
    early = ready("keys", "rotate")
    assert early.exit_code == 1
    assert "--at-once" in early.stderr
    assert keys_of(ready) == before, "nothing was half done"
    ready.environment = {"IDP_KEYS__PUBLISH_AHEAD": "0"}
    result = ready("keys", "rotate", "--alg", "ES256")
    assert result.exit_code == 0
    after = keys_of(ready)
    (coming,) = [kid for kid, key in before.items() if key == ("ES256", "next")]
    assert after[coming] == ("ES256", "active")
    assert f"ES256: {coming} signs now." in result.stdout
    assert ("ES256", "retired") in after.values()
    assert {kid for kid, key in after.items() if key[0] == "RS256"} == {
        kid for kid, key in before.items() if key[0] == "RS256"
    }


def test_a_leaked_key_goes_at_once(ready: CommandLine) -> None:
    before = keys_of(ready)
    result = ready("keys", "rotate", "--at-once")
    assert result.exit_code == 0
    leaked = {kid for kid, (_, state) in before.items() if state == "active"}
    assert not leaked & set(keys_of(ready))


def test_another_algorithm_is_a_usage_error(ready: CommandLine) -> None:
    assert ready("keys", "rotate", "--alg", "HS256").exit_code == 2


# ── serve ──


def test_serve_does_not_start_with_what_check_calls_a_fault(idp: CommandLine) -> None:
    result = idp("serve")
    assert result.exit_code == 1
    assert "Not started:\n- migrations: " in result.stderr
    assert "- signing_key: " in result.stderr


@pytest.mark.parametrize("name", ["port", "management_port"])
def test_serve_names_who_holds_a_port(ready: CommandLine, name: str) -> None:
    """Mutation: a traceback, or a port and nothing more."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ready.environment = {f"IDP_SERVER__{name.upper()}": str(port)}
        result = ready("serve")
    assert result.exit_code == 1
    assert f"server.{name}: port {port} is taken, held by " in result.stderr
    assert re.search(r"python.*\(pid \d+\)", result.stderr)

"""`idp client`: what it registers, what it refuses, and that no word of it is a secret."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from idp.cli import idp as commands
from idp.cli.client import _table, _width
from idp.oauth.client_metadata import client_of
from tests.idp.cli.conftest import CommandLine

SECRET, OTHER_SECRET = "s3cr3t-of-the-tax-office-0123456789abcdef", "an0ther-secret-of-the-tax-office-0123456789"
TAX: dict[str, Any] = {
    "client_id": "tax",
    "client_name": "电子税务局",
    "client_secret": SECRET,
    "redirect_uris": ["https://tax.example/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile licences:read",
    "optional_scope": "profile",
    "audience": "https://licences.example/",
    "backchannel_logout_uri": "https://tax.example/logout?from=yizheng",
    "purpose": {"zh-CN": "办税", "en": "To pay taxes"},
    "level": 2,
}
LICENCES: dict[str, Any] = {
    "client_id": "licences",
    "client_name": "Licences",
    "client_secret": "s3cr3t-of-the-licence-library-0123456789",
    "grant_types": ["client_credentials"],
    "scope": "",
    "resource": "https://licences.example/",
    "resource_scope": {"licences:read": {"zh-CN": "读取证照", "en": "Read licences"}},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "apps.json"


def write(file: Path, *entries: object) -> str:
    file.write_text(json.dumps(entries, ensure_ascii=False), "utf-8")
    return str(file)


def shown(idp: CommandLine, client_id: str) -> dict[str, Any]:
    result = idp("client", "show", client_id)
    assert (result.exit_code, result.stderr) == (0, "")
    told: dict[str, Any] = json.loads(result.stdout)
    return told


# ── import ──


def test_a_list_is_registered_once(ready: CommandLine, file: Path) -> None:
    result = ready("client", "import", write(file, TAX, LICENCES))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "tax: new\nlicences: new\n2 new, 0 changed, 0 unchanged.\n"
    again = ready("client", "import", str(file))
    assert again.stdout == "tax: unchanged\nlicences: unchanged\n0 new, 0 changed, 2 unchanged.\n"
    write(file, {**TAX, "level": 3, "client_secret": OTHER_SECRET}, LICENCES)
    assert ready("client", "import", str(file)).stdout.splitlines()[0] == "tax: changed (client_secret, level)"


def test_a_list_comes_from_standard_input(ready: CommandLine) -> None:
    command = ["--config", str(ready.config), "client", "import", "-"]
    result = CliRunner().invoke(commands, command, input=json.dumps([LICENCES]))
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "licences: new")


def test_a_dry_run_tells_the_same_and_writes_nothing(ready: CommandLine, file: Path) -> None:
    """Mutation: `--dry-run` that commits."""
    result = ready("client", "import", "--dry-run", write(file, TAX, LICENCES))
    assert result.stdout == "tax: new\nlicences: new\nNothing was written: this was a dry run.\n"
    assert "No client is registered" in ready("client", "list").stdout
    wrong = ready("client", "import", "--dry-run", write(file, TAX))
    assert (wrong.exit_code, "audience" in wrong.stderr) == (1, True)


def test_one_fault_and_nothing_is_registered(ready: CommandLine, file: Path) -> None:
    """Mutation: each good entry written as it is read."""
    bad = {**TAX, "client_id": "bad", "client_secret": "hunter2", "colour": "red"}
    result = ready("client", "import", write(file, LICENCES, TAX, bad))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "Nothing was registered:",
        "- clients[2] bad: colour: is no member that we know",
        "- clients[2] bad: client_secret: 32 to 1024 random characters",
    ]
    assert "No client is registered" in ready("client", "list").stdout


@pytest.mark.parametrize(("content", "told"), [(None, "cannot be read"), ("[", "not JSON"), ("{}", "JSON list")])
def test_a_wrong_file_is_one_clear_line(ready: CommandLine, file: Path, content: str | None, told: str) -> None:
    if content is not None:
        file.write_text(content, "utf-8")
    result = ready("client", "import", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    heading, fault = result.stderr.splitlines()
    assert (heading, told in fault) == ("Nothing was registered:", True)


def test_a_secret_changes_over(ready: CommandLine, file: Path) -> None:
    ready("client", "import", write(file, TAX, LICENCES))
    write(file, {**TAX, "client_secret": OTHER_SECRET}, LICENCES)
    assert "tax: changed (client_secret)" in ready("client", "import", "--keep-old-secret", str(file)).stdout
    assert shown(ready, "tax")["valid_secrets"] == 2
    assert "tax: changed (client_secret)" in ready("client", "import", str(file)).stdout
    assert shown(ready, "tax")["valid_secrets"] == 1


def test_a_sector_changes_only_by_its_own_word(ready: CommandLine, file: Path) -> None:
    ready("client", "import", write(file, TAX, LICENCES))
    write(file, {**TAX, "redirect_uris": ["https://new.example/callback"]}, LICENCES)
    refused = ready("client", "import", str(file))
    assert (refused.exit_code, "--change-sector" in refused.stderr) == (1, True)
    assert shown(ready, "tax")["sector"] == "tax.example"
    assert ready("client", "import", "--change-sector", str(file)).exit_code == 0
    assert shown(ready, "tax")["sector"] == "new.example"


def test_what_cannot_work_yet_is_noted(ready: CommandLine, file: Path) -> None:
    kiosk = {**LICENCES, "channel": "kiosk"}
    app = {**LICENCES, "client_id": "b", "channel": "app", "resource": "urn:example:b", "resource_scope": {}}
    notes = [line for line in ready("client", "import", write(file, kiosk, app)).stdout.splitlines() if "note" in line]
    assert notes == [
        "  note: the channel kiosk is not switched on in the settings; until then nobody can sign in there",
        "  note: the channel app does not allow client_credentials",
    ]


# ── list and show ──


def test_clients_stand_in_a_table(ready: CommandLine, file: Path) -> None:
    """Mutation: columns padded by characters, so that Chinese names push the rest aside."""
    ready("client", "import", write(file, TAX, LICENCES))
    head, *lines = ready("client", "list").stdout.splitlines()
    assert head.split() == [
        "client_id", "client_name", "channel", "profile", "status", "grant_types", "token_endpoint_auth_method",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines] == ["licences", "tax"]
    for name, word in (("channel", "website"), ("status", "active"), ("profile", "gov-standard")):
        assert {_width(line[: line.index(word)]) for line in lines} == {head.index(name)}


def test_a_table_is_aligned_in_any_script() -> None:
    lines = list(_table([("a", "b"), ("电子证照库", "1"), ("ABC", "2"), ("e\u0301", "3"), ("ア", "4")]))
    assert {_width(line) for line in lines} == {len("电子证照库") * 2 + 3}


def test_clients_are_listed_as_json(ready: CommandLine, file: Path) -> None:
    assert json.loads(ready("client", "list", "--json").stdout) == []
    ready("client", "import", write(file, TAX, LICENCES))
    told = json.loads(ready("client", "list", "--json").stdout)
    assert [each["client_id"] for each in told] == ["licences", "tax"]
    assert told[1] == {
        "client_id": "tax",
        "client_name": "电子税务局",
        "channel": "website",
        "profile": "gov-standard",
        "status": "active",
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_basic",
        "api_role": None,
    }


@pytest.mark.parametrize("metadata", [TAX, LICENCES])
def test_what_is_shown_would_register_the_same_client(ready: CommandLine, file: Path, metadata: dict[str, Any]) -> None:
    """Mutation: a member that `metadata_of` forgets."""
    ready("client", "import", write(file, TAX, LICENCES))
    told = shown(ready, metadata["client_id"])
    assert client_of({**told["metadata"], "client_secret": metadata["client_secret"]}) == client_of(metadata)
    assert metadata.keys() - told["metadata"].keys() <= {"client_secret", "scope"}
    assert (told["status"], told["valid_secrets"], told["is_sandbox"]) == ("active", 1, False)
    assert told["registered_at"] == told["changed_at"]
    assert ready("client", "import", str(file)).stdout.endswith("2 unchanged.\n")


def test_no_word_is_a_secret(ready: CommandLine, file: Path, tmp_path: Path) -> None:
    """Mutation: the digest, or the metadata as it came, among what is shown."""
    said = [
        ready("client", "import", write(file, TAX, LICENCES)),
        ready("client", "import", write(file, {**TAX, "client_secret": OTHER_SECRET}, LICENCES)),
        ready("client", "list", "--json"),
        ready("client", "show", "tax"),
    ]
    digests = [digest.hex() for digest in (*client_of(TAX).secret_digests, *_of(OTHER_SECRET).secret_digests)]
    for words in (SECRET, OTHER_SECRET, *digests):
        assert all(words not in result.output for result in said)
    for secret in (SECRET, OTHER_SECRET):
        assert secret.encode() not in (tmp_path / "idp.db").read_bytes()


def _of(secret: str) -> Any:
    return client_of({**TAX, "client_secret": secret})


# ── disable and enable ──


def test_a_client_is_stopped_and_goes_on(ready: CommandLine, file: Path) -> None:
    ready("client", "import", write(file, TAX, LICENCES))
    stopped = ready("client", "disable", "tax")
    assert stopped.exit_code == 0
    assert stopped.stdout == (
        "tax is disabled: from now on every process refuses it.\n`idp client enable tax` takes that back.\n"
    )
    assert shown(ready, "tax")["status"] == "disabled"
    assert "it was before" in ready("client", "disable", "tax").stdout
    assert ready("client", "import", str(file)).stdout.splitlines()[0] == "tax: unchanged, and stays disabled"
    assert ready("client", "enable", "tax").stdout == "tax is active.\n"
    assert ready("client", "enable", "tax").stdout == "tax is active, as it was before.\n"
    assert shown(ready, "tax")["status"] == "active"


@pytest.mark.parametrize("command", ["show", "disable", "enable"])
def test_an_unknown_client_is_one_clear_line(ready: CommandLine, command: str) -> None:
    result = ready("client", command, "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "There is no client with this client_id; `idp client list` names all.\n"

"""Sources at the command line: which answer, and that none of the sandbox's starts where strangers come (table)."""

from pathlib import Path

import pytest

from idp.ports import SourceKind
from tests.idp.cli.conftest import CommandLine
from tests.realnames.sources.authority_program import running_authority
from tests.realnames.sources.toy_authority import TOKEN

NAMES = {
    SourceKind.FACE: "sandbox_authority",
    SourceKind.POPULATION: "sandbox_population_register",
    SourceKind.COMPANY: "sandbox_company_register",
    SourceKind.BANK: "sandbox_bank_accounts",
    SourceKind.NET_ID: "sandbox_network_identity",
    SourceKind.CARD_READER: "sandbox_card_reader",
}
PUBLIC = {
    "IDP_ISSUER": "https://id.example",
    "IDP_STORAGE__EPHEMERAL": "redis://127.0.0.1:1/0",
}


def settings_of(kind: SourceKind, url: str, folder: Path) -> dict[str, str]:
    """One sandbox source, as `IDP_*` variables."""
    name = NAMES[kind]
    section = {"URL": url, "TOKEN": TOKEN, "CLIENT": "http://localhost:8000"}
    if kind is SourceKind.FACE:
        section |= {"ISSUER": "urn:yizheng:sandbox:authority", "NAME": "沙箱实人核验中心"}
    if kind is SourceKind.CARD_READER:
        section = {"TERMINALS": str(folder / "terminals.json"), "CLIENT": "http://localhost:8000"}
    told = {f"IDP_{name.upper()}__{setting}": value for setting, value in section.items()}
    return {f"IDP_SOURCES__{kind.upper()}": name, "IDP_FETCH__ALLOWED_ORIGINS": f'["{url}"]', **told}


@pytest.mark.parametrize("kind", SourceKind)
@pytest.mark.parametrize("command", ["serve", "worker", "check"])
def test_a_sandbox_source_never_meets_strangers(
    ready: CommandLine, tmp_path: Path, kind: SourceKind, command: str
) -> None:
    """Mutation: a kind, or a sandbox twin, that nobody marked: made-up people become real ones."""
    ready.environment = settings_of(kind, "http://127.0.0.1:8004", tmp_path) | PUBLIC
    result = ready(command)
    assert result.exit_code != 0
    assert f"sources.{kind}: the sandbox authority serves a loopback issuer only" in result.output


def test_check_says_which_source_answers(ready: CommandLine, tmp_path: Path) -> None:
    """A dead one is no fault: there is always another way."""
    with running_authority(reader=tmp_path) as (program, _):
        for kind in SourceKind:
            ready.environment |= settings_of(kind, program.url, tmp_path)
        told = ready("check").stdout
        asked = {kind: name for kind, name in NAMES.items() if kind is not SourceKind.CARD_READER}
        assert all(f"sources.{kind}: {name} answers" in told for kind, name in asked.items())
        assert "sources.card_reader: sandbox_card_reader trusts 1 terminal(s) on the list of 20" in told
        program.misbehave("down", "bank")
        result = ready("check")
    assert result.exit_code == 0
    assert "sources.bank: sandbox_bank_accounts does not answer: look at its url" in result.stdout
    assert "sources.company: sandbox_company_register answers" in result.stdout


def test_check_says_what_is_missing_where_there_is_none(ready: CommandLine) -> None:
    told = ready("check").stdout
    for kind in SourceKind:
        assert f"sources.{kind} is not set: " in told


def test_a_list_of_terminals_that_cannot_be_read_stops_the_start(ready: CommandLine, tmp_path: Path) -> None:
    ready.environment = settings_of(SourceKind.CARD_READER, "http://127.0.0.1:8004", tmp_path / "nowhere")
    result = ready("check")
    assert result.exit_code != 0
    assert "sources.card_reader: the source cannot be built" in result.output

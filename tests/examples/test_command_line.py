"""What the apps are told when they start, and what they refuse to start with."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from examples.apps.housing_fund.configuration import read_command_line
from examples.apps.licence_library.settings import Settings

GOOD = {"--issuer": "http://localhost:8000", "--client-id": "x", "--client-secret": "y"}


def read_housing_fund(arguments: Sequence[str]) -> tuple[str, str]:
    configuration, _, _ = read_command_line(arguments)
    return configuration.base_url, configuration.client_secret


def read_licence_library(arguments: Sequence[str]) -> tuple[str, str]:
    settings = Settings.from_command_line(arguments)
    return settings.base_url, settings.client_secret


Reader = Callable[[Sequence[str]], tuple[str, str]]
both = pytest.mark.parametrize("read", [read_housing_fund, read_licence_library])


@pytest.fixture(autouse=True)
def _no_secret_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIENT_SECRET", raising=False)


def arguments(**changed: str) -> list[str]:
    options = GOOD | {"--" + name.replace("_", "-"): value for name, value in changed.items()}
    return [part for pair in options.items() for part in pair]


@both
@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://idp.example"},
        {"issuer": "ftp://localhost"},
        {"issuer": "https://user@idp.example"},
        {"issuer": "https://idp.example/?a=b"},
        {"issuer": "https:///path"},
        {"client_secret": ""},
        {"client_secret_file": "no/such/file", "client_secret": ""},
        {"host": "0.0.0.0"},
        {"port": "many"},
        {"base_url": "http://city.example"},
        {"base_url": "http://localhost:8001/path"},
        {"base_url": "http://localhost:99999"},
        {"base_url": "http://[localhost"},
    ],
    ids=str,
)
def test_an_unsafe_start_is_refused_in_a_sentence(
    read: Reader, wrong: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Red when a secret could travel in the clear, or when the app would listen beyond this machine."""
    with pytest.raises(SystemExit) as left:
        read(arguments(**wrong))
    assert left.value.code == 2
    assert "error:" in capsys.readouterr().err


@both
def test_the_address_follows_host_and_port_unless_it_is_given(read: Reader) -> None:
    assert read(arguments(host="127.0.0.1", port="9001"))[0] == "http://127.0.0.1:9001"
    assert read(arguments(base_url="https://Fund.Example/"))[0] == "https://fund.example"


@both
def test_the_secret_comes_from_a_file_or_the_environment(
    read: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from the file\n", encoding="ascii")
    assert read(arguments(client_secret_file=str(tmp_path / "secret")))[1] == "from the file"
    monkeypatch.setenv("CLIENT_SECRET", "from the environment")
    assert read(arguments()[:-2])[1] == "from the environment"
    assert read(arguments())[1] == "y"

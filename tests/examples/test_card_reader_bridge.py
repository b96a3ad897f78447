"""The sandbox reader's bridge, by `docs/contracts/card_reader.json`: what it answers, whom, and what it signs."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from realnames.identifiers.person_name import parse_person_name
from tests.realnames.sources.authority_program import AuthorityProgram, running_authority
from tests.realnames.sources.contract import Contract
from tests.realnames.sources.toy_authority import random43

ORIGIN = "http://localhost:8000"
CONTRACT = Contract("card_reader")
WISH = {"transaction": random43(), "nonce": random43()}
RARE = "890101198001010264"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AuthorityProgram, int, Path]]:
    folder = tmp_path_factory.mktemp("reader")
    with running_authority(reader=folder) as (program, lines):
        port = urlsplit(lines[1].removeprefix("card reader bridge: ").strip()).port
        assert port
        yield program, port, folder


def ask(port: int, method: str, path: str, body: object = None, **fields: str) -> tuple[int, dict[str, str], Any]:
    """One request; what it answers must be of the contract, with every header that it promises."""
    given = {"Origin": ORIGIN, "Content-Type": "application/json"}
    headers = given | {name.replace("_", "-"): value for name, value in fields.items()}
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, content, {name: text for name, text in headers.items() if text})
    answer = connection.getresponse()
    said, told = answer.read(), dict(answer.getheaders())
    connection.close()
    promised = CONTRACT.document["paths"][path][method.lower()]["responses"][str(answer.status)]
    if "$ref" in promised:
        promised = CONTRACT.document["components"]["responses"][promised["$ref"].rpartition("/")[2]]
    for name, header in promised.get("headers", {}).items():
        assert not header.get("required") or name in told, name
    if answer.status == 204:
        return answer.status, told, None
    value = json.loads(said)
    CONTRACT.checker(promised["content"]["application/json"]["schema"]).validate(value)
    return answer.status, told, value


def test_it_tells_what_is_there_and_reads_what_lies_there(running: tuple[AuthorityProgram, int, Path]) -> None:
    program, port, folder = running
    program.put_card("")
    assert ask(port, "GET", "/terminal")[2] == {"terminal": "sandbox-desk-1", "reader": True, "card": False}
    assert ask(port, "POST", "/readings", WISH)[::2] == (409, {"error": "no_card"})
    program.put_card(RARE)
    assert ask(port, "GET", "/terminal")[2]["card"] is True
    status, headers, read = ask(port, "POST", "/readings", WISH)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    said = CONTRACT.check_signed(read["reading"], "ReadingHeader", "Reading")
    assert (said["aud"], said["txn"], said["nonce"]) == (ORIGIN, WISH["transaction"], WISH["nonce"])
    assert said["card"]["name"] == "周\ue863", "as an old chip writes it"
    assert parse_person_name(said["card"]["name"]).canonical == "周䶮"
    listed = json.loads((folder / "terminals.json").read_text("utf-8"))
    assert [each["terminal"] for each in listed["terminals"]] == ["sandbox-desk-1"]
    assert "d" not in listed["terminals"][0]["keys"][0]
    assert (folder / "terminal.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_another_site_gets_nothing(running: tuple[AuthorityProgram, int, Path], origin: str) -> None:
    """Mutation: the page says who it is, and not its browser."""
    _, port, _ = running
    for method, path in (("GET", "/terminal"), ("POST", "/readings"), ("OPTIONS", "/readings")):
        status, headers, told = ask(port, method, path, WISH if method == "POST" else None, Origin=origin)
        assert (status, told) == (403, {"error": "origin_not_allowed"})
        assert "Access-Control-Allow-Origin" not in headers


def test_another_name_of_this_machine_gets_nothing(running: tuple[AuthorityProgram, int, Path]) -> None:
    assert ask(running[1], "GET", "/terminal", Host="evil.example")[::2] == (421, {"error": "unknown_host"})


@pytest.mark.parametrize("path", ["/terminal", "/readings"])
def test_a_browser_that_asks_before_is_told(running: tuple[AuthorityProgram, int, Path], path: str) -> None:
    status, headers, _ = ask(running[1], "OPTIONS", path, Access_Control_Request_Private_Network="true")
    assert status == 204
    assert headers["Access-Control-Allow-Private-Network"] == "true"
    assert headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize(
    "wish",
    [{}, [], {**WISH, "name": "张小三"}, {**WISH, "nonce": "short"}, {**WISH, "transaction": 1}, b"{", b"\xff"],
)
def test_what_is_no_wish_reads_nothing(running: tuple[AuthorityProgram, int, Path], wish: object) -> None:
    """Mutation: a name that was typed goes into what the terminal signs."""
    assert ask(running[1], "POST", "/readings", wish)[::2] == (400, {"error": "invalid_request"})


def test_its_key_stays_over_a_new_start(tmp_path: Path) -> None:
    listed = []
    for _ in range(2):
        with running_authority(reader=tmp_path):
            listed.append((tmp_path / "terminals.json").read_text("utf-8"))
    assert listed[0] == listed[1]

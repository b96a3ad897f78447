"""The sandbox authority's program, run as its users run it, and what tests ask of it over HTTP."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tests.realnames.sources.toy_authority import TOKEN

PROGRAM = Path(__file__).parents[3] / "examples" / "authority" / "authority.py"

RETURN_ORIGIN = "http://localhost:8000"


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class AuthorityProgram:
    url: str

    def call(
        self, path: str, body: object = None, *, token: str | None = TOKEN, headers: Mapping[str, str] | None = None
    ) -> Answer:
        fields = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            with build_opener(_Stay).open(Request(self.url + path, data, fields), timeout=5) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as refused:
            with refused:
                return Answer(refused.code, dict(refused.headers), refused.read())

    def choose(self, page: str, choice: str, holder: str = "", **headers: str) -> Answer:
        """Press a button on a person's page; `holder` is whose net id is shown there."""
        return self._submit(page.removeprefix(self.url), {"choice": choice, "holder": holder}, headers)

    def put_card(self, number: str) -> None:
        """Put the identity card with this number on the reader."""
        assert self._submit("/reader", {"card": number}, {}).status == 303

    def misbehave(self, fault: str, register: str | None = None, *, seconds: float = 0, times: int = 0) -> None:
        """One register, or all of them."""
        order = {"fault": fault, "register": register, "seconds": seconds, "times": times}
        assert self.call("/faults", order).status == 200

    def _submit(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url, **headers}
        return self.call(path, urlencode(form).encode(), headers=fields)


@contextmanager
def running_authority(
    *return_origins: str, token: str | None = TOKEN, port: int = 0, reader: Path | None = None
) -> Iterator[tuple[AuthorityProgram, list[str]]]:
    """The program, and the lines it printed at its start; with a folder it has a card reader."""
    environment = {name: value for name, value in os.environ.items() if name != "AUTHORITY_TOKEN"}
    if token is not None:
        environment["AUTHORITY_TOKEN"] = token
    command = [sys.executable, "-W", "error", str(PROGRAM), "--port", str(port)]
    for origin in return_origins or (RETURN_ORIGIN,):
        command += ["--return-to", origin]
    if reader is not None:
        command += ["--reader", str(reader), "--bridge-port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        lines = [process.stdout.readline() for _ in range(1 + (token is None) + (reader is not None))]
        port_said = re.fullmatch(r"sandbox authority: http://localhost:([0-9]+)\n", lines[0])
        assert port_said, process.stderr.read()
        yield AuthorityProgram(f"http://127.0.0.1:{port_said[1]}"), lines
        process.terminate()
        _, complaints = process.communicate(timeout=10)
        assert complaints == ""
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()

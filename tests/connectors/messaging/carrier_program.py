"""The sandbox carrier's program, run as its users run it, and what tests ask of it over HTTP."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

REPOSITORY = Path(__file__).parents[3]
PROGRAM = REPOSITORY / "examples" / "carrier" / "carrier.py"
TOKEN = "a-token.for~tests+only/1="
REPORT_TOKEN = "another-token.for~reports+only/2="


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class CarrierProgram:
    url: str
    process: subprocess.Popen[str]

    def call(
        self, path: str, body: object = None, *, token: str | None = TOKEN, headers: Mapping[str, str] | None = None
    ) -> Answer:
        fields = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.url + path, data, fields), timeout=5) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as refused:
            with refused:
                return Answer(refused.code, dict(refused.headers), refused.read())

    def messages(self, to: str | None = None) -> list[dict[str, Any]]:
        answer = self.call("/messages" + (f"?to={quote(to)}" if to else ""), token=None)
        return list(answer.json()["messages"])

    def misbehave(self, fault: str, *, seconds: float = 0, times: int = 0) -> None:
        assert self.call("/faults", {"fault": fault, "seconds": seconds, "times": times}).status == 200


@contextmanager
def running_carrier(
    token: str | None = TOKEN, reports_to: str | None = None, *words: str
) -> Iterator[tuple[CarrierProgram, list[str]]]:
    """The program on a free port, and the lines it printed at its start."""
    environment = {name: value for name, value in os.environ.items() if name != "CARRIER_TOKEN"}
    if token is not None:
        environment["CARRIER_TOKEN"] = token
    command = [sys.executable, "-W", "error", str(PROGRAM), "--port", "0", *words]
    if reports_to is not None:
        command += ["--reports-to", reports_to]
        environment["CARRIER_REPORT_TOKEN"] = REPORT_TOKEN
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        lines = [process.stdout.readline() for _ in range(1 if token else 2)]
        port = re.fullmatch(r"sandbox carrier: http://localhost:([0-9]+)\n", lines[0])
        assert port, process.stderr.read()
        yield CarrierProgram(f"http://127.0.0.1:{port[1]}", process), lines
        process.terminate()
        _, complaints = process.communicate(timeout=10)
        assert complaints == ""
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()

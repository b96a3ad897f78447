"""Programs that a test starts and ends, and the addresses they answer at."""

import http.client
import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

SECONDS = 60
_without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer(NamedTuple):
    """Status, headers under lower-case names, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """The program, until the block ends; then it must end by itself within 20 seconds of SIGTERM."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*map(str, command)], env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
        process.terminate()
        assert process.wait(20) == 0, log.read_text("utf-8", "replace")[-2000:]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


def wait_until(holds: Callable[[], bool], log: Path) -> None:
    """Wait; what the program said is in the failure."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")[-3000:]
        time.sleep(0.1)


def fetch(address: str) -> tuple[int, bytes]:
    """Status and body; status 0 while nobody listens."""
    try:
        with _without_proxy.open(address, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()
    except OSError:
        return 0, b""


def fetch_under_tls(port: int, name: str, path: str, authority: Path) -> Answer:
    """The answer of this machine under another name; raises ssl.SSLError where that name is not served."""
    trust = ssl.create_default_context(cafile=str(authority))
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    with plain, trust.wrap_socket(plain, server_hostname=name) as secured:
        secured.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(secured)
        answer.begin()
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())

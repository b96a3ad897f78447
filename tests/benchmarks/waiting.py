"""Waiting for a server to answer: to go on once it is up, and to know how long that took."""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.processes import Launch
from tests.plugins.server_processes import free_port

if TYPE_CHECKING:
    import subprocess

PATIENCE = 60


def until_it_answers(process: "subprocess.Popen[bytes]", port: int, path: str, log: Path) -> None:
    """Until GET path is answered with 200; raises with the end of the log when the server died or never did."""
    deadline = time.monotonic() + PATIENCE
    while not _answers(port, path):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no answer at {path}:\n{log.read_text('utf-8', 'replace')[-3000:]}")
        time.sleep(0.005)


def start_seconds(launch: Launch, path: str, times: int, median: Callable[[list[float]], float]) -> float:
    """From starting the program to its first 200 of discovery; others of its kind may be running beside it."""
    found = []
    for _ in range(times):
        port = free_port()
        began = time.monotonic()
        with launch.at(port) as process:
            until_it_answers(process, port, path, launch.log)
            found.append(time.monotonic() - began)
    return median(found)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()

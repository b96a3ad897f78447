"""The private servers of the tests die with the run that started them, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

RUN = """
import signal, sys, time
from tests.plugins.server_processes import postgresql_server, redis_server

with {name}_server() as port:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background ignores it
    print(port, flush=True)
    time.sleep(60)
"""


def is_listening(port: int) -> bool:
    with closing(socket.socket()) as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("death", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("name", ["redis", "postgresql"])
def test_a_server_dies_with_the_run(name: str, death: signal.Signals) -> None:
    """Mutation: no `--pdeathsig`."""
    command = [sys.executable, "-c", RUN.format(name=name)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL passes through as another user
        environment = {**os.environ, "TMPDIR": folder}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as run:
            assert run.stdout is not None
            port = int(run.stdout.readline())
            assert is_listening(port)
            run.send_signal(death)
            run.wait(30)
        deadline = time.monotonic() + 10
        while is_listening(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_listening(port)

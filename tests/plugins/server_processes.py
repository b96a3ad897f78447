"""Servers of their own for a test run: free ports, a folder in the temporary directory, dead when the run is.

Each is started through `setpriv --pdeathsig`, so that the kernel ends it even when pytest itself is killed. PostgreSQL
refuses to run as root; as root it is run as `postgres` or `nobody`.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

START_SECONDS = 60
FIRST_PORT, STRIPE, STRIPES = 12_000, 5_000, 4
"""Below the ports that Linux gives to outgoing connections (`ip_local_port_range`), above those of well-known servers; a stripe
for each process of a test run, since a port may be wanted long before somebody listens there."""
FOR_TESTS = ("fsync=off", "max_connections=200")
"""How a test's PostgreSQL runs: what it wrote need not outlive the machine."""
_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


@contextmanager
def redis_server(*arguments: str) -> Iterator[int]:
    """A Redis that keeps nothing; its port."""
    program = _program("redis-server", "/usr/bin")
    with _folder(None) as folder:
        port = free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", *arguments]
        with _running([program, *options], folder, None, signal.SIGKILL) as process:
            _wait(process, folder / "log", lambda: _answers_redis(port))
            yield port


@contextmanager
def postgresql_server(log: Path | None = None, settings: Sequence[str] = FOR_TESTS) -> Iterator[int]:
    """A PostgreSQL with the superuser `idp`, trusted on this machine; its port. It writes its log where it is told."""
    programs = _newest_postgresql()
    user = _unprivileged_user() if os.geteuid() == 0 else None
    with _folder(user) as folder:
        data = folder / "data"
        options = ["-U", "idp", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", str(data)]
        made = subprocess.run(
            _as(user, None, [programs / "initdb", *options]),
            cwd=folder,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, f"initdb failed:\n{made.stdout}{made.stderr}"
        port = free_port()
        place = (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}")
        command = [str(programs / "postgres"), "-D", str(data), *(f"--{setting}" for setting in (*place, *settings))]
        with _running(command, folder, user, signal.SIGQUIT, log) as process:
            _wait(process, log or folder / "log", lambda: _answers_postgresql(programs, port))
            yield port


@contextmanager
def nginx_server(configuration: Callable[[Path], str], port: int) -> Iterator[Path]:
    """An nginx with the configuration that is made for its folder, once it listens on the port; that folder."""
    program = _program("nginx", "/usr/sbin")
    user = _unprivileged_user() if os.geteuid() == 0 else None
    with _folder(user) as folder:
        (folder / "nginx.conf").write_text(configuration(folder), "utf-8")
        command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        with _running(command, folder, user, signal.SIGTERM) as process:
            _wait(process, folder / "log", lambda: _listens(port))
            yield folder


def free_port() -> int:
    """A port that nobody uses and that nobody else of this run is given, soon or late."""
    for port in _ports():
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@cache
def _ports() -> Iterator[int]:
    """Those of this process, each once in a round; where it begins is chance, for whoever runs tests beside it."""
    first = FIRST_PORT + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % STRIPES * STRIPE
    begin = secrets.randbelow(STRIPE)
    return (first + (begin + number) % STRIPE for number in count())


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="yizheng-test-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(
    command: Sequence[str | Path], folder: Path, user: str | None, death: signal.Signals, log_file: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with (log_file or folder / "log").open("wb") as log:
        process = subprocess.Popen(
            _as(user, death, command),
            cwd=folder,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest, which then comes by here
        )
        try:
            yield process
        finally:
            process.send_signal(death)
            process.wait(START_SECONDS)


def _as(user: str | None, death: signal.Signals | None, command: Sequence[str | Path]) -> list[str]:
    setpriv = [_program("setpriv", "/usr/bin")]
    if user is not None:
        account = pwd.getpwnam(user)
        setpriv += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    if death is not None:
        setpriv += ["--pdeathsig", death.name.removeprefix("SIG")]
    return [*setpriv, *map(str, command)]


def _wait(process: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        said = log.read_text(errors="replace")
        assert process.poll() is None, f"the server ended by itself:\n{said}"
        assert time.monotonic() < deadline, f"the server does not answer after {START_SECONDS} s:\n{said}"
        time.sleep(0.02)


def _answers_redis(port: int) -> bool:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), 1)) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def _listens(port: int) -> bool:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), 1)):
            return True
    except OSError:
        return False


def _answers_postgresql(programs: Path, port: int) -> bool:
    command = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, env=_ENVIRONMENT, check=False).returncode == 0


def _program(name: str, folder: str) -> str:
    found = shutil.which(name, path=f"{_ENVIRONMENT['PATH']}:{folder}:/usr/sbin")
    assert found, (
        f"{name} is missing: the tests need the Debian packages postgresql, redis-server, nginx and util-linux"
    )
    return found


def _newest_postgresql() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "initdb is missing under /usr/lib/postgresql: the tests need the Debian package postgresql"
    return found[-1].parent


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

"""Builds .venv from a hash-locked requirements file, and leaves a finished one alone.

Run by `tools/set-up`; needs nothing but the standard library. The machine's own pip and ensurepip are never used, so a
Debian without python3-venv takes the same path as every other machine: an empty environment, filled by the pip in
third_party/. Where packages come from (index, proxy, certificates, a folder without any network) is pip's to read from
the environment and pip.conf; nothing of it is written down here.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"
PIP = ROOT / "third_party" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "set-up.stamp"
TURN = ROOT / ".cache" / "set-up.lock"
PAUSES = (1, 4)
"""Seconds before the second and the third attempt to install."""
OPTIONS = ("--quiet", "--no-input", "--disable-pip-version-check", "--only-binary=:all:", "--require-hashes")
MISPLACING = frozenset({"PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER"})
"""Settings of pip that would put packages elsewhere than into .venv; every other one is honoured."""


class SetUpError(Exception):
    """Set-up cannot go on; the text tells the person at the terminal what to do."""


def stamp_of(lock: Path) -> str:
    """What a finished environment is stamped with: it names everything whose change makes the environment stale."""
    digest = hashlib.sha256()
    platform = f"{sys.implementation.cache_tag} {os.uname().machine}"
    for part in (lock.read_bytes(), Path(__file__).read_bytes(), os.fsencode(ROOT), platform.encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def is_finished(*locks: Path) -> bool:
    """Whether .venv was completely built from one of `locks` as they read now, and its Python is still there."""
    try:
        stamp = STAMP.read_text()
    except OSError:
        return False
    return PYTHON.exists() and stamp in {stamp_of(lock) for lock in locks}


@contextlib.contextmanager
def turn() -> Iterator[int]:
    """Wait until no other set-up works on this tree, and hold them off; gives the lock's file descriptor."""
    TURN.parent.mkdir(exist_ok=True)
    with TURN.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("set-up: another set-up is at work here, waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def verify_pip() -> None:
    """Refuse to run a pip that is not byte for byte the one that was reviewed."""
    if hashlib.sha256(PIP.read_bytes()).hexdigest() != PIP_SHA256:
        raise SetUpError(f"third_party/{PIP.name} is not the file it should be; restore it: git checkout third_party")


def create_environment() -> None:
    """An empty environment in place of whatever stands there."""
    import venv

    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(ENVIRONMENT)


def install(lock: Path, held: int) -> None:
    """Install exactly what `lock` says: wheels only, each by its hash."""
    command: list[str | Path] = [PYTHON, "-I", "-X", "utf8", PIP / "pip", "install", *OPTIONS, "-r", lock]
    surroundings = {name: value for name, value in os.environ.items() if name not in MISPLACING}
    for pause in (*PAUSES, None):
        # pip holds the turn as well: should this process be killed, a second set-up waits for the orphan to end.
        if subprocess.run(command, env=surroundings, pass_fds=(held,), check=False).returncode == 0:
            return
        if pause is not None:
            print(f"set-up: that did not work; once more in {pause} s", flush=True)
            time.sleep(pause)
    raise SetUpError(
        f"{lock.name} could not be installed; pip's own words are above. Index, proxy and certificates come from the"
        " environment (PIP_INDEX_URL, HTTPS_PROXY, PIP_CERT, …) and pip.conf; without network see docs/how-to/set-up.md"
    )


def place_project() -> None:
    """Make the five packages importable and `.venv/bin/idp` a command, as an editable install would.

    By hand, because a build backend would have to be installed for these two small files, also where nothing is built.
    """
    library = ENVIRONMENT / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # Relative: Python 3.11 reads .pth files in the locale's encoding, which may not know the characters of the folder.
    (library / "yizheng.pth").write_text("../../../..\n")
    command = ENVIRONMENT / "bin" / "idp"
    command.write_text(
        f'#!/bin/sh\nexport PYTHONUTF8=1\nexec {shlex.quote(str(PYTHON))} -P -m idp "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)


def build(lock: Path, held: int) -> None:
    """Build the environment; the stamp goes first and comes last, so one that was interrupted is built anew."""
    stamp = stamp_of(lock)
    verify_pip()
    started = time.monotonic()
    print(f"set-up: installing {lock.name} into .venv; the first time takes a minute or two", flush=True)
    grows = lock == DEVELOPMENT and is_finished(RUNTIME)  # the same versions and more: a running demo is not disturbed
    STAMP.unlink(missing_ok=True)
    if not grows:
        create_environment()
    install(lock, held)
    place_project()
    STAMP.write_text(stamp)
    print(f"set-up: done in {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    """Leave a finished environment alone, or build it."""
    parser = argparse.ArgumentParser(prog="tools/set-up", description="Make .venv ready.")
    parser.add_argument("--dev", action="store_true", help="with everything that checks and tests need")
    wanted = (DEVELOPMENT,) if parser.parse_args().dev else (RUNTIME, DEVELOPMENT)
    try:
        if is_finished(*wanted):
            return
        with turn() as held:
            if not is_finished(*wanted):
                build(wanted[0], held)
    except (SetUpError, OSError) as fault:
        sys.exit(f"set-up: {fault}")
    except KeyboardInterrupt:
        sys.exit("set-up: interrupted; the next run starts over")


if __name__ == "__main__":
    main()

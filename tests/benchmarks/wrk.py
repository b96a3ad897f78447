"""One window of load by wrk: what is sent and expected stands in Lua, each answer is checked, bad ones are counted."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import CLEAN, cpu_seconds, pinned

SCRIPTS = Path(__file__).with_name("lua")
LONGEST = 120
"""Seconds after which wrk ends by itself, were nobody left to end it."""


@dataclass(frozen=True)
class Load:
    """What to send: one of the scripts in lua/, and the material it reads."""

    script: str
    threads: int
    connections: int
    material: Mapping[str, Any]


@dataclass(frozen=True)
class Answered:
    """What came back in one window."""

    good: int
    bad: int
    lost: int
    """Connections that broke, and answers that did not come in time."""
    seconds: float
    p50_ms: float
    p99_ms: float
    first_bad: str
    busy: float = 0.0
    """How much of its CPUs the load itself took; near 1, and a server could have answered more."""

    @property
    def is_good(self) -> bool:
        """Whether every answer was what the operation promises."""
        return not self.bad and not self.lost


def send(load: Load, origin: str, seconds: float, cpus: str) -> Answered:
    """Put this load on a server for so long."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as material:
        material.write(f"return {lua(load.material)}\n")
        material.flush()
        size = [f"--threads={load.threads}", f"--connections={load.connections}", f"--duration={LONGEST}s"]
        script = f"--script={SCRIPTS / load.script}.lua"
        command = ["wrk", *size, "--timeout=10s", script, origin, "--", material.name]
        environment = CLEAN | {"LUA_PATH": f"{SCRIPTS}/?.lua"}
        process = subprocess.Popen(
            pinned(command, cpus, signal.SIGKILL),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            begun, began, before = _begun(process), time.monotonic(), cpu_seconds(process.pid)
            time.sleep(seconds)
            busy = (cpu_seconds(process.pid) - before) / (time.monotonic() - began) / (cpus.count(",") + 1)
            os.kill(process.pid, signal.SIGINT)  # ends the load, and wrk tells what it saw
            told, _ = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
    return replace(read(begun + told), busy=busy)


def _begun(process: "subprocess.Popen[str]") -> str:
    """Wait for the line that wrk prints as it begins; all it said until then."""
    said = ""
    while "Running" not in said:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"wrk did not begin:\n{said}")
        said += line
    return said


def read(told: str) -> Answered:
    """What the script told at the end."""
    lines = [line for line in told.splitlines() if line.startswith('{"good"')]
    if not lines:
        raise RuntimeError(f"wrk told nothing:\n{told[-2000:]}")
    return Answered(**json.loads(lines[-1]))


def lua(value: object) -> str:
    """The value as Lua writes it."""
    if isinstance(value, str):
        return (
            '"' + "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else _escaped(c) for c in value) + '"'
        )
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"[{lua(name)}] = {lua(each)}" for name, each in value.items()) + "}"
    if isinstance(value, Sequence):
        return "{" + ", ".join(map(lua, value)) + "}"
    raise TypeError(f"{value!r} has no word in Lua")


def _escaped(character: str) -> str:
    return "".join(f"\\{byte:03}" for byte in character.encode())

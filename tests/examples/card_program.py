"""The card office's own program as a process: its bridge, and the page on which cards are put on the reader."""

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode

from examples.citizen_card.office import open_office
from tests.plugins.server_processes import free_port

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "examples" / "citizen_card" / "citizen_card.py"
PIN = "246810"


@dataclass
class CardDesk:
    """A reader with its bridge."""

    page: str
    bridge_port: int
    folder: Path

    def does(self, act: str, card: str = "") -> None:
        """What a button of the page does."""
        body = urlencode({"act": act, "card": card}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.page, body, {"Origin": self.page})) as answer:
            assert answer.status == 200


@contextmanager
def card_desk(folder: Path, bridge_port: int, origin: str, *labels: str) -> Iterator[CardDesk]:
    """The program at work, with cards for these people beside those that the folder has."""
    open_office(folder, labels, PIN)
    port = free_port()
    where = ["--port", str(port), "--bridge-port", str(bridge_port), "--origin", origin]
    command = [sys.executable, "-W", "error", str(PROGRAM), "--state", str(folder), *where]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        desk, deadline = CardDesk(f"http://localhost:{port}", bridge_port, folder), monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(desk.page, timeout=2):
                    break
            except OSError:
                assert process.poll() is None
                assert monotonic() < deadline
                sleep(0.05)
        yield desk
    finally:
        process.terminate()
        process.wait(10)

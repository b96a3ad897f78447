"""`idp serve` after a `kill -9`: it starts again at its place, and what the dead one left does not pile up."""

import os
import signal
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT, running_idp


def test_a_killed_server_leaves_nothing_that_piles_up(tmp_path: Path) -> None:
    """Mutation: a new folder for the metrics at each start, which only an orderly end removes."""
    urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    with running_idp(urls, tmp_path) as idp:
        left = [path.name for path in tmp_path.glob("metrics-*")]
        dead = idp.processes["serve"]
        os.killpg(dead.pid, signal.SIGKILL)
        dead.wait()
        with idp.log.open("ab") as log:
            idp.processes["serve"] = subprocess.Popen(
                dead.args, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while not is_ready(idp.management):
            assert time.monotonic() < deadline, idp.logs()[-2000:]
            time.sleep(0.05)
        assert [path.name for path in tmp_path.glob("metrics-*")] == left
        assert len(left) == 1
    assert list(tmp_path.glob("metrics-*")) == []


def is_ready(management: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{management}/health/ready", timeout=5) as answer:
        return bool(answer.status == 200)
    return False

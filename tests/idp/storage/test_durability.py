"""What a killed process leaves: all of what it committed, nothing of the rest."""

import signal
import subprocess
import sys

import pytest

from idp.storage.stores import Storage
from tests.plugins.private_servers import StorageUrls

WRITER = """
import os, signal, sys
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from tests.idp.storage.made import NOW, client

_, database, moment = sys.argv
storage = open_storage(database, "memory:", FieldCipher({1: bytes(range(32))}), lambda: NOW)
with storage.begin() as unit_of_work:
    unit_of_work.clients.save(client(), NOW)
    unit_of_work.outbox.put("message", {"text": "hello"}, NOW, NOW)
    if moment == "before commit":
        os.kill(os.getpid(), signal.SIGKILL)
    unit_of_work.commit()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["before commit", "after commit"])
def test_a_killed_process_leaves_all_or_nothing(storage: Storage, storage_urls: StorageUrls, moment: str) -> None:
    """Mutation: answering before the commit, or writing in two transactions."""
    killed = subprocess.run([sys.executable, "-c", WRITER, storage_urls.database, moment], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with storage.begin() as unit_of_work:
        is_saved = unit_of_work.clients.get("housing-fund") is not None
        assert (is_saved, unit_of_work.outbox.waiting()) == ((True, 1) if moment == "after commit" else (False, 0))

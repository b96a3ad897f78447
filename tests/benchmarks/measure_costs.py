"""The fresh process of the cost gate: opens a city over two stores and writes the ratios as JSON."""

import json
import os
import secrets
import sys
from pathlib import Path

from idp.app.logs import configure_logging
from tests.benchmarks.cost_ratios import ratios
from tests.benchmarks.operations import city, operations
from tests.plugins.private_servers import StorageUrls

if __name__ == "__main__":
    database, ephemeral, directory, rounds, answer = sys.argv[1:]
    configure_logging("json")
    nobody_yet = f"+861390{secrets.randbelow(10_000_000):07}"  # these stores may have been measured before
    with city(StorageUrls(database, ephemeral), Path(directory)) as installation:
        told = ratios(operations(installation, phone=nobody_yet), int(rounds))
        Path(answer).write_text(json.dumps(told), "utf-8")
        # Without closing the stores: the thread that writes usage counts may be at work on them, and would crash.
        os._exit(0)

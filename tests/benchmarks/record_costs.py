"""`make costs`: measures the hot operations thoroughly over both pairs of stores and records what they cost.

What became cheaper is written down by itself, what became dearer only with REASON="…" in the environment.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from idp.storage.migrations import upgrade
from tests.benchmarks.cost_ratios import THOROUGH_ROUNDS, Ratios, ratios_of_the_product
from tests.benchmarks.recorded_costs import (
    FILE,
    POSTGRESQL,
    SQLITE,
    Record,
    RecordRefusedError,
    read,
    surroundings,
    updated,
    write,
)
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import postgresql_server, redis_server

RUNS = 3
"""Fresh processes whose middle ratio is recorded: memory lies elsewhere in each, which alone is worth some percent."""


def main() -> int:
    """Measure, write the file and tell what moved; 1 when that needs a reason."""
    old = read(surroundings()) if FILE.exists() else Record(surroundings())
    today = datetime.now(UTC).date().isoformat()
    try:
        new = updated(old, surroundings(), _measured(), today, os.environ.get("REASON", "").strip())
    except RecordRefusedError as refused:
        print(refused, file=sys.stderr)
        return 1
    write(new)
    _tell(old, new)
    return 0


def _measured() -> Mapping[str, Ratios]:
    with tempfile.TemporaryDirectory(prefix="yizheng-costs-") as folder, _stores(Path(folder)) as stores:
        return {store: _middle(urls, Path(folder)) for store, urls in stores.items()}


@contextmanager
def _stores(folder: Path) -> Iterator[Mapping[str, StorageUrls]]:
    with postgresql_server() as postgresql, redis_server() as redis:
        stores = {
            SQLITE: StorageUrls(f"sqlite:///{folder / 'idp.db'}", f"sqlite:///{folder / 'ephemeral.db'}"),
            POSTGRESQL: StorageUrls(
                f"postgresql://idp@127.0.0.1:{postgresql}/postgres", f"redis://127.0.0.1:{redis}/0"
            ),
        }
        for urls in stores.values():
            upgrade(urls.database)
        yield stores


def _middle(urls: StorageUrls, folder: Path) -> Ratios:
    runs = [ratios_of_the_product(urls, folder, THOROUGH_ROUNDS) for _ in range(RUNS)]
    return {name: sorted(run[name] for run in runs)[RUNS // 2] for name in runs[0]}


def _tell(old: Record, new: Record) -> None:
    for store, entries in new.stores.items():
        for name, entry in entries.items():
            before = old.stores.get(store, {}).get(name)
            moved = "new" if before is None else "stays" if before == entry else f"was {before.ratio:.3f}"
            print(f"{store:20} {name:26} {entry.ratio:8.3f}  {moved}")


if __name__ == "__main__":
    sys.exit(main())

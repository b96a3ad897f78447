"""Generated cities that are kept between runs, and copies of them to measure on, so that every run starts alike.

They are kept under what made them: the schema's revision and the generator's own text. Those of an earlier generator
are removed; so is whatever an interrupted run left half done.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from idp.app.composition import master_keys
from idp.storage import migrations
from tests.benchmarks import generated_cluster, operations
from tests.benchmarks.generated_city import BUILT_AT, generated_city
from tests.benchmarks.generated_stores import fill
from tests.plugins.private_servers import StorageUrls

ROOT = Path(__file__).resolve().parents[2]
STORES = ("sqlite", "postgresql")
_BYTES_PER_PERSON = {"sqlite": 1_900, "postgresql": 3_400}
_BYTES_TO_FIND_ONE = 1_250
"""Of a person of whom nothing is kept but what they are found by."""
_GENERATOR = ("city", "person", "rows", "stores")


@dataclass(frozen=True)
class Open:
    """A copy of a kept city that may be written to; `cluster` serves it, where a server does."""

    database: str
    folder: Path
    cluster: generated_cluster.Cluster | None = None


@dataclass(frozen=True)
class Kept:
    """One folder with all that is kept.

    Attributes:
        is_whole: False: of each person only what they are found by, which is a third of the work.
    """

    folder: Path = ROOT / ".cache" / "scale"
    is_whole: bool = True

    @contextmanager
    def copy(self, store: str, people: int) -> Iterator[Open]:
        """A copy of this city, generated first where there is none yet; gone afterwards."""
        kept = self._city(store, people)
        folder = kept.with_name(f"copy-of-{kept.name}")
        shutil.rmtree(folder, ignore_errors=True)
        if self._has_space(store, people):
            subprocess.run(["cp", "--archive", "--reflink=auto", kept, folder], check=True)
        else:
            print(f"{store}, {people} people: no space for a copy, so it is not kept", file=sys.stderr)
            kept.rename(folder)
        # Written out before anything is measured: else the first to commit waits for all of it.
        subprocess.run(["sync"], check=True)
        try:
            with _opened(folder, generated_cluster.IN_A_CITY) as opened:
                yield opened
        finally:
            shutil.rmtree(folder)

    def _city(self, store: str, people: int) -> Path:
        generation = self.folder / f"{migrations.HEAD}-{_digest()}"
        for old in self.folder.glob("*"):
            if old != generation:
                shutil.rmtree(old)
        kept = generation / f"{store}-{people}{'' if self.is_whole else '-to-find'}"
        if not kept.exists():
            if not self._has_space(store, people):
                raise SystemExit(
                    f"{store}, {people} people: {self._bytes(store, people) >> 30} GiB are needed on the disk"
                )
            half_done = generation / f"half-done-{kept.name}"
            shutil.rmtree(half_done, ignore_errors=True)
            _generate(store, people, half_done, is_whole=self.is_whole)
            half_done.rename(kept)
        return kept

    def _has_space(self, store: str, people: int) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free > self._bytes(store, people)

    def _bytes(self, store: str, people: int) -> int:
        return people * (_BYTES_PER_PERSON[store] if self.is_whole else _BYTES_TO_FIND_ONE)


def _generate(store: str, people: int, folder: Path, *, is_whole: bool) -> None:
    if store == "postgresql":
        generated_cluster.make(folder)
    else:
        folder.mkdir(parents=True)
    with _opened(folder, generated_cluster.IN_A_HURRY) as opened:
        migrations.upgrade(opened.database)
        with TemporaryDirectory() as state:
            urls = StorageUrls(opened.database, f"sqlite:///{state}/ephemeral.db")
            with operations.city(urls, Path(state), lambda: BUILT_AT) as installation:
                city = generated_city(installation.services, master_keys(installation.settings))
        fill(opened.database, city, people, is_whole=is_whole)
    if store == "postgresql":
        generated_cluster.shrink(folder)


@contextmanager
def _opened(folder: Path, settings: tuple[str, ...]) -> Iterator[Open]:
    if (folder / "PG_VERSION").exists():
        with generated_cluster.running(folder, settings) as cluster:
            yield Open(cluster.url, folder, cluster)
    else:
        yield Open(f"sqlite:///{folder / 'idp.db'}", folder)


def _digest() -> str:
    texts = (Path(__file__).with_name(f"generated_{name}.py").read_bytes() for name in _GENERATOR)
    return hashlib.sha256(b"".join(texts)).hexdigest()[:12]

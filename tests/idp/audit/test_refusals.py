"""Refusals are written down on their own, counted, and without anybody's address."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from idp.app import Installation
from idp.audit.refusals import note
from idp.errors import Refused
from idp.events import Action
from tests.idp.installed import Moment, installed
from tests.plugins.private_servers import StorageUrls

REFUSED = Refused("invalid_request", "No.", detail="secret detail")


def counted(directory: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(directory / "idp.db")) as connection:
        query = "SELECT action, outcome, source, minute, times FROM event_counts ORDER BY minute, source, outcome"
        return list(connection.execute(query))


def test_refusals_are_counted_per_code_source_and_minute(
    installation: Installation, clock: Moment, tmp_path: Path
) -> None:
    """Mutation: one row for each, by which a flood fills the disk."""
    for peer in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        note(installation.services, Action.AUTHORIZATION_REFUSED, REFUSED, peer)
    note(installation.services, Action.AUTHORIZATION_REFUSED, Refused("invalid_scope", "No."), "192.0.2.1")
    clock.pass_by(60)
    note(installation.services, Action.AUTHORIZATION_REFUSED, REFUSED, "192.0.2.1")
    rows = counted(tmp_path)
    assert sorted(row[4] for row in rows) == [1, 1, 1, 2]
    assert len({row[2] for row in rows}) == 2
    assert {row[3] for row in rows} == {clock() - 60 - (clock() - 60) % 60, clock() - clock() % 60}


def test_no_address_and_no_detail_is_kept(installation: Installation, tmp_path: Path) -> None:
    """Mutation: the peer itself as the source, or an unkeyed digest of four billion possible ones."""
    note(installation.services, Action.TOKEN_REFUSED, REFUSED, "192.0.2.1", client_id="housing-fund")
    at_rest = b"".join(path.read_bytes() for path in tmp_path.glob("idp.db*"))
    assert b"192.0.2.1" not in at_rest
    assert b"secret detail" not in at_rest


def test_a_dead_store_does_not_turn_a_refusal_into_a_failure(tmp_path: Path, clock: Moment) -> None:
    """Mutation: `Unavailable` let through, so that a refused request is answered by 503."""
    nowhere = StorageUrls(f"sqlite:///{tmp_path / 'missing' / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    broken = installed(nowhere, tmp_path, clock)
    note(broken.services, Action.TOKEN_REFUSED, REFUSED, "192.0.2.1")
    broken.storage.close()

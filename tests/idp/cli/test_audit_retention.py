"""`idp audit expire` and holds: what leaves, what stays, and what is said of it."""

from pathlib import Path

import pytest
from click.testing import Result

from idp.app import install, load_settings
from idp.audit import sealing_key
from idp.audit.sealer import Sealer
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.storage import migrations
from tests.idp.cli.conftest import CommandLine
from tests.idp.installed import Moment

DAY = 86_400


@pytest.fixture
def old(idp: CommandLine, tmp_path: Path) -> CommandLine:
    """An installation whose log begins with two events of 2017, sealed then and a hundred days later."""
    migrations.upgrade(f"sqlite:///{tmp_path / 'idp.db'}")
    idp("audit", "key", str(tmp_path / "seal.jwk"))
    idp.environment["IDP_AUDIT__KEY_FILE"] = str(tmp_path / "seal.jwk")
    idp.environment["IDP_AUDIT__ANCHORS"] = str(tmp_path / "anchors.jsonl")
    clock = Moment(Instant(1_500_000_000))
    installation = install(load_settings(idp.config, idp.environment), clock)
    key = sealing_key.required(installation.settings)
    sealer = Sealer(installation.storage.audit_log(), key, clock, tmp_path / "anchors.jsonl")
    for _ in range(2):
        with installation.services.begin() as unit_of_work:
            unit_of_work.events.record(Event(kind=Kind.AUDIT, action=Action.SIGNED_IN, at=clock()))
            unit_of_work.commit()
        while sealer.seal():
            pass
        clock.pass_by(100 * DAY)
    installation.storage.close()
    assert idp("migrate").exit_code == 0
    assert "events were sealed" in idp("audit", "seal", "--once").output
    return idp


def said(done: Result) -> list[str]:
    return str(done.output).splitlines()[1:]


def test_what_is_due_leaves_and_the_export_says_so(old: CommandLine, tmp_path: Path) -> None:
    """Mutations: a dry run deletes; what left is told as missing; what is left cannot be proven."""
    before = _events(old, tmp_path / "before.jsonl")
    assert "would leave" in said(old("audit", "expire", "--dry-run"))[-1]
    assert _events(old, tmp_path / "between.jsonl") == before
    done = old("audit", "expire")
    assert done.exit_code == 0, done.output
    assert "events of the seals up to 2 left." in said(done)[-1]
    assert said(old("audit", "expire")) == ["Nothing is due."]
    assert _events(old, tmp_path / "after.jsonl") < before
    proof = old("audit", "verify", str(tmp_path / "after.jsonl"), "--anchor", str(tmp_path / "anchors.jsonl"))
    assert proof.exit_code == 0, proof.output
    assert "The events of the seals up to 2 left after their time" in proof.output
    earlier = old("audit", "verify", str(tmp_path / "before.jsonl"))
    assert earlier.exit_code == 0, "what was exported before stays proven"


def test_what_is_held_stays(old: CommandLine) -> None:
    assert old("audit", "holds").output == "Nothing is held.\n"
    placed = old("audit", "hold", "file 7", "--since", "2017-08-01")
    assert placed.output == "Hold 1 is in force: idp audit release 1 ends it.\n"
    assert old("audit", "holds").output == "1  since 2017-08-01  file 7\n"
    lines = said(old("audit", "expire"))
    assert lines[0] == "A hold keeps everything since 2017-08-01: idp audit holds."
    assert "up to 1 left." in lines[1]
    assert old("audit", "release", "1").output == "Hold 1 is over.\n"
    assert old("audit", "release", "1").exit_code == 1
    assert "up to 2 left." in said(old("audit", "expire"))[-1]


@pytest.mark.parametrize(
    "wrong",
    [("",), ("x" * 121,), ("a\nb",), ("13900000001",), ("file", "--since", "1969-01-01"), ("file", "--since", "x")],
)
def test_a_hold_that_is_none_is_refused(old: CommandLine, wrong: tuple[str, ...]) -> None:
    done = old("audit", "hold", *wrong)
    assert done.exit_code in {1, 2}
    assert "Traceback" not in done.output
    assert not isinstance(done.exception, ValueError)
    assert old("audit", "holds").output == "Nothing is held.\n"


def test_nothing_leaves_without_the_key_or_too_early(old: CommandLine, tmp_path: Path) -> None:
    """Mutations: six months are no limit; whoever has no key deletes."""
    old.environment["IDP_RETENTION__AUDIT_DAYS"] = "182"
    assert old("audit", "expire").exit_code == 2
    old.environment["IDP_RETENTION__AUDIT_DAYS"] = "183"
    del old.environment["IDP_AUDIT__KEY_FILE"]
    assert "IDP_AUDIT__KEY_FILE" in old("audit", "expire").output
    old("audit", "key", str(tmp_path / "other.jwk"))
    old.environment["IDP_AUDIT__KEY_FILE"] = str(tmp_path / "other.jwk")
    refused = old("audit", "expire")
    assert (refused.exit_code, "was not signed by this key" in refused.output) == (1, True)


def _events(old: CommandLine, out: Path) -> int:
    assert old("audit", "export", "--out", str(out)).exit_code == 0
    return sum(line.startswith(b"[") for line in out.read_bytes().splitlines())

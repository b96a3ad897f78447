"""`idp audit`: a key, seals, an export, and a proof that needs nothing but files."""

import csv
import json
from pathlib import Path

import pytest

from tests.idp.cli.conftest import CommandLine


@pytest.fixture
def sealed(ready: CommandLine, tmp_path: Path) -> CommandLine:
    """An installation whose log has a few events, which are sealed."""
    made = ready("audit", "key", str(tmp_path / "seal.jwk"))
    assert made.exit_code == 0, made.output
    (tmp_path / "public.jwk").write_text(made.stdout)
    ready.environment["IDP_AUDIT__KEY_FILE"] = str(tmp_path / "seal.jwk")
    ready.environment["IDP_AUDIT__ANCHORS"] = str(tmp_path / "anchors.jsonl")
    ready("invite")
    done = ready("audit", "seal", "--once")
    assert "events were sealed" in done.output, done.output
    return ready


def test_what_was_sealed_is_proven_offline(sealed: CommandLine, tmp_path: Path) -> None:
    """Mutations: verify asks the installation; the private half is printed or readable for others."""
    key = tmp_path / "seal.jwk"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads((tmp_path / "public.jwk").read_text())
    exported = sealed("audit", "export", "--out", str(tmp_path / "log.jsonl"))
    assert exported.exit_code == 0, exported.output
    for path in (key, sealed.config):
        path.unlink()
    sealed.environment.clear()
    proven = _verify(tmp_path, "--anchor", str(tmp_path / "anchors.jsonl"), "--key", str(tmp_path / "public.jwk"))
    assert proven == (0, ["PASS: everything is as it was sealed."], [])
    without = _verify(tmp_path)
    assert without[0] == 0
    assert [line for line in without[2] if "unproven" in line]


def _verify(tmp_path: Path, *more: str) -> tuple[int, list[str], list[str]]:
    """Exit status, verdicts and notes; without any settings."""
    from click.testing import CliRunner

    from idp.cli import idp

    done = CliRunner().invoke(idp, ["audit", "verify", str(tmp_path / "log.jsonl"), *more])
    lines = done.stdout.splitlines()
    verdicts = [line for line in lines if line.startswith(("PASS", "FAIL"))]
    return done.exit_code, verdicts, [line for line in lines if line.startswith("note")]


def test_a_changed_export_is_named_and_ends_with_one(sealed: CommandLine, tmp_path: Path) -> None:
    """M11. Mutations: a line that was changed, cut out or cut off passes."""
    file = tmp_path / "log.jsonl"
    sealed("audit", "export", "--out", str(file))
    lines = file.read_bytes().splitlines(keepends=True)
    for changed, said in (
        ([lines[0], lines[1].replace(b'"ok"', b'"no"'), *lines[2:]], "FAIL: event 1 is altered."),
        ([lines[0], *lines[2:]], "FAIL: event 1 is missing."),
        (lines[:-1], "FAIL: the export has no end; it was cut short."),
        ([*lines[:-2], lines[-1]], "FAIL: seal 1 is truncated."),
    ):
        file.write_bytes(b"".join(changed))
        status, verdicts, _ = _verify(tmp_path, "--anchor", str(tmp_path / "anchors.jsonl"))
        assert (status, verdicts[0]) == (1, said)


def test_the_export_is_signed_as_a_whole(sealed: CommandLine, tmp_path: Path) -> None:
    """No seal covers the newest events, nor the head. Mutations: the end is not verified; another key's signature counts."""
    sealed("invite", "--role", "audit")
    file, key = tmp_path / "log.jsonl", str(tmp_path / "public.jwk")
    sealed("audit", "export", "--out", str(file))
    kid = json.loads(file.read_bytes().splitlines()[-1])["end"]["signature"]
    assert kid.count(".") == 2
    proven = _told(tmp_path, "--key", key)
    assert "is signed by" in proven
    lines = file.read_bytes().splitlines(keepends=True)
    newest = max(place for place, line in enumerate(lines) if line.startswith(b"["))
    head = lines[0].replace(b"localhost", b"otherhost")
    unsealed = lines[newest].replace(b'"ok"', b'"no"')
    assert (head, unsealed) != (lines[0], lines[newest])
    for changed in ([head, *lines[1:]], [*lines[:newest], unsealed, *lines[newest + 1 :]]):
        file.write_bytes(b"".join(changed))
        assert "FAIL: the export is not as this key signed it" in _told(tmp_path, "--key", key)
    stripped = json.loads(lines[-1])
    stripped["end"]["signature"] = None
    file.write_bytes(b"".join([*lines[:-1], json.dumps(stripped).encode(), b"\n"]))
    assert "note: the export is not signed" in _told(tmp_path, "--key", key)
    for end in (b'{"end": {"signature": 7}}\n', b'{"end": {"signature": "a.b.c"}}\n'):
        file.write_bytes(b"".join([*lines[:-1], end]))
        assert "FAIL: the export is not as this key signed it" in _told(tmp_path, "--key", key)
    for end in (b'{"end": 1}\n', b'{"end"\n', b"\n", b"\xff\n", b"7\n", b'{"seal":' * 9999 + b"\n"):
        file.write_bytes(b"".join([*lines[:-1], end]))
        assert "FAIL" in _told(tmp_path, "--key", key)


def _told(tmp_path: Path, *more: str) -> str:
    from click.testing import CliRunner

    from idp.cli import idp

    return CliRunner().invoke(idp, ["audit", "verify", str(tmp_path / "log.jsonl"), *more]).output


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\n", b'{"format": "other"}\n'])
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.jsonl").write_bytes(content)
    assert _verify(tmp_path)[0] == 1


def test_a_key_or_an_export_that_is_there_is_not_touched(sealed: CommandLine, tmp_path: Path) -> None:
    kept = (tmp_path / "seal.jwk").read_text()
    assert sealed("audit", "key", str(tmp_path / "seal.jwk")).exit_code == 1
    assert (tmp_path / "seal.jwk").read_text() == kept
    (tmp_path / "there.jsonl").write_text("x")
    assert sealed("audit", "export", "--out", str(tmp_path / "there.jsonl")).exit_code == 1
    assert (tmp_path / "there.jsonl").read_text() == "x"


def test_without_a_key_nothing_is_sealed(ready: CommandLine, tmp_path: Path) -> None:
    assert "IDP_AUDIT__KEY_FILE" in ready("audit", "seal", "--once").output
    ready.environment["IDP_AUDIT__KEY_FILE"] = str(tmp_path / "nowhere")
    assert ready("audit", "seal", "--once").exit_code == 2
    (tmp_path / "nowhere").write_text("e30")
    assert "is no private key" in ready("audit", "seal", "--once").output


def test_a_table_of_an_export_is_read_by_a_spreadsheet(sealed: CommandLine, tmp_path: Path) -> None:
    """Mutations: a file that is there is written over; half a table is left where a line is no event."""
    file, out = tmp_path / "log.jsonl", tmp_path / "log.csv"
    sealed("audit", "export", "--out", str(file))
    assert "events are in" in sealed("audit", "csv", str(file), "--out", str(out)).output
    assert out.read_bytes().startswith(b'\xef\xbb\xbf"id","kind","action","at",')
    with out.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    lines = file.read_bytes().splitlines()
    assert len(rows) == len([line for line in lines if line.startswith(b"[")])
    assert rows[0]["action"] == json.loads(lines[1])[2]
    assert rows[0]["at"].endswith("+08:00")
    assert sealed("audit", "csv", str(file), "--out", str(out)).exit_code == 1
    for broken in (b"[1]", b"[1,", b'[1,"a","b","c"]', b'[1,"a","b",1e99]', b"[NaN,1,1,NaN]"):
        file.write_bytes(b"\n".join([lines[0], broken, b""]))
        assert "idp audit verify" in sealed("audit", "csv", str(file), "--out", str(tmp_path / "other.csv")).output
        assert not (tmp_path / "other.csv").exists()

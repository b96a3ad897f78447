"""Threat O08: `idp person import` is killed at random moments; the run after it brings everybody, and nobody twice."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from idp.app import install, load_settings
from idp.model.account import Identifier, IdentifierKind
from realnames.identifiers.citizen_id import complete
from tests.idp.installed import environment
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT

PEOPLE, KILLS = 6_000, 6


@pytest.fixture
def file(tmp_path: Path) -> Path:
    people = tmp_path / "people.jsonl"
    with people.open("w", encoding="utf-8") as opened:
        for number in range(PEOPLE):
            born, sequence = divmod(number, 999)
            members = {
                "name": "张小三",
                "id_type": "citizen_id",
                "id_number": complete(f"8901011990030{born + 1}{sequence + 1:03}"),
                "phone": f"{13_900_000_000 + number}",
                "subjects": [{"sector": "apps.example", "sub": f"old-{number}"}],
            }
            opened.write(json.dumps(members) + "\n")
    return people


def test_killed_imports_are_gone_on_with(storage_urls: StorageUrls, tmp_path: Path, file: Path) -> None:
    """Mutations: the report before the commit; a report that is begun anew; rows found again are refused."""
    variables = dict(environment(storage_urls, tmp_path))
    out = tmp_path / "report.jsonl"
    command = [sys.executable, "-m", "idp", "person", "import", str(file), "--report", str(out)]
    for _ in range(KILLS):
        told = out.stat().st_size if out.exists() else 0
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
        while process.poll() is None and (not out.exists() or out.stat().st_size == told):
            time.sleep(0.002)  # until it has begun to report
        time.sleep(random.uniform(0, 0.2))
        process.kill()
        process.wait()
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["line"] for line in lines] == list(range(1, PEOPLE + 1))
    assert {line["outcome"] for line in lines} <= {"created", "exists"}
    assert len({line["uid"] for line in lines}) == PEOPLE
    installation = install(load_settings(None, variables))
    with installation.services.begin() as unit_of_work:
        for number in range(0, PEOPLE, 97):
            account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{13_900_000_000 + number}"))
            assert account is not None
            assert account.uid == lines[number]["uid"]
            assert account.id <= PEOPLE + 500 * (KILLS + 1), "only numbers of batches that were lost are skipped"
    installation.storage.close()

"""The page for gateways: its settings load, its message and its report are of the contract, its curl is answered."""

import json
import subprocess
import tomllib
from pathlib import Path

from idp.app import load_settings
from idp.model.message import Medium
from tests.connectors.messaging.contract import check_report_answer, schema
from tests.docs.pages import blocks
from tests.idp.installed import environment
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import REPORT_TOKEN, RunningIdp

PAGE = "how-to/connect-a-gateway.md"


def block(word: str) -> str:
    (found,) = [each.text for each in blocks(PAGE) if word in (each.language, *each.words)]
    return found


def test_its_settings_are_settings(tmp_path: Path) -> None:
    """Mutation: a setting renamed without the page."""
    changes: dict[str, str] = {}
    for section, settings in tomllib.loads(block("toml")).items():
        changes |= {f"IDP_{section}__{name}".upper(): str(value) for name, value in settings.items()}
    settings = load_settings(None, environment(StorageUrls("sqlite:////x.db", "sqlite:////y.db"), tmp_path, **changes))
    assert [getattr(settings.messaging, medium.value) for medium in Medium] == ["sms_http", None, "voice_http"]


def test_its_message_is_of_the_contract() -> None:
    schema("#/components/schemas/Message").validate(json.loads(block("message")))


def test_its_report_is_answered(idp_sqlite: RunningIdp) -> None:
    """As a person types it, but for host and token. Mutation: a member of a report renamed without the page."""
    command = block("report")
    for told, ours in {
        "https://login.yunjiang.example": idp_sqlite.issuer,
        "the-token-that-we-gave-the-gateway": REPORT_TOKEN,
    }.items():
        assert told in command
        command = command.replace(told, ours)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    check_report_answer(200, done.stdout.encode())
    assert json.loads(done.stdout) == {"unknown": ["5c1f3f0f4a1b4d0e9a55c1b7e2d94a10"]}

"""The page for citizen cards: its settings load, its list is read, and `idp check` says what it shows."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from examples.citizen_card.office import PIN_POLICY
from idp.app import load_settings
from idp.cli.check import remarks
from idp.factors.lost_cards import LostCards
from tests.docs.pages import blocks
from tests.idp.card_office import CardOffice
from tests.idp.installed import NOW, Moment, environment, installed
from tests.plugins.private_servers import StorageUrls

PAGE = "how-to/connect-citizen-cards.md"


def block(number: int, language: str) -> str:
    return [each.text for each in blocks(PAGE) if each.language == language][number]


def urls_in(directory: Path) -> StorageUrls:
    """Stores that nobody asks."""
    return StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")


def test_its_settings_are_settings(tmp_path: Path) -> None:
    """Mutation: a setting renamed without the page."""
    section = tomllib.loads(block(0, "toml"))["citizen_cards"]
    assert section["pin_policy_oid"] == PIN_POLICY
    changes = {f"IDP_CITIZEN_CARDS__{name}".upper(): value for name, value in section.items()}
    settings = load_settings(None, environment(StorageUrls("sqlite:////x.db", "sqlite:////y.db"), tmp_path, **changes))
    assert settings.citizen_cards is not None
    assert settings.citizen_cards.bridge == section["bridge"]


def test_check_says_what_the_page_shows(tmp_path: Path, clock: Moment) -> None:
    """Mutations: a list that nobody writes any more looks like a new one; the line counts something else."""
    changes = CardOffice().settings(tmp_path)
    lost_list = tmp_path / "lost.txt"
    lost_list.write_text(block(0, "text"), "utf-8")
    assert len(LostCards(lost_list)) == 2
    os.utime(lost_list, (NOW - 3 * 86_400, NOW - 3 * 86_400))
    installation = installed(urls_in(tmp_path), tmp_path, clock, **changes)
    (said,) = [each for each in remarks(installation) if each.startswith("citizen cards")]
    shown = block(1, "text").strip().removeprefix("note: ")
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "…", said) == re.sub(
        r"\d{4}-\d\d-\d\d \d\d:\d\d", "…", shown.replace("0 day(s)", "3 day(s)")
    )
    installation.storage.close()


def test_check_says_that_there_are_none(tmp_path: Path, clock: Moment) -> None:
    installation = installed(urls_in(tmp_path), tmp_path, clock)
    assert "[citizen_cards] is not set: nobody signs in by citizen card" in list(remarks(installation))
    installation.storage.close()


@pytest.fixture
def clock() -> Moment:
    return Moment()

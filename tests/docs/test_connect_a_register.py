"""The page for registers: its question and its answer are of the contract, its settings load, its words are ours."""

import json
import re
import tomllib
from pathlib import Path

from idp.app import load_settings
from idp.fetch import Fetcher
from idp.ports import SourceKind
from realnames.sources import card_reader, population_register
from realnames.sources.card_reader import CardReaderSettings
from realnames.sources.claimed import PersonSettings
from realnames.sources.population_register import HttpPopulationRegister
from realnames.sources.signed_answer import subject_digest
from tests.docs.pages import blocks
from tests.idp.installed import Moment, environment
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.contract import FOLDER, Contract
from tests.realnames.sources.toy_register import lines_of

PAGE = "how-to/connect-a-register.md"
TEXT = (FOLDER.parent / PAGE).read_text("utf-8")


def block(word: str) -> str:
    (found,) = [each.text for each in blocks(PAGE) if word in (each.language, *each.words)]
    return found


def test_its_question_and_its_answer_are_of_the_contract() -> None:
    """Mutation: the digest of the page is another one than ours, so that whoever tries theirs on it despairs."""
    contract, asked, said = Contract("population_register"), json.loads(block("question")), json.loads(block("answer"))
    contract.schema("TwoElements").validate(asked)
    contract.schema("PersonAnswer").validate(said)
    assert said["subject_digest"] == subject_digest(asked["subject_key"], *lines_of(asked))
    assert (said["txn"], said["nonce"], said["aud"]) == (asked["id"], asked["nonce"], asked["client"])


def test_its_settings_are_settings(tmp_path: Path) -> None:
    """Mutation: a setting renamed without the page."""
    changes: dict[str, str] = {}
    for section, settings in tomllib.loads(block("toml")).items():
        for name, value in settings.items():
            changes[f"IDP_{section}__{name}".upper()] = json.dumps(value) if isinstance(value, list) else str(value)
    urls = StorageUrls("sqlite:////x.db", "sqlite:////y.db")
    settings = load_settings(None, environment(urls, tmp_path, **changes))
    assert (settings.sources.population, settings.sources.population_per_person_day) == ("population_register", 10)
    own = settings.section(population_register.SOURCE.name)
    assert isinstance(own, PersonSettings)
    built = population_register.SOURCE.build(own, Fetcher(), Moment())
    assert isinstance(built, HttpPopulationRegister)
    assert built.names["en"] == "the population register of Yunjiang"


def test_its_list_of_terminals_is_read(tmp_path: Path) -> None:
    path = tmp_path / "terminals.json"
    path.write_text(block("terminals"), "utf-8")
    reader = card_reader.SOURCE.build(CardReaderSettings(terminals=path, client="x"), Fetcher(), Moment())
    assert reader.knows("hall-east-3")


def test_it_names_every_kind_and_every_word_for_the_log() -> None:
    """Mutation: a word that nobody who reads the log finds explained."""
    for kind in SourceKind:
        assert f"`sources.{kind}`" in TEXT
    told = set(re.findall(r"`([a-z_]+)`", TEXT.partition("| word |")[2]))
    code = "".join(path.read_text("utf-8") for path in Path(population_register.__file__).parent.glob("*.py"))
    raised = set(re.findall(r"AnswerRefused\(\"([a-z_]+)\"\)", code)) | set(re.findall(r"\"(wrong_[a-z]+)\"", code))
    assert raised | {"unreachable", "paused", "refused", "unknown_document"} <= told

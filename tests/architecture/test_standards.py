"""`docs/standards.md` and `docs/threat-model.md` name modules and tests that exist, and leave no specification out."""

import re

import pytest

from tests.architecture.sources import ROOT

DOCUMENTS = ("standards.md", "threat-model.md")
PATH = re.compile(
    r"`((?:idp|connectors|realnames|biometrics|resource_server|admin|tests|examples|tools|docs)/[\w./-]+)`"
)
ROW = re.compile(r"^\|(?!--)(.+)\|$", re.MULTILINE)


def text(document: str) -> str:
    return (ROOT / "docs" / document).read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_named_file_exists(document: str) -> None:
    """Mutation: rename a module without its rows."""
    named = PATH.findall(text(document))
    assert len(named) > 20
    assert [path for path in dict.fromkeys(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_row_names_a_module(document: str) -> None:
    for row in ROW.findall(text(document)):
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) == 4 and cells[2] not in {"module", "defence"}:
            assert PATH.search(cells[2]), row


@pytest.mark.parametrize(("document", "folder"), [("standards.md", "specs"), ("threat-model.md", "attacks")])
def test_no_test_of_the_folder_is_left_out(document: str, folder: str) -> None:
    """Mutation: add a specification's test without its row."""
    tests = {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / folder).glob("test_*.py")}
    assert sorted(tests - set(PATH.findall(text(document)))) == []

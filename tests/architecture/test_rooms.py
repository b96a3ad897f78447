"""Every room of the house exists and says what it is for."""

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files, name

ROOMS = {
    "idp": "endpoints pages oauth interaction accounts sessions approvals proofing keys audit registration storage factors delivery"
    " policy model http __main__ cli app registry web services ports events fetch jose settings errors clock entropy",
    "idp.oauth": "extensions grants",
    "idp.storage": "migrations",
    "connectors": "channels upstream bridges messaging",
    "realnames": "identifiers sources",
    "biometrics": "",
    "admin": "operations api console portal",
}


@pytest.mark.parametrize("floor", ROOMS)
def test_every_room_of_a_floor_exists(floor: str) -> None:
    folder = ROOT.joinpath(*floor.split("."))
    assert (folder / "__init__.py").is_file()
    paths = [folder / room for room in ROOMS[floor].split()]
    assert [
        path.name for path in paths if not ((path / "__init__.py").is_file() or path.with_suffix(".py").is_file())
    ] == []


@pytest.mark.parametrize("file", files(".py"), ids=name)
def test_a_module_says_what_it_is_for(file: Path) -> None:
    """Mutation: an `__init__.py` without docstring, which the linter is told to leave to this test."""
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert said
    assert len(said.splitlines()[0]) >= 20


def test_a_folder_with_code_is_a_package() -> None:
    assert [name(file) for file in files(".py") if not (file.parent / "__init__.py").is_file()] == []

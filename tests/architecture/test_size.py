"""Files and functions stay as small as one idea."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import files, name

LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def long_functions(code: str) -> Iterator[str]:
    """The functions in `code` that are longer than one screen, signature and docstring included."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                yield node.name


def test_files_are_short() -> None:
    assert [name(file) for file in files(".py") if len(file.read_text("utf-8").splitlines()) > LONGEST_FILE] == []


def test_functions_are_short() -> None:
    assert [f"{name(file)}: {each}" for file in files(".py") for each in long_functions(file.read_text("utf-8"))] == []


@pytest.mark.parametrize(("lines", "is_long"), [(LONGEST_FUNCTION - 1, False), (LONGEST_FUNCTION, True)])
def test_length_is_measured(lines: int, is_long: bool) -> None:
    assert list(long_functions("async def f():\n" + "    pass\n" * lines)) == (["f"] if is_long else [])

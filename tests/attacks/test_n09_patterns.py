"""N09: no pattern of ours takes for ever on any text: nothing that repeats without end repeats something that does."""

import ast
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.architecture.sources import ROOT

parser: Any = import_module("re._parser")
"""Python's own reader of patterns; it has no public name, and no types."""
constants: Any = import_module("re._constants")
PACKAGES = ("idp", "admin", "connectors", "realnames", "biometrics", "resource_server")
MANY = 100
"""Repetitions from which on a text that does not fit may be tried in very many ways."""
SEPARATED = {"realnames/identifiers/email.py"}
"""There each round begins with a dot, which what is repeated inside does not have: a text has one way to be cut."""
_FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern that is written out in the product, with its place."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                text = _pattern_in(node)
                if text is not None:
                    yield f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text


def _pattern_in(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    name = node.func
    is_of_re = isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name) and name.value.id == "re"
    named = [keyword.value for keyword in node.keywords if keyword.arg == "pattern"]
    first = node.args[:1] if is_of_re and isinstance(name, ast.Attribute) and name.attr in _FUNCTIONS else named
    value = first[0] if first else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def repeats_in_repeats(pattern: str) -> bool:
    """Whether something that may repeat without end stands within another such."""

    def inside(parsed: Any, *, is_repeated: bool) -> bool:
        for operation, argument in parsed:
            is_endless = operation in {constants.MAX_REPEAT, constants.MIN_REPEAT} and argument[1] >= MANY
            if is_endless and is_repeated and len(argument[2]):
                return True
            if any(inside(each, is_repeated=is_repeated or is_endless) for each in _bodies(argument)):
                return True
        return False

    return inside(parser.parse(pattern), is_repeated=False)


def _bodies(argument: Any) -> Iterator[Any]:
    """The patterns inside an operation's argument."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _bodies(each)


def test_patterns_are_found() -> None:
    assert len(dict(patterns())) > 30


@pytest.mark.parametrize(("place", "pattern"), list(patterns()), ids=[place for place, _ in patterns()])
def test_nothing_endless_repeats_something_endless(place: str, pattern: str) -> None:
    assert place.partition(":")[0] in SEPARATED or not repeats_in_repeats(pattern), f"{place}: {pattern}"


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(?:[a-z]*\.)*x", r"([^@]+@?)*b", r"(x{1,200}y?)+"])
def test_what_takes_for_ever_is_recognised(pattern: str) -> None:
    """Mutation: a group, a class or a bound passed over."""
    assert repeats_in_repeats(pattern)

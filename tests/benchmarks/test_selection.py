"""`BENCH_ONLY` and the lock of the other peer: what is asked for is measured, from packages by their hashes."""

import re

import pytest

from tests.benchmarks.django_oauth_toolkit import PROJECT
from tests.benchmarks.selection import Known, select

KNOWN = Known(["one-core", "two-workers"], ["ours-sqlite", "node-memory"], ["jwks", "code"], ["flood"])


def test_nothing_named_is_everything() -> None:
    selection = select("", KNOWN)
    assert selection.comparisons == {"one-core", "two-workers"}
    assert list(selection.wanted.operations) == ["jwks", "code"]
    assert selection.wanted.has("ours-sqlite")
    assert selection.others == {"flood"}


@pytest.mark.parametrize(
    ("text", "comparisons", "operations", "others"),
    [
        ("code", {"one-core", "two-workers"}, ["code"], set()),
        ("one-core, code", {"one-core"}, ["code"], set()),
        ("code,jwks,two-workers", {"two-workers"}, ["jwks", "code"], set()),
        ("flood", set(), ["jwks", "code"], {"flood"}),
        ("flood,jwks", {"one-core", "two-workers"}, ["jwks"], {"flood"}),
    ],
)
def test_names_narrow_their_own_kind(text: str, comparisons: set[str], operations: list[str], others: set[str]) -> None:
    selection = select(text, KNOWN)
    assert list(selection.wanted.operations) == operations
    assert (set(selection.comparisons), set(selection.others)) == (comparisons, others)


def test_servers_are_named_too() -> None:
    wanted = select("ours-sqlite", KNOWN).wanted
    assert wanted.has("ours-sqlite")
    assert not wanted.has("node-memory")


def test_a_name_that_nothing_has_is_refused() -> None:
    """Mutation: measure nothing, and end well."""
    with pytest.raises(ValueError, match="unknown: cdoe; choose from"):
        select("cdoe", KNOWN)


def test_the_lock_of_the_peer_has_hashes_and_no_address() -> None:
    text = (PROJECT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"://|@ |^-|^ *--(?!hash=sha256:)", text, re.MULTILINE)
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z])", text))
    for name in (PROJECT / "requirements.in").read_text("utf-8").splitlines():
        assert re.search(rf"^{re.escape(name.partition('[')[0])}(\[.*\])?==", text, re.MULTILINE), name

"""The page for who acts for others: its roles are ours, its pages are there, and its operations do what it says."""

import re

import pytest

from admin.operations import OPERATIONS
from idp.model.mandate import OF_REGISTERS, MandateRole, PrincipalKind
from idp.settings.mandates import Mandates
from tests.docs.pages import blocks, rows, text_of

PAGE = "how-to/act-for-others.md"
NAMES = {
    "legal representative": MandateRole.LEGAL_REPRESENTATIVE,
    "administrator": MandateRole.ADMINISTRATOR,
    "agent": MandateRole.AGENT,
    "guardian": MandateRole.GUARDIAN,
    "helper": MandateRole.HELPER,
}


def test_it_tells_every_role_and_what_it_rests_on() -> None:
    """Mutations: a role that the page forgets; one that a register gives, told as given by somebody."""
    told = {}
    for who, whom, by, _ in (row for row in rows(text_of(PAGE)) if len(row) == 4):
        for name, role in NAMES.items():
            if name in who:
                told[role] = (whom, "register says so" in by)
    assert told.keys() == set(MandateRole)
    for role, (whom, is_of_a_register) in told.items():
        assert is_of_a_register is (role in OF_REGISTERS)
        assert ("organisation" in whom) is (role.principal_kind is PrincipalKind.ORGANIZATIONS)


def test_its_settings_are_there() -> None:
    named = set(re.findall(r"`mandates\.(\w+)`", text_of(PAGE)))
    assert named
    assert named <= Mandates.model_fields.keys()


def test_its_pages_are_there() -> None:
    """Each is an endpoint that another test holds to be served. Mutation: a page renamed without it."""
    named = set(re.findall(r"`(/(?:me|console)/\w+)`", text_of(PAGE)))
    assert len(named) >= 4
    endpoints = text_of("reference/endpoints.md")
    assert [path for path in named if f"`{path}`" not in endpoints] == []


@pytest.mark.parametrize(
    "line", [line for block in blocks(PAGE) for line in block.text.splitlines() if "operation" in line]
)
def test_its_operations_take_what_it_gives_them(line: str) -> None:
    _, _, name, *members = line.split()
    operation = OPERATIONS[name]
    wanted = operation.takes.model_validate_strings(dict(member.split("=", 1) for member in members))
    assert wanted.model_dump(exclude_none=True).keys() == {member.split("=")[0] for member in members}

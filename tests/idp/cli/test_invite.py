"""`idp invite`: three links once, each replaced by the next of its role, none for a role that somebody holds."""

import re

import pytest

from idp.app import install, load_settings
from tests.admin.officers import taken
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.cli.conftest import CommandLine
from tests.idp.pages.page_browser import Browser

LINK = re.compile(r"^(\w+) +http://localhost:8000(/console/invitations/\d+\.[\w-]{43})$", re.MULTILINE)


def links(idp: CommandLine, *arguments: str) -> dict[str, str]:
    """What was printed, by role."""
    done = idp("invite", *arguments)
    assert done.exit_code == 0, done.output
    return dict(LINK.findall(done.output))


def test_each_missing_officer_is_invited(ready: CommandLine) -> None:
    """Mutations: those who are there are invited again; the link of before lives on."""
    assert "`idp invite`" in ready("migrate").output
    first, second = links(ready), links(ready)
    assert list(first) == list(second) == ["system", "security", "audit"]
    installation = install(load_settings(ready.config, {}))
    assert Browser(installation).get(first["system"]).status == 404
    for role, path in second.items():
        browser = Browser(installation)
        taken(browser, path, SoftwareAuthenticator(), role)
        assert browser.here == "/console"
    installation.storage.close()
    assert "an officer for each" in ready("invite").output
    assert "`idp invite`" not in ready("migrate").output


def test_a_role_that_somebody_holds_is_not_offered_here(ready: CommandLine) -> None:
    assert list(links(ready, "--role", "window_clerk", "--name", "王芳", "--scope", "城东大厅")) == ["window_clerk"]
    path = links(ready, "--role", "audit")["audit"]
    installation = install(load_settings(ready.config, {}))
    taken(Browser(installation), path, SoftwareAuthenticator(), "李敏")
    installation.storage.close()
    refused = ready("invite", "--role", "audit")
    assert (refused.exit_code, "/console/officers" in refused.output) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["--role", "root"], ["--role", "audit", "--name", "a\nb"], ["--scope", "x" * 81]]
)
def test_what_is_no_invitation_is_refused(ready: CommandLine, arguments: list[str]) -> None:
    done = ready("invite", *arguments)
    assert done.exit_code in {1, 2}
    assert "Traceback" not in done.output

"""Whoever cannot go on by themselves has a code to read out, and the log has the reason under it."""

import re
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from idp.app import Installation, create_app
from idp.http import error_page
from idp.oauth.client_metadata import client_of
from tests.attacks.clients import CLIENTS
from tests.attacks.rig import authorization_url
from tests.idp.installed import PASSWORD, PHONE, freeze, new_person
from tests.idp.pages.visiting import Visiting

_CODE = re.compile(r'id="support-code">([0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4})<')


@pytest.fixture
def visiting(installation: Installation) -> Visiting:
    services = installation.services
    with services.begin() as unit_of_work:
        for metadata in CLIENTS:
            unit_of_work.clients.save(client_of(metadata, is_sandbox=True), services.clock())
        unit_of_work.commit()
    return Visiting(create_app(installation))


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[structlog.typing.EventDict]]:
    with capture_logs() as captured:
        # The one of the process keeps the processors that it first met.
        monkeypatch.setattr(error_page, "log", structlog.get_logger())
        yield captured


def assert_told(page: str, lines: list[structlog.typing.EventDict], code: str) -> None:
    """Mutation: a page without its code, a code without its line, or a second one beside it."""
    (shown,) = _CODE.findall(page)
    (line,) = [line for line in lines if line.get("support_code") == shown]
    assert (line["event"], line["code"]) == ("refused", code)
    assert "12345" in page
    assert "/help#hall" in page


def test_too_many_tries(
    installation: Installation, visiting: Visiting, lines: list[structlog.typing.EventDict]
) -> None:
    new_person(installation)
    visiting.opens(authorization_url())
    visiting.sends(username=PHONE, way="password")
    for _ in range(5):
        assert not _CODE.search(visiting.page)  # who can type it again needs nobody
        visiting.sends(password="wrong")
    assert visiting.status == 429
    assert_told(visiting.page, lines, "too_many_tries")


def test_a_frozen_account_is_told_after_the_right_proof_only(
    installation: Installation, visiting: Visiting, lines: list[structlog.typing.EventDict]
) -> None:
    """Mutations: told before the proof; told without a way back."""
    freeze(installation, new_person(installation))
    visiting.opens(authorization_url())
    visiting.sends(username=PHONE, way="password")
    visiting.sends(password="wrong")
    assert "冻结" not in visiting.page
    visiting.sends(password=PASSWORD)
    assert visiting.status == 403
    assert "已冻结" in visiting.page
    assert "带身份证去大厅，或打 12345 按 3" in visiting.page
    assert_told(visiting.page, lines, "access_denied")


def test_no_message_can_be_sent(
    installation: Installation,
    visiting: Visiting,
    lines: list[structlog.typing.EventDict],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new_person(installation)
    visiting.opens(authorization_url())
    monkeypatch.setattr(installation.services.message_codes, "_carriers", {})
    visiting.sends(username=PHONE, way="code")
    assert_told(visiting.page, lines, "temporarily_unavailable")


@pytest.mark.parametrize("path", ["/nowhere", "/s/unknown", "/freeze/unknown", "/authorize?client_id=nobody"])
def test_pages_that_end_a_request(visiting: Visiting, lines: list[structlog.typing.EventDict], path: str) -> None:
    visiting.opens(path)
    assert visiting.status in {400, 404}
    assert_told(visiting.page, lines, visiting.error)

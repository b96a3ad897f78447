"""Holds at the console: the auditor places one at once, proposes to end it, and may take that back."""

import pytest

from idp.app import Installation
from idp.model.office import OFFICERS, Role
from tests.admin.console.test_pages import desk

PATH = "/console/log/holds"


def held(installation: Installation) -> list[tuple[str, int]]:
    with installation.services.begin() as unit_of_work:
        return [(each.reference, each.since) for each in unit_of_work.holds.in_force()]


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_the_page_is_the_auditors(installation: Installation) -> None:
    """Mutations: those whom the log watches place holds; a forged form is taken."""
    for role in OFFICERS:
        at = desk(installation, role)
        assert at.get(PATH).status == (200 if role is Role.AUDIT else 403)
        at.officer.browser.post(PATH, csrf="forged", act="hold", reference="file 7")
        if role is not Role.AUDIT:
            at.press(PATH, act="hold", reference="file 7")
    assert held(installation) == []


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_a_hold_is_placed_and_a_colleague_releases_it(installation: Installation) -> None:
    """Mutations: the auditor alone lets the log go; they cannot take back what they proposed."""
    audit, security = desk(installation, Role.AUDIT), desk(installation, Role.SECURITY)
    page = audit.press(PATH, act="hold", reference="（2026）云01刑初7号", since="2026-03-01").body.decode()
    assert "（2026）云01刑初7号" in page
    assert held(installation) == [("（2026）云01刑初7号", 1_772_294_400)]
    for way in ("withdraw", "approve"):
        audit.press(PATH, act="release", hold_id="1")
        path = audit.here
        assert path.startswith("/console/drafts/")
        assert len(held(installation)) == 1
        (audit if way == "withdraw" else security).press(path, decision=way)
    assert held(installation) == []
    assert "没有生效的保全" in audit.get(PATH).body.decode()


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_what_does_not_fit_is_said(installation: Installation) -> None:
    """Mutation: an odd day, or an odd number, is a failure."""
    audit = desk(installation, Role.AUDIT)
    for fields in (
        {"act": "hold", "reference": ""},
        {"act": "hold", "reference": "13900000001"},
        {"act": "hold", "reference": "file 7", "since": "someday"},
        {"act": "hold", "reference": "file 7", "since": "0001-01-01"},
        {"act": "hold", "reference": "file 7", "since": "9999-12-31"},
        {"act": "release", "hold_id": "999999"},
        {"act": "release", "hold_id": "9" * 30},
        {"act": "release", "hold_id": "x"},
        {"act": "burn"},
    ):
        answer = audit.press(PATH, **fields)
        assert answer.status == 200
        if fields.get("since") != "9999-12-31":
            assert 'role="alert"' in answer.body.decode(), fields
    assert [since for _, since in held(installation)] == [253_402_185_600]

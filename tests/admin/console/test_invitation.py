"""An invitation is taken by a key: once, in time, by one person for one role (threats M07, M12)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts.invitations import Offer, find_open, invite, invite_first, withdraw
from idp.accounts.offices import dismiss
from idp.app import Installation
from idp.errors import Refused
from idp.model.account import AccountKind, AccountStatus
from idp.model.office import OFFICERS, Role
from tests.admin.officers import invited, officer, taken
from tests.biometrics.software_authenticator import BE, BS, UP, UV, SoftwareAuthenticator
from tests.idp.installed import Moment, installed
from tests.idp.pages.page_browser import Browser
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def in_earnest(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """Without the sandbox."""
    opened = installed(storage_urls, tmp_path, clock, IDP_SANDBOX__ENABLED="false")
    yield opened
    opened.storage.close()


@pytest.mark.parametrize("role", Role)
def test_whoever_takes_it_holds_the_role_and_is_in(installation: Installation, role: Role) -> None:
    """Mutations: another role; a personal account; nothing in the log."""
    services, browser = installation.services, Browser(installation)
    answer = taken(browser, invited(installation, role), SoftwareAuthenticator())
    assert (browser.here, answer.status) == ("/console", 200 if role in OFFICERS else 403)
    with services.begin() as unit_of_work:
        (held,) = unit_of_work.appointments.in_force([role])
        account = unit_of_work.accounts.get(held.account_id)
        assert account is not None
        assert (account.kind, account.status) == (AccountKind.WORK, AccountStatus.ACTIVE)
        assert unit_of_work.accounts.attributes(account.id).name == "王芳"
        told = [event.action for event in unit_of_work.events.of_person(account.id, before=None, limit=10)]
    assert told == ["session.signed_in", "credential.added", "office.taken"]


def test_who_has_no_name_in_it_says_their_own(installation: Installation) -> None:
    """Mutations: nobody is asked; a name of many lines is kept."""
    browser, path = Browser(installation), invited(installation, Role.SYSTEM, name="")
    for name in ("", " \t ", "x" * 41):
        answer = taken(browser, path, SoftwareAuthenticator(), name)
        assert (answer.status, 'id="name-error"' in answer.body.decode()) == (400, True), name
    taken(browser, path, SoftwareAuthenticator(), "  李  敏 ")
    assert browser.here == "/console"
    with installation.services.begin() as unit_of_work:
        (held,) = unit_of_work.appointments.in_force([Role.SYSTEM])
        assert unit_of_work.accounts.attributes(held.account_id).name == "李 敏"


def test_the_name_that_the_inviter_gave_stands(installation: Installation) -> None:
    """Mutation: whoever takes it calls themselves what they like."""
    taken(Browser(installation), invited(installation, Role.AUDIT), SoftwareAuthenticator(), "somebody else")
    with installation.services.begin() as unit_of_work:
        (held,) = unit_of_work.appointments.in_force([Role.AUDIT])
        assert unit_of_work.accounts.attributes(held.account_id).name == "王芳"


def test_it_works_once(installation: Installation) -> None:
    path = invited(installation, Role.SYSTEM)
    first, second = Browser(installation), Browser(installation)
    page = second.get(path)
    question = second.get(f"{path}/options").body.decode()
    taken(first, path, SoftwareAuthenticator())
    second.here = path
    answer = SoftwareAuthenticator().create(question)
    late = second.post(path, credential=answer, csrf=_csrf(page.body.decode()))
    assert (late.status, "这份邀请" in late.body.decode()) == (404, True)
    assert second.get(path).status == 404
    assert second.get(f"{path}/options").body == b"{}"
    with installation.services.begin() as unit_of_work:
        assert len(unit_of_work.appointments.in_force(OFFICERS)) == 1


def test_a_day_later_or_withdrawn_it_is_over(installation: Installation, clock: Moment) -> None:
    services, browser = installation.services, Browser(installation)
    path, other = invited(installation, Role.SYSTEM), invited(installation, Role.SYSTEM)
    with services.begin() as unit_of_work:
        assert withdraw(unit_of_work, int(other.rpartition("/")[2].partition(".")[0]), None, clock())
        assert not withdraw(unit_of_work, 999, None, clock())
        unit_of_work.commit()
    assert browser.get(other).status == 404
    clock.pass_by(86_399)
    assert browser.get(path).status == 200
    clock.pass_by(1)
    assert browser.get(path).status == 404


@pytest.mark.parametrize("token", ["", "1", "1.", "1.wrong", "01.x", "999.x", "1.%00", "x" * 3000])
def test_another_link_leads_nowhere(installation: Installation, token: str) -> None:
    """Mutation: the secret is not compared."""
    invited(installation, Role.SYSTEM)
    with installation.services.begin() as unit_of_work:
        assert find_open(unit_of_work, token, installation.services.clock()) is None
    assert Browser(installation).get(f"/console/invitations/{token}").status == 404


def test_a_forged_form_takes_nothing(installation: Installation) -> None:
    """F03. Mutation: the form is taken from any page."""
    browser, path = Browser(installation), invited(installation, Role.SYSTEM)
    browser.get(path)
    answer = SoftwareAuthenticator().create(browser.get(f"{path}/options").body.decode())
    for token in ("", "forged"):
        assert browser.post(path, credential=answer, csrf=token).status == 400
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.appointments.in_force(OFFICERS) == []


def test_the_question_is_for_this_invitation_and_this_browser(installation: Installation) -> None:
    """I02. Mutations: an answer to another invitation's question, or to another browser's, is taken."""
    first, second = invited(installation, Role.SYSTEM), invited(installation, Role.AUDIT)
    browser, other = Browser(installation), Browser(installation)
    page = browser.get(first)
    for stranger, path in ((browser, second), (other, first)):
        stranger.get(path)
        answer = SoftwareAuthenticator().create(stranger.get(f"{path}/options").body.decode())
        browser.here = first
        assert browser.post(first, credential=answer, csrf=_csrf(page.body.decode())).status == 400
    assert browser.post(first, credential="{}", csrf=_csrf(page.body.decode())).status == 400


def test_a_key_opens_one_officers_account(installation: Installation) -> None:
    """A device that opens an officer's account is told not to make another one's. Mutation: nothing is excluded."""
    held = officer(installation, Role.SYSTEM)
    path = invited(installation, Role.SECURITY)
    browser = Browser(installation)
    browser.get(path)
    excluded = json.loads(browser.get(f"{path}/options").body)["excludeCredentials"]
    assert len(excluded) == 1
    assert not json.loads(held.browser.get(f"{invited(installation, Role.GRID_WORKER)}/options").body).get(
        "excludeCredentials"
    )


@pytest.mark.parametrize(("role", "status"), [*((role, 400) for role in OFFICERS), (Role.WINDOW_CLERK, 403)])
def test_an_officers_key_stays_on_one_device(in_earnest: Installation, role: Role, status: int) -> None:
    """Mutation: the rules for citizens. Of a clerk any passkey is taken; the console is then not for them."""
    synced = SoftwareAuthenticator(flags=UP | UV | BE | BS)
    answer = taken(Browser(in_earnest), invited(in_earnest, role), synced)
    assert answer.status == status
    assert ("会同步" in answer.body.decode()) is (role in OFFICERS)


def test_on_ones_own_machine_any_key_will_do(installation: Installation) -> None:
    browser = Browser(installation)
    taken(browser, invited(installation, Role.SYSTEM), SoftwareAuthenticator(flags=UP | UV | BE | BS))
    assert browser.here == "/console"


def test_the_command_line_invites_for_a_role_that_nobody_holds(installation: Installation) -> None:
    """Mutations: for any role; the link of before lives on beside the new one."""
    services = installation.services
    with services.begin() as unit_of_work:
        first = invite_first(unit_of_work, Offer(role=Role.SYSTEM), services.clock())
        second = invite_first(unit_of_work, Offer(role=Role.SYSTEM), services.clock())
        unit_of_work.commit()
        assert find_open(unit_of_work, first.token, services.clock()) is None
        assert find_open(unit_of_work, second.token, services.clock()) is not None
    officer(installation, Role.SYSTEM)
    with services.begin() as unit_of_work, pytest.raises(Refused, match="Somebody holds the role system"):
        invite_first(unit_of_work, Offer(role=Role.SYSTEM), services.clock())


@pytest.mark.parametrize(("name", "scope"), [("x" * 41, ""), ("a\nb", ""), (" a", ""), ("", "x" * 81), ("", "\x00")])
def test_what_does_not_fit_into_a_line_is_refused(installation: Installation, name: str, scope: str) -> None:
    offer = Offer(role=Role.SYSTEM, name=name, scope=scope)
    with installation.services.begin() as unit_of_work, pytest.raises(Refused, match="at most"):
        invite(unit_of_work, offer, installation.services.clock())


def test_who_is_dismissed_has_nothing_left(installation: Installation) -> None:
    """Mutations: the role stays; the account stays open."""
    services, held = installation.services, officer(installation, Role.SECURITY)
    with services.begin() as unit_of_work:
        assert dismiss(unit_of_work, held.account_id, None, services.clock())
        assert not dismiss(unit_of_work, held.account_id, None, services.clock())
        unit_of_work.commit()
        account = unit_of_work.accounts.get(held.account_id)
        assert account is not None
        assert account.status is AccountStatus.CLOSED
        assert unit_of_work.passkeys.of_account(held.account_id) == []


def _csrf(html: str) -> str:
    return html.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]

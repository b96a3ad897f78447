"""Who is let into the console: a role, a key, and no quarter of an hour of silence (threats M05, M12, M13)."""

import pytest

from idp.accounts.offices import dismiss
from idp.app import Installation
from idp.model.office import OFFICERS, Role
from idp.model.policy import Method
from idp.sessions.begin import SignIn, begin
from tests.admin.officers import officer
from tests.idp.installed import Moment, new_person
from tests.idp.pages.page_browser import Browser

IDLE = 900


def test_nobody_is_led_to_the_key_and_back(installation: Installation) -> None:
    """Mutations: the page that asks for a number; back to somewhere else."""
    held = officer(installation, Role.SYSTEM)
    held.browser.forgets("session")
    page = held.browser.get("/console?x=1")
    assert held.browser.path.endswith("/passkey")
    assert "换个方式" not in page.body.decode()
    assert held.sign_in(page).status == 200
    assert held.browser.here == "/console?x=1"


@pytest.mark.parametrize(
    "wanted", ["/me", "//evil.example", "https://evil.example", "/console/signed-in?state=/console", "/consoles"]
)
def test_the_way_back_leads_into_the_console_alone(installation: Installation, wanted: str) -> None:
    """A02. Mutation: `state` is followed wherever it leads."""
    held = officer(installation, Role.SYSTEM)
    held.browser.get(f"/console/signed-in?state={wanted}")
    assert held.browser.here == "/console"


def test_a_person_is_told_that_it_is_not_for_them(installation: Installation) -> None:
    """Mutation: whoever is signed in comes in."""
    new_person(installation)
    browser = Browser(installation)
    browser.sign_in(browser.get("/me"))
    answer = browser.get("/console")
    assert (browser.here, answer.status) == ("/console", 403)
    assert 'href="/console/sign-in"' in answer.body.decode()
    browser.get("/console/sign-in")
    assert browser.path.endswith("/passkey")


@pytest.mark.parametrize("role", sorted(set(Role) - set(OFFICERS)))
def test_who_serves_people_finds_no_console(installation: Installation, role: Role) -> None:
    from tests.admin.officers import invited, taken
    from tests.biometrics.software_authenticator import SoftwareAuthenticator

    browser = Browser(installation)
    answer = taken(browser, invited(installation, role), SoftwareAuthenticator())
    assert answer.status == 403
    assert "另一位管理员" in answer.body.decode()


def test_a_quarter_of_an_hour_of_silence_costs_a_sign_in(installation: Installation, clock: Moment) -> None:
    """M12. Mutations: each click counts from the sign-in; silence costs nothing."""
    held = officer(installation, Role.AUDIT)
    for _ in range(4):
        clock.pass_by(IDLE - 1)
        held.browser.get("/console")
        assert held.browser.here == "/console"
    clock.pass_by(IDLE + 1)
    page = held.browser.get("/console")
    assert held.browser.path.endswith("/passkey")
    held.sign_in(page)
    assert held.browser.here == "/console"


def test_a_demoted_officers_next_click_is_refused(installation: Installation) -> None:
    """M13. Mutation: the role is kept in the session."""
    held, services = officer(installation, Role.SECURITY), installation.services
    with services.begin() as unit_of_work:
        unit_of_work.appointments.end(held.account_id, services.clock())
        unit_of_work.commit()
    assert held.browser.get("/console").status == 403
    other = officer(installation, Role.SECURITY)
    with services.begin() as unit_of_work:
        dismiss(unit_of_work, other.account_id, None, services.clock())
        unit_of_work.commit()
    other.browser.get("/console")
    assert other.browser.path.endswith("/passkey")


@pytest.mark.parametrize("method", sorted(set(Method) - {Method.BOUND_PASSKEY, Method.SYNCED_PASSKEY}))
def test_nothing_that_can_be_phished_opens_it(installation: Installation, method: Method) -> None:
    """M12. Mutation: any session of the account will do."""
    held, services = officer(installation, Role.SYSTEM), installation.services
    sign_in = SignIn(
        account_id=held.account_id,
        methods=(method,),
        channel=services.channels["website"],
        is_shared_device=False,
        at=services.clock(),
    )
    with services.begin() as unit_of_work:
        _, cookie = begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    browser = Browser(installation)
    browser._cookies["session"] = cookie
    browser.get("/console")
    assert browser.path.endswith("/passkey")


def test_a_work_account_opens_nothing_of_peoples(installation: Installation) -> None:
    """Mutations: the account pages are served; an app of people's takes it."""
    held = officer(installation, Role.SYSTEM)
    for path in ("/me", "/me/methods", "/me/passkeys/new", "/me/data/phone", "/me/devices", "/me/data/export"):
        held.browser.get(path)
        assert held.browser.here == "/console", path


def test_signing_out_ends_it(installation: Installation) -> None:
    """Mutations: the cookie alone is forgotten; a forged form signs out."""
    held = officer(installation, Role.SYSTEM)
    page = held.browser.get("/console").body.decode()
    held.browser.post("/console/sign-out", csrf="forged")
    assert held.browser.here == "/console"
    cookie = held.browser._cookies["session"]
    held.browser.post("/console/sign-out", csrf=page.split('name="csrf" value="')[1].split('"')[0])
    assert held.browser.path.endswith("/passkey")
    held.browser._cookies["session"] = cookie
    held.browser.get("/console")
    assert held.browser.path.endswith("/passkey")

"""What a thief has under way, or left waiting, when its holder takes the account back: none of it opens anything afterwards.

Each case was found by somebody who tried to break in, and let them in (threats G07, G08, G09, O02).
"""

import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.accounts import closing, export, status
from idp.accounts.act import Act
from idp.accounts.lost_phone import complete_ripe
from idp.accounts.status import Reason
from idp.app import Installation
from idp.clock import Instant
from idp.errors import Refused
from idp.model.account import AccountStatus, Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.ports import PasswordHasher
from idp.proofing.real_name import Draft, RealName
from idp.sessions.end import end
from idp.sessions.resume import resume
from idp.storage.accounts import SqlAccounts
from idp.storage.recoveries import SqlRecoveries
from tests.idp.accounts.notices_of import link_in, notices_of
from tests.idp.installed import CITIZEN_ID, PASSWORD, PHONE, Moment, new_person
from tests.idp.pages import test_lost_phone as lost
from tests.idp.pages.one_time_codes import code_of
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.person_at_apps import CALLBACK, Department, PersonsBrowser
from tests.idp.pages.test_correct import code_in, messages
from tests.idp.pages.test_new_start import (
    NEW_PASSWORD,
    attributes_of,
    by_password,
    by_phone,
    new_slip,
    person_of,
    show,
    signs_in,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def visitor_of(installation: Installation, browser: Browser, now: Instant) -> Visitor:
    """Who is signed in on a browser, read before something happens."""
    services = installation.services
    with services.begin() as unit_of_work:
        cookie = services.cookies.read(browser._cookies, "session")
        visitor = resume(unit_of_work, cookie, services.channels, now)
    assert visitor is not None
    return visitor


def started_anew(installation: Installation, owner: Browser | None = None) -> None:
    owner = owner or Browser(installation)
    show(owner, new_slip(installation))
    by_password(owner)
    assert owner.here == "/me"


def test_a_password_that_is_being_hashed(with_person: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: `_signed_in` does not hold the account as it was read."""
    owner, thief = Browser(with_person), Browser(with_person)
    show(owner, new_slip(with_person))
    page = thief.get("/me")
    page = thief.post(thief.path, csrf=csrf_of(page), username=PHONE, way="password")
    kind = type(with_person.services.passwords)
    verify = kind.verify

    def slowly(self: PasswordHasher, password: str, phc: str | None) -> tuple[bool, str | None]:
        answer = verify(self, password, phc)
        monkeypatch.setattr(kind, "verify", verify)
        by_password(owner)
        assert owner.here == "/me"
        return answer

    monkeypatch.setattr(kind, "verify", slowly)
    thief.post(thief.path, csrf=csrf_of(page), password=PASSWORD)
    thief.get("/me")
    assert thief.here != "/me"


def test_an_old_password_that_is_being_hashed_while_a_new_one_is_set(
    with_person: Installation, clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: what the proof stood on is not asked again."""
    owner, thief = Browser(with_person), Browser(with_person)
    owner.sign_in(owner.get("/me/methods/password"))
    owner.prove_by_message(with_person)
    form = owner.get("/me/methods/password")
    page = thief.get("/me")
    page = thief.post(thief.path, csrf=csrf_of(page), username=PHONE, way="password")
    clock.pass_by(1)
    kind = type(with_person.services.passwords)
    verify = kind.verify

    def slowly(self: PasswordHasher, password: str, phc: str | None) -> tuple[bool, str | None]:
        answer = verify(self, password, phc)
        monkeypatch.setattr(kind, "verify", verify)
        owner.post("/me/methods/password", csrf=csrf_of(form), password=NEW_PASSWORD, others="1")
        return answer

    monkeypatch.setattr(kind, "verify", slowly)
    thief.post(thief.path, csrf=csrf_of(page), password=PASSWORD)
    thief.get("/me")
    assert thief.here != "/me"


def test_a_code_that_is_being_exchanged(
    browser: Browser, with_person: Installation, clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `offline_access` it would be a way in for months. Mutation: a family lives by its own row alone."""
    app = Department(with_person, scope="openid profile phone offline_access")
    thief = PersonsBrowser(with_person)
    thief.enter()
    show(browser, new_slip(with_person))
    page = app.send(thief, "openid profile phone offline_access", prompt="consent")
    if thief.here.endswith("/consent"):
        thief.post(thief.here, csrf=csrf_of(page), action="allow")
    code = parse_qs(urlsplit(thief.here).query)["code"][0]
    clock.pass_by(1)
    consume = AuthorizationCodeGrant.consume

    def slowly(self: AuthorizationCodeGrant, unit_of_work: object, order: object) -> object:
        monkeypatch.setattr(AuthorizationCodeGrant, "consume", consume)
        by_password(browser)
        assert browser.here == "/me"
        return consume(self, unit_of_work, order)  # type: ignore[arg-type]

    monkeypatch.setattr(AuthorizationCodeGrant, "consume", slowly)
    exchanged = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    tokens = app.ask(thief, **exchanged).json
    again = app.ask(thief, grant_type="refresh_token", refresh_token=tokens.get("refresh_token", ""))
    assert again.status == 400


def test_a_code_under_way_to_the_same_phone(with_person: Installation, clock: Moment) -> None:
    """A new card with the old number. Mutation: the code is bound to the phone alone."""
    thief = Browser(with_person)
    page = thief.get("/me")
    page = thief.post(thief.path, csrf=csrf_of(page), username=PHONE, way="code")
    code = code_in(messages(with_person))
    clock.pass_by(61)
    owner = Browser(with_person)
    show(owner, new_slip(with_person))
    by_phone(owner, with_person, PHONE)
    assert owner.here == "/me"
    thief.post(thief.path, csrf=csrf_of(page), code=code)
    thief.get("/me")
    assert thief.here != "/me"


def test_a_phone_that_waits_when_everybody_is_signed_out(with_person: Installation, clock: Moment) -> None:
    """What the product advises after *not me*. Mutations: the page, or the new password, leaves it waiting."""
    for heals in (_says_not_me, _sets_a_password):
        thief = Browser(with_person)
        thief.sign_in(thief.get(lost.PATH))
        lost.ask(thief, with_person)
        clock.pass_by(61)
        heals(with_person, clock)
        clock.pass_by(lost.THREE_DAYS)
        assert complete_ripe(with_person.services, clock()) == 0, heals


def _says_not_me(installation: Installation, _clock: Moment) -> None:
    owner = Browser(installation)
    owner.sign_in(owner.get("/me/not-me/sign-out"))
    owner.post("/me/not-me/sign-out", csrf=csrf_of(owner.get("/me/not-me/sign-out")))
    assert owner.here == "/me/not-me?done=1"


def _sets_a_password(installation: Installation, clock: Moment) -> None:
    owner = Browser(installation)
    owner.sign_in(owner.get("/me/methods/password"))
    clock.pass_by(61)
    owner.prove_by_message(installation)
    page = owner.get("/me/methods/password")
    owner.post("/me/methods/password", csrf=csrf_of(page), password=NEW_PASSWORD, others="1")
    assert signs_in(installation, CITIZEN_ID, NEW_PASSWORD)


def test_a_slip_when_the_account_is_frozen(with_person: Installation, clock: Moment) -> None:
    """A slip for somebody who did not ask for one. Mutation: it works again once the account is let go on."""
    services, slip, account = with_person.services, new_slip(with_person), person_of(with_person)
    for verb, reason in ((status.freeze, Reason.NOT_ME), (status.unfreeze, Reason.SETTLED)):
        with services.begin() as unit_of_work:
            verb(unit_of_work, account.id, reason, clock())
            unit_of_work.commit()
        clock.pass_by(3600)
    thief = Browser(with_person)
    show(thief, slip)
    assert not thief.here.endswith("/new-start")


def test_an_app_for_codes_on_the_stolen_phone(with_person: Installation, clock: Moment) -> None:
    """Mutation: it counts as something else than the phone, which alone is then enough."""
    account = person_of(with_person)
    with with_person.services.begin() as unit_of_work:
        unit_of_work.credentials.put(account.id, CredentialKind.ONE_TIME_CODE, SECRET, clock())
        unit_of_work.commit()
    thief = Browser(with_person)
    page = thief.get(lost.PATH)
    thief.post(thief.path, csrf=csrf_of(page), username=PHONE, way="password")
    page = thief.get(thief.path.replace("/password", "/totp"))
    thief.post(thief.path, csrf=csrf_of(page), code=code_of(SECRET, clock()))
    assert thief.here != lost.PATH


def test_a_link_that_freezes(with_person: Installation, browser: Browser, clock: Moment) -> None:
    """On the stolen phone it would close the account again each time the hall opens it. Mutation: good for thirty days."""
    for _ in range(2):
        other = Browser(with_person)
        other.sign_in(other.get("/me"))
    old = link_in(notices_of(with_person)[0].payload["text"])
    clock.pass_by(86_400)
    show(browser, new_slip(with_person))
    notices_of(with_person)
    by_phone(browser, with_person)
    new = link_in(notices_of(with_person)[0].payload["text"])
    thief = Browser(with_person)
    assert thief.get(old).status == 404
    thief.post(new, csrf=csrf_of(thief.get(new)))
    assert person_of(with_person).status is AccountStatus.FROZEN, "the word of the new start itself has one that works"
    with with_person.services.begin() as unit_of_work:
        status.unfreeze(unit_of_work, person_of(with_person).id, Reason.SETTLED, clock.pass_by(60))
        unit_of_work.commit()
    assert thief.get(new).status == 404


def test_the_freezing_wins_against_the_worker(
    browser: Browser, with_person: Installation, clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both at once. Mutation: one locks account and then recovery, the other the other way round, and the freezing dies."""
    services = with_person.services
    browser.sign_in(browser.get(lost.PATH))
    lost.ask(browser, with_person)
    account = person_of(with_person)
    clock.pass_by(lost.THREE_DAYS)
    done = threading.Event()
    hold = SqlAccounts.hold

    def held(self: SqlAccounts, known: object) -> bool:
        if threading.current_thread().name == "worker":
            done.wait(1)
        return hold(self, known)  # type: ignore[arg-type]

    ended = SqlRecoveries.end

    def end_slowly(self: SqlRecoveries, *arguments: object) -> bool:
        answer = ended(self, *arguments)  # type: ignore[arg-type]
        if threading.current_thread().name == "worker":
            done.wait(1)
        return answer

    monkeypatch.setattr(SqlAccounts, "hold", held)
    monkeypatch.setattr(SqlRecoveries, "end", end_slowly)
    said: dict[str, object] = {}

    def freezes() -> bool:
        with services.begin() as unit_of_work:
            is_new = status.freeze(unit_of_work, account.id, Reason.NOT_ME, clock())
            unit_of_work.commit()
        done.set()
        return is_new

    def run(name: str, what: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=lambda: said.update({name: what()}), name=name)
        thread.start()
        return thread

    for thread in (run("worker", lambda: complete_ripe(services, clock())), run("owner", freezes)):
        thread.join(20)
    assert said["owner"] is True
    assert said["worker"] == 0
    assert attributes_of(with_person).phone == f"+86{PHONE}"


def test_the_word_of_a_phone_that_waits_lives_as_long_as_there_is_time_to_object(
    browser: Browser, with_person: Installation, clock: Moment
) -> None:
    """A gateway that is down for a day. Mutation: the notice is thrown away after 24 hours, and the change is made."""
    browser.sign_in(browser.get(lost.PATH))
    notices_of(with_person)
    lost.ask(browser, with_person)
    (told,) = notices_of(with_person)
    assert told.expires_at == clock() + lost.THREE_DAYS


def test_a_page_of_a_session_that_ended(with_person: Installation, clock: Moment) -> None:
    """Threat G09. Mutation: `hold` left out, so that what was opened before the new start is written after it."""
    thief = Browser(with_person)
    thief.sign_in(thief.get("/me"))
    act = Act(visitor_of(with_person, thief, clock()), "en", clock())
    started_anew(with_person)
    services = with_person.services
    for verb in (closing.ask, closing.keep, export.ask):
        with pytest.raises(Refused, match="access_denied"):
            verb(services, act)
    assert person_of(with_person).closes_at is None
    assert not export.is_being_made(services, act.visitor.account.id)


def test_a_name_of_a_session_that_ended(with_person: Installation, clock: Moment) -> None:
    """A thief's name and number on somebody else's account, for good. Mutation: as above."""
    services, phone = with_person.services, Identifier(IdentifierKind.PHONE, "+8613700000009")
    account = new_person(with_person, phone, name=None, proofing=Proofing.P0, proofed_at=None)
    thief = Browser(with_person)
    thief.sign_in(thief.get("/me"), phone="13700000009")
    act = Act(visitor_of(with_person, thief, clock()), "en", clock())
    with services.begin() as unit_of_work:
        for session in unit_of_work.sessions.unended(account.id):
            end(unit_of_work, session, clock())
        unit_of_work.commit()
    draft = Draft(session_id=act.visitor.session.id, name="李大四", number="890101199003070038")
    with pytest.raises(Refused, match="access_denied"):
        RealName(services).confirm(act, draft)
    with services.begin() as unit_of_work:
        assert unit_of_work.accounts.attributes(account.id).name is None

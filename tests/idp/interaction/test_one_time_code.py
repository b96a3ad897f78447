"""Signing in by the code of an app: once, by its person alone, and guessed no faster than a password (threats H02, H03)."""

from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from idp.accounts.held import held_by
from idp.accounts.tries import Paused, Wrong
from idp.app import Installation
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, CodeWish, Gone, Outcome, SignedIn, Used
from idp.interaction.second_proof import Climb, ask_second, methods_left, page_of
from idp.model.account import Account
from idp.model.credential import CredentialKind
from idp.model.policy import Authentication, Level, Method
from idp.model.session import Session
from idp.sessions.end import end
from idp.sessions.resume import resume
from tests.idp.installed import PASSWORD, PHONE, Moment, code_that_left, installed, new_person, request
from tests.idp.interaction.verbs import Verbs
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

WISH = CodeWish(app_name="住房公积金", language="zh-CN", address="192.0.2.7")


class Phone:
    """A person with an app, before a sign-in page."""

    def __init__(self, installation: Installation, typed: str = PHONE, session: Session | None = None) -> None:
        self.services = installation.services
        self.login = Verbs(self.services)
        started = begin(request(), "browser", self.services.clock())
        self.interaction = self.login.name(started, typed, self.services.clock(), is_shared_device=False)
        self.session = session

    def shows(self, steps: int = 0) -> str:
        return pyotp.TOTP(SECRET).generate_otp(self.services.clock() // 30 + steps)

    def types(self, code: str) -> Outcome:
        return self.login.check_one_time_code(self.attempt, code)

    def types_password(self, password: str) -> Outcome:
        return self.login.check_password(self.attempt, password)

    @property
    def attempt(self) -> Attempt:
        return Attempt(self.interaction, self.services.channels["website"], self.session, self.services.clock())

    def asked_for_a_second(self) -> "Phone":
        """The same person, signed in by password, and led to the second proof by the door."""
        first = self.types_password(PASSWORD)
        assert isinstance(first, SignedIn)
        self.session = first.session
        with self.services.begin() as unit_of_work:
            held = held_by(self.services, unit_of_work, first.session.account_id)
        methods = methods_left(first.session, held, self.services.channels["website"])
        levels = Climb(Level.FOUR, Level.THREE)
        self.interaction = ask_second(first.interaction, first.session, held, methods, levels)
        return self


@pytest.fixture
def with_app(installation_on_each_store: Installation) -> Installation:
    """An installation, on each pair of stores, with a person who has an app."""
    give_app(installation_on_each_store, new_person(installation_on_each_store))
    return installation_on_each_store


def give_app(installation: Installation, account: Account) -> None:
    with installation.services.begin() as unit_of_work:
        unit_of_work.credentials.put(account.id, CredentialKind.ONE_TIME_CODE, SECRET, installation.services.clock())
        unit_of_work.commit()


def test_a_code_opens_a_session_and_works_once(with_app: Installation, clock: Moment) -> None:
    """Threat H03. Mutations: the step not used up; used up outside the transaction of the sign-in."""
    phone = Phone(with_app)
    code = phone.shows()
    outcome = phone.types(code)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.methods == (Method.ONE_TIME_CODE,)
    assert outcome.session.authentication is Authentication.A1
    for seconds in (0, 30):  # at once, and while the drift of clocks still lets it through
        clock.pass_by(seconds)
        assert isinstance(Phone(with_app).types(code), Used)
    clock.pass_by(30)
    assert isinstance(Phone(with_app).types(code), Wrong)
    assert isinstance(Phone(with_app).types(phone.shows()), SignedIn)


def test_a_code_from_before_one_that_was_used_is_used_too(with_app: Installation) -> None:
    """RFC 6238 §5.2. Mutation: only the very same step is refused."""
    phone = Phone(with_app)
    assert isinstance(phone.types(phone.shows(1)), SignedIn)
    assert isinstance(Phone(with_app).types(phone.shows()), Used)
    assert isinstance(Phone(with_app).types(phone.shows(-1)), Used)


def test_another_process_and_an_emptied_cache_bring_no_code_back(
    with_app: Installation, storage_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """Threats H03, O04, O09. Mutation: used steps remembered in the process, or in the ephemeral store."""
    phone = Phone(with_app)
    code = phone.shows()
    assert isinstance(phone.types(code), SignedIn)
    emptied = replace(storage_urls, ephemeral=f"sqlite:///{tmp_path / 'emptied.db'}")
    another = installed(emptied, tmp_path, clock)
    assert isinstance(Phone(another).types(code), Used)
    another.storage.close()


def test_of_two_who_bring_a_code_at_once_one_comes_in(with_app: Installation) -> None:
    """Threats H03, O02. Mutation: look at the last step, then write it."""
    phones = [Phone(with_app) for _ in range(4)]
    code = phones[0].shows()
    outcomes = storm(len(phones), lambda number: type(phones[number].types(code)))
    assert sorted(outcome.__name__ for outcome in outcomes) == ["SignedIn", "Used", "Used", "Used"]


def test_guesses_are_counted_over_sign_ins_and_end_in_a_pause(with_app: Installation) -> None:
    """Threat H02. Mutation: counted per interaction."""
    phone = Phone(with_app)
    wrong = "000000" if phone.shows() != "000000" else "111111"
    outcomes = [Phone(with_app).types(wrong) for _ in range(6)]
    assert outcomes[:4] == [Wrong(4), Wrong(3), Wrong(2), Wrong(1)]
    assert all(isinstance(outcome, Paused) for outcome in outcomes[4:])
    assert isinstance(phone.types(phone.shows()), Paused)


def test_who_knows_the_password_guesses_codes_no_faster(with_app: Installation, clock: Moment) -> None:
    """Threat H02. Mutation: one counter alone, which every right password clears."""
    tried = 0
    for _ in range(4):
        phone = Phone(with_app).asked_for_a_second()
        wrong = "000000" if phone.shows() != "000000" else "111111"
        tried += sum(not isinstance(phone.types(wrong), Paused) for _ in range(4))
    assert tried == 4  # the fifth brings the pause, and no right password ends it
    clock.pass_by(61)
    phone = Phone(with_app).asked_for_a_second()
    assert isinstance(phone.types(phone.shows()), SignedIn)


def test_nobody_learns_who_has_an_app(installation: Installation) -> None:
    """Threat G01. Mutations: another outcome for who has no app, or no account."""
    give_app(installation, new_person(installation))
    outcomes = []
    for typed in (PHONE, "13912345678", "890102193705120027"):
        phone = Phone(installation, typed)
        wrong = "000000" if phone.shows() != "000000" else "111111"
        outcomes.append([phone.types(wrong) for _ in range(6)])
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_a_second_proof_makes_the_same_session_worth_more(with_app: Installation, clock: Moment) -> None:
    """Mutations: another session or `sid`; the first proof forgotten; the old cookie still good; a fresh `auth_time`, though one proof is old."""
    phone = Phone(with_app).asked_for_a_second()
    assert page_of(phone.interaction) == "ways"
    assert phone.session is not None
    clock.pass_by(20)
    outcome = phone.types(phone.shows())
    assert isinstance(outcome, SignedIn)
    assert (outcome.session.id, outcome.session.sid) == (phone.session.id, phone.session.sid)
    assert outcome.session.methods == (Method.PASSWORD, Method.ONE_TIME_CODE)
    assert outcome.session.authentication is Authentication.A2
    assert (outcome.session.auth_time, outcome.session.expires_at) == (
        phone.session.auth_time,
        phone.session.expires_at,
    )
    assert outcome.session.secret_digest != phone.session.secret_digest
    assert outcome.interaction.login is None
    with phone.services.begin() as unit_of_work:
        assert resume(unit_of_work, outcome.cookie, phone.services.channels, clock()) is not None


def test_a_second_proof_is_good_for_the_session_it_was_asked_for(with_app: Installation, clock: Moment) -> None:
    """Threat H01. Mutations: a session begun with one proof in place of one that ended; another's session strengthened."""
    phone = Phone(with_app).asked_for_a_second()
    session = phone.session
    assert session is not None
    phone.session = None
    assert isinstance(phone.types(phone.shows(-1)), Gone)
    phone.session = replace(session, id=session.id + 1)
    assert isinstance(phone.types(phone.shows()), Gone)
    with phone.services.begin() as unit_of_work:
        end(unit_of_work, session, clock())
        unit_of_work.commit()
    phone.session = session
    assert isinstance(phone.types(phone.shows(1)), Gone)


def test_a_second_proof_of_the_same_kind_is_none(with_app: Installation) -> None:
    """Two different kinds make A2. Mutation: a message code beside a one-time code."""
    phone = Phone(with_app)
    first = phone.types(phone.shows())
    assert isinstance(first, SignedIn)
    with phone.services.begin() as unit_of_work:
        held = held_by(phone.services, unit_of_work, first.session.account_id)
    website = phone.services.channels["website"]
    assert methods_left(first.session, held, website) == (Method.PASSWORD,)
    by_password = replace(first.session, methods=(Method.PASSWORD,))
    assert methods_left(by_password, held, website) == (Method.ONE_TIME_CODE, Method.MESSAGE_CODE)
    assert methods_left(by_password, held, replace(website, factors=frozenset({"password"}))) == ()
    both = replace(first.session, methods=(Method.PASSWORD, Method.ONE_TIME_CODE))
    assert methods_left(both, held, website) == ()
    interaction = ask_second(phone.interaction, first.session, held, (Method.PASSWORD,), Climb(Level.FOUR, Level.THREE))
    attempt = replace(phone.attempt, interaction=interaction, session=first.session)
    assert isinstance(phone.login.check_one_time_code(attempt, phone.shows(1)), Gone)


def test_a_message_code_is_a_second_proof_too(with_app: Installation) -> None:
    phone = Phone(with_app).asked_for_a_second()
    sent = phone.login.send_code(phone.interaction, WISH, phone.services.clock())
    assert not isinstance(sent, Paused)
    phone.interaction = sent
    outcome = phone.login.check_code(phone.attempt, code_that_left(with_app))
    assert isinstance(outcome, SignedIn)
    assert outcome.session.methods == (Method.PASSWORD, Method.MESSAGE_CODE)


def test_coming_back_to_the_door_sends_no_other_code(with_app: Installation) -> None:
    """Threat K08. Mutation: each look at the door forgets that a code is under way."""
    phone = Phone(with_app).asked_for_a_second()
    sent = phone.login.send_code(phone.interaction, WISH, phone.services.clock())
    assert not isinstance(sent, Paused)
    assert phone.session is not None
    assert sent.login is not None
    assert sent.login.second is not None
    with phone.services.begin() as unit_of_work:
        held = held_by(phone.services, unit_of_work, phone.session.account_id)
    again = ask_second(sent, phone.session, held, sent.login.second.methods, Climb(Level.FOUR, Level.THREE))
    assert again == sent

"""Signing in: the name, then one proof, and nothing that tells a stranger who has an account."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from passlib.hash import pbkdf2_sha256

from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.tries import Expired, Paused, Wrong
from idp.app import Installation
from idp.clock import after
from idp.interaction.arrival import Browser
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, CodeWish, NotAllowed, Outcome, SignedIn
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.interaction import Interaction
from idp.model.policy import Method
from idp.sessions.resume import resume
from realnames.identifiers.refusal import IdentifierRefused
from tests.idp.installed import (
    CITIZEN_ID,
    NAME,
    PASSWORD,
    PHONE,
    Moment,
    code_that_left,
    freeze,
    installed,
    new_person,
    request,
)
from tests.idp.interaction.verbs import Verbs
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

WISH = CodeWish("住房公积金", "zh-CN", "192.0.2.7")
UNKNOWN_PHONE, UNKNOWN_NUMBER = "13912345678", "890102193705120027"


class Visitor:
    """A person before one sign-in page."""

    def __init__(self, installation: Installation, typed: str = PHONE, *, is_shared_device: bool = False) -> None:
        self.services = installation.services
        self.login = Verbs(self.services)
        started = begin(request(), "browser", self.services.clock())
        self.interaction = self.login.name(started, typed, self.services.clock(), is_shared_device=is_shared_device)

    def asks_for_code(self) -> Interaction | Paused:
        sent = self.login.send_code(self.interaction, WISH, self.services.clock())
        if isinstance(sent, Interaction):
            self.interaction = sent
        return sent

    def types_code(self, code: str) -> Outcome:
        return self.login.check_code(self._attempt(), code)

    def types_password(self, password: str) -> Outcome:
        return self.login.check_password(self._attempt(), password)

    def _attempt(self) -> Attempt:
        return Attempt(self.interaction, self.services.channels["website"], None, self.services.clock())


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_right_password_opens_a_session(installation: Installation, clock: Moment) -> None:
    account = new_person(installation)
    outcome = Visitor(installation, is_shared_device=True).types_password(PASSWORD)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.account_id == account.id
    assert outcome.session.methods == (Method.PASSWORD,)
    assert outcome.session.is_shared_device
    assert (outcome.interaction.session_id, outcome.interaction.signed_in_at) == (outcome.session.id, clock())
    assert outcome.interaction.login is None
    with installation.services.begin() as unit_of_work:
        visitor = resume(unit_of_work, outcome.cookie, installation.services.channels, clock())
        assert visitor is not None
        assert (visitor.session, visitor.account.id) == (outcome.session, account.id)


def test_who_signs_in_again_goes_on_in_the_same_session_by_another_cookie(
    installation: Installation, clock: Moment
) -> None:
    """Threat F01. Mutation: `renew` without a new secret."""
    new_person(installation)
    first = Visitor(installation).types_password(PASSWORD)
    assert isinstance(first, SignedIn)
    visitor = Visitor(installation)
    attempt = replace(visitor._attempt(), session=first.session)
    second = visitor.login.check_password(attempt, PASSWORD)
    assert isinstance(second, SignedIn)
    assert (second.session.id, second.session.sid) == (first.session.id, first.session.sid)
    assert second.cookie != first.cookie
    with installation.services.begin() as unit_of_work:
        assert resume(unit_of_work, first.cookie, installation.services.channels, clock()) is None


@pytest.mark.parametrize("typed", [PHONE, "139 0000 0001", "+8613900000001", "１３９０００００００１", CITIZEN_ID])
def test_every_spelling_is_the_same_person(installation: Installation, typed: str) -> None:
    account = new_person(installation)
    outcome = Visitor(installation, typed).types_password(PASSWORD)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.account_id == account.id


@pytest.mark.parametrize("typed", ["", "张三", "12345", "8901011990030700", "' or 1=1", "\0", "1" * 10_000])
def test_what_is_neither_phone_nor_number_is_refused(installation: Installation, typed: str) -> None:
    with pytest.raises(IdentifierRefused):
        Visitor(installation, typed)


def test_wrong_passwords_are_counted_down_and_then_paused(installation: Installation, clock: Moment) -> None:
    """Mutation: the pause not looked at before the password."""
    new_person(installation)
    visitor = Visitor(installation)
    assert [visitor.types_password("wrong") for _ in range(4)] == [Wrong(4), Wrong(3), Wrong(2), Wrong(1)]
    paused = visitor.types_password("wrong")
    assert paused == Paused(after(clock.now, 60))
    assert visitor.types_password(PASSWORD) == paused, "not even the right one, now"
    clock.pass_by(60)
    assert isinstance(visitor.types_password(PASSWORD), SignedIn)
    assert visitor.types_password("wrong") == Wrong(4), "the right one forgets the wrong ones"


def test_one_counter_stands_at_all_doors(installation: Installation, clock: Moment) -> None:
    """Mutation: a counter per spelling, per factor or per interaction (threats G02, H02)."""
    new_person(installation)
    doors = [Visitor(installation, typed) for typed in (PHONE, CITIZEN_ID, PHONE)]
    doors[0].asks_for_code()
    assert doors[0].types_code(other_than(code_that_left(installation))) == Wrong(4)
    assert doors[1].types_password("wrong") == Wrong(3)
    assert doors[2].types_password("wrong") == Wrong(2)
    assert doors[1].types_password("wrong") == Wrong(1)
    assert isinstance(doors[0].types_password("wrong"), Paused)
    for door in doors:
        assert isinstance(door.types_password(PASSWORD), Paused)
        assert isinstance(door.types_code("000000"), Paused)
        clock.pass_by(RESEND_SECONDS - 59)
        assert isinstance(door.asks_for_code(), Paused), "and no code is sent meanwhile"


def test_a_storm_of_guesses_gets_five(installation_on_each_store: Installation) -> None:
    """Mutation: counting a try after it was checked."""
    new_person(installation_on_each_store)
    visitor = Visitor(installation_on_each_store)

    def guess(number: int) -> Outcome:
        return visitor.types_password(f"wrong {number}")

    outcomes = Counter(type(outcome) for outcome in storm(12, guess))
    assert outcomes.keys() <= {Wrong, Paused}
    assert outcomes[Wrong] <= 5
    assert isinstance(visitor.types_password(PASSWORD), Paused)


def test_the_right_code_signs_in_once(installation: Installation) -> None:
    """Mutation: the code left in the store after it was used."""
    new_person(installation)
    visitor = Visitor(installation, CITIZEN_ID)
    assert isinstance(visitor.asks_for_code(), Interaction)
    code = code_that_left(installation)
    assert visitor.types_code(other_than(code)) == Wrong(4)
    outcome = visitor.types_code(f" {code[:3]} {code[3:]}\n")
    assert isinstance(outcome, SignedIn)
    assert outcome.session.methods == (Method.MESSAGE_CODE,)
    assert visitor.types_code(code) == Expired()


def test_of_twelve_parallel_tries_with_the_right_code_one_wins(
    installation_on_each_store: Installation, clock: Moment
) -> None:
    """Mutation: `get` and delete instead of `take`."""
    new_person(installation_on_each_store)
    for _ in range(3):
        visitor = Visitor(installation_on_each_store)
        visitor.asks_for_code()
        code = code_that_left(installation_on_each_store)

        def attempt(_number: int, visitor: Visitor = visitor, code: str = code) -> Outcome:
            return visitor.types_code(code)

        assert Counter(map(type, storm(12, attempt)))[SignedIn] == 1
        clock.pass_by(3600)


def test_a_code_belongs_to_its_interaction(installation: Installation) -> None:
    """Mutation: the interaction not compared (threat H08)."""
    new_person(installation)
    mine, other = Visitor(installation), Visitor(installation)
    mine.asks_for_code()
    assert mine.interaction.login is not None
    other.interaction = other.interaction.with_login(mine.interaction.login)
    code = code_that_left(installation)
    assert other.types_code(code) == Expired()
    assert isinstance(mine.types_code(code), SignedIn)


def test_a_code_without_a_request_for_one_is_nothing(installation: Installation) -> None:
    new_person(installation)
    assert Visitor(installation).types_code("000000") == Expired()


def test_a_code_runs_out_after_ten_minutes(installation: Installation, clock: Moment) -> None:
    new_person(installation)
    visitor = Visitor(installation)
    visitor.asks_for_code()
    code = code_that_left(installation)
    clock.pass_by(600)
    assert visitor.types_code(code) == Expired()


def test_a_new_code_takes_the_place_of_the_old_one(installation: Installation, clock: Moment) -> None:
    """Mutation: two codes that work at once."""
    new_person(installation)
    visitor = Visitor(installation)
    visitor.asks_for_code()
    old = code_that_left(installation)
    assert visitor.asks_for_code() == Paused(after(clock.now, RESEND_SECONDS))
    clock.pass_by(RESEND_SECONDS)
    assert isinstance(visitor.asks_for_code(), Interaction)
    new = code_that_left(installation)
    assert old == new or visitor.types_code(old) == Wrong(4)
    assert isinstance(visitor.types_code(new), SignedIn)


@pytest.mark.parametrize("typed", [PHONE, CITIZEN_ID, UNKNOWN_PHONE, UNKNOWN_NUMBER])
def test_nobody_is_rung_up_without_end(installation: Installation, clock: Moment, typed: str) -> None:
    """Mutation: the counter kept per interaction (threat K08)."""
    new_person(installation)
    told = []
    for _ in range(7):
        told.append(Visitor(installation, typed).asks_for_code())
        clock.pass_by(RESEND_SECONDS)
    assert [isinstance(outcome, Paused) for outcome in told] == [False] * 5 + [True] * 2


@pytest.mark.parametrize(("known", "unknown"), [(PHONE, UNKNOWN_PHONE), (CITIZEN_ID, UNKNOWN_NUMBER)])
def test_a_name_that_nobody_has_behaves_like_any_other(installation: Installation, known: str, unknown: str) -> None:
    """Mutation: an early return where no account was found (threat G01)."""
    new_person(installation)

    def story(typed: str) -> list[object]:
        visitor = Visitor(installation, typed)
        sent = visitor.asks_for_code()
        assert isinstance(sent, Interaction)
        login = sent.login
        assert login is not None
        told: list[object] = [
            replace(login, typed="", account_id=None, challenge="", item_id=None),
            len(login.challenge or ""),
        ]
        told += [visitor.types_password("wrong"), visitor.types_password("x" * 2000), visitor.types_password("")]
        told += [visitor.types_code("wrong"), visitor.types_code("\ud800"), visitor.types_code("1")]
        return [*told, visitor.asks_for_code()]

    assert story(known) == story(unknown)
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.outbox.waiting() == 2, "the same rows are written"


def test_nobody_can_sign_in_without_an_account(installation: Installation) -> None:
    """The message to an unknown phone carries no code at all."""
    visitor = Visitor(installation, UNKNOWN_PHONE)
    visitor.asks_for_code()
    with installation.services.begin() as unit_of_work:
        (item,) = unit_of_work.outbox.claim(installation.services.clock(), lease_seconds=60, limit=10)
    assert not any(character.isdigit() for character in item.payload["text"].replace("12345", ""))
    assert item.payload["destination"] == f"+86{UNKNOWN_PHONE}"


def test_nothing_of_a_message_is_in_clear_in_the_database(installation: Installation, tmp_path: Path) -> None:
    """Mutation: the payload written as JSON; a code instead of its digest in the ephemeral store."""
    new_person(installation)
    visitor = Visitor(installation, CITIZEN_ID)
    visitor.asks_for_code()
    at_rest = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
    code = code_that_left(installation)
    assert len(at_rest) > 10_000
    found = [
        text
        for text in (PHONE, CITIZEN_ID, NAME, PASSWORD, code, "验证码", "sms.example", "token-of-the-gateway")
        if text.encode() in at_rest
    ]
    assert found == []


@pytest.mark.parametrize(
    "imported",
    [pbkdf2_sha256.using(rounds=10).hash(PASSWORD), "$2b$05$hQtyz7hFO2mR2JWJwhvSkO1sx/b0W7Bch8q9HdHK1FuQgbrCV2QAG"],
    ids=["pbkdf2", "bcrypt"],
)
def test_an_imported_hash_is_replaced_at_the_first_sign_in(installation: Installation, imported: str) -> None:
    """Mutation: the better hash thrown away."""
    account = new_person(installation, phc=imported)

    def stored() -> str:
        with installation.services.begin() as unit_of_work:
            credential = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
            assert credential is not None
            return credential.secret

    assert Visitor(installation).types_password("wrong") == Wrong(4)
    assert stored() == imported
    assert isinstance(Visitor(installation).types_password(PASSWORD), SignedIn)
    assert stored().startswith("$argon2id$")
    assert isinstance(Visitor(installation).types_password(PASSWORD), SignedIn)


def test_a_frozen_account_is_told_only_to_its_owner(installation: Installation) -> None:
    """Mutation: the status asked before the proof, which tells strangers; or not at all."""
    freeze(installation, new_person(installation))
    visitor = Visitor(installation)
    assert visitor.types_password("wrong") == Wrong(4)
    assert visitor.types_password(PASSWORD) == NotAllowed()
    visitor.asks_for_code()
    code = code_that_left(installation)
    assert visitor.types_code(other_than(code)) == Wrong(4)
    assert visitor.types_code(code) == NotAllowed()


def test_who_has_no_phone_gets_the_code_by_mail(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> None:
    mail = {
        "IDP_MESSAGING__MAIL": "smtp",
        "IDP_SMTP__HOST": "localhost",
        "IDP_SMTP__SECURITY": "none",
        "IDP_SMTP__SENDER": "id@city.example",
    }
    with_mail = installed(sqlite_urls, tmp_path, clock, **mail)
    address = Identifier(IdentifierKind.EMAIL, "xiaosan@example.org")
    new_person(with_mail, Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID), address)
    visitor = Visitor(with_mail, CITIZEN_ID)
    assert isinstance(visitor.asks_for_code(), Interaction)
    outcome = visitor.types_code(code_that_left(with_mail))
    assert isinstance(outcome, SignedIn)
    assert outcome.session.methods == (Method.MAIL_CODE,)
    with_mail.storage.close()


def test_the_session_tells_on_which_device_it_began(installation: Installation) -> None:
    """Mutation: the device of the attempt does not reach the session."""
    new_person(installation)
    visitor = Visitor(installation)
    attempt = replace(visitor._attempt(), browser=Browser(device="wechat android"))
    outcome = visitor.login.check_password(attempt, PASSWORD)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.device == "wechat android"

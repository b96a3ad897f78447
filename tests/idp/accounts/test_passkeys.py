"""Making passkeys: what is asked, what is taken, and what is refused (threats I01 to I04, I07, I08)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fido2 import cbor

from idp.accounts.act import Act
from idp.accounts.held import held_by
from idp.accounts.passkeys import AddedPasskey, NotAdded, PasskeyKeeping, is_last
from idp.app import Installation
from idp.events import Action
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.ports import PasskeyFault
from idp.sessions.begin import SignIn, begin
from tests.biometrics.software_authenticator import BE, BS, UP, UV, SoftwareAuthenticator
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import Moment, identifiers, installed, new_person
from tests.idp.pages.written_down import data_of
from tests.plugins.private_servers import StorageUrls

BROWSER = "the browser's cookie"


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    opened = installed(storage_urls, tmp_path, clock)
    yield opened
    opened.storage.close()


def visitor_of(city: Installation, phone: str = "13800000001", number: str = "89010119900307001X") -> Visitor:
    """Somebody signed in."""
    account = new_person(city, *identifiers(phone, number))
    services = city.services
    sign_in = SignIn(
        account_id=account.id,
        methods=(Method.PASSWORD, Method.MESSAGE_CODE),
        channel=services.channels["website"],
        is_shared_device=False,
        at=services.clock(),
    )
    with services.begin() as unit_of_work:
        session, _ = begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    return Visitor(session=session, account=account)


def act_of(city: Installation, visitor: Visitor, language: str = "zh-CN") -> Act:
    """What they do now."""
    return Act(visitor, language, city.services.clock())


def made(city: Installation, visitor: Visitor, device: SoftwareAuthenticator, browser: str = BROWSER) -> Any:
    keeping = PasskeyKeeping(city.services)
    answer = device.create(keeping.options(visitor, BROWSER, city.services.clock()))
    return keeping.add(act_of(city, visitor), browser, answer)


def test_a_passkey_is_kept_told_and_written_down(city: Installation) -> None:
    """Mutations: no notice; the name of the model is not looked up; the question tells who somebody is."""
    visitor = visitor_of(city)
    options = json.loads(PasskeyKeeping(city.services).options(visitor, BROWSER, city.services.clock()))
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert visitor.account.uid not in json.dumps(options)
    assert "13800000001" not in json.dumps(options)
    device = SoftwareAuthenticator(aaguid=bytes.fromhex("fbfc3007154e4ecc8c0b6e020557d7bd"), flags=UP | UV | BE | BS)
    assert made(city, visitor, device) == AddedPasskey("iCloud Keychain")
    assert made(city, visitor, replace(device, credential_id=b"x" * 32)) == AddedPasskey("iCloud Keychain – 2")
    with city.services.begin() as unit_of_work:
        first, _ = unit_of_work.passkeys.of_account(visitor.account.id)
    assert (first.is_synced, first.transports, first.method) == (True, ("internal",), Method.SYNCED_PASSKEY)
    assert len(notices_of(city)) == 2
    assert data_of(city, Action.CREDENTIAL_ADDED) == [{"factor": "passkey"}] * 2


FORGED = {
    "another origin": {"origin": "https://evil.test"},
    "another port": {"origin": "http://localhost:8001"},
    "a subdomain": {"origin": "http://localhost.evil.test:8000"},
    "https for http": {"origin": "https://localhost:8000"},
    "an app": {"origin": "android:apk-key-hash:AAAA"},
    "another domain": {"rp_id": "evil.test"},
    "nobody verified": {"flags": UP},
    "nobody present": {"flags": UV},
    "an answer of the other ceremony": {"client_data": {"type": "webauthn.get"}},
    "a frame of another site": {"client_data": {"crossOrigin": True}},
    "a top origin": {"client_data": {"topOrigin": "https://evil.test"}},
    "an algorithm that was not asked for": {"alg": -36},
}


@pytest.mark.parametrize("how", FORGED)
def test_what_no_honest_browser_would_send_is_refused(city: Installation, how: str) -> None:
    """Mutations: any of the checks of WebAuthn §7.1 left out."""
    device = SoftwareAuthenticator(**FORGED[how])  # type: ignore[arg-type]
    assert made(city, visitor_of(city), device) is PasskeyFault.NOT_VERIFIED


@pytest.mark.parametrize("challenge", ["", "AAAA", "A" * 54, "A" * 2000])
def test_a_question_that_we_did_not_ask_is_refused(city: Installation, challenge: str) -> None:
    """I01: empty, short, of the right length, long. Mutation: the mark is not compared."""
    device = SoftwareAuthenticator(client_data={"challenge": challenge})
    assert made(city, visitor_of(city), device) in {NotAdded.STALE, PasskeyFault.NOT_VERIFIED}


@pytest.mark.parametrize("nonsense", ["", "null", "[]", "{}", "0", '{"response": 1}', "[" * 10_000, "x" * 100_000])
def test_nonsense_is_refused(city: Installation, nonsense: str) -> None:
    keeping, visitor = PasskeyKeeping(city.services), visitor_of(city)
    assert keeping.add(act_of(city, visitor), BROWSER, nonsense) is PasskeyFault.NOT_VERIFIED


def test_a_question_is_for_one_browser_one_session_and_ten_minutes(city: Installation, clock: Moment) -> None:
    """I01 and I08. Mutations: bound to nothing; to the person alone; for ever."""
    mine, theirs = visitor_of(city), visitor_of(city, "13900000002", "890102193705120027")
    keeping = PasskeyKeeping(city.services)
    answer = SoftwareAuthenticator().create(keeping.options(mine, BROWSER, clock()))
    assert keeping.add(act_of(city, mine), "another browser", answer) is NotAdded.STALE
    assert keeping.add(act_of(city, theirs), BROWSER, answer) is NotAdded.STALE
    clock.pass_by(600)
    assert keeping.add(act_of(city, mine), BROWSER, answer) is NotAdded.STALE


def test_one_credential_is_one_persons_once(city: Installation) -> None:
    """I07. Mutations: the row is written over; the second person gets it."""
    device = SoftwareAuthenticator()
    mine, theirs = visitor_of(city), visitor_of(city, "13900000002", "890102193705120027")
    assert isinstance(made(city, mine, device), AddedPasskey)
    assert made(city, mine, device) is NotAdded.KNOWN
    assert made(city, theirs, device) is NotAdded.KNOWN
    with city.services.begin() as unit_of_work:
        assert len(unit_of_work.passkeys.of_account(mine.account.id)) == 1
        assert unit_of_work.passkeys.of_account(theirs.account.id) == []


def test_names_are_their_persons(city: Installation) -> None:
    """Mutations: any text; another person's passkey."""
    mine, theirs = visitor_of(city), visitor_of(city, "13900000002", "890102193705120027")
    made(city, mine, SoftwareAuthenticator())
    keeping = PasskeyKeeping(city.services)
    with city.services.begin() as unit_of_work:
        passkey_id = unit_of_work.passkeys.of_account(mine.account.id)[0].id
    assert not keeping.rename(theirs, passkey_id, "mine now")
    for wrong in ("", " ", "x" * 41, "a\u202eb", "a\0b"):
        assert not keeping.rename(mine, passkey_id, wrong)
    assert keeping.rename(mine, passkey_id, "  妈妈的   手机 ")
    with city.services.begin() as unit_of_work:
        assert unit_of_work.passkeys.of_account(mine.account.id)[0].name == "妈妈的 手机"


def test_the_last_way_in_is_not_taken_away(city: Installation) -> None:
    """Mutations: the last passkey goes; a stranger takes one away."""
    mine, theirs = visitor_of(city), visitor_of(city, "13900000002", "890102193705120027")
    made(city, mine, SoftwareAuthenticator())
    services, keeping = city.services, PasskeyKeeping(city.services)
    with services.begin() as unit_of_work:
        passkey_id = unit_of_work.passkeys.of_account(mine.account.id)[0].id
        keeping.remove(act_of(city, theirs), passkey_id)
        assert unit_of_work.passkeys.of_account(mine.account.id)
        assert not is_last(services, unit_of_work, mine.account.id)
        held = held_by(services, unit_of_work, mine.account.id)
        unit_of_work.credentials.remove_all(mine.account.id)
        assert held.name is not None
        unit_of_work.accounts.change_identifier(mine.account.id, held.name.kind, None, services.clock())
        unit_of_work.commit()
    assert not keeping.remove(act_of(city, mine), passkey_id)
    with services.begin() as unit_of_work:
        assert unit_of_work.passkeys.of_account(mine.account.id)


class Odd(SoftwareAuthenticator):
    """Tells a public key of its own making."""

    odd_key = b""

    @property
    def public_key(self) -> bytes:
        return self.odd_key


RSA_OF_512_BITS = cbor.encode({1: 3, 3: -257, -1: b"\xc5" * 64, -2: b"\1\0\1"})


@pytest.mark.parametrize(
    "key",
    [
        b"\x81\x01", b"\x04", b"\xa0", b"", cbor.encode("key"), cbor.encode([1]), RSA_OF_512_BITS,
        cbor.encode({1: 2, 3: -7, -1: 1, -2: "x", -3: "y"}), cbor.encode({1: 2, 3: -7, -1: 1, -2: b"x", -3: b"y"}),
        cbor.encode({1: 2, 3: -7, -1: 99, -2: b"x" * 32, -3: b"y" * 32}),
    ],
)  # fmt: skip
def test_a_key_that_verifies_nothing_is_no_passkey(city: Installation, key: bytes) -> None:
    """Nor a 500. Mutation: the key is stored as it comes, and counts as a way in."""
    device = Odd()
    device.odd_key = key
    assert made(city, visitor_of(city), device) is PasskeyFault.NOT_VERIFIED


@pytest.mark.parametrize("fmt", ["android-safetynet", "tpm", "fido-u2f", "apple", "packed", "nothing", ""])
@pytest.mark.parametrize(
    "statement", [{}, {"response": b"NQ.NQ.NQ", "ver": "1"}, {"x5c": [b"x"], "sig": b"y", "alg": -7}]
)
def test_an_odd_statement_is_no_fault_of_ours(city: Installation, fmt: str, statement: dict[str, Any]) -> None:
    device = SoftwareAuthenticator(attest=lambda _data, _client_data: (fmt, statement))
    assert made(city, visitor_of(city), device) is PasskeyFault.NOT_VERIFIED


def test_what_a_lost_device_opened_ends_with_its_passkey(city: Installation) -> None:
    """Mutation: the thief's session lives on."""
    services, visitor = city.services, visitor_of(city)
    made(city, visitor, SoftwareAuthenticator())
    with services.begin() as unit_of_work:
        (passkey,) = unit_of_work.passkeys.of_account(visitor.account.id)
        sign_in = SignIn(
            account_id=visitor.account.id,
            methods=(Method.BOUND_PASSKEY,),
            channel=services.channels["website"],
            is_shared_device=False,
            at=services.clock(),
        )
        lost, _ = begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    assert PasskeyKeeping(services).remove(act_of(city, visitor), passkey.id)
    with services.begin() as unit_of_work:
        assert [each.id for each in unit_of_work.sessions.unended(visitor.account.id)] == [visitor.session.id]
        assert lost.id != visitor.session.id

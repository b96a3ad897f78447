"""What a citizen card signed: each fault of certificate, statement and signature is refused by itself (MISSION S10)."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from idp.app import load_settings
from idp.clock import Instant
from idp.factors.citizen_card import SignedCards, read_issuers
from idp.factors.lost_cards import LostCards
from idp.jose import base64url
from idp.ports import CardFault, CardPurpose, CardQuestion, CardRefused
from idp.settings import SettingsFault
from tests.idp.card_office import PIN_POLICY, TERMINAL, CardOffice, SoftwareCard
from tests.idp.installed import NOW, environment, installed
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()
QUESTION = CardQuestion(CardPurpose.SIGN_IN, b"c" * 40, TERMINAL)
ASKED = json.dumps({"challenge": base64url(QUESTION.challenge), "purpose": "sign-in"})


@pytest.fixture
def lost_list(tmp_path: Path) -> Path:
    path = tmp_path / "lost.txt"
    path.write_text("# nobody yet\n\n", "utf-8")
    return path


@pytest.fixture
def cards(lost_list: Path) -> SignedCards:
    return SignedCards(
        [OFFICE.certificate],
        LostCards(lost_list),
        pin_policy_oid=PIN_POLICY,
        origin="http://localhost:8000",
        bridge="http://127.0.0.1:17312",
    )


def fault_of(
    cards: SignedCards, answer: str, question: CardQuestion = QUESTION, now: Instant = NOW
) -> CardFault | None:
    try:
        cards.signed(answer, question, now)
    except CardRefused as refused:
        return refused.fault
    return None


def test_an_honest_card_is_taken(cards: SignedCards) -> None:
    card = SoftwareCard(OFFICE)
    signed = cards.signed(card.signs(ASKED), QUESTION, NOW)
    assert (signed.serial, signed.public_key) == (card.serial, card.public_key)


FOREIGN = CardOffice()
"""Of the same name, with another key."""
ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.9"), b"\x05\x00")
BAD_CARDS: dict[str, tuple[dict[str, Any], CardFault]] = {
    "of an issuer of the same name": ({"office": FOREIGN}, CardFault.UNKNOWN_ISSUER),
    "of another issuer": ({"office": CardOffice(name="elsewhere")}, CardFault.UNKNOWN_ISSUER),
    "expired": ({"life": timedelta(seconds=-1)}, CardFault.EXPIRED),
    "not valid yet": ({"begins": timedelta(seconds=1)}, CardFault.EXPIRED),
    "of a key that asks for no PIN": ({"policies": ()}, CardFault.PIN_NOT_VERIFIED),
    "with the policy of another key": ({"policies": ("2.25.2",)}, CardFault.PIN_NOT_VERIFIED),
    "not for signing": ({"allowed": ("key_agreement",)}, CardFault.NOT_VERIFIED),
    "without key usage": ({"allowed": ()}, CardFault.NOT_VERIFIED),
    "that issues others": ({"is_issuer": True}, CardFault.NOT_VERIFIED),
    "without a serial number": ({"serials": ()}, CardFault.NOT_VERIFIED),
    "with two serial numbers": ({"serials": ("A" * 16, "B" * 16)}, CardFault.NOT_VERIFIED),
    "with a printed number": ({"serials": ("SU1234567",)}, CardFault.NOT_VERIFIED),
    "with something critical that is unknown": ({"extensions": (ODD,)}, CardFault.NOT_VERIFIED),
    "of another key": ({"certified_key": SoftwareCard(OFFICE).key}, CardFault.NOT_VERIFIED),
    "of a key on another curve": ({"certified_key": ec.generate_private_key(ec.SECP384R1())}, CardFault.NOT_VERIFIED),
    "of an RSA key": ({"certified_key": rsa.generate_private_key(65537, 2048)}, CardFault.NOT_VERIFIED),
    "asked by another site": ({"origin": "https://evil.test"}, CardFault.NOT_VERIFIED),
    "asked by another port": ({"origin": "http://localhost:8001"}, CardFault.NOT_VERIFIED),
    "asked by a longer origin": ({"origin": "http://localhost:8000.evil.test"}, CardFault.NOT_VERIFIED),
    "at another terminal": ({"terminal": "desk-2"}, CardFault.NOT_VERIFIED),
    "for another purpose": ({"said": {"purpose": "add"}}, CardFault.NOT_VERIFIED),
    "to another question": ({"said": {"challenge": base64url(b"d" * 40)}}, CardFault.NOT_VERIFIED),
    "with a member more": ({"said": {"amount": "1"}}, CardFault.NOT_VERIFIED),
    "with a member of another type": ({"said": {"origin": 1}}, CardFault.NOT_VERIFIED),
}


@pytest.mark.parametrize("how", BAD_CARDS)
def test_no_other_card_is_taken(cards: SignedCards, how: str) -> None:
    """Mutations: any one of the checks left out."""
    changes, fault = BAD_CARDS[how]
    assert fault_of(cards, SoftwareCard(OFFICE).but(**changes).signs(ASKED)) is fault


def test_validity_is_by_our_clock_to_the_second(cards: SignedCards) -> None:
    """Both ends are within (RFC 5280 §4.1.2.5). Mutation: the machine's own clock."""
    answer = SoftwareCard(OFFICE, begins=timedelta(0), life=timedelta(seconds=10)).signs(ASKED)
    outcomes = [fault_of(cards, answer, now=Instant(NOW + seconds)) for seconds in (-1, 0, 10, 11)]
    assert outcomes == [CardFault.EXPIRED, None, None, CardFault.EXPIRED]


def test_an_issuer_whose_own_certificate_ran_out_vouches_for_nothing(lost_list: Path) -> None:
    office = CardOffice(life=timedelta(seconds=5))
    cards = SignedCards([office.certificate], LostCards(lost_list), pin_policy_oid=PIN_POLICY, origin="o", bridge="b")
    answer = SoftwareCard(office, origin="o").signs(ASKED)
    assert fault_of(cards, answer) is None
    assert fault_of(cards, answer, now=Instant(NOW + 6)) is CardFault.UNKNOWN_ISSUER


def test_an_issuer_below_a_trusted_one_is_not_trusted(cards: SignedCards) -> None:
    """Directly issued, or not at all. Mutation: a chain is followed, and each card is an issuer."""
    middle = SoftwareCard(OFFICE, is_issuer=True)
    below = CardOffice(name="card office", key=middle.key)
    assert fault_of(cards, SoftwareCard(below).signs(ASKED)) is CardFault.UNKNOWN_ISSUER


def altered(change: Callable[[dict[str, Any]], object]) -> str:
    told = json.loads(SoftwareCard(OFFICE).signs(ASKED))
    change(told)
    return json.dumps(told)


def doubled() -> bytes:
    asked = json.loads(ASKED)
    return (
        f'{{"purpose":"add","purpose":"sign-in","challenge":"{asked["challenge"]}",'
        f'"origin":"http://localhost:8000","terminal":"{TERMINAL}"}}'
    ).encode()


NONSENSE = {
    "empty": "",
    "null": "null",
    "a list": "[]",
    "an empty object": "{}",
    "deep": "[" * 10_000,
    "long": "x" * 100_000,
    "a certificate that is none": altered(lambda told: told.update(certificate=base64.b64encode(b"x" * 300).decode())),
    "a certificate that is no base64": altered(lambda told: told.update(certificate="*")),
    "a certificate that is a number": altered(lambda told: told.update(certificate=1)),
    "a signature that is too short": altered(lambda told: told.update(signature=told["signature"][:-4])),
    "a signature of zeros": altered(lambda told: told.update(signature="A" * 86)),
    "a signature that is missing": altered(lambda told: told.pop("signature")),
    "a statement that is no JSON": SoftwareCard(OFFICE).signs_bytes(b"x"),
    "a statement that is a list": SoftwareCard(OFFICE).signs_bytes(b"[]"),
    "a statement that is too long": SoftwareCard(OFFICE, said={"origin": "o" * 2000}).signs(ASKED),
    "a member that stands there twice": SoftwareCard(OFFICE).signs_bytes(doubled()),
    "a terminal that is none": SoftwareCard(OFFICE, terminal="a\nb").signs(ASKED),
    "a space more": SoftwareCard(OFFICE, said={"origin": "http://localhost:8000 "}).signs(ASKED),
}


@pytest.mark.parametrize("how", NONSENSE)
def test_nonsense_is_refused(cards: SignedCards, how: str) -> None:
    assert fault_of(cards, NONSENSE[how]) is CardFault.NOT_VERIFIED


@pytest.mark.parametrize("byte", range(0, 400, 7))
def test_no_byte_of_the_certificate_may_change(cards: SignedCards, byte: int) -> None:
    """Never a 5xx. Mutation: the issuer's signature is not verified."""
    card = SoftwareCard(OFFICE)
    told, der = json.loads(card.signs(ASKED)), bytearray(card.certificate)
    der[byte % len(der)] ^= 0x41
    told["certificate"] = base64.b64encode(bytes(der)).decode()
    assert fault_of(cards, json.dumps(told)) in {CardFault.NOT_VERIFIED, CardFault.UNKNOWN_ISSUER}


def test_a_lost_card_is_told_with_what_it_proved_and_counts_from_the_next_card_on(
    cards: SignedCards, lost_list: Path
) -> None:
    """Mutations: the list is read once; a card is looked up before its signature was verified; case counts."""
    card = SoftwareCard(OFFICE)
    assert fault_of(cards, card.signs(ASKED)) is None
    lost_list.write_text(f"{card.serial.lower()}  # on the bus\n", "utf-8")
    with pytest.raises(CardRefused) as refusal:
        cards.signed(card.signs(ASKED), QUESTION, NOW)
    assert refusal.value.fault is CardFault.LOST
    assert refusal.value.card is not None
    assert refusal.value.card.serial == card.serial
    forged = card.but(certified_key=card.key, key=SoftwareCard(OFFICE).key)
    assert fault_of(cards, forged.signs(ASKED)) is CardFault.NOT_VERIFIED, "who cannot sign learns of no list"
    lost_list.write_text("", "utf-8")
    assert fault_of(cards, card.signs(ASKED)) is None


@pytest.mark.parametrize("broken", ["not a serial\n", "\xff", "ABC\n", None])
def test_a_list_that_breaks_later_leaves_the_last_good_one_and_is_told(
    cards: SignedCards, lost_list: Path, capsys: pytest.CaptureFixture[str], broken: str | None
) -> None:
    """Mutations: a broken list is an empty one; nobody is told."""
    card = SoftwareCard(OFFICE)
    lost_list.write_text(f"{card.serial}\n", "utf-8")
    assert fault_of(cards, card.signs(ASKED)) is CardFault.LOST
    if broken is None:
        lost_list.unlink()
    else:
        lost_list.write_bytes(broken.encode("latin-1"))
    assert fault_of(cards, card.signs(ASKED)) is CardFault.LOST
    said = capsys.readouterr().out
    assert "lost_cards.unreadable" in said
    assert card.serial not in said
    lost_list.write_text("", "utf-8")
    assert fault_of(cards, card.signs(ASKED)) is None
    assert cards.lists().lost == 0


def test_what_cannot_be_read_at_the_start_is_a_fault_of_the_settings(sqlite_urls: StorageUrls, tmp_path: Path) -> None:
    """Each says which setting. Mutation: the server runs with a list that it could not read."""
    good = OFFICE.settings(tmp_path)
    (tmp_path / "bad.txt").write_text("not a serial\n", "utf-8")
    no_issuer = tmp_path / "card.pem"
    no_issuer.write_bytes(CardOffice(is_issuer=False).certificate.public_bytes(Encoding.PEM))
    for name, value in (
        ("LOST_LIST", "/nowhere"),
        ("LOST_LIST", str(tmp_path / "bad.txt")),
        ("ANCHORS", "/nowhere"),
        ("ANCHORS", str(tmp_path / "bad.txt")),
        ("ANCHORS", str(no_issuer)),
    ):
        changed = {**good, f"IDP_CITIZEN_CARDS__{name}": value}
        with pytest.raises(SettingsFault, match=f"citizen_cards.{name.lower()}"):
            installed(sqlite_urls, tmp_path, lambda: NOW, **changed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRIDGE", "http://bridge.example:17312"),
        ("BRIDGE", "http://10.0.0.1:17312"),
        ("BRIDGE", "http://localhost:17312"),
        ("BRIDGE", "https://127.0.0.1:17312"),
        ("BRIDGE", "http://127.0.0.1"),
        ("BRIDGE", "http://127.0.0.1:17312/"),
        ("BRIDGE", "http://me@127.0.0.1:17312"),
        ("BRIDGE", "http://127.0.0.1:99999"),
        ("BRIDGE", "http://127.0.0.1:17312; script-src *"),
        ("PIN_POLICY_OID", "pin"),
        ("PIN_POLICY_OID", "2"),
        ("PIN_POLICY_OID", "2.25.01"),
    ],
)
def test_a_bridge_is_on_the_same_machine_and_a_policy_is_an_oid(
    sqlite_urls: StorageUrls, tmp_path: Path, name: str, value: str
) -> None:
    """Mutation: PINs are sent wherever the settings say."""
    changes = {**OFFICE.settings(tmp_path), f"IDP_CITIZEN_CARDS__{name}": value}
    with pytest.raises(SettingsFault, match=f"citizen_cards.{name.lower()}"):
        load_settings(None, environment(sqlite_urls, tmp_path, **changes))


def test_several_issuers_are_trusted() -> None:
    both = b"".join(each.certificate.public_bytes(Encoding.PEM) for each in (OFFICE, FOREIGN))
    assert len(read_issuers(both)) == 2
    with pytest.raises(ValueError, match="PEM"):
        read_issuers(b"")

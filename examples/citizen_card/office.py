"""The sandbox card office: it issues citizen cards, keeps what is in their chips, and lists the lost ones.

Everything is in one folder: `issuer.pem`, which an identity provider trusts, `lost.txt`, which it reads, and what a real
office never has: the keys of the cards.
"""

import base64
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

PIN_POLICY = "2.25.195222955901898877610535751626156530424"
"""The office's word that the card checks the PIN before each use of the key."""
TRIES = 3
_YEARS = timedelta(days=3650)


class CardError(Exception):
    """What the card answers instead of a signature: one word of the contract, and the tries that it leaves."""

    def __init__(self, word: str, tries_left: int | None = None) -> None:
        super().__init__(word)
        self.word, self.tries_left = word, tries_left


@dataclass
class Card:
    """One card and its chip.

    Attributes:
        label: whose it is, for who chooses one on the page.
        serial: of the chip.
        key, certificate: in PEM and in base64 of DER.
    """

    label: str
    serial: str
    pin: str
    key: str
    certificate: str
    tries_left: int = TRIES

    def sign(self, statement: bytes, unverified_pin: str) -> bytes:
        """Check the PIN, then sign; 32 bytes of each number of ES256 (RFC 7518 §3.4). Raises `CardError`."""
        if self.tries_left == 0:
            raise CardError("pin_blocked", 0)
        if not hmac.compare_digest(unverified_pin.encode(), self.pin.encode()):
            self.tries_left -= 1
            raise CardError("wrong_pin" if self.tries_left else "pin_blocked", self.tries_left)
        self.tries_left = TRIES
        key = load_pem_private_key(self.key.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(statement, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Reader:
    """The reader on the desk: whether it is plugged in, and whose card is on it."""

    is_plugged: bool = True
    card: Card | None = None
    takes_away: bool = False
    """Whether the card goes the moment it is to sign."""


@dataclass
class Office:
    """The cards of some people, and the reader of one machine."""

    folder: Path
    terminal: str
    cards: list[Card]
    reader: Reader = field(default_factory=Reader)
    lock: RLock = field(default_factory=RLock)

    def card_of(self, label: str) -> Card | None:
        """The card with this label."""
        return next((card for card in self.cards if card.label == label), None)

    def sign(self, statement: bytes, unverified_pin: str) -> tuple[str, bytes]:
        """Certificate and signature of the card on the reader; raises `CardError`."""
        with self.lock:
            card = self.reader.card
            if not self.reader.is_plugged:
                raise CardError("no_reader")
            if card is None:
                raise CardError("no_card")
            if self.reader.takes_away:
                self.reader.card, self.reader.takes_away = None, False
                raise CardError("card_removed")
            try:
                return card.certificate, card.sign(statement, unverified_pin)
            finally:
                self.save()

    def lost(self) -> set[str]:
        """The serial numbers on the list."""
        path = self.folder / "lost.txt"
        return set(path.read_text("utf-8").split()) if path.exists() else set()

    def list_lost(self, serials: Iterable[str]) -> None:
        """Write the list anew, as a whole."""
        _write(self.folder / "lost.txt", "".join(f"{serial}\n" for serial in sorted(serials)))

    def save(self) -> None:
        """Keep the chips' state, so that a locked card stays locked."""
        told = {"terminal": self.terminal, "cards": [asdict(card) for card in self.cards]}
        _write(self.folder / "cards.json", json.dumps(told, ensure_ascii=False, indent=1))


def open_office(folder: Path, labels: Iterable[str], pin: str) -> Office:
    """What is in the folder, with an issuer and a card for everybody who has none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    issuer, key = _issuer(folder)
    kept = folder / "cards.json"
    told = json.loads(kept.read_text("utf-8")) if kept.exists() else {"cards": []}
    terminal = told.get("terminal") or f"sandbox-{secrets.token_hex(6)}"
    office = Office(folder, terminal, [Card(**card) for card in told["cards"]])
    known = {card.label for card in office.cards}
    office.cards += [_issue(label, pin, issuer, key) for label in dict.fromkeys(labels) if label not in known]
    if not (folder / "lost.txt").exists():
        office.list_lost(())
    office.save()
    return office


def _issuer(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = folder / "issuer.pem", folder / "issuer-key.pem"
    if certificate_file.exists() and key_file.exists():
        key = load_pem_private_key(key_file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(certificate_file.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "沙箱市民卡中心")])
    certificate = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(issues=True), critical=True)
        .sign(key, SHA256())
    )
    _write(key_file, _pem(key))
    _write(certificate_file, certificate.public_bytes(Encoding.PEM).decode())
    return certificate, key


def _issue(label: str, pin: str, issuer: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey) -> Card:
    key, serial = ec.generate_private_key(ec.SECP256R1()), secrets.token_hex(8).upper()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "沙箱市民卡"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, serial),
        ]
    )
    policy = x509.PolicyInformation(x509.ObjectIdentifier(PIN_POLICY), None)
    certificate = (
        _builder(subject, issuer.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(issues=False), critical=True)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
        .sign(issuer_key, SHA256())
    )
    der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return Card(label=label, serial=serial, pin=pin, key=_pem(key), certificate=der)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
    )


def _usage(*, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues,
        key_cert_sign=issues,
        crl_sign=issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _write(path: Path, text: str) -> None:
    """Whole or not at all: whoever reads the list meanwhile has the old one or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.touch(mode=0o600)
    beside.write_text(text, "utf-8")
    os.replace(beside, path)  # noqa: PTH105 - the one call that does that

"""The citizen card (市民卡) as a factor: what its chip signed, judged by the certificate that its issuer gave the key.

The card itself has checked the PIN before it signs; that the key is one of those for which it does, its issuer says by a
certificate policy. The origin in the statement comes from the bridge, as WebAuthn's comes from the browser: a signature
that was asked for by another site is none for us. The contract is `docs/contracts/card_bridge.json`.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificatePolicies,
    ExtensionNotFound,
    KeyUsage,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from cryptography.x509.oid import ExtensionOID, NameOID

from idp.clock import Instant, as_datetime
from idp.factors.lost_cards import LostCards, read_serial
from idp.jose import base64url, from_base64url
from idp.model.citizen_card import SignedCard, is_terminal
from idp.ports import CardFault, CardLists, CardQuestion, CardRefused, ClaimedStatement

LONGEST_ANSWER = 16_384
"""Characters; a certificate of a card is below 2 kB."""
_LONGEST_STATEMENT = 1024
_MEMBERS = {"purpose", "challenge", "origin", "terminal"}
_HALF = 32
"""Bytes of each of the two numbers of an ES256 signature (RFC 7518 §3.4)."""
_UNDERSTOOD = {
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.EXTENDED_KEY_USAGE,
}


def read_issuers(pem: bytes) -> Sequence[Certificate]:
    """The certificates of card issuers; raises `ValueError` when there is none, or one that may issue nothing."""
    issuers = load_pem_x509_certificates(pem)
    if not all(_may_issue(each) for each in issuers):
        raise ValueError("a certificate that may issue none")
    return issuers


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the page sent, taken apart; nothing of it is verified."""

    certificate: bytes
    statement: bytes
    signature: bytes
    said: dict[str, str]


class SignedCards:
    """Implements `ports.CardSignatures`.

    Args:
        issuers: whose certificates are trusted; they sign those of the cards themselves.
        pin_policy_oid: by which they say that the card checks the PIN before each use of the key.
        origin: scheme, host and port of our issuer; exactly this one.
        bridge: origin of the bridge on visitors' machines.
    """

    def __init__(
        self, issuers: Sequence[Certificate], lost: LostCards, *, pin_policy_oid: str, origin: str, bridge: str
    ) -> None:
        self.bridge = bridge
        self._issuers = issuers
        self._lost = lost
        self._pin_policy_oid = pin_policy_oid
        self._origin = origin

    def claimed(self, unverified_answer: str) -> ClaimedStatement | None:
        """Read without believing anything."""
        try:
            said = _read(unverified_answer).said
            return ClaimedStatement(from_base64url(said["challenge"]), said["terminal"])
        except (CardRefused, ValueError):
            return None

    def signed(self, unverified_answer: str, question: CardQuestion, now: Instant) -> SignedCard:
        """Verify certificate, statement and signature, then look whether the card was reported lost."""
        answer = _read(unverified_answer)
        try:
            certificate = load_der_x509_certificate(answer.certificate)
            self._admit(certificate, now)
            card, key = _card_of(certificate)
        except CardRefused:
            raise
        except Exception as refused:  # noqa: BLE001 - whatever its parser stumbles over is no certificate of a card
            raise CardRefused(CardFault.NOT_VERIFIED, type(refused).__name__) from None
        self._check_statement(answer, question)
        if not _is_signed(answer, key):
            raise CardRefused(CardFault.NOT_VERIFIED, "the signature is wrong")
        if card.serial in self._lost:
            raise CardRefused(CardFault.LOST, card=card)
        return card

    def lost(self) -> frozenset[str]:
        """The serial numbers on the list of lost cards that is in force."""
        return self._lost.serials()

    def lists(self) -> CardLists:
        """What is in force."""
        return CardLists(issuers=len(self._issuers), lost=len(self._lost), listed_at=self._lost.listed_at)

    def _admit(self, certificate: Certificate, now: Instant) -> None:
        """Issued directly by one whom we trust, valid now, for signing, and for a key behind a PIN (RFC 5280 §4.2)."""
        if not any(_is_valid(issuer, now) and _is_issued_by(certificate, issuer) for issuer in self._issuers):
            raise CardRefused(CardFault.UNKNOWN_ISSUER)
        if not _is_valid(certificate, now):
            raise CardRefused(CardFault.EXPIRED)
        extensions = certificate.extensions
        if any(each.critical and each.oid not in _UNDERSTOOD for each in extensions):
            raise CardRefused(CardFault.NOT_VERIFIED, "a critical extension that nobody here understands")
        if _may_issue(certificate) or not extensions.get_extension_for_class(KeyUsage).value.digital_signature:
            raise CardRefused(CardFault.NOT_VERIFIED, "no certificate for signing alone")
        if self._pin_policy_oid not in _policies(certificate):
            raise CardRefused(CardFault.PIN_NOT_VERIFIED)

    def _check_statement(self, answer: _Answer, question: CardQuestion) -> None:
        said = answer.said
        if said["origin"] != self._origin:
            raise CardRefused(CardFault.NOT_VERIFIED, "asked by another site")
        if (said["purpose"], said["terminal"]) != (question.purpose.value, question.terminal):
            raise CardRefused(CardFault.NOT_VERIFIED, "for another purpose, or at another terminal")
        if said["challenge"] != base64url(question.challenge):
            raise CardRefused(CardFault.NOT_VERIFIED, "an answer to another question")


def _read(unverified_answer: str) -> _Answer:
    """The answer of the contract, with nothing missing, doubled or added in what the card signed."""
    if len(unverified_answer) > LONGEST_ANSWER:
        raise CardRefused(CardFault.NOT_VERIFIED, "the answer is too long")
    try:
        told = json.loads(unverified_answer)
        statement = from_base64url(told["statement"])
        said = json.loads(statement, object_pairs_hook=_without_doubles)
        answer = _Answer(
            certificate=base64.b64decode(told["certificate"], validate=True),
            statement=statement,
            signature=from_base64url(told["signature"]),
            said=said,
        )
        is_whole = len(statement) <= _LONGEST_STATEMENT and isinstance(said, dict) and said.keys() == _MEMBERS
        is_text = is_whole and all(isinstance(each, str) for each in said.values())
        is_named = is_text and is_terminal(said["terminal"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_named = False
    if not is_named:
        raise CardRefused(CardFault.NOT_VERIFIED, "no answer of a card bridge")
    return answer


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands there twice")
    return members


def _card_of(certificate: Certificate) -> tuple[SignedCard, EllipticCurvePublicKey]:
    key = certificate.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise CardRefused(CardFault.NOT_VERIFIED, "no key on the curve P-256")
    named = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    serial = read_serial(str(named[0].value)) if len(named) == 1 else None
    if serial is None:
        raise CardRefused(CardFault.NOT_VERIFIED, "the subject has no serial number of a chip")
    public_key = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SignedCard(serial=serial, public_key=public_key), key


def _is_signed(answer: _Answer, key: EllipticCurvePublicKey) -> bool:
    if len(answer.signature) != 2 * _HALF:
        return False
    r, s = (int.from_bytes(half, "big") for half in (answer.signature[:_HALF], answer.signature[_HALF:]))
    try:
        key.verify(encode_dss_signature(r, s), answer.statement, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_valid(certificate: Certificate, now: Instant) -> bool:
    return certificate.not_valid_before_utc <= as_datetime(now) <= certificate.not_valid_after_utc


def _may_issue(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:
        return False


def _policies(certificate: Certificate) -> set[str]:
    try:
        policies = certificate.extensions.get_extension_for_class(CertificatePolicies).value
    except ExtensionNotFound:
        return set()
    return {each.policy_identifier.dotted_string for each in policies}

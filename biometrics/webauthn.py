"""Passkeys by WebAuthn Level 3: always discoverable, always with user verification, for our one domain and origin.

The library verifies signatures and structure; what it leaves open is refused here: frames of other sites, attestation of
models that a role does not admit, passkeys that may be copied where a role wants them bound to one device.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biometrics.authenticator_metadata import AuthenticatorMetadata
from biometrics.authenticator_names import PROVIDERS
from idp.jose import from_base64url
from idp.model.passkey import NewPasskey, Passkey
from idp.ports import ClaimedPasskey, PasskeyFault, PasskeyPerson, PasskeyRefused, PasskeyRole

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

LONGEST_ANSWER = 32_768
"""Characters; the largest with attestation of a certificate chain stays below a third of it."""
_LONGEST_ID = 1023
"""Bytes (WebAuthn §4, Credential ID)."""
_SMALLEST_RSA = 2048
_TRANSPORTS = frozenset({"ble", "hybrid", "internal", "nfc", "smart-card", "usb"})
_MILLISECONDS = 300_000
"""Time that a person has in front of the device's window; the recommended upper end (WebAuthn §15.1)."""


class WebAuthn:
    """Implements `ports.PasskeyCeremonies`.

    Args:
        rp_id: host of the issuer.
        origin: scheme, host and port of the issuer; exactly this one.
        name: of the service, as the device shows it.
        metadata: of authenticators, where an operator supplied it.
    """

    def __init__(self, *, rp_id: str, origin: str, name: str, metadata: AuthenticatorMetadata | None = None) -> None:
        self.rp_id = rp_id
        self._origin = origin
        self._name = name
        self._metadata = metadata

    def creation_options(self, person: PasskeyPerson, challenge: bytes, role: PasskeyRole) -> str:
        """Attestation is asked for only where it will be looked at: it tells the model of somebody's device."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers.structs import (
            AttestationConveyancePreference,
            AuthenticatorSelectionCriteria,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        is_looked_at = role is PasskeyRole.OFFICER and self._metadata is not None
        options = generate_registration_options(
            rp_id=self.rp_id,
            rp_name=self._name,
            user_id=person.handle,
            user_name=person.label,
            user_display_name=person.display_name,
            challenge=challenge,
            timeout=_MILLISECONDS,
            attestation=AttestationConveyancePreference.DIRECT
            if is_looked_at
            else AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(person.present),
        )
        return options_to_json(options)

    def created(self, unverified_answer: str, challenge: bytes, role: PasskeyRole) -> NewPasskey:
        """Verify a new passkey (WebAuthn §7.1)."""
        from webauthn import verify_registration_response

        answer = self._read(unverified_answer)
        try:
            made = verify_registration_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
            is_usable = _can_verify(made.credential_public_key)
        except Exception as refused:  # noqa: BLE001 - whatever its parser stumbles over is no answer of an authenticator
            raise PasskeyRefused(PasskeyFault.NOT_VERIFIED, type(refused).__name__) from None
        if not is_usable or len(made.credential_id) > _LONGEST_ID:
            raise PasskeyRefused(
                PasskeyFault.NOT_VERIFIED, "a credential id that is too long, or a key that verifies nothing"
            )
        passkey = NewPasskey(
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            aaguid=made.aaguid,
            transports=_transports(answer),
            is_synced=made.credential_device_type == "multi_device",
        )
        if role is PasskeyRole.OFFICER:
            self._admit(passkey, made.attestation_object, answer)
        return passkey

    def request_options(self, challenge: bytes, allowed: Sequence[Passkey] = ()) -> str:
        """User verification is always asked for, and looked at in the answer (threat I04)."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=self.rp_id,
            challenge=challenge,
            timeout=_MILLISECONDS,
            allow_credentials=_descriptors(allowed) or None,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def claimed(self, unverified_answer: str) -> ClaimedPasskey | None:
        """Read without believing anything."""
        try:
            answer = self._read(unverified_answer)
            response = answer["response"]
            client_data = json.loads(from_base64url(response["clientDataJSON"]))
            handle = response.get("userHandle")
            return ClaimedPasskey(
                unverified_credential_id=from_base64url(answer["id"]),
                unverified_user_handle=from_base64url(handle) if isinstance(handle, str) and handle else None,
                unverified_challenge=from_base64url(client_data["challenge"]),
            )
        except (PasskeyRefused, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def asserted(self, unverified_answer: str, challenge: bytes, passkey: Passkey) -> int:
        """Verify an answer (WebAuthn §7.2).

        The library is told that nothing was counted yet: what a count that falls back means is decided by the caller.
        """
        from webauthn import verify_authentication_response

        answer = self._read(unverified_answer)
        try:
            verified = verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as refused:  # noqa: BLE001 - whatever its parser stumbles over is no answer of an authenticator
            raise PasskeyRefused(PasskeyFault.NOT_VERIFIED, type(refused).__name__) from None
        if (verified.credential_device_type == "multi_device") != passkey.is_synced:
            raise PasskeyRefused(PasskeyFault.NOT_VERIFIED, "BE changed (WebAuthn §7.2, step 19)")
        return verified.new_sign_count

    def provider_of(self, aaguid: str) -> str | None:
        """A short list that ships with the program: names for people, never a reason to trust."""
        return PROVIDERS.get(aaguid)

    def _read(self, unverified_answer: str) -> Mapping[str, Any]:
        """The answer as JSON, from our own page and no frame of another site (threat I02)."""
        if len(unverified_answer) > LONGEST_ANSWER:
            raise PasskeyRefused(PasskeyFault.NOT_VERIFIED, "the answer is too long")
        try:
            answer = json.loads(unverified_answer)
            client_data = json.loads(from_base64url(answer["response"]["clientDataJSON"]))
            is_framed = client_data.get("crossOrigin") not in {None, False} or "topOrigin" in client_data
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise PasskeyRefused(PasskeyFault.NOT_VERIFIED, "the answer is no JSON of WebAuthn") from None
        if is_framed or not isinstance(answer, dict):
            raise PasskeyRefused(PasskeyFault.NOT_VERIFIED, "asked within a frame of another site")
        return answer

    def _admit(self, passkey: NewPasskey, attestation_object: bytes, answer: Mapping[str, Any]) -> None:
        """An officer's: bound to one device, and once there is metadata of a certified model (MISSION, Levels)."""
        if passkey.is_synced:
            raise PasskeyRefused(PasskeyFault.SYNCED)
        if self._metadata is not None:
            self._metadata.admit(attestation_object, from_base64url(answer["response"]["clientDataJSON"]))


def _descriptors(passkeys: Sequence[Passkey]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    return [
        PublicKeyCredentialDescriptor(
            id=each.credential_id, transports=[AuthenticatorTransport(name) for name in each.transports] or None
        )
        for each in passkeys
    ]


def _can_verify(public_key: bytes) -> bool:
    """Whether it is a key of which something can come; raises whatever the parser raises."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

    key = decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    return not isinstance(key, RSAPublicKey) or key.key_size >= _SMALLEST_RSA


def _transports(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """What the browser says of the ways to it; words of later levels of the standard are left out."""
    told = answer["response"].get("transports")
    return tuple(sorted(_TRANSPORTS.intersection(map(str, told)))) if isinstance(told, list) else ()

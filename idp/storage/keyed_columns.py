"""Every column with bytes, and what the master keys have to do with it: the one place that names them all.

A column that is missing here, or stands here twice, fails `tests/idp/storage/test_keyed_columns.py`: what nobody re-keys
would be lost with the key under which it lies.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, true

from idp.storage.tables import (
    access_tokens,
    authorizations,
    citizen_cards,
    clients,
    credentials,
    disputes,
    drafts,
    envelopes,
    former_passwords,
    guesses,
    identifiers,
    initial_access_tokens,
    invitations,
    kept_answers,
    known_devices,
    known_networks,
    logos,
    mandates,
    master_keys,
    names,
    outbox,
    passkeys,
    recoveries,
    recovery_codes,
    registrations,
    sessions,
    signing_keys,
    slips,
)

SEALED: Mapping[Column[Any], tuple[Column[Any], ...]] = {
    signing_keys.c.sealed_private_jwk: (signing_keys.c.kid,),
    names.c.sealed_name: (names.c.account_id, names.c.valid_from),
    identifiers.c.sealed_value: (identifiers.c.account_id, identifiers.c.blind_index),
    credentials.c.sealed_secret: (credentials.c.account_id, credentials.c.kind),
    former_passwords.c.sealed_secret: (former_passwords.c.account_id, former_passwords.c.replaced_at),
    passkeys.c.sealed_name: (passkeys.c.account_id, passkeys.c.credential_id),
    recoveries.c.sealed_phone: (recoveries.c.account_id, recoveries.c.opened_at),
    invitations.c.sealed_name: (invitations.c.uid,),
    drafts.c.sealed_wanted: (drafts.c.target, drafts.c.proposed_at),
    drafts.c.sealed_reason: (drafts.c.target, drafts.c.proposed_at),
    kept_answers.c.sealed_answer: (kept_answers.c.caller, kept_answers.c.key_digest),
    outbox.c.sealed_payload: (outbox.c.id,),
    disputes.c.sealed_claim: (disputes.c.claimant_id, disputes.c.holder_id),
}
"""What is encrypted, and to which columns of its row each is bound: with spaces between them, bytes in hexadecimal."""

DOCUMENTS = (clients.c.document,)
"""JSON in which values are encrypted one by one."""

BLIND_INDEXES = (identifiers.c.blind_index, names.c.blind_index)
"""Keyed digests of what is encrypted beside them."""

DIGESTS: Mapping[Column[Any], ColumnElement[bool]] = {
    citizen_cards.c.serial_digest: true(),
    recovery_codes.c.digest: recovery_codes.c.used_at.is_(None),
    slips.c.digest: true(),
    known_networks.c.digest: true(),
    known_networks.c.place_digest: true(),
    guesses.c.subject: true(),
    mandates.c.invitee: mandates.c.ended_at.is_(None),
}
"""Keyed digests of what we do not keep, and which of them are still of use. They stay under their key and are looked for under
all: a card's is written anew when it is used, a network's when it is seen again, slips and guesses are forgotten after a day, a
recovery code works as long as its key is known, and an offered mandate may be accepted for some days."""

WITHOUT_KEY = frozenset(
    {
        access_tokens.c.secret_digest,
        authorizations.c.origin,
        citizen_cards.c.public_key,
        citizen_cards.c.challenge,
        envelopes.c.digest,
        initial_access_tokens.c.secret_digest,
        invitations.c.secret_digest,
        kept_answers.c.key_digest,
        kept_answers.c.asked_digest,
        known_devices.c.secret_digest,
        logos.c.content,
        master_keys.c.key_check,
        passkeys.c.credential_id,
        passkeys.c.public_key,
        passkeys.c.challenge,
        passkeys.c.user_handle,  # a digest under our key once, and since then what the device calls the account
        registrations.c.secret_digest,
        registrations.c.former_digest,
        sessions.c.secret_digest,
    }
)
"""Digests of random secrets, public keys, pictures: no master key opens or finds them."""


def place_in(bound_to: tuple[Column[Any], ...], row: Any) -> str:
    """What a sealed value of this row is bound to beside its column."""
    values = (getattr(row, column.name) for column in bound_to)
    return " ".join(value.hex() if isinstance(value, bytes) else str(value) for value in values)

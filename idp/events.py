"""What happened, in three kinds: audit, refusal and usage. Events carry ids and outcomes, never personal data.

*Audit* events are written in the transaction of the change they tell of, append-only. *Refusals* follow the rollback
in a short transaction of their own; anonymous ones are counted per code, source and minute. *Usage* (machine tokens,
repeated userinfo) is counted in batches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.clock import Instant


class Kind(StrEnum):
    """How an event is kept."""

    AUDIT = "audit"
    REFUSAL = "refusal"
    USAGE = "usage"


class Action(StrEnum):
    """What was done, as `subject.verb`; the names are stable, since logs and alarms are built on them."""

    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_NAMED = "account.named"
    ACCOUNT_NAMING_REFUSED = "account.naming_refused"
    ACCOUNT_CORRECTED = "account.corrected"
    DOCUMENT_ADDED = "document.added"
    DOCUMENT_REFUSED = "document.refused"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_DECIDED = "dispute.decided"
    EVIDENCE_WITHDRAWN = "evidence.withdrawn"
    NUMBER_CLAIMED = "number.claimed"
    PROOFING_CONSENTED = "proofing.consented"
    PROOFING_REFUSED = "proofing.refused"
    EVIDENCE_RECORDED = "evidence.recorded"
    ACCOUNT_PHONE_CHANGED = "account.phone_changed"
    ACCOUNT_MAIL_CHANGED = "account.mail_changed"
    ACCOUNT_IMPORTED = "account.imported"
    ACCOUNT_EMPLOYED = "account.employed"
    ACCOUNT_DISMISSED = "account.dismissed"
    ACCOUNT_RECOVERED = "account.recovered"
    INVITATION_MADE = "invitation.made"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    ENVELOPE_SEALED = "envelope.sealed"
    ENVELOPE_OPENED = "envelope.opened"
    ENVELOPE_REFUSED = "envelope.refused"
    OFFICE_TAKEN = "office.taken"
    OFFICE_LEFT = "office.left"
    OPERATION_DONE = "operation.done"
    OPERATION_TRIED = "operation.tried"
    DRAFT_MADE = "draft.made"
    DRAFT_URGENT = "draft.urgent"
    DRAFT_APPROVED = "draft.approved"
    DRAFT_REFUSED = "draft.refused"
    DRAFT_WITHDRAWN = "draft.withdrawn"
    DRAFT_REVIEWED = "draft.reviewed"
    LOG_EXPORTED = "log.exported"
    LOG_VERIFIED = "log.verified"
    PERSON_FOUND = "person.found"
    PERSON_SEARCHED = "person.searched"
    SESSIONS_SEARCHED = "sessions.searched"
    PERSON_VIEWED = "person.viewed"
    PERSON_REVEALED = "person.revealed"
    SLIP_ISSUED = "slip.issued"
    RECOVERY_OPENED = "recovery.opened"
    RECOVERY_CANCELLED = "recovery.cancelled"
    ACCOUNT_CLAIMED = "account.claimed"
    ACCOUNT_FROZEN = "account.frozen"
    ACCOUNT_UNFROZEN = "account.unfrozen"
    ACCOUNT_EXPORT_ASKED = "account.export_asked"
    ACCOUNT_EXPORTED = "account.exported"
    ACCOUNT_CLOSING_ASKED = "account.closing_asked"
    ACCOUNT_CLOSING_CANCELLED = "account.closing_cancelled"
    ACCOUNT_CLOSED = "account.closed"
    ORGANIZATION_ENTERED = "organization.entered"
    ORGANIZATION_REFUSED = "organization.refused"
    ORGANIZATION_CHECKED = "organization.checked"
    ORGANIZATION_VIEWED = "organization.viewed"
    GUARDIAN_REFUSED = "guardian.refused"
    MANDATE_OFFERED = "mandate.offered"
    MANDATE_GRANTED = "mandate.granted"
    MANDATE_ACCEPTED = "mandate.accepted"
    MANDATE_USED = "mandate.used"
    MANDATE_ENDED = "mandate.ended"
    SIGNED_IN = "session.signed_in"
    SIGNED_OUT = "session.signed_out"
    SIGN_OUT_REFUSED = "session.sign_out_refused"
    SIGN_IN_REFUSED = "session.refused"
    DEVICES_FORGOTTEN = "device.forgotten"
    CREDENTIAL_ADDED = "credential.added"
    CREDENTIAL_CHANGED = "credential.changed"
    CREDENTIAL_REMOVED = "credential.removed"
    CREDENTIAL_LOST = "credential.lost"
    FACE_CONSENTED = "face.consented"
    FACE_CHECKED = "face.checked"
    FACE_VERDICT_REFUSED = "face.verdict_refused"
    FACE_ALLOWED = "face.allowed"
    FACE_REFUSED = "face.refused"
    CODE_SENT = "message_code.sent"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REFUSED = "consent.refused"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    APP_SIGNED_OUT = "session.app_signed_out"
    AUTHORIZED = "authorization.granted"
    AUTHORIZATION_REFUSED = "authorization.refused"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFUSED = "token.refused"
    TOKEN_EXCHANGED = "token.exchanged"
    CODE_REPLAYED = "authorization_code.replayed"
    REFRESH_REPLAYED = "refresh_token.replayed"
    TOKEN_INTROSPECTED = "token.introspected"
    INTROSPECTION_REFUSED = "introspection.refused"
    TOKEN_REVOKED = "token.revoked"
    REVOCATION_REFUSED = "revocation.refused"
    CLAIMS_RELEASED = "claims.released"
    ID_NUMBER_COMPARED = "id_number.compared"
    COMPARISON_REFUSED = "id_number.comparison_refused"
    CLIENT_SAVED = "client.saved"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_ENABLED = "client.enabled"
    CLIENT_REGISTERED_ITSELF = "client.registered_itself"
    CLIENT_CHANGED_ITSELF = "client.changed_itself"
    CLIENT_ENDED_ITSELF = "client.ended_itself"
    REGISTRATION_REFUSED = "client.registration_refused"
    CLIENT_KEYS_UNREACHABLE = "client.keys_unreachable"
    KEYS_FETCHED = "keys.fetched"
    KEY_GENERATED = "key.generated"
    KEY_ACTIVATED = "key.activated"
    KEY_RETIRED = "key.retired"
    MASTER_KEY_SWITCHED = "master_key.switched"
    KEYS_REKEYED = "keys.rekeyed"
    MESSAGE_DELIVERED = "message.delivered"
    MESSAGE_ABANDONED = "message.abandoned"
    MESSAGE_REPORTED = "message.reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one subject.

    Attributes:
        outcome: `ok`, or the protocol's error code.
        account_id, client_id, session_id: whom it concerns, where known.
        actor_id: the work account of whoever did it; None: the person or app that it concerns, or the command line.
        data: small facts as strings and numbers (levels, methods, scopes); never names, numbers, phones, tokens.
    """

    kind: Kind
    action: Action
    at: Instant
    outcome: str = "ok"
    account_id: int | None = None
    client_id: str | None = None
    session_id: int | None = None
    channel: str | None = None
    request_id: str | None = None
    actor_id: int | None = None
    data: Mapping[str, str | int | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An event as its person reads it in the log; `action` may be one that only a newer release knows.

    Attributes:
        device: browser and system of the session that it belongs to, while that is kept.
    """

    id: int
    action: str
    at: Instant
    outcome: str
    client_id: str | None
    session_id: int | None
    channel: str | None
    data: Mapping[str, object]
    device: str | None

    def told(self, name: str) -> list[str]:
        """A list that it was written with; empty where it has none of this name."""
        value = self.data.get(name)
        return [str(each) for each in value] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as the auditor reads it in the log; `kind` and `action` may be those of a newer release."""

    id: int
    kind: str
    action: str
    at: Instant
    outcome: str
    account_id: int | None
    client_id: str | None
    session_id: int | None
    channel: str | None
    request_id: str | None
    actor_id: int | None
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events somebody looks for; None: whichever. `until` is not included."""

    actor_id: int | None = None
    account_id: int | None = None
    action: str | None = None
    client_id: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something happened within a minute."""

    minute: Instant
    kind: str
    action: str
    outcome: str
    times: int

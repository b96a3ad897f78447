"""All that is held of one person, read to be given to that person."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.clock import Instant
from idp.model.account import Account, IdentifierKind
from idp.model.consent import Consent
from idp.model.credential import CredentialKind
from idp.model.evidence import Evidence
from idp.model.known_device import KnownDevice
from idp.model.known_network import KnownNetwork
from idp.model.mandate import Acting
from idp.model.policy import Level
from idp.model.recovery import Basis, RecoveryOutcome
from idp.model.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldName:
    """A name, and how long it counted; `until` is None for the one that counts now."""

    name: str
    since: Instant
    until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIdentifier:
    """A number, phone or mail address, and how long it counted."""

    kind: IdentifierKind
    value: str
    verified_at: Instant | None
    since: Instant
    until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMethod:
    """A factor: that it is there, and never what it is."""

    kind: CredentialKind
    added_at: Instant
    used_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAuthorization:
    """What an app was granted."""

    client_id: str
    scope: tuple[str, ...]
    granted_at: Instant
    refreshed_at: Instant | None
    revoked_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecovery:
    """A new phone that waits, or waited, in the place of one that was lost; `outcome` is how it ended."""

    basis: Basis
    phone: str
    opened_at: Instant
    ripe_at: Instant
    ended_at: Instant | None
    outcome: RecoveryOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSlip:
    """That a window handed out a slip which was not used, and never what stands on it."""

    level: Level
    issued_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEvent:
    """A line of the log about the person."""

    at: Instant
    action: str
    outcome: str
    client_id: str | None
    channel: str | None
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything, the newest first where there may be much of it.

    Attributes:
        face_refused_at: since when the person does not want to be offered a face check.
        is_complete: whether nothing was left out; else the lists hold as much as was asked for.
    """

    account: Account
    names: Sequence[HeldName]
    identifiers: Sequence[HeldIdentifier]
    evidence: Sequence[Evidence]
    mandates: Sequence[Acting]
    methods: Sequence[HeldMethod]
    sessions: Sequence[Session]
    known_devices: Sequence[KnownDevice]
    known_networks: Sequence[KnownNetwork]
    consents: Sequence[Consent]
    authorizations: Sequence[HeldAuthorization]
    slips: Sequence[HeldSlip]
    recoveries: Sequence[HeldRecovery]
    events: Sequence[HeldEvent]
    is_complete: bool
    face_refused_at: Instant | None = None

"""One transaction over all repositories."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from idp.ports.accounts import Accounts
from idp.ports.citizen_cards import CitizenCards
from idp.ports.conduct import Conduct
from idp.ports.credentials import Credentials, GuessCounters, Passkeys, RecoveryCodeBatches
from idp.ports.disputes import Disputes
from idp.ports.drafts import Drafts, KeptAnswers, Permits
from idp.ports.events import Events, EventTally
from idp.ports.evidence import EvidenceRecords
from idp.ports.holds import Holds
from idp.ports.mandates import Mandates, Organizations
from idp.ports.master_keys import MasterKeys
from idp.ports.namesakes import Namesakes
from idp.ports.offices import Appointments, Envelopes, Invitations
from idp.ports.recovery import Recoveries, Slips
from idp.ports.registrations import InitialAccessTokens, Logos, ManagedRegistrations
from idp.ports.repositories import (
    Authorizations,
    Clients,
    Consents,
    Dossiers,
    KnownDevices,
    KnownNetworks,
    Newcomers,
    Outbox,
    Sessions,
    SigningKeys,
    Subjects,
)


class UnitOfWork(Protocol):
    """One transaction. Lazy: reads are cheap, BEGIN comes with the first write; leaving without commit rolls back."""

    accounts: Accounts
    namesakes: Namesakes
    newcomers: Newcomers
    evidence: EvidenceRecords
    disputes: Disputes
    subjects: Subjects
    organizations: Organizations
    mandates: Mandates
    credentials: Credentials
    passkeys: Passkeys
    citizen_cards: CitizenCards
    recovery_codes: RecoveryCodeBatches
    slips: Slips
    recoveries: Recoveries
    guesses: GuessCounters
    clients: Clients
    sessions: Sessions
    known_devices: KnownDevices
    known_networks: KnownNetworks
    consents: Consents
    authorizations: Authorizations
    signing_keys: SigningKeys
    master_keys: MasterKeys
    dossiers: Dossiers
    appointments: Appointments
    invitations: Invitations
    envelopes: Envelopes
    event_tally: EventTally
    conduct: Conduct
    drafts: Drafts
    kept_answers: KeptAnswers
    permits: Permits
    initial_access_tokens: InitialAccessTokens
    registrations: ManagedRegistrations
    logos: Logos
    holds: Holds
    events: Events
    outbox: Outbox

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def commit(self) -> None:
        """Make what was written durable; the unit may then be used again."""

    def roll_back(self) -> None:
        """Forget what was written."""


BeginUnitOfWork = Callable[[], UnitOfWork]

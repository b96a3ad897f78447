"""One transaction with all repositories (implements `ports.UnitOfWork`)."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from idp.clock import Clock
from idp.lazily import lazily
from idp.storage.accounts import SqlAccounts
from idp.storage.appointments import SqlAppointments
from idp.storage.authorizations import SqlAuthorizations
from idp.storage.citizen_cards import SqlCitizenCards
from idp.storage.clients import SqlClients
from idp.storage.conduct import SqlConduct
from idp.storage.consents import SqlConsents
from idp.storage.credentials import SqlCredentials
from idp.storage.database import Database
from idp.storage.disputes import SqlDisputes
from idp.storage.dossiers import SqlDossiers
from idp.storage.drafts import SqlDrafts, SqlKeptAnswers
from idp.storage.envelopes import SqlEnvelopes
from idp.storage.event_tally import SqlEventTally
from idp.storage.events import SqlEvents
from idp.storage.evidence import SqlEvidence
from idp.storage.guesses import SqlGuessCounters
from idp.storage.holds import SqlHolds
from idp.storage.invitations import SqlInvitations
from idp.storage.known_clients import KnownClients
from idp.storage.known_devices import SqlKnownDevices
from idp.storage.known_networks import SqlKnownNetworks
from idp.storage.mandates import SqlMandates
from idp.storage.master_keys import SqlMasterKeys
from idp.storage.namesakes import SqlNamesakes
from idp.storage.newcomers import SqlNewcomers
from idp.storage.organizations import SqlOrganizations
from idp.storage.outbox import SqlOutbox
from idp.storage.passkeys import SqlPasskeys
from idp.storage.permits import SqlPermits
from idp.storage.recoveries import SqlRecoveries
from idp.storage.recovery_codes import SqlRecoveryCodes
from idp.storage.registrations import SqlInitialAccessTokens, SqlLogos, SqlManagedRegistrations
from idp.storage.sealed_fields import SealedFields
from idp.storage.sessions import SqlSessions
from idp.storage.signing_keys import SqlSigningKeys
from idp.storage.slips import SqlSlips
from idp.storage.subjects import SqlSubjects
from idp.storage.transaction import Transaction

if TYPE_CHECKING:
    from idp import ports


class SqlUnitOfWork:
    """Belongs to the thread that began it; of the units of a thread only one may have written and be unfinished."""

    def __init__(self, database: Database, fields: SealedFields, clock: Clock, clients: KnownClients) -> None:
        self._transaction = Transaction(database)
        self._fields = fields
        self._clock = clock
        self._clients = SqlClients(self._transaction, clients, fields)
        self.clients: ports.Clients = self._clients

    # Most units ask for two or three of these: each is made when it is asked for.
    accounts: "lazily[ports.Accounts]" = lazily(lambda self: SqlAccounts(self._transaction, self._fields))
    namesakes: "lazily[ports.Namesakes]" = lazily(lambda self: SqlNamesakes(self._transaction, self._fields))
    newcomers: "lazily[ports.Newcomers]" = lazily(lambda self: SqlNewcomers(self._transaction, self._fields))
    evidence: "lazily[ports.EvidenceRecords]" = lazily(lambda self: SqlEvidence(self._transaction))
    disputes: "lazily[ports.Disputes]" = lazily(lambda self: SqlDisputes(self._transaction, self._fields))
    subjects: "lazily[ports.Subjects]" = lazily(lambda self: SqlSubjects(self._transaction))
    organizations: "lazily[ports.Organizations]" = lazily(lambda self: SqlOrganizations(self._transaction))
    mandates: "lazily[ports.Mandates]" = lazily(lambda self: SqlMandates(self._transaction))
    credentials: "lazily[ports.Credentials]" = lazily(lambda self: SqlCredentials(self._transaction, self._fields))
    passkeys: "lazily[ports.Passkeys]" = lazily(lambda self: SqlPasskeys(self._transaction, self._fields))
    citizen_cards: "lazily[ports.CitizenCards]" = lazily(lambda self: SqlCitizenCards(self._transaction, self._fields))
    recovery_codes: "lazily[ports.RecoveryCodeBatches]" = lazily(lambda self: SqlRecoveryCodes(self._transaction))
    slips: "lazily[ports.Slips]" = lazily(lambda self: SqlSlips(self._transaction))
    recoveries: "lazily[ports.Recoveries]" = lazily(lambda self: SqlRecoveries(self._transaction, self._fields))
    guesses: "lazily[ports.GuessCounters]" = lazily(lambda self: SqlGuessCounters(self._transaction))
    sessions: "lazily[ports.Sessions]" = lazily(lambda self: SqlSessions(self._transaction, self._clock))
    known_devices: "lazily[ports.KnownDevices]" = lazily(lambda self: SqlKnownDevices(self._transaction))
    known_networks: "lazily[ports.KnownNetworks]" = lazily(lambda self: SqlKnownNetworks(self._transaction))
    consents: "lazily[ports.Consents]" = lazily(lambda self: SqlConsents(self._transaction))
    authorizations: "lazily[ports.Authorizations]" = lazily(
        lambda self: SqlAuthorizations(self._transaction, self._fields)
    )
    signing_keys: "lazily[ports.SigningKeys]" = lazily(lambda self: SqlSigningKeys(self._transaction, self._fields))
    master_keys: "lazily[ports.MasterKeys]" = lazily(lambda self: SqlMasterKeys(self._transaction, self._fields.cipher))
    dossiers: "lazily[ports.Dossiers]" = lazily(lambda self: SqlDossiers(self._transaction, self._fields))
    appointments: "lazily[ports.Appointments]" = lazily(lambda self: SqlAppointments(self._transaction))
    conduct: "lazily[ports.Conduct]" = lazily(lambda self: SqlConduct(self._transaction))
    event_tally: "lazily[ports.EventTally]" = lazily(lambda self: SqlEventTally(self._transaction))
    envelopes: "lazily[ports.Envelopes]" = lazily(lambda self: SqlEnvelopes(self._transaction))
    invitations: "lazily[ports.Invitations]" = lazily(lambda self: SqlInvitations(self._transaction, self._fields))
    drafts: "lazily[ports.Drafts]" = lazily(lambda self: SqlDrafts(self._transaction, self._fields))
    kept_answers: "lazily[ports.KeptAnswers]" = lazily(lambda self: SqlKeptAnswers(self._transaction, self._fields))
    initial_access_tokens: "lazily[ports.InitialAccessTokens]" = lazily(
        lambda self: SqlInitialAccessTokens(self._transaction)
    )
    registrations: "lazily[ports.ManagedRegistrations]" = lazily(
        lambda self: SqlManagedRegistrations(self._transaction)
    )
    logos: "lazily[ports.Logos]" = lazily(lambda self: SqlLogos(self._transaction))
    permits: "lazily[ports.Permits]" = lazily(lambda self: SqlPermits(self._transaction))
    holds: "lazily[ports.Holds]" = lazily(lambda self: SqlHolds(self._transaction))
    events: "lazily[ports.Events]" = lazily(lambda self: SqlEvents(self._transaction))
    outbox: "lazily[ports.Outbox]" = lazily(lambda self: SqlOutbox(self._transaction, self._fields))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transaction.roll_back()

    def commit(self) -> None:
        """Make what was written durable; raises `Unavailable`, with all of it undone, when that fails.

        Only when the connection breaks during the very commit nobody can know; the caller's retry must find out.
        """
        self._transaction.commit()
        self._clients.committed()

    def roll_back(self) -> None:
        """Forget what was written."""
        self._transaction.roll_back()

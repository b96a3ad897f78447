"""The seams of the house: what the use cases need, and `app` fills.

Look-ups return None where nothing is found: not finding is not an error. Verbs are the domain's. A store that cannot
answer raises `errors.Unavailable`; nothing else of its inside comes out.
"""

from idp.model.organization import OrganizationStatus, RegisteredOrganization
from idp.ports.accounts import Accounts
from idp.ports.audit_log import AuditLog, StoredSeal
from idp.ports.bank_accounts import BankAccounts
from idp.ports.bearer import Bearer, BearerTokens
from idp.ports.card_reader import (
    CardReader,
    CardReading,
    ReaderTerminals,
    ReadingFault,
    ReadingQuestion,
    ReadingRefused,
)
from idp.ports.carriers import Carrier, CarrierExtension, DeliveryResult
from idp.ports.citizen_cards import (
    CardFault,
    CardLists,
    CardPurpose,
    CardQuestion,
    CardRefused,
    CardSignatures,
    CitizenCards,
    ClaimedStatement,
)
from idp.ports.company_register import (
    ChangedOrganizations,
    CompanyRegister,
    OrganizationAnswer,
    RepresentativeAnswer,
)
from idp.ports.conduct import Conduct
from idp.ports.credentials import Credentials, GuessCounters, Passkeys, RecoveryCodeBatches
from idp.ports.cryptography import Cipher, Signer
from idp.ports.disputes import Disputes
from idp.ports.drafts import Drafts, KeptAnswers, Permits
from idp.ports.ephemeral import Ephemeral
from idp.ports.events import Events, EventTally
from idp.ports.evidence import EvidenceRecords
from idp.ports.expiry import Expiry
from idp.ports.face import (
    FaceAuthority,
    FaceChecks,
    FaceOrder,
    FaceOutcome,
    FaceRequest,
    FaceVerdict,
)
from idp.ports.factors import (
    CodeCheck,
    CodeOrder,
    CodePurpose,
    KnownPasswords,
    MessageCodes,
    OneTimeCodes,
    PasswordHasher,
    PrintedCodes,
    SentCode,
)
from idp.ports.holds import Holds
from idp.ports.mandates import Mandates, Organizations
from idp.ports.master_keys import MasterKeys, Rekeying
from idp.ports.namesakes import Namesakes
from idp.ports.network_identity import (
    NetworkIdentity,
    NetworkIdentityChecks,
    NetworkIdentityLevel,
    NetworkIdentityOrder,
    NetworkIdentityOutcome,
    NetworkIdentityRequest,
    NetworkIdentityResult,
)
from idp.ports.offices import Appointments, Envelopes, Invitations
from idp.ports.passkeys import (
    ClaimedPasskey,
    PasskeyCeremonies,
    PasskeyFault,
    PasskeyPerson,
    PasskeyRefused,
    PasskeyRole,
)
from idp.ports.population_register import PopulationAnswer, PopulationRegister
from idp.ports.recovery import Recoveries, Slips
from idp.ports.registers import Registers
from idp.ports.registrations import (
    ClientRegistrations,
    InitialAccessTokens,
    Logos,
    ManagedRegistrations,
    Proposals,
)
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
from idp.ports.source_answers import ClaimedPerson, SourceAnswer, SourceOutcome
from idp.ports.source_transactions import SourceOpening, SourceTicket, SourceTransaction, TransactionsUnderWay
from idp.ports.sources import Source, SourceKind
from idp.ports.unit_of_work import BeginUnitOfWork, UnitOfWork

__all__ = [
    "Accounts",
    "Appointments",
    "AuditLog",
    "Authorizations",
    "BankAccounts",
    "Bearer",
    "BearerTokens",
    "BeginUnitOfWork",
    "CardFault",
    "CardLists",
    "CardPurpose",
    "CardQuestion",
    "CardReader",
    "CardReading",
    "CardRefused",
    "CardSignatures",
    "Carrier",
    "CarrierExtension",
    "ChangedOrganizations",
    "Cipher",
    "CitizenCards",
    "ClaimedPasskey",
    "ClaimedPerson",
    "ClaimedStatement",
    "ClientRegistrations",
    "Clients",
    "CodeCheck",
    "CodeOrder",
    "CodePurpose",
    "CompanyRegister",
    "Conduct",
    "Consents",
    "Credentials",
    "DeliveryResult",
    "Disputes",
    "Dossiers",
    "Drafts",
    "Envelopes",
    "Ephemeral",
    "EventTally",
    "Events",
    "EvidenceRecords",
    "Expiry",
    "FaceAuthority",
    "FaceChecks",
    "FaceOrder",
    "FaceOutcome",
    "FaceRequest",
    "FaceVerdict",
    "GuessCounters",
    "Holds",
    "InitialAccessTokens",
    "Invitations",
    "KeptAnswers",
    "KnownDevices",
    "KnownNetworks",
    "KnownPasswords",
    "Logos",
    "ManagedRegistrations",
    "Mandates",
    "MasterKeys",
    "MessageCodes",
    "Namesakes",
    "NetworkIdentity",
    "NetworkIdentityChecks",
    "NetworkIdentityLevel",
    "NetworkIdentityOrder",
    "NetworkIdentityOutcome",
    "NetworkIdentityRequest",
    "NetworkIdentityResult",
    "Newcomers",
    "OneTimeCodes",
    "OrganizationAnswer",
    "OrganizationStatus",
    "Organizations",
    "Outbox",
    "PasskeyCeremonies",
    "PasskeyFault",
    "PasskeyPerson",
    "PasskeyRefused",
    "PasskeyRole",
    "Passkeys",
    "PasswordHasher",
    "Permits",
    "PopulationAnswer",
    "PopulationRegister",
    "PrintedCodes",
    "Proposals",
    "ReaderTerminals",
    "ReadingFault",
    "ReadingQuestion",
    "ReadingRefused",
    "Recoveries",
    "RecoveryCodeBatches",
    "RegisteredOrganization",
    "Registers",
    "Rekeying",
    "RepresentativeAnswer",
    "SentCode",
    "Sessions",
    "Signer",
    "SigningKeys",
    "Slips",
    "Source",
    "SourceAnswer",
    "SourceKind",
    "SourceOpening",
    "SourceOutcome",
    "SourceTicket",
    "SourceTransaction",
    "StoredSeal",
    "Subjects",
    "TransactionsUnderWay",
    "UnitOfWork",
]

"""The seams of the house: what the use cases need, and `app` fills.

Look-ups return None where nothing is found: not finding is not an error. Verbs are the domain's. A store that cannot
answer raises `errors.Unavailable`; nothing else of its inside comes out.
"""

from idp.ports.audit_log import AuditLog, StoredSeal
from idp.ports.bearer import Bearer, BearerTokens
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
from idp.ports.conduct import Conduct
from idp.ports.credentials import Credentials, GuessCounters, Passkeys, RecoveryCodeBatches
from idp.ports.cryptography import Cipher, Signer
from idp.ports.drafts import Drafts, KeptAnswers, Permits
from idp.ports.ephemeral import Ephemeral
from idp.ports.events import Events, EventTally
from idp.ports.expiry import Expiry
from idp.ports.face import (
    FaceAuthority,
    FaceBinding,
    FaceChecks,
    FaceOrder,
    FaceOutcome,
    FaceRequest,
    FaceTicket,
    FaceTransaction,
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
from idp.ports.master_keys import MasterKeys, Rekeying
from idp.ports.namesakes import Namesakes
from idp.ports.offices import Appointments, Envelopes, Invitations
from idp.ports.passkeys import (
    ClaimedPasskey,
    PasskeyCeremonies,
    PasskeyFault,
    PasskeyPerson,
    PasskeyRefused,
    PasskeyRole,
)
from idp.ports.recovery import Recoveries, Slips
from idp.ports.registrations import (
    ClientRegistrations,
    InitialAccessTokens,
    Logos,
    ManagedRegistrations,
    Proposals,
)
from idp.ports.repositories import (
    Accounts,
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
from idp.ports.sources import Source, SourceKind
from idp.ports.unit_of_work import BeginUnitOfWork, UnitOfWork

__all__ = [
    "Accounts",
    "Appointments",
    "AuditLog",
    "Authorizations",
    "Bearer",
    "BearerTokens",
    "BeginUnitOfWork",
    "CardFault",
    "CardLists",
    "CardPurpose",
    "CardQuestion",
    "CardRefused",
    "CardSignatures",
    "Carrier",
    "CarrierExtension",
    "Cipher",
    "CitizenCards",
    "ClaimedPasskey",
    "ClaimedStatement",
    "ClientRegistrations",
    "Clients",
    "CodeCheck",
    "CodeOrder",
    "CodePurpose",
    "Conduct",
    "Consents",
    "Credentials",
    "DeliveryResult",
    "Dossiers",
    "Drafts",
    "Envelopes",
    "Ephemeral",
    "EventTally",
    "Events",
    "Expiry",
    "FaceAuthority",
    "FaceBinding",
    "FaceChecks",
    "FaceOrder",
    "FaceOutcome",
    "FaceRequest",
    "FaceTicket",
    "FaceTransaction",
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
    "MasterKeys",
    "MessageCodes",
    "Namesakes",
    "Newcomers",
    "OneTimeCodes",
    "Outbox",
    "PasskeyCeremonies",
    "PasskeyFault",
    "PasskeyPerson",
    "PasskeyRefused",
    "PasskeyRole",
    "Passkeys",
    "PasswordHasher",
    "Permits",
    "PrintedCodes",
    "Proposals",
    "Recoveries",
    "RecoveryCodeBatches",
    "Rekeying",
    "SentCode",
    "Sessions",
    "Signer",
    "SigningKeys",
    "Slips",
    "Source",
    "SourceKind",
    "StoredSeal",
    "Subjects",
    "UnitOfWork",
]

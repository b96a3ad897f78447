"""The seams of the house: what the use cases need, and `app` fills.

Look-ups return None where nothing is found: not finding is not an error. Verbs are the domain's. A store that cannot
answer raises `errors.Unavailable`; nothing else of its inside comes out.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from pydantic import BaseModel

from idp.clock import Instant
from idp.events import Event
from idp.fetch import Fetcher
from idp.model.account import Account, AccountStatus, Attributes, Identifier, NewAccount
from idp.model.authorization import AccessToken, Authorization, Grant, NewAccessToken, Standing
from idp.model.client import Client
from idp.model.consent import Consent
from idp.model.credential import Credential, CredentialKind, Guesses
from idp.model.message import Medium, Message, OutboxItem
from idp.model.session import NewSession, Session, ToldClient
from idp.model.signing_key import KeyState, SigningKey


class Accounts(Protocol):
    """People."""

    def create(self, account: NewAccount) -> Account:
        """Write a person; raises `Refused("identifier_taken", …)` when another account holds an identifier."""

    def get(self, account_id: int) -> Account | None:
        """The person with this internal id."""

    def find(self, identifier: Identifier) -> Account | None:
        """The person who holds this identifier now, found by its blind index."""

    def attributes(self, account_id: int) -> Attributes:
        """The person's data, decrypted."""

    def verify(self, account_id: int, identifier: Identifier, at: Instant) -> None:
        """Note that the person proved to hold this phone or mail address; the first time is kept."""

    def set_status(self, account_id: int, status: AccountStatus) -> None:
        """Freeze, unfreeze or close."""

    def any_sandbox(self) -> bool:
        """Whether sandbox people are in this store."""


class Subjects(Protocol):
    """The `sub` of a person in a sector: given once, never changed (OpenID Connect Core §8.1)."""

    def of(self, account_id: int, sector: str) -> str:
        """The person's `sub` in this sector; made at the first call, the same for ever after."""


class Credentials(Protocol):
    """Stored factors."""

    def get(self, account_id: int, kind: CredentialKind) -> Credential | None:
        """The person's factor of this kind."""

    def put(self, account_id: int, kind: CredentialKind, secret: str, at: Instant) -> None:
        """Set or replace it; the secret is encrypted at rest."""


class GuessCounters(Protocol):
    """Tries per subject; the subject is a digest that is the same for all spellings and doors."""

    def get(self, subject: bytes) -> Guesses | None:
        """Tries since the last success."""

    def count(self, subject: bytes, seen: int, at: Instant) -> bool:
        """Add one try if `seen` is still the number of failures; False: somebody else counted in between."""

    def clear(self, subject: bytes) -> None:
        """Forget them: the right person came."""


class Clients(Protocol):
    """Registered apps."""

    def get(self, client_id: str) -> Client | None:
        """The app with this client_id."""

    def of_resource(self, resource: str) -> Client | None:
        """The client that is this protected resource (RFC 8707 §2)."""

    def hold(self) -> None:
        """Let nobody else change a registration until this unit of work ends: what is read after it stays true."""

    def save(self, client: Client, at: Instant) -> None:
        """Write or replace its registration."""

    def saved_at(self, client_id: str) -> tuple[Instant, Instant] | None:
        """When it was written first, and last."""

    def all(self) -> Sequence[Client]:
        """Every app, by client_id."""

    def version(self) -> int:
        """A number that grows with every `save`: what caches compare."""


class Sessions(Protocol):
    """Single sign-on sessions."""

    def begin(self, session: NewSession) -> Session:
        """Write a session; its `sid` is made here."""

    def get(self, session_id: int) -> Session | None:
        """The session, ended or not."""

    def touch(self, session_id: int, at: Instant) -> None:
        """Note that it was used."""

    def join(self, session_id: int, client_id: str, at: Instant) -> None:
        """Note that an app took part; once is enough."""

    def client_ids(self, session_id: int) -> Sequence[str]:
        """The apps that took part."""

    def renew(self, known: Session, renewed: NewSession) -> Session | None:
        """The same row and `sid` with a new secret and a new sign-in; None: it ended or was renewed meanwhile."""

    def note_logout(self, session_id: int, client_id: str, item_id: int) -> None:
        """Remember which item of the outbox tells this app of the end."""

    def told(self, session_id: int) -> Sequence[ToldClient]:
        """The apps that took part, and whether they know by now that it ended; in the order in which they came."""

    def end(self, session_id: int, at: Instant) -> bool:
        """End it; False when it had ended before."""


class Consents(Protocol):
    """What people allowed."""

    def get(self, account_id: int, client_id: str) -> Consent | None:
        """The consent in force."""

    def give(self, consent: Consent) -> None:
        """Write it; the newer answer counts."""


class Authorizations(Protocol):
    """Redeemed grants (families) and their tokens."""

    def redeem(self, origin: bytes, grant: Grant, at: Instant) -> Authorization | None:
        """Write the family of a code; `origin` is UNIQUE, so None says: it was redeemed before."""

    def by_origin(self, origin: bytes) -> Authorization | None:
        """The family that a code was redeemed for."""

    def standing(self, authorization_id: int) -> Standing | None:
        """The family with its person and its session, in one statement."""

    def advance(self, authorization_id: int, generation: int, at: Instant) -> bool:
        """Exchange the refresh token of this generation; False: it was exchanged before, or the family is dead."""

    def release(self, authorization_id: int, at: Instant) -> bool:
        """Note that the person's data were read with a token of it; False when it was not the first time."""

    def revoke(self, authorization_id: int, at: Instant) -> bool:
        """Kill the family with all its tokens; False when it was dead."""

    def issue(self, token: NewAccessToken) -> int:
        """Write an opaque access token; its sequential id."""

    def access_token(self, token_id: int) -> AccessToken | None:
        """The token with all that decides about it, in one statement."""

    def revoke_access_token(self, token_id: int, at: Instant) -> bool:
        """Call one access token back and leave its family alive; False when it was dead."""

    def revoke_jwt(self, jti: str, expires_at: Instant) -> bool:
        """Call back a token that speaks for itself (RFC 9068); False when it was called back before."""

    def is_jwt_revoked(self, jti: str) -> bool:
        """Whether it was called back."""


class SigningKeys(Protocol):
    """Stored signing keys."""

    def all(self) -> Sequence[SigningKey]:
        """Every key that is still published, newest first."""

    def add(self, key: SigningKey) -> None:
        """Write a new key."""

    def move(self, kid: str, state: KeyState, at: Instant) -> None:
        """Next → active → retired."""

    def remove(self, kid: str) -> None:
        """Take a retired key whose last token has expired out of the JWKS."""


class Events(Protocol):
    """The append-only log."""

    def record(self, event: Event) -> None:
        """Write one event."""

    def count(self, event: Event, source: str, times: int = 1) -> None:
        """Count an anonymous refusal or a usage per action, outcome, source and minute."""


class Outbox(Protocol):
    """What leaves the house after the commit, at least once."""

    def put(
        self, kind: str, payload: Mapping[str, str], at: Instant, expires_at: Instant, lane: str | None = None
    ) -> int:
        """Promise it in this transaction; the payload is encrypted at rest, `lane` (see `OutboxItem`) is not. Its id."""

    def claim(
        self, now: Instant, *, lease_seconds: int, limit: int, except_lanes: Collection[str] = ()
    ) -> Sequence[OutboxItem]:
        """Take due items for so long; another worker sees them again only after the lease.

        An item without a lane is in that of its kind.
        """

    def done(self, item_id: int, at: Instant) -> None:
        """It arrived; the payload is erased."""

    def retry(self, item_id: int, due_at: Instant, reason: str) -> None:
        """Try again later."""

    def bury(self, item_id: int, at: Instant, reason: str) -> None:
        """Give up: a dead letter for an operator; the payload is erased."""

    def waiting(self) -> int:
        """How many items have not left."""


class UnitOfWork(Protocol):
    """One transaction. Lazy: reads are cheap, BEGIN comes with the first write; leaving without commit rolls back."""

    accounts: Accounts
    subjects: Subjects
    credentials: Credentials
    guesses: GuessCounters
    clients: Clients
    sessions: Sessions
    consents: Consents
    authorizations: Authorizations
    signing_keys: SigningKeys
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


class Ephemeral(Protocol):
    """Six atomic single-key verbs over values whose loss means "try again". Keys contain kind and client."""

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Write, replacing."""

    def get(self, key: str) -> bytes | None:
        """Read."""

    def take(self, key: str) -> bytes | None:
        """Read and delete; of many takers one gets it."""

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        """Write only if absent."""

    def swap(self, key: str, old: bytes, new: bytes, seconds: int) -> bool:
        """Replace only if it still is `old`."""

    def incr(self, key: str, seconds: int) -> int:
        """Add one to a counter; the first call starts its life."""

    def generation(self) -> str:
        """A value that changes when the store was lost."""


class Cipher(Protocol):
    """Encryption at rest and blind indexes; each output names its algorithm and key version in its header."""

    def seal(self, purpose: str, plaintext: bytes, context: str = "") -> bytes:
        """Encrypt with authentication; `purpose` and `context` must be the same at opening."""

    def open(self, purpose: str, sealed: bytes, context: str = "") -> bytes | None:
        """Decrypt; None when it was altered, moved or made with an unknown key."""

    def index(self, kind: str, value: str) -> bytes:
        """A keyed digest by which a value is found without being stored in clear; under the current key."""

    def indexes(self, kind: str, value: str) -> Sequence[bytes]:
        """The digests under every known key, the current one first: by them stored values are looked up."""

    def tag(self, purpose: str, message: bytes) -> bytes:
        """A 32-byte keyed digest (HMAC-SHA256) for values that must come back unchanged; under the current key."""

    def tags(self, purpose: str, message: bytes) -> Sequence[bytes]:
        """The digests under every known key, the current one first: for values that outlive a change of keys."""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What a carrier answered: accepted, or why not, and whether trying again can help."""

    is_accepted: bool
    may_retry: bool = False
    reason: str = ""


class Carrier(Protocol):
    """Brings messages to people; one file in `connectors/messaging`."""

    medium: Medium

    def send(self, message: Message) -> DeliveryResult:
        """Hand the message over, at most a few seconds."""

    def code_for(self, *, destination_is_sandbox: bool) -> str | None:
        """The code that this carrier asks us to use for the destination; None: we draw one ourselves."""


class MessageCodes(Protocol):
    """The factor of message codes: one code to one destination, for one interaction."""

    def send(self, unit_of_work: UnitOfWork, order: "CodeOrder") -> str:
        """Promise a code to a person's destination through the outbox; the id of its challenge.

        Without a destination the same work is done and nothing leaves, so that nobody learns who has an account.
        """

    def check(self, challenge: str, interaction_id: str, unverified_code: str) -> "CodeCheck":
        """Whether it is the code of this challenge in this interaction; right codes work once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOrder:
    """What a message code is sent for."""

    interaction_id: str
    account_id: int | None
    medium: Medium
    destination: str | None
    destination_is_sandbox: bool
    app_name: str
    language: str
    at: Instant


class CodeCheck(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"


class PasswordHasher(Protocol):
    """Slow hashing in a pool that is bounded over all processes; raises `Unavailable` when its queue is too long."""

    def hash(self, password: str) -> str:
        """The PHC string of a new password."""

    def verify(self, password: str, phc: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a better hash to store where the old one is outdated.

        None for `phc` costs the same time and never matches: nobody learns whether the account exists.
        """


class Signer(Protocol):
    """Signs with the active key of an algorithm and knows which keys are published."""

    def sign(self, claims: Mapping[str, object], alg: str, typ: str = "JWT") -> str:
        """A compact JWS with `kid` and `typ` (RFC 7515)."""

    def verify(self, unverified_token: str, typ: str | None = None) -> Mapping[str, object] | None:
        """The claims of a token that one of our published keys signed; None otherwise. Looks at no time claim."""

    def jwks(self) -> bytes:
        """The public JWK Set (RFC 7517 §5) as JSON bytes."""

    def algorithms(self) -> Sequence[str]:
        """Algorithms with an active key."""


CarrierSettings = TypeVar("CarrierSettings", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierExtension(Generic[CarrierSettings]):
    """What a file in `connectors/messaging` exports as `CARRIER`.

    Attributes:
        name: the word by which settings enable it.
        medium: by which way its messages reach people.
        settings: its part of the settings tree; unknown keys are faults.
        build: makes the carrier; nothing is called before its first message.
        is_sandbox: whether it serves sandbox people, and therefore runs on a loopback issuer only.
    """

    name: str
    medium: Medium
    settings: type[CarrierSettings]
    build: Callable[[CarrierSettings, Fetcher], Carrier]
    is_sandbox: bool = False

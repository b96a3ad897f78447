"""A single sign-on session: who signed in, when, how, over which channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant
from idp.model.account import Account
from idp.model.consent import Consent
from idp.model.policy import RESISTANT, Authentication, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session to be written; only the digest of its secret is kept."""

    secret_digest: bytes
    account_id: int
    channel: str
    methods: tuple[Method, ...]
    auth_time: Instant
    expires_at: Instant
    is_shared_device: bool = False
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A stored session; `ended_at` is set once and never cleared."""

    id: int
    sid: str
    """The random `sid` that clients of this session see (OpenID Connect Back-Channel Logout §2.1)."""
    secret_digest: bytes
    account_id: int
    channel: str
    methods: tuple[Method, ...]
    auth_time: Instant
    created_at: Instant
    last_seen_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    is_shared_device: bool
    device: str | None = None
    """Browser and system of the last sign-in as `idp.http.device_name` calls them; None: not known."""

    @property
    def authentication(self) -> Authentication:
        """What the methods used are worth together."""
        return authentication_of(self.methods)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of factors that were shown."""
        return frozenset(map(kind_of, self.methods))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever is signed in on a browser: a session with its person, read in one statement."""

    session: Session
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorAtClient(Visitor):
    """The same with all that lies between the person and one client.

    Attributes:
        sub: the person's subject identifier in the client's sector; None: there is none yet.
        consent: what the person allowed the client; None: never asked.
        takes_part: whether the client is one of those that hear of the session's end.
    """

    sub: str | None
    consent: Consent | None
    takes_part: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilter:
    """Which sessions somebody looks for; None: whichever.

    Attributes:
        account_id: of this person; then also those that ended and live on in an app that may go on while they are away.
        client_id: those that this app took part in.
    """

    account_id: int | None = None
    client_id: str | None = None
    channel: str | None = None


class Told(StrEnum):
    """What an app knows of the end of a session."""

    HEARD = "heard"
    ON_ITS_WAY = "on_its_way"
    NOT_REACHED = "not_reached"
    """At least one try failed; the outbox may still be trying."""
    NOT_TOLD = "not_told"
    """It has registered no address for that."""


@dataclass(frozen=True, slots=True)
class ToldClient:
    """An app of an ended session."""

    client_id: str
    told: Told


def authentication_of(methods: Iterable[Method]) -> Authentication:
    """Two different kinds make A2; a passkey or a card, which has verified its holder, makes A3 by itself (MISSION, Levels)."""
    shown = frozenset(methods)
    if shown & RESISTANT:
        return Authentication.A3
    return Authentication(min(len(frozenset(map(kind_of, shown))), Authentication.A2))


def kind_of(method: Method) -> str:
    """What the person shows by it: something they know, something they have, both at once, or what they are."""
    return _KIND[method]


_KIND = {
    Method.PASSWORD: "knowledge",
    Method.MESSAGE_CODE: "possession",
    Method.MAIL_CODE: "possession",
    Method.ONE_TIME_CODE: "possession",
    Method.BOUND_PASSKEY: "both",
    Method.SYNCED_PASSKEY: "both",
    Method.CITIZEN_CARD: "both",
    Method.RECOVERY_CODE: "possession",  # nobody knows sixteen digits by heart: it is the sheet of paper
    Method.FACE: "inherence",
}

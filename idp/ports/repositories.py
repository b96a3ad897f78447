"""What must last, one noun at a time: the stores behind a unit of work."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from idp.clock import Instant
from idp.events import Event
from idp.model.account import Account, Attributes, Identifier
from idp.model.authorization import Authorization, Grant, Represented, Standing, StoredToken, Use
from idp.model.client import Client
from idp.model.consent import Consent
from idp.model.dossier import Dossier
from idp.model.imported_person import ImportedPerson, Subject, WrittenAccount
from idp.model.known_device import KnownDevice, NewKnownDevice
from idp.model.known_network import KnownNetwork
from idp.model.message import Lane, MessageFate, OutboxItem, Report, ReportedItem
from idp.model.policy import Method
from idp.model.session import NewSession, Session, SessionFilter, ToldClient, Visitor, VisitorAtClient
from idp.model.signing_key import KeyState, SigningKey
from idp.model.terms import Terms


class Newcomers(Protocol):
    """People who come from another system, hundreds at a time."""

    def holders(self, wanted: Collection[Identifier]) -> Mapping[Identifier, int]:
        """The account of whoever holds one of these, all at one moment; identifiers that nobody holds are left out."""

    def subject_holders(self, wanted: Collection[Subject]) -> Mapping[Subject, int]:
        """The account that has one of these; the others are left out."""

    def write(self, people: Sequence[ImportedPerson]) -> Sequence[WrittenAccount]:
        """Write them, in their order; raises `Refused("identifier_taken", …)` when somebody holds an identifier or `sub`."""


class Subjects(Protocol):
    """The `sub` of a person in a sector: given once, never changed (OpenID Connect Core §8.1)."""

    def of(self, account_id: int, sector: str) -> str:
        """The person's `sub` in this sector; made at the first call, the same for ever after."""

    def all_of(self, account_id: int) -> Mapping[str, str]:
        """Every `sub` that the person has by now, by its sector."""


class Dossiers(Protocol):
    """All that is held of one person."""

    def of(self, account_id: int, most: int) -> Dossier | None:
        """All of it, decrypted, of each kind so many at most, the newest; None: there is nobody with this id."""


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

    def note_terms(self, client: Client, at: Instant) -> None:
        """Keep the words by which it asks people, which `save` does as well; once is enough."""

    def terms(self, client_id: str, version: str) -> Terms | None:
        """The words of this version; None: nobody kept them, as those of a client that was never changed since."""

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

    def unended(self, account_id: int) -> Sequence[Session]:
        """The person's sessions that nobody ended, run out or not; the oldest first."""

    def visitor(self, session_id: int) -> Visitor | None:
        """The session, ended or not, and its person."""

    def visitor_at(self, session_id: int, client: Client) -> VisitorAtClient | None:
        """The same, and what lies between the person and this client."""

    def running(self, account_id: int, now: Instant) -> Sequence[Session]:
        """The person's sessions that were not ended and have not run out, the one used last first."""

    def search(self, wanted: SessionFilter, now: Instant, *, before: int | None, limit: int) -> Sequence[Session]:
        """Those of people that run, the newest first, older than the one with this number; so many at most. Officers' are none."""

    def touch(self, session_id: int, at: Instant) -> None:
        """Note that it was used."""

    def hold(self, session_id: int) -> bool:
        """Keep it from ending until this transaction is over; False: it has ended."""

    def join(self, session_id: int, client_id: str, at: Instant) -> None:
        """Note that an app took part; once is enough."""

    def leave(self, session_id: int, client_id: str) -> None:
        """Note that an app takes part no more."""

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


class KnownDevices(Protocol):
    """Browsers on which people signed in."""

    def remember(self, new: NewKnownDevice, at: Instant) -> int:
        """Write one; its number."""

    def get(self, device_id: int) -> KnownDevice | None:
        """The one with this number."""

    def with_person(self, device_id: int) -> tuple[KnownDevice, Account] | None:
        """The same with its person, in one statement."""

    def of_person(self, account_id: int, seen_after: Instant, most: int) -> Sequence[KnownDevice]:
        """The person's that were seen since, the one seen last first; so many at most."""

    def touch(self, device_id: int, at: Instant) -> None:
        """Note that the person signed in on it."""

    def note_shown(self, known: KnownDevice, method: Method) -> None:
        """Note that the person gave a proof on it that they had not given there before."""

    def forget(self, account_id: int, device_id: int) -> bool:
        """Delete one of this person, with the last one their known networks; False: they have none with this number."""

    def forget_all(self, account_id: int) -> int:
        """Delete all of this person, and their known networks; how many devices there were."""


class KnownNetworks(Protocol):
    """Networks that people signed in from; they are forgotten with known devices."""

    def of_person(self, account_id: int, seen_after: Instant) -> Sequence[KnownNetwork]:
        """The person's that were seen since."""

    def remember(self, account_id: int, network: KnownNetwork) -> None:
        """Write it over whatever is in its slot."""


class Consents(Protocol):
    """What people allowed."""

    def get(self, account_id: int, client_id: str) -> Consent | None:
        """The consent in force."""

    def of_account(self, account_id: int) -> Sequence[Consent]:
        """Everything that the person allowed and did not take back, the newest answer first."""

    def give(self, consent: Consent) -> None:
        """Write it; the newer answer counts."""

    def withdraw(self, account_id: int, client_id: str) -> bool:
        """Take it back, so that the app has to ask anew; False when there was none."""


class Authorizations(Protocol):
    """Redeemed grants (families) and their tokens."""

    def redeem(self, origin: bytes, grant: Grant, event: Event) -> Authorization | None:
        """Write the family of a code and the event that tells of it, in one step.

        The step is durable when it returns, with all that the unit wrote before it. `origin` is UNIQUE: None says that
        it was redeemed or burnt before, and nothing was written.
        """

    def burn(self, origin: bytes, grant: Grant, at: Instant) -> bool:
        """Write a family that is dead from the start, so that its code is worth nothing; False when one was there."""

    def by_origin(self, origin: bytes) -> Authorization | None:
        """The family that a code was redeemed for."""

    def standing(self, authorization_id: int) -> Standing | None:
        """The family with its person and its session, in one statement."""

    def standing_of_token(self, authorization_id: int, jti: str) -> Standing | None:
        """The same for an access token of this family; None also when that token was called back."""

    def person_of_token(self, authorization_id: int, jti: str) -> tuple[Standing, Attributes] | None:
        """The same with the person's data, decrypted."""

    def exchange(self, family: Authorization, generation: int, event: Event, *, rotates: bool = True) -> bool:
        """Exchange the refresh token of this generation and write the event that tells of it, in one step.

        Where it does not rotate, the same token is good for the next time, too. Durable like `redeem`. False: it was exchanged before, or the family is dead, and nothing was written.
        """

    def release(self, family: Authorization, claims: Collection[str], at: Instant) -> bool:
        """Note that these claims of the person were told to it, too; False: it was told something else meanwhile."""

    def revoke(self, authorization_id: int, at: Instant) -> bool:
        """Kill the family with all its tokens; False when it was dead."""

    def revoke_all(self, account_id: int, at: Instant) -> int:
        """Kill every family of the person; how many were alive."""

    def uses(self, account_id: int) -> Sequence[Use]:
        """What each app was let have for this person, by app and scope; what was kept of it until now."""

    def revoke_at(self, account_id: int, client_id: str, at: Instant) -> int:
        """Kill every family that this app holds for this person; how many were alive."""

    def offline_of(self, session_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """The apps that may go on by what was opened in these sessions while the person is away, by session."""

    def revoke_of_session(self, session_id: int, at: Instant) -> int:
        """Kill every family of a session, those that outlive it among them; how many were alive."""

    def revoke_of_session_at(self, session_id: int, client_id: str, at: Instant) -> int:
        """Kill every family that this app holds of a session; how many were alive."""

    def revoke_of_mandate(self, mandate_id: int, at: Instant) -> Sequence[Represented]:
        """Kill every family that was granted to somebody who acted by this mandate; where that was, each place once."""

    def acting_in(self, session_id: int) -> Sequence[Represented]:
        """At which apps of a session somebody acts for another, each place once, the newest first."""

    def last_at(self, session_id: int, client_id: str) -> Represented | None:
        """For whom this app was used last in a session; None: it was not, as far as that is kept."""

    def revoke_token(self, jti: str, expires_at: Instant) -> bool:
        """Call one access token back and leave its family alive; False when it was called back before."""

    def is_token_revoked(self, jti: str) -> bool:
        """Whether it was called back."""

    def stored_token(self, token_id: int) -> StoredToken | None:
        """An access token that 0.2.0 wrote, with all that decides about it."""

    def revoke_stored_token(self, token_id: int, at: Instant) -> bool:
        """Call it back; False when it was dead."""


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

    def done(self, item_id: int, at: Instant, reference: str | None = None) -> None:
        """It arrived; the payload is erased. `reference` is how its receiver's report will name it."""

    def retry(self, item_id: int, due_at: Instant, reason: str) -> None:
        """Try again later."""

    def bury(self, item_id: int, at: Instant, reason: str) -> None:
        """Give up: a dead letter for an operator; the payload is erased."""

    def waiting(self) -> int:
        """How many items have not left."""

    def lanes(self) -> Sequence[Lane]:
        """What waits, by lane."""

    def take_report(self, reference: str, report: Report, at: Instant) -> ReportedItem | None:
        """Note what became of the item with this reference, once and for all; `unknown` alone may become something else.

        None: nobody has this reference (yet).
        """

    def fate(self, item_id: int) -> MessageFate | None:
        """What is known of this item; None when it was deleted long after it ended."""

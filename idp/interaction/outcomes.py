"""What the verbs of signing in are given, and what may come of them."""

from dataclasses import dataclass

from idp.accounts.tries import Expired, Paused, Wrong
from idp.clock import Instant
from idp.interaction.arrival import NO_BROWSER, Browser
from idp.model.account import AccountStatus
from idp.model.channel import Channel
from idp.model.interaction import Interaction
from idp.model.session import Session


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person proved it; `cookie` opens the session, `device_cookie` is to be kept beside it where there is one."""

    interaction: Interaction
    session: Session
    cookie: str
    device_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """The right code, but it was used before: the next one will do."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """An answer that proves nothing, and that nobody guessed: another try costs nothing."""


@dataclass(frozen=True, slots=True)
class UnknownPasskey:
    """A passkey that was removed here, or never was here: the device may forget it."""

    credential_id: bytes


@dataclass(frozen=True, slots=True)
class CardNotTaken:
    """A citizen card that signs nobody in, and why, as the log calls it (`interaction.citizen_card.Why`)."""

    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The right second proof, but the session that it was for is over."""


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The right person, but the account is frozen or closed."""

    status: AccountStatus = AccountStatus.FROZEN


@dataclass(frozen=True, slots=True)
class SlipOver:
    """The slip of a new start was used, replaced or has run out meanwhile."""


@dataclass(frozen=True, slots=True)
class TakenPhone:
    """The right code, but another account holds the phone."""


Outcome = (
    SignedIn
    | Wrong
    | Paused
    | Expired
    | Used
    | Unproven
    | UnknownPasskey
    | CardNotTaken
    | Gone
    | NotAllowed
    | SlipOver
    | TakenPhone
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What every verb needs: the interaction, the channel it came over, and the browser's session before it."""

    interaction: Interaction
    channel: Channel
    session: Session | None
    now: Instant
    browser: Browser = NO_BROWSER


@dataclass(frozen=True, slots=True)
class CodeWish:
    """A code that is asked for: in whose name, in which language, from which address, and whether to be called.

    Attributes:
        unverified_device: the cookie by which the browser may be known.
    """

    app_name: str
    language: str
    address: str
    by_voice: bool = False
    unverified_device: str | None = None

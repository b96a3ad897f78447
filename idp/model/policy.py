"""Levels, what is asked for, and what a decision about it says."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Proofing(IntEnum):
    """How sure we are who the person is (MISSION, Levels)."""

    P0 = 0
    """Nothing checked; a phone number at most."""
    P1 = 1
    """Name and number given, format checked."""
    P2 = 2
    """Name and number matched by a register."""
    P3 = 3
    """The real person: face authority, chip, net id."""
    P4 = 4
    """In person at a window, or by certificate."""


class Authentication(IntEnum):
    """How sure we are that it is the same person again (MISSION, Levels)."""

    NONE = 0
    A1 = 1
    """One factor."""
    A2 = 2
    """Two factors of different kinds."""
    A3 = 3
    """Phishing-resistant."""


class Level(IntEnum):
    """一级 to 五级; `NONE` is below all of them."""

    NONE = 0
    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4
    FIVE = 5


class Method(StrEnum):
    """An authentication method as RFC 8176 spells it in `amr`."""

    PASSWORD = "pwd"
    MESSAGE_CODE = "sms"
    MAIL_CODE = "mail"
    ONE_TIME_CODE = "otp"
    BOUND_PASSKEY = "hwk"
    """A passkey that never leaves the device that made it."""
    SYNCED_PASSKEY = "swk"
    """A passkey that its person's devices share."""
    RECOVERY_CODE = "recovery"
    """RFC 8176 knows no word for it, as for mail: apps are told this one."""
    CITIZEN_CARD = "sc"
    """The chip of a citizen card, which signs only after it has checked the PIN."""
    FACE = "face"
    """Compared by an authority, which signs the outcome; always beside another proof, and never the only way to one."""


NEVER_ALONE = frozenset({Method.FACE})
"""What nobody is made to show because they have nothing else: where only these are left, nothing is demanded."""

SENT_CODES = frozenset({Method.MESSAGE_CODE, Method.MAIL_CODE})
"""Shown by whoever can read what is sent to the person."""

PASSKEYS = frozenset({Method.BOUND_PASSKEY, Method.SYNCED_PASSKEY})
"""Resistant to phishing, and two kinds of proof in one: the device, and what it was unlocked with."""
RESISTANT = PASSKEYS | {Method.CITIZEN_CARD}
"""What no copied page can talk a person out of: it signs the address of who asks, and was unlocked by its holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision may look at; the same value explains it afterwards."""

    client_id: str
    client_level: Level
    """What the registration demands."""
    channel: str
    channel_ceiling: Level
    requested_level: Level = Level.NONE
    """What this request demands through an essential `acr` (OpenID Connect Core §5.5.1.1)."""
    max_age: int | None = None
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What this app, over this channel, for this person, now requires."""

    level: Level
    max_age: int | None
    """Seconds since the last sign-in at most; None: any."""
    asks_consent: bool
    reasons: tuple[str, ...]
    """Names of the rules that tightened it, in order."""

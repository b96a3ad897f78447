"""One counter of guesses per person, over all spellings and all doors (threats G02, G03, H02).

A try is counted before it is checked, so that a storm of parallel tries cannot outrun the counter; the right answer
clears it. The delay grows slowly and ends by itself: a stranger cannot lock anyone out for good.
"""

from collections.abc import Sequence

from idp.clock import Instant, after
from idp.errors import Unavailable
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.credential import CredentialKind, Guesses
from idp.model.known_device import KnownDevice
from idp.model.policy import Method
from idp.ports import Cipher, UnitOfWork

FREE_TRIES = 5
_DELAYS = (60, 120, 300, 600, 1200, 3600)
"""Seconds after the fifth failure, the sixth, …; an hour at most."""
FORGOTTEN_AFTER = 86_400
"""Seconds without a failure after which a counter may be forgotten: a guesser who waits for that has fewer tries than one
who tries on each time the pause is over."""
_ATTEMPTS_TO_COUNT = 50


def subject_of(cipher: Cipher, account: Account | None, identifier: Identifier) -> bytes:
    """The same digest for every identifier of one person; a name that nobody has counts for itself."""
    return cipher.index("guess", _who(account, identifier))


def subject_of_factor(
    cipher: Cipher, account: Account | None, identifier: Identifier, kind: CredentialKind | Method
) -> bytes:
    """A second counter for one factor, which only the right answer to that factor clears (threat H02).

    Who knows the password clears the person's counter whenever they like: by that alone they could guess one-time codes
    without end.
    """
    return cipher.index("guess", f"{_who(account, identifier)} {kind}")


def subject_of_slips(cipher: Cipher, account: Account) -> bytes:
    """The counter of tries at the slips of one person: the only one that they stand on, and every new slip clears it.

    Else a stranger who tries passwords at the ordinary door would keep out whoever has just come back from the window.
    """
    return subject_of_factor(cipher, account, Identifier(IdentifierKind.PHONE, ""), CredentialKind.SLIP)


def subject_of_device(cipher: Cipher, known: KnownDevice, kind: CredentialKind | Method | None = None) -> bytes:
    """The counter of one browser that knows the person, or that of one factor on it.

    By its secret, too: a row that is deleted leaves its number to the next one, and must not leave its tries.
    """
    return cipher.index("guess", f"device:{known.id}:{known.secret_digest.hex()} {kind or ''}")


def _who(account: Account | None, identifier: Identifier) -> str:
    return f"account:{account.id}" if account is not None else f"{identifier.kind}:{identifier.value}"


def reserve(unit_of_work: UnitOfWork, subject: bytes, now: Instant) -> Instant | None:
    """Count one try; None, or the moment from which the next one is allowed. Commits what it counts."""
    return reserve_all(unit_of_work, (subject,), now)


def reserve_all(unit_of_work: UnitOfWork, subjects: Sequence[bytes], now: Instant) -> Instant | None:
    """Count one try on each, or on none where one of them pauses; as above, and before anything else is written."""
    for _ in range(_ATTEMPTS_TO_COUNT):
        counted = [unit_of_work.guesses.get(subject) for subject in subjects]
        if paused := max((until for each in counted if (until := _paused_until(each, now))), default=None):
            return paused
        failures = [each.failures if each else 0 for each in counted]
        if all(unit_of_work.guesses.count(each, seen, now) for each, seen in zip(subjects, failures, strict=True)):
            unit_of_work.commit()
            return None
        unit_of_work.roll_back()  # somebody else counted in between
    raise Unavailable("Too many tries at once.", retry_after=1)


def count_failure(unit_of_work: UnitOfWork, subject: bytes, now: Instant) -> int:
    """Count what turned out wrong, before anything else is written; so many there are now. The caller commits."""
    for _ in range(_ATTEMPTS_TO_COUNT):
        counted = unit_of_work.guesses.get(subject)
        failures = counted.failures if counted else 0
        if unit_of_work.guesses.count(subject, failures, now):
            return failures + 1
        unit_of_work.roll_back()  # somebody else counted in between
    raise Unavailable("Too many tries at once.", retry_after=1)


def blocked_until(unit_of_work: UnitOfWork, subject: bytes, now: Instant) -> Instant | None:
    """The moment from which a try is allowed, without counting one; None: now."""
    return _paused_until(unit_of_work.guesses.get(subject), now)


def blocked_until_all(unit_of_work: UnitOfWork, subjects: Sequence[bytes], now: Instant) -> Instant | None:
    """The moment from which all of them allow a try, without counting one; None: now."""
    moments = [blocked_until(unit_of_work, subject, now) for subject in subjects]
    return max((moment for moment in moments if moment is not None), default=None)


def delay_after(failures: int) -> int:
    """Seconds to wait after so many failures."""
    return 0 if failures < FREE_TRIES else _DELAYS[min(failures - FREE_TRIES, len(_DELAYS) - 1)]


def _paused_until(guesses: Guesses | None, now: Instant) -> Instant | None:
    if guesses is None or guesses.failures < FREE_TRIES:
        return None
    allowed_at = after(guesses.last_at, delay_after(guesses.failures))
    return allowed_at if now < allowed_at else None

"""Break-glass: a code in a sealed envelope, by which the operator invites an officer on the day on which no two are left.

Opening it is loud: it stands in the log, which is sealed, is logged as an error, and is reviewed by the officers who come.
"""

import hashlib
import re

import structlog

from idp.clock import Instant
from idp.entropy import random_paper_code
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.ports import UnitOfWork

_READ_AS = str.maketrans("OIL", "011")
"""Letters that the code does not have, and that somebody reads from paper at night."""
_log = structlog.get_logger()


def seal(unit_of_work: UnitOfWork, by: int | None, now: Instant) -> str:
    """A new code, which is here and nowhere else; the one before opens nothing any more. Whoever called commits."""
    code = random_paper_code()
    unit_of_work.envelopes.seal(_digest(code), now)
    unit_of_work.events.record(Event(kind=Kind.AUDIT, action=Action.ENVELOPE_SEALED, at=now, actor_id=by))
    return code


def open_envelope(unit_of_work: UnitOfWork, unverified_code: str, now: Instant) -> None:
    """Use the code up. Whoever called commits, also when it was wrong: that somebody tried is remembered.

    Raises:
        Refused: `wrong_code`.
    """
    is_right = unit_of_work.envelopes.open(_digest(unverified_code), now)
    action = Action.ENVELOPE_OPENED if is_right else Action.ENVELOPE_REFUSED
    unit_of_work.events.record(
        Event(kind=Kind.AUDIT, action=action, at=now, outcome="ok" if is_right else "wrong_code")
    )
    _log.error(action.value)
    if not is_right:
        raise Refused(
            "wrong_code", "This is not the code of the sealed envelope, or it was used or replaced.", status=403
        )


def _digest(unverified_code: str) -> bytes:
    """Of the letters, however they were typed."""
    letters = re.sub(r"[\s-]", "", unverified_code).upper().translate(_READ_AS)
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).digest()

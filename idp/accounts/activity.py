"""What happened to a person, as they read it: in what kinds it is sorted, and all of it for a download."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from idp.events import Action, Logged
from idp.ports import BeginUnitOfWork

MOST = 20_000
"""How many events a download holds, so that one request cannot take a process's memory; `before` leads to older ones."""
_AT_ONCE = 500


class Sort(StrEnum):
    """What a person may want to see alone."""

    SIGN_INS = "sign_ins"
    SEEN = "seen"
    CHANGES = "changes"


_SIGN_INS = frozenset(
    {
        Action.SIGNED_IN,
        Action.SIGNED_OUT,
        Action.APP_SIGNED_OUT,
        Action.SIGN_IN_REFUSED,
        Action.CODE_SENT,
        Action.AUTHORIZED,
    }
)
_SEEN = frozenset(
    {
        Action.AUTHORIZED,
        Action.CLAIMS_RELEASED,
        Action.COMPARISON_REFUSED,
        Action.CONSENT_GIVEN,
        Action.CONSENT_REFUSED,
        Action.CONSENT_WITHDRAWN,
        Action.TOKEN_REVOKED,
        Action.TOKEN_EXCHANGED,
        Action.PERSON_FOUND,
        Action.PERSON_VIEWED,
        Action.PERSON_REVEALED,
    }
)
ACTIONS: Mapping[Sort, frozenset[Action]] = {
    Sort.SIGN_INS: _SIGN_INS,
    Sort.SEEN: _SEEN,
    Sort.CHANGES: frozenset(Action) - _SIGN_INS - _SEEN,
}
"""An app that gets a code is both: a sign-in at it, and something that it may see from then on."""


def whole(begin: BeginUnitOfWork, account_id: int, before: int | None) -> Iterator[Logged]:
    """Everything, newest first, in small steps that hold no connection while the receiver waits."""
    left = MOST
    while left > 0:
        with begin() as unit_of_work:
            found = unit_of_work.events.of_person(account_id, before=before, limit=min(_AT_ONCE, left))
        yield from found
        if len(found) < _AT_ONCE:
            return
        before, left = found[-1].id, left - len(found)

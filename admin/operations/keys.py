"""Signing keys: which there are, and the next one in the place of the one that signs."""

from collections.abc import Iterable
from typing import Literal

from admin.operation import (
    ANY_OFFICER,
    GUARDIANS,
    SECURITY,
    Desk,
    Effect,
    Gives,
    Nothing,
    Operation,
    State,
    Takes,
)
from idp.clock import after
from idp.events import Action
from idp.jose import ALGORITHMS
from idp.keys import rotation
from idp.model.signing_key import KeyState, SigningKey

FETCHED_SECONDS = 3 * 86_400
"""How far back it is told who fetched the keys."""
MOST_FETCHERS = 100


class RotateKeys(Takes):
    """Which, and how.

    `at_once` is for a key that leaked: nothing is waited for, and the key is published no more.
    """

    alg: Literal["ES256", "RS256"] | None = None
    at_once: bool = False


class KeyTold(Gives):
    """A key that is published."""

    kid: str
    alg: str
    state: str
    created_at: int
    activated_at: int | None
    retired_at: int | None


class FetcherTold(Gives):
    """Who fetched the published keys in the last days: network and program, the last minute, and how often.

    `knows_next`: whether that was after the newest key was published; who has not fetched since would refuse what it signs.
    """

    fetcher: str
    last_at: int
    times: int
    knows_next: bool


class KeyList(Gives):
    """Every published key, by algorithm, and who fetched them."""

    keys: list[KeyTold]
    fetchers: list[FetcherTold]


def _list(desk: Desk, wanted: Takes) -> KeyList:
    del wanted
    keys = _sorted(desk.unit_of_work.signing_keys.all())
    newest = max((key.created_at for key in keys), default=0)
    since = after(desk.at, -FETCHED_SECONDS)
    found = desk.unit_of_work.event_tally.sources(Action.KEYS_FETCHED, since, MOST_FETCHERS)
    fetchers = [
        FetcherTold(fetcher=name, last_at=last, times=times, knows_next=last + 60 > newest)
        for name, last, times in found
    ]
    return KeyList(keys=[_told(key) for key in keys], fetchers=fetchers)


def _rotate(desk: Desk, wanted: RotateKeys) -> KeyList:
    calendar = desk.services.settings.keys
    for name in _algorithms(wanted):
        rotation.rotate(desk.unit_of_work, name, desk.at, publish_ahead=calendar.publish_ahead, at_once=wanted.at_once)
    rotation.drop_expired(desk.unit_of_work, desk.at, retain=calendar.retain)
    return _list(desk, wanted)


def _state(desk: Desk, wanted: RotateKeys) -> State:
    """Which key signs, and which of before are published; the next ones are not told: each draw makes another."""
    keys = [key for key in desk.unit_of_work.signing_keys.all() if key.alg in _algorithms(wanted)]
    return {
        alg: {
            "signs": next((key.kid for key in keys if (key.alg, key.state) == (alg, KeyState.ACTIVE)), None),
            "retired": sorted(key.kid for key in keys if (key.alg, key.state) == (alg, KeyState.RETIRED)),
        }
        for alg in _algorithms(wanted)
    }


def _algorithms(wanted: RotateKeys) -> tuple[str, ...]:
    return ALGORITHMS if wanted.alg is None else (wanted.alg,)


def _sorted(keys: Iterable[SigningKey]) -> list[SigningKey]:
    return sorted(keys, key=lambda key: (key.alg, key.state))


def _told(key: SigningKey) -> KeyTold:
    return KeyTold(
        kid=key.kid,
        alg=key.alg,
        state=key.state,
        created_at=key.created_at,
        activated_at=key.activated_at,
        retired_at=key.retired_at,
    )


LIST_KEYS = Operation(
    name="keys.list",
    about="Every published key: algorithm, state, since when, kid.",
    method="GET",
    path="/keys",
    takes=Nothing,
    gives=KeyList,
    does=ANY_OFFICER,
    run=_list,
)
ROTATE_KEYS = Operation(
    name="keys.rotate",
    about="Let the next key sign, retire the one that signs, publish another next one.",
    method="POST",
    path="/keys/rotate",
    takes=RotateKeys,
    gives=KeyList,
    does=SECURITY,
    run=_rotate,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state,
    shows=("alg", "at_once"),
    is_urgent_at_times=True,
)
OPERATIONS = (LIST_KEYS, ROTATE_KEYS)

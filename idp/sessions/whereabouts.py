"""Where a sign-in comes from, beside where the person was before: what the risk of it is told from.

Of a network and of its place digests are kept, under a key of ours and bound to the person: whoever has the database reads
no address in it, and whoever has the key as well cannot ask who else was there but by trying. Where the person was last, to
a tenth of a degree, lies sealed in the ephemeral store for the day in which it counts; losing it means that one sign-in is
not compared. It counts only beside the network that it was seen on: once that is forgotten, so is this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from idp.clock import Instant, after
from idp.http.network_places import Place, Position
from idp.http.networks import neighbourhood_of
from idp.model.known_network import SLOTS, KnownNetwork
from idp.policy.risk import Travel
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.known_devices import TOUCH_SECONDS

KEPT_SECONDS = 86_400
"""How long the last position counts: within a day everybody can have been anywhere."""
_NETWORK, _PLACE, _POSITION = "known_network", "known_place", "last_position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What is known of it; None as in `Circumstances`.

    Attributes:
        remembered: the network as it is kept already; None: it is not.
        here: the network as it is to be kept; None: there is no address.
        position: where it is.
    """

    is_known_network: bool | None = None
    is_known_place: bool | None = None
    travel: Travel | None = None
    remembered: KnownNetwork | None = None
    here: KnownNetwork | None = None
    position: Position | None = None


def look(services: Services, unit_of_work: UnitOfWork, account_id: int, address: str, now: Instant) -> Whereabouts:
    """Compare it with what is remembered; nothing is written. One statement, and none without an address."""
    network, place = neighbourhood_of(address), _place_of(services, address)
    if network is None:
        return Whereabouts()
    known = unit_of_work.known_networks.of_person(account_id, after(now, -services.settings.devices.remember_seconds))
    digests = services.cipher.indexes(_NETWORK, f"{account_id} {network}")
    places = () if place is None else services.cipher.indexes(_PLACE, f"{account_id} {place.code}")
    placed = [each.place_digest for each in known if each.place_digest is not None]
    remembered = next((each for each in known if each.digest in digests), None)
    here = KnownNetwork(
        slot=_slot(known) if remembered is None else remembered.slot,
        digest=digests[0],
        place_digest=next(iter(places), None if remembered is None else remembered.place_digest),
        seen_at=now,
    )
    position = None if place is None else place.position
    return Whereabouts(
        is_known_network=None if not known else remembered is not None,
        is_known_place=None if not (places and placed) else any(each in places for each in placed),
        travel=None if position is None else _travel(services, account_id, known, position, now),
        remembered=remembered,
        here=here,
        position=position,
    )


def remember(services: Services, unit_of_work: UnitOfWork, account_id: int, whereabouts: Whereabouts) -> None:
    """Keep it, as of a browser that is the person's own; within the hour only what is new."""
    here, remembered, position = whereabouts.here, whereabouts.remembered, whereabouts.position
    if here is None:
        return
    is_same = remembered is not None and replace(remembered, seen_at=here.seen_at) == here
    if remembered is None or not is_same or here.seen_at >= after(remembered.seen_at, TOUCH_SECONDS):
        unit_of_work.known_networks.remember(account_id, here)
    if position is not None:
        last = to_json([here.digest.hex(), here.seen_at, position.latitude, position.longitude])
        services.ephemeral.put(_key(account_id), services.cipher.seal(_POSITION, last, str(account_id)), KEPT_SECONDS)


def _place_of(services: Services, address: str) -> Place | None:
    return None if services.places is None else services.places.find(address)


def _slot(known: Sequence[KnownNetwork]) -> int:
    """One that is free, or that of the network seen longest ago."""
    free = set(range(SLOTS)) - {each.slot for each in known}
    return min(free) if free else min(known, key=lambda each: each.seen_at).slot


def _travel(
    services: Services, account_id: int, known: Sequence[KnownNetwork], here: Position, now: Instant
) -> Travel | None:
    sealed = services.ephemeral.get(_key(account_id)) if known else None
    last = None if sealed is None else services.cipher.open(_POSITION, sealed, str(account_id))
    if last is None:
        return None
    digest, at, latitude, longitude = from_json(last)
    if all(each.digest.hex() != digest for each in known):
        return None
    return Travel(Position(latitude, longitude).kilometres_to(here), now - at)


def _key(account_id: int) -> str:
    return f"last_position:{account_id}"

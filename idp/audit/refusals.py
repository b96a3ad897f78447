"""Write down what was refused, after the rollback, in a short transaction of its own."""

import contextlib

from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.services import Services


def note(services: Services, action: Action, refused: Refused, peer: str, client_id: str | None = None) -> None:
    """Count it per code, source and minute; the source is a keyed digest of the address, never the address.

    A store that is down does not turn a clean refusal into a failure.
    """
    event = Event(kind=Kind.REFUSAL, action=action, at=services.clock(), outcome=refused.code, client_id=client_id)
    source = services.cipher.index("peer", peer).hex()[:16]
    with contextlib.suppress(Unavailable), services.begin() as unit_of_work:
        unit_of_work.events.count(event, source)
        unit_of_work.commit()

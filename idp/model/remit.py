"""What somebody may deal with for another: services by name, and nothing that is not named.

A service is a registered app that accepts mandates, as a whole or for some matters alone (政务服务事项). What the register or
the law gives reaches as far as the app accepts; that is a word of its own here, and never the absence of a list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.model.matter import Matter, details_of, from_details, within

EVERY = "every"
"""How the store writes `EVERYTHING`."""


@dataclass(frozen=True, slots=True)
class Service:
    """One app.

    Attributes:
        matters: those of its matters that are meant; None: the app as a whole.
    """

    client_id: str
    matters: tuple[Matter, ...] | None = None


@dataclass(frozen=True, slots=True)
class Remit:
    """What may be dealt with, and over which channels; one that names nothing allows nothing."""

    services: tuple[Service, ...] = ()
    channels: tuple[str, ...] = ()
    is_every: bool = False

    def allows(self, client_id: str, channel: str) -> bool:
        """Whether the app may be used, over this channel."""
        return self.is_every or (channel in self.channels and self._service(client_id) is not None)

    def matters_of(self, client_id: str) -> tuple[Matter, ...] | None:
        """The matters that it is limited to at this app; None: none, it may do all that the app does."""
        service = None if self.is_every else self._service(client_id)
        if service is None:
            return None if self.is_every else ()
        return service.matters

    def covers(self, other: "Remit") -> bool:
        """Whether all of the other is in it: nobody hands on more than they have."""
        if self.is_every or other.is_every:
            return self.is_every
        return set(other.channels) <= set(self.channels) and all(map(self._covers, other.services))

    @property
    def is_empty(self) -> bool:
        """Whether it allows nothing."""
        return not (self.is_every or (self.services and self.channels))

    def _covers(self, wanted: Service) -> bool:
        own = self._service(wanted.client_id)
        if own is None or own.matters is None:
            return own is not None
        return wanted.matters is not None and all(within(matter, own.matters) for matter in wanted.matters)

    def _service(self, client_id: str) -> Service | None:
        return next((each for each in self.services if each.client_id == client_id), None)


EVERYTHING = Remit(is_every=True)
"""Every app that accepts mandates of this kind, over every channel: what the register or the law gives, and nobody else."""


def written(services: Iterable[Service]) -> list[dict[str, Any]]:
    """The services as JSON."""
    return [
        {"client_id": each.client_id, "matters": None if each.matters is None else details_of(each.matters)}
        for each in services
    ]


def read(services: Sequence[Mapping[str, Any]]) -> tuple[Service, ...]:
    """What `written` wrote."""
    return tuple(
        Service(each["client_id"], None if each["matters"] is None else from_details(each["matters"]))
        for each in services
    )


def narrowed(
    remit: Remit, client_id: str, scope: Sequence[str], matters: Iterable[Matter]
) -> tuple[tuple[str, ...], tuple[Matter, ...]]:
    """What of a grant at this app is within it: never more than the mandate.

    Where single matters are named, a scope of a resource, which is more than any matter, is none of it.
    """
    limit = remit.matters_of(client_id)
    if limit is None:
        return tuple(scope), tuple(matters)
    of_nobody = tuple(name for name in scope if ":" not in name)
    return of_nobody, tuple(matter for matter in matters if within(matter, limit))

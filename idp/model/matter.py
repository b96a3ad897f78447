"""A matter (政务服务事项) that an app wants to deal with at a protected resource: one of our two types of rich authorization (RFC 9396).

A matter has the code that its catalogue gives it (事项编码); which ones there are, a protected resource registers, with words
for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPE = "matter"
"""RFC 9396 §2: the `type` of such an object; it is this server's own."""
ACTIONS = ("view", "apply")
"""To see how it stands, and to set it going. None is implied by the other, and none by silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter at one resource.

    Attributes:
        code: its 事项编码.
        actions: of `ACTIONS`, in that order.
        location: the URI of the resource that declares it.
    """

    code: str
    actions: tuple[str, ...]
    location: str

    @property
    def as_detail(self) -> dict[str, Any]:
        """The authorization details object (RFC 9396 §2.2)."""
        return {"type": TYPE, "identifier": self.code, "actions": list(self.actions), "locations": [self.location]}


def details_of(matters: Iterable[Matter]) -> list[dict[str, Any]]:
    """The value of `authorization_details`."""
    return [matter.as_detail for matter in matters]


def from_details(details: object) -> tuple[Matter, ...]:
    """What `details_of` wrote; of anything else nothing."""
    if not isinstance(details, Sequence):
        return ()
    return tuple(
        Matter(code=detail["identifier"], actions=tuple(detail["actions"]), location=detail["locations"][0])
        for detail in details
        if isinstance(detail, Mapping)
    )


def within(matter: Matter, others: Iterable[Matter]) -> bool:
    """Whether one of the others allows all of it."""
    return any(
        (matter.code, matter.location) == (other.code, other.location) and set(matter.actions) <= set(other.actions)
        for other in others
    )

"""A network that a person signed in from, on a browser that knows them: what is kept tells nobody which one it was."""

from dataclasses import dataclass

from idp.clock import Instant

SLOTS = 8
"""Networks that we remember of a person, the last ones: home, work, a phone on its way between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNetwork:
    """One of the few.

    Attributes:
        slot: 0 to `SLOTS` - 1, one network in each.
        digest: of the network and the person, under a key of ours: nobody reads the network in it, nor who else was there.
        place_digest: the same of its place; None: nobody knew where it was.
        seen_at: of a sign-in from there, coarsely.
    """

    slot: int
    digest: bytes
    place_digest: bytes | None
    seen_at: Instant

"""A channel as a policy object: where a person meets us, and what may happen there."""

from dataclasses import dataclass

from idp.model.policy import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Bound to the registered client, changed only by an officer, never by a request parameter (MISSION, Channels).

    Attributes:
        ceiling: the highest level that a sign-in over this channel is worth.
        session_seconds: how long a single sign-on session lives at most.
        idle_seconds: how long it may rest unused.
        honours_single_sign_on: whether a session from elsewhere opens apps here.
        must_prove_itself: whether a client must authenticate before anything starts (PAR, signed request, CIBA).
    """

    name: str
    grants: frozenset[str]
    factors: frozenset[str]
    ceiling: Level
    session_seconds: int
    idle_seconds: int
    honours_single_sign_on: bool = True
    must_prove_itself: bool = False
    display: str = "page"

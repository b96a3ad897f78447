"""How an app registers itself (RFC 7591, RFC 7592): within what officers allowed, and with a token of its own to manage it."""

from dataclasses import dataclass

from idp.clock import Instant
from idp.model.client import Profile
from idp.model.policy import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInitialAccessToken:
    """What officers allow to whoever holds it: so many apps, and of what kind (RFC 7591 §3).

    Attributes:
        secret_digest: of its secret, which is told once.
        name: for whom, in the officers' words.
        profile, channel, level: what every app registered with it has; no app asks for others by itself.
        scope: at most what such an app may ask for.
        max_clients: how many may be registered.
    """

    secret_digest: bytes
    name: str
    profile: Profile
    channel: str
    level: Level
    scope: tuple[str, ...]
    max_clients: int
    issued_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialAccessToken(NewInitialAccessToken):
    """The same as it is kept.

    Attributes:
        clients: how many were registered with it.
        ended_at: when officers took it back; None: they did not.
    """

    id: int
    clients: int = 0
    ended_at: Instant | None = None

    def is_good(self, now: Instant) -> bool:
        """Whether another app may be registered with it."""
        return self.ended_at is None and now < self.expires_at and self.clients < self.max_clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """That an app registered itself, and who may manage it (RFC 7592 §1.3).

    Attributes:
        initial_access_token: the number of the one it was registered with.
        secret_digest: of the secret of its registration access token.
        former_digest, rotated_at: of the one before, which works for a moment longer: the answer with the new one may
            have been lost.
    """

    client_id: str
    initial_access_token: int
    secret_digest: bytes
    issued_at: Instant
    former_digest: bytes | None = None
    rotated_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture of an app, as it was when its registration was accepted.

    Attributes:
        name: what it is served as: the digest of its content, and what it is.
        media_type: `image/png`, `image/jpeg` or `image/webp`.
    """

    name: str
    media_type: str
    content: bytes

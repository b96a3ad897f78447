"""What a person allowed an app, until withdrawn."""

from dataclasses import dataclass

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One answer of one person to one app; a wider request asks again.

    Attributes:
        left_out: what the person was asked for and did not tick: an answer as well, so it is not asked for again.
    """

    account_id: int
    client_id: str
    scope: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    given_at: Instant

    def covers(self, scope: tuple[str, ...]) -> bool:
        """Whether everything asked now was answered then."""
        return set(scope) <= {*self.scope, *self.left_out}

    def within(self, scope: tuple[str, ...]) -> tuple[str, ...]:
        """What of it was allowed."""
        return tuple(name for name in scope if name in self.scope)

"""What a person allowed an app, until withdrawn."""

from dataclasses import dataclass

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One answer of one person to one app; a wider request asks again.

    Attributes:
        terms: the version of the words that they were asked with (`model.terms`); None: nobody kept it then.
        left_out: what the person was asked for and did not tick: an answer as well, so it is not asked for again.
    """

    account_id: int
    client_id: str
    scope: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    given_at: Instant
    terms: str | None = None

    def covers(self, scope: tuple[str, ...], terms: str) -> bool:
        """Whether everything asked now was answered then, for what the app says today that it asks for."""
        return self.terms in (None, terms) and set(scope) <= {*self.scope, *self.left_out}

    def within(self, scope: tuple[str, ...]) -> tuple[str, ...]:
        """What of it was allowed."""
        return tuple(name for name in scope if name in self.scope)

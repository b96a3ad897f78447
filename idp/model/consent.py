"""What a person allowed an app, until withdrawn."""

from dataclasses import dataclass

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One answer of one person to one app; a wider request asks again."""

    account_id: int
    client_id: str
    scope: tuple[str, ...]
    given_at: Instant

    def covers(self, scope: tuple[str, ...]) -> bool:
        """Whether everything asked now was allowed then."""
        return set(scope) <= set(self.scope)

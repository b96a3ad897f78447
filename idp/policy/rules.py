"""Rules as data: where they match, they tighten; none can loosen."""

from dataclasses import dataclass

from idp.model.policy import Facts, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the security officers; an empty condition matches everything.

    Attributes:
        level: at least this one.
        max_age: the sign-in may be so many seconds old at most.
        asks_consent: ask the person even where the registration does not.
    """

    name: str
    client_ids: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    level: Level = Level.NONE
    max_age: int | None = None
    asks_consent: bool = False

    def matches(self, facts: Facts) -> bool:
        """Whether every condition that is set holds."""
        return (
            (not self.client_ids or facts.client_id in self.client_ids)
            and (not self.channels or facts.channel in self.channels)
            and (not self.scopes or not self.scopes.isdisjoint(facts.scope))
        )

"""The decision: what this app, over this channel, for this request, requires. Pure; the order of rules is nothing."""

from collections.abc import Iterable

from idp.model import release
from idp.model.policy import Facts, Requirement
from idp.policy.rules import Rule


def decide(facts: Facts, rules: Iterable[Rule], *, client_asks_consent: bool) -> Requirement:
    """The tightest of the registration, the request, the terms of what is asked for, and every rule that matches."""
    matching = sorted((rule for rule in rules if rule.matches(facts)), key=lambda rule: rule.name)
    ages = [age for age in (facts.max_age, *(rule.max_age for rule in matching)) if age is not None]
    return Requirement(
        level=max(
            facts.client_level,
            facts.requested_level,
            release.level_of(facts.scope),
            *(rule.level for rule in matching),
        ),
        max_age=min(ages, default=None),
        asks_consent=client_asks_consent
        or release.is_asked_separately(facts.scope)
        or any(rule.asks_consent for rule in matching),
        reasons=tuple(rule.name for rule in matching),
    )

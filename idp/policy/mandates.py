"""What a sign-in must be worth to let somebody act for another: a mandate opens what its giver could open themselves."""

from collections.abc import Iterable

from idp.model.mandate import OF_REGISTERS, Mandate
from idp.model.policy import Level

LOW_RISK = Level.TWO
"""What an app demands at most whose mandates a person without a face check may give: name and number matched will do."""


def level_to_grant(demanded: Iterable[Level]) -> Level:
    """Of whoever gives a mandate for apps that demand this; never less than a person whom a register knows."""
    highest = max(demanded, default=Level.NONE)
    return Level.THREE if highest <= LOW_RISK else max(Level.FOUR, highest)


LEVEL_TO_ENTER = Level.FOUR
"""Of whoever says that a register lets them act for a child or for an organisation: the real person, by two proofs."""


def is_granted_well_enough(mandate: Mandate, demanded: Level) -> bool:
    """Whether it was given by a sign-in that was worth enough for what the app demands today."""
    return mandate.role in OF_REGISTERS or mandate.granted_level >= level_to_grant([demanded])

"""The level table: what a proofing and an authentication are worth together, and how a level is spelled as `acr`."""

from collections.abc import Mapping

from idp.model.policy import Authentication, Level, Proofing

LevelTable = Mapping[int, tuple[int, int]]


def reached(table: LevelTable, proofing: Proofing, authentication: Authentication, ceiling: Level) -> Level:
    """The highest level whose both needs are met, at most the channel's ceiling."""
    met = (level for level, (needed, factor) in table.items() if proofing >= needed and authentication >= factor)
    return min(Level(max(met, default=0)), ceiling)


def kept(table: LevelTable, level: Level, proofing: Proofing) -> Level:
    """What is left of a level that was reached, now that the person is worth so much: evidence may have run out since."""
    if level in table and proofing >= table[level][0]:  # of nearly everybody, at every token
        return level
    below = (each for each, (needed, _) in table.items() if each <= level and proofing >= needed)
    return min(level, Level(max(below, default=0)))


def needed(table: LevelTable, level: Level) -> Authentication:
    """What a sign-in must be worth for this level; the most there is, for a level that the table lacks."""
    return Authentication(table[level][1]) if level in table else Authentication.A3


def acr_of(level: Level, prefix: str) -> str:
    """The `acr` value of a level (OpenID Connect Core §2); level `NONE` is `0`, as the standard suggests."""
    return f"{prefix}{level.value}" if level else "0"


def level_of(acr: str, prefix: str) -> Level | None:
    """The level that an `acr` value names, or None for a value that is not ours."""
    number = acr.removeprefix(prefix)
    return Level(int(number)) if acr.startswith(prefix) and number in {"1", "2", "3", "4", "5"} else None

"""How long people act for others, and how old what the company register said may be."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from idp.settings.section import Section

_DAY = 86_400


class Mandates(Section):
    """Nobody's mandate outlives a year; what a register gives ends when the register says so."""

    default_days: Annotated[int, Field(ge=1, le=366)] = 30
    """How long a mandate lasts where whoever gives it says nothing else."""
    longest_days: Annotated[int, Field(ge=1, le=366)] = 366
    """How long it lasts at most."""
    answer_days: Annotated[int, Field(ge=1, le=60)] = 7
    """How long an offer waits for its answer."""
    offers_per_day: Annotated[int, Field(ge=1)] = 30
    """How many one person may make within a day."""
    confirmed_seconds: Annotated[int, Field(ge=60, le=30 * _DAY)] = _DAY
    """How old an answer of the company register may be when somebody begins to act for an organisation; then it is asked."""
    unheard_seconds: Annotated[int, Field(ge=60, le=90 * _DAY)] = 7 * _DAY
    """How old it may become while the register cannot be asked; from then on nobody acts until it is heard again."""

    @model_validator(mode="after")
    def _limits_contain_each_other(self) -> Self:
        if self.default_days > self.longest_days:
            raise ValueError("default_days must not exceed longest_days")
        if self.confirmed_seconds > self.unheard_seconds:
            raise ValueError("confirmed_seconds must not exceed unheard_seconds")
        return self

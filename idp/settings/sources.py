"""Which registers and authorities verify people and organisations, and how often each may be asked."""

from typing import Annotated

from pydantic import Field

from idp.settings.section import Section

PerPerson = Annotated[int, Field(ge=1)]
"""Questions about one person, or one organisation, within a day of the clock in China."""
PerDay = Annotated[int, Field(ge=1)]
"""The same over all of them; each question is the source's work, and the city's bill."""


class Sources(Section):
    """The source of each kind by its name; the settings of each stand in a section of that name."""

    face: str | None = None
    face_per_person_day: PerPerson = 10
    face_per_day: PerDay = 100_000
    population: str | None = None
    population_per_person_day: PerPerson = 10
    population_per_day: PerDay = 100_000
    company: str | None = None
    company_per_person_day: PerPerson = 20
    company_per_day: PerDay = 100_000
    bank: str | None = None
    bank_per_person_day: PerPerson = 5
    bank_per_day: PerDay = 20_000
    net_id: str | None = None
    net_id_per_person_day: PerPerson = 10
    net_id_per_day: PerDay = 100_000
    card_reader: str | None = None
    card_reader_per_person_day: PerPerson = 20
    card_reader_per_day: PerDay = 100_000

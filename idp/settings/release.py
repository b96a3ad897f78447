"""How often apps may compare numbers (threat K05): each answer tells something, and whoever asks on finds everything."""

from typing import Annotated

from pydantic import Field

from idp.settings.section import Section


class Release(Section):
    """Comparisons within a day of the clock in China."""

    id_match_per_person_day: Annotated[int, Field(ge=1)] = 5
    """Of one app with one person: mistyped numbers are corrected, and none is guessed."""
    id_match_per_client_day: Annotated[int, Field(ge=1)] = 100_000
    """Of one app with all people together."""

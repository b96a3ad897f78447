"""What registers are asked about a person, and how long evidence of who they are counts."""

from typing import Annotated

from pydantic import Field

from idp.settings.section import Section

Days = Annotated[int, Field(ge=1, le=36_500)]


class Proofing(Section):
    """Days after which evidence of each method counts no more; not set: it does not run out by itself."""

    with_phone: bool = False
    """Whether the population register is told a phone that the person has proven, too (three elements)."""

    two_elements_days: Days | None = None
    three_elements_days: Days | None = None
    bank_account_days: Days | None = 3650
    face_days: Days | None = 3650
    network_identity_days: Days | None = 3650
    chip_days: Days | None = 3650
    in_person_days: Days | None = 3650
    certificate_days: Days | None = 3650

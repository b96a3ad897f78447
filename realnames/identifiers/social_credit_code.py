"""The unified social credit code of an organisation, GB 32100-2015: its key, as the citizen number is a person's."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from realnames.identifiers.issuance import registers_organizations
from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.oddity import Oddity
from realnames.identifiers.organization_code import OrganizationCode, check_character
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.regions import oddity_of_region

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z, which are taken for others (§4.2.2)."""
_FORM = re.compile(f"[{_ALPHABET}]{{18}}", re.ASCII)
_FIRST_17 = re.compile(f"[{_ALPHABET}]{{17}}", re.ASCII)
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_FIRST_YEAR = 2015
"""No code is older (GB 32100-2015)."""


class OrganizationKind(StrEnum):
    """What the first two characters say an organisation is, as far as an app has to tell them apart.

    An individual business is no legal person (Civil Code §54), so it is a kind of its own.
    """

    STATE_ORGAN = "state_organ"
    PUBLIC_INSTITUTION = "public_institution"
    MASS_ORGANIZATION = "mass_organization"
    SOCIAL_ORGANIZATION = "social_organization"
    ENTERPRISE = "enterprise"
    INDIVIDUAL_BUSINESS = "individual_business"
    COOPERATIVE = "cooperative"
    COLLECTIVE = "collective"
    OTHER = "other"


_KINDS = {
    "11": OrganizationKind.STATE_ORGAN,
    "12": OrganizationKind.PUBLIC_INSTITUTION,
    "13": OrganizationKind.MASS_ORGANIZATION,
    **dict.fromkeys(("51", "52", "53"), OrganizationKind.SOCIAL_ORGANIZATION),
    "81": OrganizationKind.MASS_ORGANIZATION,
    "91": OrganizationKind.ENTERPRISE,
    "92": OrganizationKind.INDIVIDUAL_BUSINESS,
    "93": OrganizationKind.COOPERATIVE,
    **dict.fromkeys(("N1", "N2", "N3"), OrganizationKind.COLLECTIVE),
}
_REGISTRARS: dict[str, str] = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129", "8": "19", "9": "123",
    "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip
"""By registering authority (§4.2.3) the categories that it is known to give; circulars add to them."""


@dataclass(frozen=True, slots=True)
class SocialCreditCode:
    """A code that `parse_social_credit_code` accepted. It is public; only in the repr nothing of it is shown."""

    number: str = field(repr=False)

    @property
    def region(self) -> str:
        """The six-digit code of the authority that registered, which may no longer exist."""
        return self.number[2:8]

    @property
    def kind(self) -> OrganizationKind:
        """What it is."""
        return _KINDS.get(self.number[:2], OrganizationKind.OTHER)

    @property
    def organization_code(self) -> OrganizationCode:
        """The code that stands inside it, and by which records of before 2015 know the organisation."""
        return OrganizationCode(self.number[8:17])

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """All that is unusual about it."""
        is_known = self.number[1] in _REGISTRARS.get(self.number[0], "")
        is_whole = check_character(self.number[8:16]) == self.number[16]
        found = (
            oddity_of_region(self.region, _FIRST_YEAR),
            None if is_known else Oddity.CATEGORY,
            None if is_whole else Oddity.ORGANIZATION_CODE,
        )
        return tuple(oddity for oddity in found if oddity is not None)


def parse_social_credit_code(text: str, *, sandbox: bool = False) -> SocialCreditCode:
    """The code that somebody typed or a record holds, in any usual spelling.

    Args:
        text: what was typed; may be anything.
        sandbox: accept authorities of province 89.

    Raises:
        IdentifierRefused: `length`, `charset`, `region` or `checksum`.
    """
    number = normalise_number(text)
    require_form(number, _FORM, length=18)
    if not (number[2:8].isdigit() and registers_organizations(number[2:4], sandbox=sandbox)):
        raise IdentifierRefused(Reason.REGION)
    if complete_social_credit_code(number[:17]) != number:
        raise IdentifierRefused(Reason.CHECKSUM)
    return SocialCreditCode(number)


def complete_social_credit_code(first17: str) -> str:
    """The code that begins with these 17 characters: they and the check character, MOD 31 (§4.2.6).

    Nothing else about them is judged, so demo and tests make organisations of province 89 with it.

    Raises:
        IdentifierRefused: `length` or `charset`, when these are not 17 characters of the code's alphabet.
    """
    require_form(first17, _FIRST_17, length=17)
    weighted = sum(weight * _ALPHABET.index(character) for weight, character in zip(_WEIGHTS, first17, strict=True))
    return first17 + _ALPHABET[-weighted % 31]

"""The permits by which people of Hong Kong, Macau and Taiwan travel to the mainland; only their shape can be checked."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.refusal import IdentifierRefused, Reason

# For life, and behind it on the print before 2013 the count of issues, which says nothing about who it is.
_HK_MACAU = re.compile("([HM][0-9]{8})(?:[0-9]{2})?", re.ASCII)
_HK_MACAU_LENGTHS = frozenset({9, 11})
_TAIWAN = re.compile("([0-9]{8})", re.ASCII)
_TAIWAN_LENGTHS = frozenset({8})
_BOOKLET = re.compile("([0-9]{8})[0-9]{2}", re.ASCII)
_BOOKLET_LENGTHS = frozenset({10})


class TravelPermitKind(StrEnum):
    """Which permit carries the number."""

    HK_MACAU = "hk_macau_travel_permit"
    TAIWAN = "taiwan_travel_permit"


@dataclass(frozen=True, slots=True)
class TravelPermit:
    """A number that a parser below accepted; its repr shows nothing of it."""

    kind: TravelPermitKind
    number: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The number as its holder may see it on a page: `H1*****78`."""
        return f"{self.number[:2]}{'*' * (len(self.number) - 4)}{self.number[-2:]}"


def parse_hk_macau_travel_permit(text: str) -> TravelPermit:
    """港澳居民来往内地通行证: `H` or `M` and the eight digits that a person keeps for life.

    Raises:
        IdentifierRefused: `length` or `charset`.
    """
    return TravelPermit(TravelPermitKind.HK_MACAU, _kept(text, _HK_MACAU, _HK_MACAU_LENGTHS))


def parse_taiwan_travel_permit(text: str) -> TravelPermit:
    """台湾居民来往大陆通行证, the card since 2015: eight digits.

    Raises:
        IdentifierRefused: `length` or `charset`.
    """
    return TravelPermit(TravelPermitKind.TAIWAN, _kept(text, _TAIWAN, _TAIWAN_LENGTHS))


def match_taiwan_booklet(text: str) -> TravelPermit:
    """The card that an old record means by the booklet before 2015: the first eight of its ten digits; two counted the issues.

    Booklets are void, so nobody signs in by one. That a card continues its number was never published: whoever is found by
    it must be confirmed. Those with letters continue as nothing that could be told from them, and are refused.

    Raises:
        IdentifierRefused: `length` or `charset`.
    """
    return TravelPermit(TravelPermitKind.TAIWAN, _kept(text, _BOOKLET, _BOOKLET_LENGTHS))


def _kept(text: str, form: re.Pattern[str], lengths: frozenset[int]) -> str:
    number = normalise_number(text)
    if len(number) not in lengths:
        raise IdentifierRefused(Reason.LENGTH)
    found = form.fullmatch(number)
    if found is None:
        raise IdentifierRefused(Reason.CHARSET)
    return found[1]

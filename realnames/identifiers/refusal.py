"""Why a text is not the identifier it was taken for, in words a machine can choose a page by."""

from enum import StrEnum


class Reason(StrEnum):
    """The first rule a text broke; never tells more about the text than that."""

    LENGTH = "length"
    CHARSET = "charset"
    REGION = "region"
    """A province that never existed, or a country code other than 86."""
    DATE = "date"
    FUTURE = "future"
    SEQUENCE = "sequence"
    CHECKSUM = "checksum"
    FOREIGN_CARD_NOT_CITIZEN = "foreign_card_not_citizen"
    FOREIGNER_NAME = "foreigner_name"
    """A name in Latin letters, which the rules for foreigners' names judge."""
    PRIVATE_USE = "private_use"
    """A character only some card chips know by this code: for a person to look at, not a typing mistake."""
    DOT = "dot"
    """A name's dot stands at an end or beside another dot."""
    NOT_MOBILE = "not_mobile"


class IdentifierRefused(ValueError):  # noqa: N818 - a refusal is an answer, not a failure
    """Raised by every parser here for any text it does not accept; its own text is the reason, never the input."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason

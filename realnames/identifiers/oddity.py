"""What is unusual about a number that is accepted all the same: for an officer to see, never a reason to refuse anybody."""

from enum import StrEnum


class Oddity(StrEnum):
    """One unusual thing, in a word that a machine can choose a text by."""

    REGION_UNKNOWN = "region_unknown"
    """No place had this six-digit code until 2025; the next one may have it."""
    REGION_ABOLISHED = "region_abolished"
    """The last place that had this code was abolished before the year in which the person was born."""
    CATEGORY = "category"
    """The first two characters of a social credit code are not among those that were published."""
    ORGANIZATION_CODE = "organization_code"
    """The check character of the organisation code inside a social credit code does not fit: a few were issued so."""

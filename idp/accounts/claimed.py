"""A person as registers know them."""

from idp.model.account import Attributes
from idp.ports import ClaimedPerson


def claimed_person(attributes: Attributes) -> ClaimedPerson | None:
    """By name and first document, as both are kept; None of whoever has no name or no number."""
    if not attributes.name or not attributes.documents:
        return None
    return ClaimedPerson(attributes.name, attributes.documents[0])

"""How a person is written in questions to registers: name and document, and nothing else of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, field_validator

from idp.model.account import DOCUMENTS, IdentifierKind
from idp.ports import ClaimedPerson
from realnames.sources.authority_settings import AuthoritySettings


class PersonSettings(AuthoritySettings):
    """A register of people."""

    documents: Annotated[frozenset[IdentifierKind], Field(min_length=1)] = frozenset({IdentifierKind.CITIZEN_ID})
    """The kinds of documents that it knows; of people with others it is not asked."""

    @field_validator("documents")
    @classmethod
    def _documents_are_documents(cls, documents: frozenset[IdentifierKind]) -> frozenset[IdentifierKind]:
        if not documents <= DOCUMENTS:
            raise ValueError(f"choose from {', '.join(sorted(DOCUMENTS))}")
        return documents


def member_of(person: ClaimedPerson) -> Mapping[str, object]:
    """The person as the body of a question has them."""
    document = {"type": person.document.kind.value, "number": person.document.value}
    return {"name": person.name, "document": document}


def lines_of(person: ClaimedPerson) -> Sequence[str]:
    """The person as the subject of an answer."""
    return (person.document.kind.value, person.document.value, person.name)

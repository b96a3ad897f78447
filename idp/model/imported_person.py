"""A person who comes from another system, with what they had there."""

from dataclasses import dataclass

from idp.model.account import IdentifierKind, NewAccount


@dataclass(frozen=True, slots=True)
class Subject:
    """The `sub` by which the apps of a sector know the person already (OpenID Connect Core §8.1)."""

    sector: str
    sub: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPerson:
    """An account with all that is written beside it.

    Attributes:
        verified: kinds of identifiers that the other system says the person proved to hold.
        password_hash: in PHC form, or in the modular form that came before it.
    """

    account: NewAccount
    verified: frozenset[IdentifierKind]
    password_hash: str | None
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class WrittenAccount:
    """The ids of an account that was written among many."""

    id: int
    uid: str

"""What people are told of why an app asks: the words that stood on the page when they answered."""

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

Words = tuple[tuple[str, str], ...]
"""One text by language tag."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of one registration.

    Attributes:
        purpose: why the app asks.
        licences: by what right it asks for what takes a licence, by scope.
    """

    purpose: Words = ()
    licences: tuple[tuple[str, Words], ...] = ()

    @property
    def version(self) -> str:
        """A short digest of them: other words are another version, whose answer an earlier one does not give."""
        return _version(self)


NO_WORDS = Terms()


@lru_cache(maxsize=4096)  # asked at each sign-in to an app
def _version(terms: Terms) -> str:
    return sha256(json.dumps([terms.purpose, terms.licences]).encode()).hexdigest()[:16]

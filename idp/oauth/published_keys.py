"""What a client publishes as a JWK Set (RFC 7517 §5): what it signs with, and what is encrypted for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from idp.jose import ForeignKey, read_foreign_keys
from idp.oauth.encryption import EncryptionKey, read_keys


@dataclass(frozen=True)
class PublishedKeys:
    """The set of one client, read once."""

    signing: Sequence[ForeignKey] = ()
    jwks: Mapping[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def encryption(self) -> Sequence[EncryptionKey]:
        """Read when something is to be encrypted, which most clients never ask for."""
        return read_keys(self.jwks)


def published(jwks: object) -> PublishedKeys:
    """The keys of a set; raises ValueError for what is none."""
    signing = read_foreign_keys(jwks)
    return PublishedKeys(signing, jwks if isinstance(jwks, Mapping) else {})

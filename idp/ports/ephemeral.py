"""What may be lost, and then costs a second try."""

from typing import Protocol


class Ephemeral(Protocol):
    """Six atomic single-key verbs over values whose loss means "try again". Keys contain kind and client."""

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Write, replacing."""

    def get(self, key: str) -> bytes | None:
        """Read."""

    def take(self, key: str) -> bytes | None:
        """Read and delete; of many takers one gets it."""

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        """Write only if absent."""

    def swap(self, key: str, new: bytes, seconds: int) -> bytes | None:
        """Put a value in the place of another, which it gives; where there is none, none comes."""

    def incr(self, key: str, seconds: int) -> int:
        """Add one to a counter; the first call starts its life."""

    def generation(self) -> str:
        """A value that changes when the store was lost."""

"""What is wrong with registrations, all of it at once."""

from collections.abc import Sequence

from idp.errors import Refused


class InvalidClientMetadata(Refused):
    """RFC 7591 §3.2.2. The faults name members, never their values: one of them is the secret."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("invalid_client_metadata", "; ".join(faults))
        self.faults = tuple(faults)


def place(number: int, client_id: object) -> str:
    """How a fault names an entry of a list: by its index and, where it has one, its client_id."""
    known = client_id if isinstance(client_id, str) else ""
    return f"clients[{number}] {legible(known)}".rstrip()


def legible(text: str, length: int = 80) -> str:
    """Text that nobody has checked, safe on a terminal: whatever could move its cursor is written out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text[:length])

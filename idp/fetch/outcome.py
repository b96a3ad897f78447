"""The two ways in which a fetch ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: status, headers under lower-case names (repeated ones joined by a comma), and the body's bytes."""

    status: int
    headers: dict[str, str]
    body: bytes


class FetchRefused(Exception):  # noqa: N818 (a refusal is an answer, not an accident)
    """An address was not fetched, or its answer is of no use.

    The text is one constant: a refused address, a closed port, an open port and a timeout read alike, so that nobody
    can map our network by registering URLs. A caller that shows its outcome to a client and finds the answer unusable
    (wrong status, not a JWK Set) raises this too. `detail` is for the server's log alone.
    """

    PUBLIC_TEXT = "the address could not be fetched"

    def __init__(self, detail: str) -> None:
        super().__init__(self.PUBLIC_TEXT)
        self.detail = detail

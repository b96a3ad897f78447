"""Authorization requests that a client pushed (RFC 9126): kept for a moment, for this client, and good for one answer."""

import hashlib
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.entropy import random_token
from idp.errors import Refused
from idp.http.request import Parameters
from idp.model.client import Client
from idp.ports import Cipher, Ephemeral

URN = "urn:ietf:params:oauth:request_uri:"
"""RFC 9126 §2.2."""
USED_SECONDS = 24 * 3600
"""How long it is remembered that one was answered: as long as a sign-in that it began may go on."""

_KIND = "pushed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client asks for, and how it came.

    Attributes:
        is_proven: the client authenticated to push it, or signed it.
        is_signed: it came in a request object.
        request_uri: by which it was pushed; None: it was not.
    """

    parameters: Parameters
    is_proven: bool = False
    is_signed: bool = False
    request_uri: str | None = None


class PushedRequests:
    """Keeps them, and finds them again.

    Args:
        seconds: how long a client may take to send the person here.
    """

    def __init__(self, ephemeral: Ephemeral, cipher: Cipher, seconds: int) -> None:
        self._ephemeral = ephemeral
        self._cipher = cipher
        self.seconds = seconds

    def keep(self, client: Client, asked: Asked) -> str:
        """The request_uri that stands for this from now on."""
        request_uri = URN + random_token()
        key = _key(client.client_id, request_uri)
        content = [asked.parameters, asked.parameters.repeated, asked.is_proven, asked.is_signed]
        self._ephemeral.put(key, self._cipher.seal(_KIND, to_json(content), key), self.seconds)
        return request_uri

    def find(self, client: Client, unverified_request_uri: str) -> Asked:
        """What this client pushed; it may be looked at again, since people reload pages, until it was answered.

        Raises:
            Refused: `invalid_request_uri` for what is unknown, over, answered or another client's: nobody learns which.
        """
        key = _key(client.client_id, unverified_request_uri)
        sealed = self._ephemeral.get(key)
        opened = None if sealed is None else self._cipher.open(_KIND, sealed, key)
        if opened is None or self._ephemeral.get(_answered(key)) is not None:
            raise _over()
        members, repeated, is_proven, is_signed = from_json(opened)
        parameters = Parameters(members)
        parameters.repeated = {name: tuple(values) for name, values in repeated.items()}
        parameters.doubled = frozenset(repeated)
        return Asked(
            parameters=parameters,
            is_proven=is_proven,
            is_signed=is_signed,
            request_uri=unverified_request_uri,
        )

    def answer(self, client_id: str, request_uri: str) -> None:
        """Use it up, once over all processes; raises `Refused` when it was answered before."""
        if not self._ephemeral.add(_answered(_key(client_id, request_uri)), b"", USED_SECONDS):
            raise _over()

    def take_back(self, client_id: str, request_uri: str) -> None:
        """Its answer could not be written down, so that there is none."""
        self._ephemeral.take(_answered(_key(client_id, request_uri)))


def _key(client_id: str, request_uri: str) -> str:
    digest = hashlib.sha256(request_uri.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_KIND}:{client_id}:{digest}"


def _answered(key: str) -> str:
    return f"answered:{key}"


def _over() -> Refused:
    return Refused("invalid_request_uri", "The request_uri is unknown, over, or was used; start again at the app.")

"""What each operation sends to a server, in the server's own paths, with tokens of this minute."""

import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from tests.benchmarks.round_trip import CHALLENGE, VERIFIER, Tokens, machine_token, round_trip
from tests.benchmarks.servers import REDIRECT_URI, SCOPE, Client, Server
from tests.benchmarks.wrk import Load

MACHINES = 8
"""State machines of `code` and `refresh`, each on a connection of its own."""
KEPT_SECONDS = 240
"""Access tokens live ten minutes everywhere."""
FORM = "application/x-www-form-urlencoded"
_kept: dict[tuple[str, str], tuple[float, list[Tokens]]] = {}


def load_of(operation: str, server: Server, connections: int) -> Load | None:
    """The load; None where this server does not have the operation."""
    if operation in {"code", "refresh"}:
        make = _code if operation == "code" else _refresh
        return Load(operation, MACHINES, MACHINES, make(server))
    found = _SAME[operation](server)
    if found is None:
        return None
    requests, expected = found
    return Load("same", 2, connections, {"status": 200, "requests": requests, "expected": expected})


_Same = tuple[Sequence[str], Sequence[str]]


def _get(server: Server, path: str, **headers: str) -> str:
    fields = {"Host": f"localhost:{server.port}", **headers}
    return f"GET {path} HTTP/1.1\r\n{_lines(fields)}\r\n"


def _post_head(server: Server, path: str, client: Client) -> str:
    """All of a form's request before the number of its bytes."""
    fields = {"Host": f"localhost:{server.port}", "Authorization": client.authorization, "Content-Type": FORM}
    return f"POST {path} HTTP/1.1\r\n{_lines(fields)}Content-Length: "


def _post(server: Server, path: str, client: Client, form: Mapping[str, str]) -> str:
    body = urlencode(form)
    return f"{_post_head(server, path, client)}{len(body)}\r\n\r\n{body}"


def _lines(fields: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items())


def _member(server: Server, name: str, value: str = "") -> str:
    return f'"{name}{server.surface.colon}{value}'


def _discovery(server: Server) -> _Same:
    return [_get(server, server.surface.discovery)], [_member(server, "issuer"), _member(server, "token_endpoint")]


def _jwks(server: Server) -> _Same:
    return [_get(server, server.surface.jwks)], [_member(server, "keys"), _member(server, "kid")]


def _machine(kind: str) -> Callable[[Server], _Same | None]:
    def make(server: Server) -> _Same | None:
        client = server.clients.get(kind)
        if client is None:
            return None
        machine_token(server, kind)  # proves the form and the algorithm of what will be counted
        form = {"grant_type": "client_credentials"}
        start = '"' if kind == "opaque" else '"eyJ'
        wanted = [_member(server, "access_token", start), _member(server, "expires_in")]
        return [_post(server, server.surface.token, client, form)], wanted

    return make


def _introspection(kind: str) -> Callable[[Server], _Same | None]:
    def make(server: Server) -> _Same | None:
        client = server.clients.get(kind)
        if client is None:
            return None
        asked = [
            _post(server, server.surface.introspection, client, {"token": tokens.access})
            for tokens in _tokens(server, kind)
        ]
        return asked, [_member(server, "active", "true"), _member(server, "client_id")]

    return make


def _userinfo(kind: str) -> Callable[[Server], _Same | None]:
    def make(server: Server) -> _Same | None:
        if kind not in server.clients:
            return None
        asked = [
            _get(server, server.surface.userinfo, Authorization=f"Bearer {tokens.access}")
            for tokens in _tokens(server, kind)
        ]
        return asked, [_member(server, "sub"), _member(server, "name")]

    return make


def _code(server: Server) -> Mapping[str, object]:
    client = server.clients["code"]
    query = {"response_type": "code", "client_id": client.client_id, "redirect_uri": REDIRECT_URI, "scope": SCOPE}
    query |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    query |= {"prompt": server.surface.prompt} if server.surface.prompt else {}
    round_trip(server, "code", server.sessions[0])  # proves the algorithm of the id_token
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    host = f" HTTP/1.1\r\nHost: localhost:{server.port}\r\n"
    return {
        "ask": f"GET {server.surface.authorization}?{urlencode(query)}",
        "people": [f"{host}Cookie: {cookie}\r\n\r\n" for cookie in server.sessions[:MACHINES]],
        "redirect_uri": REDIRECT_URI,
        "token": _post_head(server, server.surface.token, client),
        "body_before": "code=",
        "body_after": f"&{urlencode(form)}",
        "expected": [_member(server, "id_token", '"eyJ'), _member(server, "access_token")],
    }


def _refresh(server: Server) -> Mapping[str, object]:
    """Fresh families for each window: what was in flight when the last one ended has no heir."""
    return {
        "token": _post_head(server, server.surface.token, server.clients["refresh"]),
        "tokens": [
            round_trip(server, "refresh", cookie).refresh for cookie in server.sessions[MACHINES : 2 * MACHINES]
        ],
        "expected": [_member(server, "access_token"), _member(server, "id_token", '"eyJ')],
    }


def _tokens(server: Server, kind: str) -> list[Tokens]:
    """One for each of eight people; new ones long before the old ones end."""
    fetched_at, tokens = _kept.get((server.origin, kind), (0.0, []))
    if not tokens or time.monotonic() - fetched_at > KEPT_SECONDS:
        tokens = [round_trip(server, kind, cookie) for cookie in server.sessions[:MACHINES]]
        _kept[server.origin, kind] = (time.monotonic(), tokens)
    return tokens


_SAME: Mapping[str, Callable[[Server], _Same | None]] = {
    "discovery": _discovery,
    "jwks": _jwks,
    "client_credentials_opaque": _machine("opaque"),
    "client_credentials_rs256": _machine("rs256"),
    "client_credentials_es256": _machine("es256"),
    "introspection": _introspection("code"),
    "introspection_jwt": _introspection("code_jwt"),
    "userinfo": _userinfo("code"),
    "userinfo_jwt": _userinfo("code_jwt"),
}
OPERATIONS = (*_SAME, "code", "refresh")

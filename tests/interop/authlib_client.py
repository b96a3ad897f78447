"""A relying party on Authlib's own client; takes commands as client_program.py describes them.

Authlib has calls for discovery, code with PKCE, refresh, client credentials, `private_key_jwt`, introspection, revocation,
userinfo, the id_token, the logout address and JWT access tokens. It has none for back-channel logout: joserfc, on which it builds, verifies
the logout token's signature. Nothing of the identity provider is imported here.
"""

import json
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

EVENT = "http://schemas.openid.net/event/backchannel-logout"
Answer = dict[str, Any]

told: Answer = json.loads(sys.argv[1])
key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


class Program:
    """One relying party and what it holds: tokens, the claims of who signed in, the logouts it heard of."""

    def __init__(self) -> None:
        methods, secret = [], told["client_secret"]
        self.method = told["token_endpoint_auth_method"]
        if self.method == "private_key_jwt":
            endpoint = f"{told['issuer']}/token"
            methods, secret = [PrivateKeyJWT(endpoint, headers={"kid": key.kid}, alg="ES256")], key
        self.client = {"client_id": told["client_id"], "client_secret": secret}
        self.methods = methods
        self.app = OAuth(Flask(__name__)).register(
            "yizheng",
            **self.client,
            server_metadata_url=f"{told['issuer']}/.well-known/openid-configuration",
            client_kwargs={
                "scope": told["scope"],
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": self.method,
            },
            client_auth_methods=methods,
        )
        self.provider = self.app.load_server_metadata()
        assert self.provider["issuer"] == told["issuer"]
        self.asked: Answer = {}
        self.tokens: Answer = {}
        self.claims: Answer = {}
        self.held: dict[str, str] = {}
        self.logouts: list[Answer] = []

    def session(self) -> OAuth2Session:
        """Authlib's client for everything that happens between programs."""
        session = OAuth2Session(
            **self.client, token_endpoint_auth_method=self.method, revocation_endpoint_auth_method=self.method
        )
        for method in self.methods:
            session.register_client_auth_method(method)
        return session

    def authorization(self, parameters: dict[str, str]) -> Answer:
        """The address to open."""
        self.asked = self.app.create_authorization_url(told["redirect_uri"], **parameters) | parameters
        return {"address": self.asked["url"]}

    def callback(self, address: str) -> Answer:
        """Who signed in, from the address the browser came back to."""
        told_back = dict(parse_qsl(urlsplit(address).query))
        assert told_back["state"] == self.asked["state"]
        assert told_back["iss"] == self.provider["issuer"]  # RFC 9207 §2.4
        if "error" in told_back:
            raise OAuthError(told_back["error"], told_back.get("error_description"))
        self.tokens = self.app.fetch_access_token(
            told["redirect_uri"], code=told_back["code"], code_verifier=self.asked["code_verifier"]
        )
        self.claims = self.app.parse_id_token(self.tokens, self.asked["nonce"])
        if "max_age" in self.asked:
            assert self.claims["auth_time"] >= time.time() - int(self.asked["max_age"]) - 5
        return self._answer()

    def refresh(self) -> Answer:
        """The same person with fresh tokens."""
        before = self.tokens
        # Without a `scope`, which Authlib would send along; the tokens keep the one they have.
        self.tokens = before | self.session().refresh_token(self.provider["token_endpoint"], before["refresh_token"])
        if self.tokens["id_token"] != before["id_token"]:
            unverified = jwt.decode(self.tokens["id_token"], self._keys(), algorithms=self._algorithms()).claims
            claims = self.app.parse_id_token(self.tokens, unverified.get("nonce"))
            assert all(claims[name] == self.claims[name] for name in ("iss", "sub", "aud"))  # Core §12.2
            self.claims = claims
        return self._answer() | {"rotated": self.tokens["refresh_token"] != before["refresh_token"]}

    def client_credentials(self, parameters: dict[str, str]) -> Answer:
        """A token of the app's own."""
        tokens = self.session().fetch_token(
            self.provider["token_endpoint"], grant_type="client_credentials", **parameters
        )
        self.held["client_credentials"] = tokens["access_token"]
        return {name: value for name, value in tokens.items() if name != "access_token"}

    def hand_over(self, token: str) -> Answer:
        """What another program is to be shown."""
        return {"value": self.held[token]}

    def introspection(self, token: str = "", value: str | None = None) -> Answer:
        """RFC 7662."""
        presented = self.held[token] if value is None else value
        return self._successful(self.session().introspect_token(self.provider["introspection_endpoint"], presented))

    def examination(self, value: str, audience: str) -> Answer:
        """RFC 9068 §4, as a protected resource."""
        validator = JWTBearerTokenValidator(told["issuer"], audience)
        validator.get_jwks = self.app.fetch_jwk_set
        claims = validator.authenticate_token(value)
        validator.validate_token(claims, None, None)
        return dict(claims)

    def revocation(self, token: str) -> Answer:
        """RFC 7009."""
        self._successful(self.session().revoke_token(self.provider["revocation_endpoint"], self.held[token]))
        return {}

    def userinfo(self) -> Answer:
        """OpenID Connect Core §5.3, whatever the answer is."""
        token = {"access_token": self.held["access_token"], "token_type": "Bearer"}
        response = self.app.get(self.provider["userinfo_endpoint"], token=token)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            return {"error": "invalid_token"}
        return dict(response.json())

    def logout(self, post_logout_redirect_uri: str) -> Answer:
        """The address to open, and the state to come back with."""
        made = self.app.create_logout_url(post_logout_redirect_uri, self.tokens["id_token"])
        return {"address": made["url"], "state": made["state"]}

    def backchannel_logouts(self) -> Answer:
        """The claims of every logout token that was heard and held."""
        return {"logouts": self.logouts}

    def hear(self, unverified_token: str) -> None:
        """OpenID Connect Back-Channel Logout 1.0 §2.6; raises when anything is amiss."""
        token = jwt.decode(unverified_token, self._keys(), algorithms=self._algorithms())
        claims = token.claims
        assert token.header["typ"] == "logout+jwt"
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": told["issuer"]},
            aud={"essential": True, "value": told["client_id"]},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        ).validate(claims)
        assert claims["iat"] > time.time() - 120
        assert isinstance(claims["events"][EVENT], dict)
        assert "nonce" not in claims
        assert claims.get("sub") or claims.get("sid")
        assert claims["jti"] not in {logout["jti"] for logout in self.logouts}
        self.logouts.append(claims)

    def _answer(self) -> Answer:
        self.held |= {name: self.tokens[name] for name in ("access_token", "refresh_token") if name in self.tokens}
        userinfo = dict(self.app.userinfo(token={"access_token": self.held["access_token"], "token_type": "Bearer"}))
        assert userinfo["sub"] == self.claims["sub"]  # Core §5.3.2
        header = jwt.decode(self.tokens["id_token"], self._keys(), algorithms=self._algorithms()).header
        id_token = self.tokens["id_token"]
        return {"alg": header["alg"], "id_token": id_token, "claims": dict(self.claims), "userinfo": userinfo}

    def _keys(self) -> KeySet:
        return KeySet.import_key_set(self.app.fetch_jwk_set())

    @staticmethod
    def _algorithms() -> list[str]:
        return [told["id_token_signed_response_alg"]]

    @staticmethod
    def _successful(response: Any) -> Answer:
        answer: Answer = response.json() if response.content else {}
        if response.status_code != HTTPStatus.OK:
            raise OAuthError(answer["error"], answer.get("error_description"))
        return answer


class Receiver(BaseHTTPRequestHandler):
    """Where the identity provider reaches this app: its key, and its ear for logouts."""

    program: Program

    def do_GET(self) -> None:
        """The public key, at `/jwks`."""
        self._respond(HTTPStatus.OK, json.dumps({"keys": [key.as_dict(private=False)]}).encode())

    def do_POST(self) -> None:
        """A logout token, at `/backchannel_logout`."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            self.program.hear(parse_qs(body)["logout_token"][0])
        except (AssertionError, JoseError, LookupError, TypeError, ValueError):
            self._respond(HTTPStatus.BAD_REQUEST, b"")
        else:
            self._respond(HTTPStatus.OK, b"")

    def log_message(self, *_: object) -> None:
        """Say nothing: standard output is for answers."""

    def _respond(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Read commands until there are none."""
    program = Receiver.program = Program()
    server = ThreadingHTTPServer(("127.0.0.1", told["port"]), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("{}", flush=True)
    for line in sys.stdin:
        parameters = json.loads(line)
        command = getattr(program, parameters.pop("command"))
        try:
            answer = command(**parameters)
        except AuthlibBaseError as refused:
            answer = {"error": refused.error}
        print(json.dumps(answer), flush=True)
    server.shutdown()


if __name__ == "__main__":
    main()

"""A net id service that signs what the test tells it: the toy authority, by the other contract."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from tests.realnames.sources.toy_authority import CLIENT, ISSUER, TOKEN, Claims, ToyAuthority, base64url, from_base64url

NET_NUMBER = "7K2M9Q4T8W3X6Z1B"


@dataclass
class ToyNetId(ToyAuthority):
    """As `ToyAuthority`; `level` is what it says of how the net id was shown."""

    level: str = "high"

    @property
    def settings(self) -> dict[str, str]:
        """As `IDP_*` variables."""
        return {
            "IDP_SOURCES__NET_ID": "network_identity",
            "IDP_NETWORK_IDENTITY__URL": self.url,
            "IDP_NETWORK_IDENTITY__TOKEN": TOKEN,
            "IDP_NETWORK_IDENTITY__CLIENT": CLIENT,
            "IDP_NETWORK_IDENTITY__ISSUER": ISSUER,
            "IDP_NETWORK_IDENTITY__NAME": "国家网络身份认证公共服务",
            "IDP_FETCH__ALLOWED_ORIGINS": f'["{self.url}"]',
        }

    def open(self, order: dict[str, Any]) -> dict[str, Any]:
        """POST /transactions."""
        opened = super().open(order)
        return {name: value for name, value in opened.items() if name != "url" or "return_url" in order}

    def state(self, theirs: str) -> dict[str, Any]:
        """GET /transactions/{transaction}."""
        self.header = {"typ": "net-id-result+jwt", **self.header}
        state = super().state(theirs)
        return {"result" if name == "verdict" else name: value for name, value in state.items()}

    def claims(self, theirs: str) -> Claims:
        """The truth about a transaction."""
        order = self.orders[theirs]
        person = order.get("person")
        lines = [] if person is None else [person["document"]["type"], person["document"]["number"], person["name"]]
        digest = hmac.digest(from_base64url(order["subject_key"]), "\n".join(lines).encode(), hashlib.sha256)
        match = {"net_number": NET_NUMBER, "level": self.level} if self.outcome == "match" else {}
        return {
            "iss": ISSUER,
            "aud": order["client"],
            "iat": self.clock(),
            "exp": self.clock() + 300,
            "jti": f"result-of-{theirs}",
            "txn": order["id"],
            "nonce": order["nonce"],
            "subject_digest": base64url(digest),
            "outcome": self.outcome,
            **match,
        }

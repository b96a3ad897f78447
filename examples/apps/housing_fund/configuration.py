"""Where this app stands and who vouches for its visitors, read once from the command line."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The registration of this app at the identity provider, and the address it is reached at."""

    issuer: str
    client_id: str
    client_secret: str
    scope: str
    base_url: str

    @property
    def redirect_uri(self) -> str:
        """Where the identity provider answers (RFC 6749 §3.1.2)."""
        return self.base_url + "/callback"

    @property
    def post_logout_redirect_uri(self) -> str:
        """Where a person lands after signing out (OpenID Connect RP-Initiated Logout 1.0 §3)."""
        return self.base_url + "/signed-out"


def read_command_line(arguments: Sequence[str]) -> tuple[Configuration, str, int]:
    """The configuration, and the loopback host and port to listen on; leaves with status 2 when something is amiss."""
    parser = _parser()
    options = parser.parse_args(arguments)
    configuration = Configuration(
        issuer=options.issuer,
        client_id=options.client_id,
        client_secret=_secret(options) or parser.error("a secret is needed: --client-secret-file or CLIENT_SECRET"),
        scope=options.scope,
        base_url=options.base_url or f"http://{options.host}:{options.port}",
    )
    return configuration, options.host, options.port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="housing_fund", description="The housing fund, an example app.")
    parser.add_argument("--issuer", required=True, type=_web_address, help="the identity provider")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--client-secret", help="seen by everyone who may list processes; prefer the file")
    parser.add_argument("--client-secret-file", type=Path, help="a file with the secret; else CLIENT_SECRET is read")
    parser.add_argument("--scope", default="openid profile", help="add phone to show the telephone number")
    parser.add_argument("--host", default="localhost", choices=_LOOPBACK, help="an example listens on loopback only")
    parser.add_argument("--port", default=8001, type=int)
    parser.add_argument("--base-url", type=_own_address, help="the address people use; by default http://host:port")
    return parser


def _secret(options: argparse.Namespace) -> str:
    """The client's secret from the first place that names one, or nothing."""
    if options.client_secret_file:
        try:
            return str(options.client_secret_file.read_text(encoding="utf-8")).strip()
        except (OSError, UnicodeDecodeError):
            return ""
    return options.client_secret or os.environ.get("CLIENT_SECRET", "")


def _web_address(text: str) -> str:
    """An https address, or http on this machine; argparse tells the person when it is neither."""
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise argparse.ArgumentTypeError("give an https address, or http on localhost or 127.0.0.1")
    return text


def _own_address(text: str) -> str:
    """An address without a path, written the way browsers write an origin (RFC 6454 §6.2)."""
    parts = urlsplit(_web_address(text))
    if parts.path not in {"", "/"}:
        raise argparse.ArgumentTypeError("give an address without a path")
    is_usual = parts.port in {None, 443 if parts.scheme == "https" else 80}
    return f"{parts.scheme}://{parts.hostname}" + ("" if is_usual else f":{parts.port}")

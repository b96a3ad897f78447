"""What an operator tells the library when it starts."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

THIS_MACHINE = {"localhost", "127.0.0.1"}


@dataclass(frozen=True)
class Settings:
    """Issuer, client and address; see the command line's help."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    host: str
    port: int
    base_url: str

    @classmethod
    def from_command_line(cls, arguments: Sequence[str]) -> "Settings":
        """The settings the arguments give; leaves with status 2 and a sentence when one is missing or unsafe."""
        parser = argparse.ArgumentParser(prog="licence_library", description="The licence library, an example app.")
        parser.add_argument("--issuer", required=True, help="the identity provider's address")
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--client-secret", default=os.environ.get("CLIENT_SECRET", ""), help="or CLIENT_SECRET")
        parser.add_argument("--client-secret-file", help="or a file that holds it")
        parser.add_argument("--host", default="localhost", choices=sorted(THIS_MACHINE))
        parser.add_argument("--port", default=8002, type=int)
        parser.add_argument("--base-url", help="the address people use, without a path; by default http://host:port")
        options = parser.parse_args(arguments)
        options.base_url = (options.base_url or f"http://{options.host}:{options.port}").rstrip("/").lower()
        try:
            options.client_secret = _secret(options.client_secret_file) or options.client_secret
            _check_address("--issuer", options.issuer)
            _check_own_address(options.base_url)
        except ValueError as reason:
            parser.error(str(reason))
        if not options.client_secret:
            parser.error("a secret is needed: --client-secret-file, CLIENT_SECRET or --client-secret")
        del options.client_secret_file
        return cls(**vars(options))


def _secret(path: str | None) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip() if path else ""
    except OSError as error:
        raise ValueError(f"--client-secret-file cannot be read: {error.strerror}") from error


def _check_address(option: str, address: str) -> None:
    """A secret and tokens travel there: https, or http when it stays on this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in THIS_MACHINE):
        raise ValueError(f"{option} is neither https nor on this machine")
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"{option} is not a plain address")


def _check_own_address(address: str) -> None:
    """Browsers will repeat it as Host and Origin, so it is written as they write it (RFC 6454 §6.2)."""
    _check_address("--base-url", address)
    parts = urlsplit(address)
    if parts.path or parts.port == {"http": 80, "https": 443}[parts.scheme]:
        raise ValueError("--base-url is written without a path and without the usual port")

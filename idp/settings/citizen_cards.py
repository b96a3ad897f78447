"""Whose citizen cards sign people in, and where their bridge listens."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import field_validator

from idp.settings.section import Section

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,38})){1,30}", re.ASCII)


class CitizenCards(Section):
    """The card office's own files; without the section there are no cards."""

    anchors: Path
    """Certificates in PEM of those who issue cards, each of which signs the cards' certificates itself."""
    lost_list: Path
    """A file with the serial number of a lost card's chip a line; read again whenever it changes."""
    pin_policy_oid: str
    """The certificate policy by which the issuer says that the card checks its PIN before each use of the key."""
    bridge: str = "http://127.0.0.1:17312"
    """Where the card bridge listens on the visitor's own machine; pages of cards may call it, and nobody else."""

    @field_validator("pin_policy_oid")
    @classmethod
    def _policy_is_an_oid(cls, oid: str) -> str:
        if not _OID.fullmatch(oid):
            raise ValueError("write it in digits and dots, as 2.25.1 (X.660)")
        return oid

    @field_validator("bridge")
    @classmethod
    def _bridge_is_on_the_same_machine(cls, bridge: str) -> str:
        try:
            parts = urlsplit(bridge)
            is_near = parts.port is not None and ipaddress.ip_address(parts.hostname or "").is_loopback
        except ValueError:
            is_near = False
        if not is_near or bridge != f"http://{parts.netloc}" or "@" in bridge:
            raise ValueError("write it as http://127.0.0.1:17312: PINs must not leave the machine they are typed on")
        return bridge

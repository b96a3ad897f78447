"""A virtual authenticator in Chromium: a device with a fingerprint reader, as its person would use it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.browser.visitor import Visitor


@dataclass
class Authenticator:
    """One device, by Chromium's own protocol (WebAuthn Level 3 §11, WebDriver extension)."""

    session: CDPSession
    id: str

    def verifies(self, is_right: bool) -> None:
        """Whether the next finger is the right one."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": is_right})

    def is_touched(self, is_touched: bool) -> None:
        """Whether anybody answers at all."""
        told = {"authenticatorId": self.id, "enabled": is_touched}
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", told)

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What is on it."""
        found: list[dict[str, Any]] = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def add(self, credential: dict[str, Any]) -> None:
        """As a key chain brings a passkey to another device."""
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def clear(self) -> None:
        """A new phone."""
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})

    def remove(self) -> None:
        """It is left at home."""
        self.session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.id})


def authenticator_of(visitor: Visitor, *, is_synced: bool = False, page: Page | None = None) -> Authenticator:
    """A device in this visitor's hands, for the page that is open."""
    session = visitor.context.new_cdp_session(page or visitor.page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "defaultBackupEligibility": is_synced,
        "defaultBackupState": is_synced,
    }
    return Authenticator(
        session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    )

"""Words that several account pages say of the same things: channels, devices, what an app sees."""

from collections.abc import Iterable

from idp.http.device_name import BROWSERS, SYSTEMS
from idp.http.languages import Language
from idp.pages.consent import CLAIM_OF_SCOPE

_HAND_HELD = ("ios", "android", "harmony")
_CHANNELS = frozenset({"website", "app", "tv", "kiosk", "hotline", "hall", "community"})
_CLAIM = {"sub": "subject", "name": "name", "phone_number": "phone_number", "email": "email"}
"""Claims of userinfo by their word under [consent.claim]; what only says whether one was verified is not told."""


def device_words(language: Language, device: str | None) -> str:
    """Browser and system, as `idp.http.device_name` wrote them down."""
    browser, _, system = (device or "").partition(" ")
    if browser not in BROWSERS or system not in SYSTEMS:
        return str(language.text("device.unknown"))
    words = {"browser": language.text(f"device.browser.{browser}"), "system": language.text(f"device.system.{system}")}
    return str(language.text("device.name", **words))


def device_icon(device: str | None) -> str:
    """The drawing beside the words."""
    return "phone" if (device or "").endswith(_HAND_HELD) else "laptop"


def channel_words(language: Language, channel: str | None) -> str:
    """The channel as people call it; nothing for one that no longer exists."""
    return str(language.text(f"channel.{channel}")) if channel in _CHANNELS else ""


def scope_words(language: Language, scope: Iterable[str]) -> list[str]:
    """What these scopes let an app see."""
    return [str(language.text(f"consent.claim.{CLAIM_OF_SCOPE[name]}")) for name in scope if name in CLAIM_OF_SCOPE]


def claim_words(language: Language, claims: Iterable[str]) -> list[str]:
    """What an app was told."""
    return [str(language.text(f"consent.claim.{_CLAIM[name]}")) for name in claims if name in _CLAIM]

"""Words that several account pages say of the same things: channels, devices, what an app sees."""

from collections.abc import Iterable

from idp.http.languages import Language
from idp.model.release import CLAIMS, SCOPES

_HAND_HELD = ("ios", "android", "harmony")
_CHANNELS = frozenset({"website", "app", "tv", "kiosk", "hotline", "hall", "community"})
_SAYS_HOW = frozenset({"phone_number_verified", "email_verified"})
"""Claims that only say whether another was verified."""
_NO_DATA = frozenset({"openid", "offline_access"})


def device_icon(device: str | None) -> str:
    """The drawing beside the words."""
    return "phone" if (device or "").endswith(_HAND_HELD) else "laptop"


def channel_words(language: Language, channel: str | None) -> str:
    """The channel as people call it; nothing for one that no longer exists."""
    return language.plain(f"channel.{channel}") if channel in _CHANNELS else ""


def scope_words(language: Language, scope: Iterable[str]) -> list[str]:
    """The data that these scopes let an app see."""
    return [
        language.plain(f"consent.claim.{SCOPES[name].words}")
        for name in scope
        if name in SCOPES and name not in _NO_DATA
    ]


def claim_words(language: Language, claims: Iterable[str]) -> list[str]:
    """The data that an app was told."""
    told = (_scope_of(name) for name in claims if name not in _SAYS_HOW)
    return scope_words(language, dict.fromkeys(told))


def _scope_of(name: str) -> str:
    """What stands for a claim before the person; the answer whether a number is theirs is no claim, and a scope."""
    return CLAIMS[name].scope if name in CLAIMS else name

"""Words that several account pages say of the same things: channels, devices, what an app sees."""

from collections.abc import Iterable, Sequence
from functools import reduce

from idp.http.languages import Language
from idp.model.release import CLAIMS, SCOPES

_HAND_HELD = ("ios", "android", "harmony")
_CHANNELS = frozenset({"website", "app", "tv", "kiosk", "hotline", "hall", "community"})
_SAYS_HOW = frozenset({"phone_number_verified", "email_verified"})
"""Claims that only say whether another was verified."""
_NO_DATA = frozenset({"openid", "offline_access"})


def plain(language: Language, key: str, **values: object) -> str:
    """A text as it is said, for a template that escapes it or a file that does not need to."""
    return language.text(key, **values).unescape()


def joined(language: Language, words: Sequence[str], by: str = "list") -> str:
    """The words as a list in a sentence, or as `clauses` of one; nothing for none."""
    return reduce(lambda before, after: plain(language, f"date.{by}", before=before, after=after), words or [""])


def device_icon(device: str | None) -> str:
    """The drawing beside the words."""
    return "phone" if (device or "").endswith(_HAND_HELD) else "laptop"


def channel_words(language: Language, channel: str | None) -> str:
    """The channel as people call it; nothing for one that no longer exists."""
    return plain(language, f"channel.{channel}") if channel in _CHANNELS else ""


def scope_words(language: Language, scope: Iterable[str]) -> list[str]:
    """The data that these scopes let an app see."""
    return [
        plain(language, f"consent.claim.{SCOPES[name].words}")
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

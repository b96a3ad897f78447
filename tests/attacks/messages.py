"""What the carrier received, and the addresses in it."""

import re
import time
from collections.abc import Callable

from tests.plugins.running_idp import RunningIdp

_ADDRESS = re.compile(r"[a-z]+://[^\s，。）)]+|(?<=@)[\w.-]+(?= #)")
_SECONDS = 30


def texts_to(idp: RunningIdp, phone: str, at_least: int) -> list[str]:
    """The messages to this phone, the newest first, as soon as the worker has brought so many."""
    return _waited_for(lambda: [str(message["text"]) for message in idp.messages_to(phone)], at_least)


def codes_to(idp: RunningIdp, phone: str, at_least: int) -> list[str]:
    """The codes in them, the newest first, as soon as there are so many; notices have none."""

    def codes() -> list[str]:
        texts = [str(message["text"]) for message in idp.messages_to(phone)]
        return [found[0] for text in texts if (found := re.search(r"\b[0-9]{6}\b", text, re.ASCII))]

    return _waited_for(codes, at_least)


def a_minute_later(idp: RunningIdp, phone: str) -> None:
    """The pause between two codes to one phone (threat K08) is over, without anybody waiting for it."""
    services = idp.installation.services
    services.ephemeral.take(f"message_pause:{services.cipher.index('message_budget', f'+86{phone}').hex()}")


def addresses_in(text: str) -> list[str]:
    """Every address in a message, and the origin for which telephones fill a code in."""
    return _ADDRESS.findall(text)


def _waited_for(look: Callable[[], list[str]], at_least: int) -> list[str]:
    deadline = time.monotonic() + _SECONDS
    while len(found := look()) < at_least:
        assert time.monotonic() < deadline, f"{len(found)} of {at_least}"
        time.sleep(0.05)
    return found

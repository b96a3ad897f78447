"""To whom a mandate is offered: whoever proved to hold a phone, and whose name is known. Both are kept as one keyed digest.

An offer is no bearer value: there is no link that could be stolen or used twice, only a person who signs in and is meant. And
whoever offers learns nothing of whether there is such a person here (threat G01).
"""

from collections.abc import Sequence

from idp.model.account import Attributes
from idp.ports import Cipher

_KIND = "mandate_invitee"


def invitee_of(cipher: Cipher, phone: str, name: str) -> bytes:
    """The digest; `phone` in E.164, `name` canonical."""
    return cipher.index(_KIND, f"{phone}\n{name}")


def invitees_of(cipher: Cipher, attributes: Attributes) -> Sequence[bytes]:
    """Those that mean this person, under every key; none of who never proved the phone, or has no name."""
    if attributes.phone is None or not attributes.phone_is_verified or attributes.name is None:
        return ()
    return cipher.indexes(_KIND, f"{attributes.phone}\n{attributes.name}")

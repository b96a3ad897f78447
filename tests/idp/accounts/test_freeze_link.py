"""The link freezes one account, for thirty days, and nothing else passes for one (threat G06)."""

import base64

import pytest
from pydantic_core import to_json

from idp.accounts import freeze_link
from idp.accounts.freeze_link import LIFETIME
from idp.clock import after
from idp.model.notice import Notice, NoticeKind
from idp.storage.encryption import FieldCipher
from tests.idp.installed import NOW

NOTICE = Notice(account_id=7, kind=NoticeKind.NEW_DEVICE, at=NOW, device="safari ios", language="en")
ISSUER = "https://id.city.example"


def sealed_of(cipher: FieldCipher) -> str:
    return freeze_link.write(cipher, ISSUER, NOTICE).removeprefix(f"{ISSUER}/freeze/")


def test_a_link_tells_what_it_was_written_for(cipher: FieldCipher) -> None:
    told = freeze_link.read(cipher, sealed_of(cipher), NOW)
    assert told is not None
    assert (told.account_id, told.kind, told.at, told.device) == (7, NoticeKind.NEW_DEVICE, NOW, "safari ios")
    assert len(f"{ISSUER}/freeze/{sealed_of(cipher)}") < 160


def test_a_link_ends_after_thirty_days(cipher: FieldCipher) -> None:
    """Mutation: `<=`, or no end."""
    sealed = sealed_of(cipher)
    assert freeze_link.read(cipher, sealed, after(NOW, LIFETIME - 1)) is not None
    assert freeze_link.read(cipher, sealed, after(NOW, LIFETIME)) is None


def test_only_one_spelling_of_a_link_is_one(cipher: FieldCipher) -> None:
    """Mutation: whatever base64 reads; a cache in front of us could keep `….css` for everybody (threat F08)."""
    sealed = sealed_of(cipher)
    for other in (sealed + "=", sealed + ".css", sealed[:-1], sealed + "A", sealed.swapcase(), f" {sealed}"):
        assert freeze_link.read(cipher, other, NOW) is None


@pytest.mark.parametrize("hostile", ["", "0", "中", "\ud800", "\0", "a" * 100_000, "~", "../../x", "%00"])
def test_hostile_links_open_nothing(cipher: FieldCipher, hostile: str) -> None:
    assert freeze_link.read(cipher, hostile, NOW) is None


def test_what_was_sealed_for_another_purpose_or_by_another_key_is_none(cipher: FieldCipher) -> None:
    """Mutation: the purpose left out, so that a device cookie or an interaction opens as a link."""
    stranger = FieldCipher({1: b"another key of exactly 32 bytes!"})
    assert freeze_link.read(cipher, sealed_of(stranger), NOW) is None
    other = cipher.seal("device", to_json((7, "new_device", NOW, None)))
    assert freeze_link.read(cipher, base64.urlsafe_b64encode(other).rstrip(b"=").decode(), NOW) is None


def test_a_kind_of_a_later_release_is_none(cipher: FieldCipher) -> None:
    sealed = cipher.seal("freeze_link", to_json((7, "invented_later", NOW, None)))
    assert freeze_link.read(cipher, base64.urlsafe_b64encode(sealed).rstrip(b"=").decode(), NOW) is None

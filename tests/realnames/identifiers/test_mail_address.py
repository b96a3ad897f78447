"""Mail addresses: one canonical form, and nothing that only looks like another address (threat G11)."""

import pytest

from realnames.identifiers.mail_address import parse_mail_address
from realnames.identifiers.refusal import IdentifierRefused, Reason


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("zhang@example.cn", "zhang@example.cn"),
        ("  Zhang.San@Example.CN ", "zhang.san@example.cn"),
        ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｎ", "zhang@example.cn"),
        ("o'neil+city@mail.example.com", "o'neil+city@mail.example.com"),
    ],
)
def test_every_spelling_is_one_address(text: str, address: str) -> None:
    """Mutation: case is kept, and one mailbox has two accounts."""
    assert parse_mail_address(text).address == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_MAIL),
        ("zhang", Reason.NOT_MAIL),
        ("zhang@", Reason.NOT_MAIL),
        ("zhang@localhost", Reason.NOT_MAIL),
        ("zhang@example.1", Reason.NOT_MAIL),
        ("zhang@-example.cn", Reason.NOT_MAIL),
        ("a b@example.cn", Reason.NOT_MAIL),
        ("a..b@example.cn", Reason.NOT_MAIL),
        ("a@example.cn,b@example.cn", Reason.NOT_MAIL),
        ("a@example.cn\nBcc: b@example.cn", Reason.NOT_MAIL),
        ("zhang\0@example.cn", Reason.NOT_MAIL),
        ("stra\u00dfe@example.cn", Reason.CHARSET),
        ("m\u0131ke@example.cn", Reason.CHARSET),
        ("zh\u0430ng@example.cn", Reason.CHARSET),
        ("\u212aim@example.cn", Reason.CHARSET),
        ("张三@example.cn", Reason.CHARSET),
        ("\ud800@example.cn", Reason.CHARSET),
        (f"{'a' * 65}@example.cn", Reason.LENGTH),
        ("a@" + "b." * 130 + "cn", Reason.LENGTH),
    ],
)
def test_what_is_none_is_refused(text: str, reason: Reason) -> None:
    """Mutation: NFKC over everything, which makes the Kelvin sign a k."""
    with pytest.raises(IdentifierRefused) as refused:
        parse_mail_address(text)
    assert refused.value.reason is reason


def test_it_hides_itself() -> None:
    parsed = parse_mail_address("zhang@example.cn")
    assert parsed.masked == "z***@example.cn"
    assert "zhang" not in repr(parsed)

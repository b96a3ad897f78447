import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realnames.identifiers.person_name import parse_person_name
from realnames.identifiers.refusal import IdentifierRefused, Reason

MOVED_LATER = {
    **dict(zip("\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864", map(chr, range(0x9FB4, 0x9FBC)), strict=True)),
    **dict(
        zip(
            "\ue816\ue817\ue818\ue831\ue83b\ue855",
            "\U00020087\U00020089\U000200cc\U000215d7\U0002298f\U000241fe",
            strict=True,
        )
    ),
}
"""GB 18030-2005 and GB 18030-2022."""

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("〇㛃𠅤𫖯𰻝\U000323af\ufa0e")
PARTS = st.text(HAN, min_size=2, max_size=12)
NAMES = st.lists(PARTS, min_size=1, max_size=3).map("·".join)


def reason_against(text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse_person_name(text)
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


@pytest.mark.parametrize("character", "〇㐀䶮䶿一\u9fff\ufa0e\U00020000\U0002fffd\U00030000\U000323af")
def test_han_of_every_block_are_part_of_names(character: str) -> None:
    """Red when the accepted han shrink to U+4E00 to U+9FA5 or any block loses its first or last character."""
    assert parse_person_name(f"王{character}").canonical == f"王{character}"


@pytest.mark.parametrize("character", "\u3006\u3008\u33ff\u4dc0\ua000\ufb00\U0001ffff\U0002fffe\U0002ffff\U000323b0")
def test_neighbours_of_the_han_blocks_are_not(character: str) -> None:
    assert reason_against(f"王{character}") is Reason.CHARSET


@pytest.mark.parametrize("text", ["JOSÉ MARÍA", "Nguyễn", "O'Brien", "A", "Ｚｈａｎｇ", "J. Smith"])
def test_a_foreigners_name_is_sent_to_its_own_rules(text: str) -> None:
    assert reason_against(text) is Reason.FOREIGNER_NAME


@pytest.mark.parametrize("text", ["张San", "Иван", "佐々木", "やまだ", "홍길동", "张\u2028三", "张\ud800", "张\u0300"])
def test_what_no_register_writes_is_refused(text: str) -> None:
    assert reason_against(text) is Reason.CHARSET


@pytest.mark.parametrize("place", [*range(0x50, 0x7F), *range(0x80, 0xA1)])
def test_a_code_of_an_old_chip_is_the_character_of_today(place: int) -> None:
    """Against the codec of Python, which knows GB 18030-2000; what 2005 and 2022 moved is told beside.

    Mutation: one pair exchanged, and a person's card does not fit their account.
    """
    old = chr(0xE815 + place - 0x50 - (place > 0x7F))
    of_2000 = bytes([0xFE, place]).decode("gb18030")
    today = MOVED_LATER.get(old, of_2000)
    if "\u2e80" <= today <= "\u2eff":  # a part of characters, which is no name's
        assert reason_against(f"王{old}") is Reason.PRIVATE_USE
    else:
        name = parse_person_name(f"王{old}")
        assert (name.canonical, name.raw) == (f"王{today}", f"王{old}")
        assert name == parse_person_name(f"王{today}")


@pytest.mark.parametrize("character", ["\ue000", "\uf8ff", "\U000f0000", "\U0010fffd"])
def test_private_use_is_a_case_of_its_own_unless_something_else_is_wrong(character: str) -> None:
    assert reason_against(f"张{character}") is Reason.PRIVATE_USE
    assert reason_against(f"张{character}1") is Reason.CHARSET


def test_length_counts_code_points_on_any_plane() -> None:
    assert parse_person_name("𰻝" * 50).canonical == "𰻝" * 50
    assert reason_against("𰻝" * 51) is Reason.LENGTH
    assert reason_against("") is Reason.LENGTH


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("欧阳娜娜", "欧**娜"),
        ("阿卜杜拉·买买提", "阿***·**提"),
        ("买·提", "买·*"),
        ("𰻝𠅤某", "𰻝*某"),
    ],
)
def test_mask(name: str, masked: str) -> None:
    assert parse_person_name(name).masked == masked


def test_neither_the_repr_nor_the_text_shows_the_name() -> None:
    """Red when `repr=False` is dropped from a field."""
    name = parse_person_name("张三")
    assert repr(name) == str(name) == "PersonName()"


@settings(deadline=None)
@given(NAMES)
def test_a_canonical_name_is_read_back_unchanged(text: str) -> None:
    name = parse_person_name(text)
    assert name.canonical == text
    assert parse_person_name(f" {text}\n").canonical == text


@settings(deadline=None)
@given(NAMES)
def test_a_mask_keeps_the_shape_and_hides_every_character_but_two(text: str) -> None:
    masked = parse_person_name(text).masked
    assert len(masked) == len(text)
    shown = [character for character in masked if character not in "·*"]
    assert shown in ([text[0]], [text[0], text[-1]])
    assert "*" in masked

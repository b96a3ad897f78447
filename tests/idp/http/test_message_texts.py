"""Messages say the same in both languages."""

import re

from idp.http.message_texts import TAGS, message_text, texts_of
from idp.model.notice import NoticeKind

VALUE = re.compile(r"\{[^{}]*\}")


def test_catalogues_have_the_same_texts_with_the_same_values() -> None:
    """Red when a text is written in one language only, or a translation forgets a value."""
    chinese, english = (texts_of(tag) for tag in TAGS)
    assert set(chinese) == set(english)
    for key, wording in chinese.items():
        assert sorted(VALUE.findall(wording)) == sorted(VALUE.findall(english[key])), key
        assert wording == wording.strip()
        assert not re.search("请您|尊敬|系统|失败|非法|用户|你", wording), key


def test_there_is_a_text_for_each_kind_of_notice_and_none_for_another() -> None:
    """Mutation: a kind without words, which would fail when somebody needs it most."""
    for tag in TAGS:
        told = {key.removeprefix("notice.what.") for key in texts_of(tag) if key.startswith("notice.what.")}
        assert told == {kind.value for kind in NoticeKind}


def test_values_are_never_read_as_a_format_and_unknown_languages_are_chinese() -> None:
    assert "“{code}”" in message_text("fr", "code.no_account", service="一证", app="{code}")

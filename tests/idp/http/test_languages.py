"""Both catalogues say the same things, and no request can ask for a language in a way that hurts."""

import random
import re
import string
import time

import pytest

from idp.clock import Instant
from idp.http.languages import CHINESE, ENGLISH, LANGUAGES, Language, MissingTextError, choose_language
from idp.http.pseudo_language import pseudo_language

AFTERNOON = Instant(1_795_419_720)  # 2026-11-23T07:42:00Z
VALUE = re.compile(r"\{[^{}]*\}")


def test_catalogues_have_the_same_texts_with_the_same_values() -> None:
    """Red when a text is written in one language only, or a translation forgets a value."""
    assert set(CHINESE.texts) == set(ENGLISH.texts)
    for key, wording in CHINESE.texts.items():
        assert set(VALUE.findall(wording)) == set(VALUE.findall(ENGLISH.texts[key])), key


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_texts_are_plain_and_named(language: Language) -> None:
    for key, wording in language.texts.items():
        assert wording == wording.strip() or key == "acting.and"  # what stands between the items of a list
        assert wording
        assert not set(wording) & set("<>&"), f"{key} holds markup"
        assert all(re.fullmatch(r"\{[a-z]+\}", value) for value in VALUE.findall(wording))


def test_chinese_follows_the_house_style() -> None:
    for key, wording in CHINESE.texts.items():
        said = wording.replace("系统管理员", "")  # what the law calls that officer
        assert not re.search("请您|尊敬|系统|失败|非法|认证失败|用户|依赖方|通行密钥|你", said), key
        assert "..." not in wording


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(MissingTextError, match=r"en has no text 'no\.such\.text'"):
        ENGLISH.text("no.such.text")


def test_values_are_escaped_and_never_read_as_format() -> None:
    language = Language("qps", "", "ltr", {"greeting": "Hello | {name}"})
    assert language.text("greeting", name="<b>{name}|") == "Hello  &lt;b&gt;{name}|"
    assert len(language.phrases("greeting", name="a|b")) == 2
    with pytest.raises(KeyError):
        language.text("greeting")


@pytest.mark.parametrize(
    ("query", "cookie", "accept_language", "tag"),
    [
        (None, None, None, "zh-CN"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, None, "zh-TW,en;q=0.8", "zh-CN"),
        (None, None, "fr-FR,en;q=0.5,zh;q=0.4", "en"),
        (None, None, "en;q=0.5, zh;q=0.9", "zh-CN"),
        (None, None, "en;q=0, zh;q=0.1", "zh-CN"),
        (None, None, "EN-us", "en"),
        (None, None, "fr, de;q=0.9, *;q=0.1", "zh-CN"),
        (None, None, "en;q=2", "zh-CN"),
        (None, None, "en;level=1", "zh-CN"),
        (None, None, "english-speakers-welcome!", "zh-CN"),
        (None, "en", "zh", "en"),
        ("zh-CN", "en", "en", "zh-CN"),
        ("qps", "xx", "en", "en"),
        ("", "", "", "zh-CN"),
        ("../../etc/passwd", "\x00", "\x00", "zh-CN"),
    ],
)
def test_choice(query: str | None, cookie: str | None, accept_language: str | None, tag: str) -> None:
    assert choose_language(query, cookie, accept_language).tag == tag


def test_ten_thousand_hostile_values_choose_something() -> None:
    draw = random.Random(20261123)
    alphabet = string.printable + "é中\x00\ud800" + "en-;q=,." * 8
    for _ in range(10_000):
        value = "".join(draw.choices(alphabet, k=draw.randrange(200)))
        assert choose_language(value, value, value) in LANGUAGES


def test_a_long_header_costs_no_more_than_a_short_one() -> None:
    """Red when the header is read without bound, or its pattern backtracks."""
    values = [
        "en," * 400_000,
        "a" * 1_000_000,
        "a-" * 500_000,
        "en;q=" + "0" * 1_000_000,
        "a;" * 500_000,
        " " * 500_000,
    ]
    started = time.process_time()
    for value in values:
        assert choose_language(value, value, value) in LANGUAGES
    assert time.process_time() - started < 0.1


def test_dates_and_times_are_the_citys() -> None:
    assert CHINESE.date_and_time(AFTERNOON) == "2026年11月23日 15:42"
    assert ENGLISH.date_and_time(AFTERNOON) == "23 November 2026, 15:42"
    assert CHINESE.time_of_day(AFTERNOON) == ENGLISH.time_of_day(AFTERNOON) == "15:42"
    new_year_in_the_city = Instant(1_798_732_800)  # 2026-12-31T16:00:00Z
    assert CHINESE.date_and_time(new_year_in_the_city) == "2027年1月1日 00:00"


def test_pseudo_language_is_longer_accented_and_right_to_left() -> None:
    pseudo = pseudo_language(ENGLISH)
    assert (pseudo.tag, pseudo.direction) == ("en-x-qps", "rtl")
    assert set(pseudo.texts) == set(ENGLISH.texts)
    for key, wording in ENGLISH.texts.items():
        assert len(pseudo.texts[key]) >= len(wording) * 1.4
        assert VALUE.findall(pseudo.texts[key]) == VALUE.findall(wording)
    assert pseudo.text("level.3").startswith("[Lévél 3 ~")

"""The name of a device is one of a few words, whatever the header says."""

import pytest

from idp.http.device_name import BROWSERS, SYSTEMS, device_name
from idp.http.languages import LANGUAGES

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_ANDROID = "Mozilla/5.0 (Linux; Android 14; V2324A) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{_WINDOWS} Chrome/126.0.0.0 Safari/537.36", "chrome windows"),
        # red when "chrome" is looked for before those who also call themselves so
        (f"{_WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "edge windows"),
        (f"{_IPHONE} Version/17.4 Mobile/15E148 Safari/604.1", "safari ios"),
        (f"{_IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1", "chrome ios"),
        (f"{_ANDROID} Chrome/116.0 XWEB/1160117 MMWEBSDK/20240501 MicroMessenger/8.0.49", "wechat android"),
        (f"{_ANDROID} Chrome/116.0 VivoBrowser/21.3 Mobile Safari/537.36", "vivo android"),
        # red when "linux" or "android" is looked for before those who also call themselves so
        ("Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL00; HMSCore 6.13) HuaweiBrowser/14.0", "huawei harmony"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.4 Safari/605.1.15", "safari macos"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "firefox linux"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "explorer windows"),
        ("curl on Windows", "other windows"),
        ("python-requests/2.32", None),
        ("", None),
        (None, None),
    ],
)
def test_a_header_is_told_in_two_words(user_agent: str | None, name: str | None) -> None:
    assert device_name(user_agent) == name


@pytest.mark.parametrize(
    "said", ["<script>alert(1)</script> Chrome/1 Windows", "13800010001 " * 500, "\u202e Firefox/1"]
)
def test_nothing_of_the_header_itself_is_kept(said: str) -> None:
    # red when a word of the header is passed on
    name = device_name(said)
    assert name is None or set(name.split(" ")) <= {*BROWSERS, *SYSTEMS}


def test_each_word_has_a_text_in_each_language() -> None:
    for language in LANGUAGES:
        for browser in BROWSERS:
            assert language.text(f"device.browser.{browser}")
        for system in SYSTEMS:
            assert language.text(f"device.system.{system}")

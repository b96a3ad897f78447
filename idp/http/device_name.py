"""Which browser on which system, as the User-Agent header says, in a closed vocabulary: `chrome windows`, `safari ios`.

People recognise a device by these two words. Nothing finer is kept: the header itself would tell one person's telephone
from another's, and it is written by whoever sends the request (RFC 9110 §10.1.5, §17.13).
"""

from idp.http.languages import Language

_BROWSER_MARKS = (
    ("wechat", ("micromessenger",)),
    ("alipay", ("alipayclient",)),
    ("qq", ("mqqbrowser", "qqbrowser", " qq/")),
    ("uc", ("ucbrowser", "ubrowser")),
    ("quark", ("quark/",)),
    ("huawei", ("huaweibrowser",)),
    ("xiaomi", ("miuibrowser",)),
    ("vivo", ("vivobrowser",)),
    ("oppo", ("heytapbrowser",)),
    ("samsung", ("samsungbrowser",)),
    ("edge", ("edg/", "edga/", "edgios/", "edge/")),
    ("opera", ("opr/", "opera")),
    ("firefox", ("firefox/", "fxios/")),
    ("explorer", ("trident/", "msie ")),
    ("chrome", ("chrome/", "crios/", "chromium/")),
    ("safari", ("safari/",)),
)
"""In the order in which to look: most browsers also call themselves those that they want to be served like."""
_SYSTEM_MARKS = (
    ("harmony", ("harmonyos", "openharmony", "hmscore")),
    ("ios", ("iphone", "ipad", "ipod")),
    ("android", ("android",)),
    ("windows", ("windows",)),
    ("macos", ("macintosh", "mac os x")),
    ("chromeos", ("cros ",)),
    ("linux", ("linux", "x11")),
)

OTHER = "other"
BROWSERS = (*(name for name, _ in _BROWSER_MARKS), OTHER)
SYSTEMS = (*(name for name, _ in _SYSTEM_MARKS), OTHER)

_HANDHELD = frozenset({"harmony", "ios", "android"})
_LONGEST = 1024


def device_name(user_agent: str | None) -> str | None:
    """`<browser> <system>`; None when the header says neither."""
    said = _said(user_agent)
    name = f"{_first(_BROWSER_MARKS, said)} {_first(_SYSTEM_MARKS, said)}"
    return None if name == f"{OTHER} {OTHER}" else name


def is_handheld(user_agent: str | None) -> bool:
    """Whether it says that it is a telephone or a tablet: a guess for the order of things, and for nothing else."""
    return _first(_SYSTEM_MARKS, _said(user_agent)) in _HANDHELD


def _said(user_agent: str | None) -> str:
    return (user_agent or "")[:_LONGEST].lower()


def _first(marks: tuple[tuple[str, tuple[str, ...]], ...], said: str) -> str:
    return next((name for name, words in marks if any(word in said for word in words)), OTHER)


def device_words(language: Language, name: str | None) -> str:
    """The same for people; plain text, for messages and files. What a newer release calls otherwise is unknown to us."""
    texts = language.texts
    browser, _, system = (name or "").partition(" ")
    if browser not in BROWSERS or system not in SYSTEMS:
        return texts["device.unknown"]
    words = {"browser": texts[f"device.browser.{browser}"], "system": texts[f"device.system.{system}"]}
    return texts["device.name"].format(**words)

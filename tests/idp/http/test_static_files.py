"""Static files: the address names the content, and only these addresses exist."""

import hashlib
import re
from pathlib import Path

import pytest

from idp.http.icons import Icons
from idp.http.static_files import STATIC_DIRECTORY, StaticFiles

CARRIED = ("uPlot.js", "uPlot.css")
"""Made by others, and unchanged."""
FILES = StaticFiles()
SHEETS = ("yizheng.css", "console.css")
STYLESHEET = "".join((STATIC_DIRECTORY / name).read_text("utf-8") for name in SHEETS)
AWAITED = {"climb", "pick", "pick-one", "tag-warn", "tile-ju", "way-time"}
AWAITED |= {
    "count",
    "diff",
    "form-row",
    "g3",
    "g4",
    "g5",
    "g6",
    "g7",
    "g8",
    "num",
    "panel-head",
    "scroll",
    "stat",
    "table",
    "verdict",
    "verdict-text",
}
"""Parts drawn before the pages that show them: raising a level, a number to match, acting for somebody; most of the console."""


@pytest.mark.parametrize("file", sorted(STATIC_DIRECTORY.iterdir()), ids=lambda file: file.name)
def test_each_file_is_answered_whole_and_for_ever(file: Path) -> None:
    answer = FILES.answer(FILES.url(file.name))
    assert answer is not None
    status, headers, content = answer
    fields = dict(headers)
    assert (status, content) == (200, file.read_bytes())
    assert fields["Cache-Control"] == "public, max-age=31536000, immutable"
    assert fields["X-Content-Type-Options"] == "nosniff"
    assert int(fields["Content-Length"]) == len(content)
    assert fields["Content-Type"].split(";")[0] in {"text/css", "text/javascript", "image/svg+xml"}


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_bytes(b"one")
    digest = hashlib.sha256(b"one").hexdigest()
    before = StaticFiles(tmp_path).url("a.css")
    assert re.fullmatch(r"/static/a\.[0-9a-f]{16}\.css", before)
    assert digest.startswith(before.split(".")[1])
    (tmp_path / "a.css").write_bytes(b"two")
    assert StaticFiles(tmp_path).url("a.css") != before
    assert StaticFiles(tmp_path).answer(before) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/static/",
        "/static/yizheng.css",
        "/static/../templates.py",
        "/static/..%2ftemplates.py",
        "/static/%2e%2e/templates.py",
        "/static//etc/passwd",
        "/static/\x00",
        "\\static\\yizheng.css",
        "/static/yizheng.0000000000000000.css",
        FILES.url("yizheng.css") + "/",
        FILES.url("yizheng.css").upper(),
        FILES.url("yizheng.css").removeprefix("/"),
        "/static/" + "a" * 100_000,
    ],
)
def test_other_paths_are_unknown(path: str) -> None:
    assert FILES.answer(path) is None


def test_a_file_of_unknown_type_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.exe").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.exe"):
        StaticFiles(tmp_path)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        FILES.url("no-such-file.css")


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in STATIC_DIRECTORY.iterdir():
        content = file.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        plain = (
            re.sub(r"(?m)//.*$|/\*[\s\S]*?\*/", "", content)
            if file.name in CARRIED
            else re.sub(r"(?m)^\s*//.*", "", content)
        )
        assert not re.search(r"https?:|//[a-z]|@import|@font-face|url\(", plain), file.name
    for name in CARRIED:
        content = (STATIC_DIRECTORY / name).read_text("utf-8")
        assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon|eval\(|\bFunction\(", content), name


def test_what_others_made_is_as_they_made_it() -> None:
    """By the digests in THIRD_PARTY.md."""
    told = (STATIC_DIRECTORY.parents[2] / "THIRD_PARTY.md").read_text("utf-8")
    for name in CARRIED:
        assert hashlib.sha256((STATIC_DIRECTORY / name).read_bytes()).hexdigest() in told, name


def test_the_stylesheet_keeps_its_floor() -> None:
    """Chrome 69: what it cannot read is either absent or stands behind a plain value of the same property."""
    plain = re.sub(r"/\*.*?\*/", "", STYLESHEET, flags=re.DOTALL)
    properties = set(re.findall(r"[{;]\s*([a-z-]+)\s*:", plain))
    too_new = {"gap", "row-gap", "inset", "inset-inline", "inset-block", "margin-inline", "margin-block"}
    too_new |= {"padding-inline", "padding-block", "border-inline", "border-block", "aspect-ratio", "place-items"}
    too_new |= {"inset-inline-start", "inset-inline-end", "inset-block-start", "inset-block-end"}
    assert properties & too_new == set()
    assert not re.search(r":has\(|:is\(|:where\(|@layer|@container|light-dark\(|color-mix\(|clamp\(|\bmin\(", plain)
    for value in re.findall(r"[^;{]*:[^;]*\bmax\([^;]*;", plain):
        name = value.split(":")[0].strip()
        assert re.search(rf"{name}: [0-9a-z]+; {re.escape(value.strip())}", plain), f"{value} has no plain value before"


def test_the_stylesheet_is_logical_and_dark_twice_alike() -> None:
    """Physical sides only where the old browsers know no logical ones, and then mirrored or symmetric."""
    plain = re.sub(r"/\*.*?\*/", "", STYLESHEET, flags=re.DOTALL)
    assert not re.search(r"(?:margin|padding|border)-(?:left|right|top|bottom)|text-align: (?:left|right)", plain)
    blocks = re.findall(r":root(?::not\(\[data-theme=light\]\)|\[data-theme=dark\]) \{(.*?)\}", plain, flags=re.DOTALL)
    assert len(blocks) == 2
    assert blocks[0].split() == blocks[1].split()


def test_every_token_and_class_is_used() -> None:
    """The stylesheet holds what pages use, and a few parts of pages on their way: red when a part outlives its page."""
    plain = re.sub(r"/\*.*?\*/", "", STYLESHEET, flags=re.DOTALL)
    defined = set(re.findall(r"(--[a-z0-9-]+):", plain)) - {"--ghost", "--zw", "--z1"}
    assert sorted(defined - set(re.findall(r"var\((--[a-z0-9-]+)", plain))) == []
    assert sorted(set(re.findall(r"var\((--[a-z0-9-]+)", plain)) - defined - {"--ghost", "--zw", "--z1"}) == []
    templates = "".join(path.read_text("utf-8") for path in (STATIC_DIRECTORY.parent / "templates").rglob("*.*"))
    templates += Icons().icon("go")
    words = set(re.findall(r"[a-z][a-z0-9-]*", templates))
    classes = set(re.findall(r"\.([a-z][a-z0-9-]*)", re.sub(r"[\d.]*\d(?:rem|em|s|px)", "", plain)))
    assert sorted(classes - words - AWAITED) == []
    assert sorted(AWAITED - classes) == []

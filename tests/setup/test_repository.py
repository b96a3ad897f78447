"""Nothing committed ties the project to the place where it was written."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "mirror", "yarn" + "pkg.com")
ADDRESSES = re.compile(
    "|".join((*map(re.escape, REGISTRIES), r"--(extra-)?index-url[ =]\S*:", r"://[^\s\"'/]+/(simple|pypi|npm)\b"))
)
MACHINE_PATHS = re.compile(r"(?<![\w./$}-])/(?:work|tmp|root|home/\w+)(?:/|\b(?![\w-]))")


def committed() -> list[Path]:
    """The text files git knows; whoever owns the clone."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--", ".", ":!third_party/*.whl"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def places(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for file in committed():
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}")
    return found


def test_no_package_index_is_written_down() -> None:
    assert places(ADDRESSES) == []


def test_no_path_of_a_machine_is_written_down() -> None:
    assert places(MACHINE_PATHS) == []


@pytest.mark.parametrize("line", ["cd /wo" + "rk/main", '"/t' + 'mp/x"', "in /ro" + "ot/", "=/ho" + "me/ann/idp"])
def test_a_machine_path_is_recognised(line: str) -> None:
    assert MACHINE_PATHS.search(line)


@pytest.mark.parametrize(
    "line", ["GET /homework", "/account/home/", "https://a.test/work", "mkdir $HOME/tmp/", "/rooted"]
)
def test_other_paths_are_left_alone(line: str) -> None:
    assert not MACHINE_PATHS.search(line)

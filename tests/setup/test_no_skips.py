"""The plugin that makes a skipped test a failure in continuous integration."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = "def test(): pass\n"
WAYS_NOT_TO_RUN = {
    "skipped": "import pytest\n@pytest.mark.skip\ndef test(): pass\n",
    "skipped inside": "import pytest\ndef test(): pytest.skip('no')\n",
    "module skipped": "import pytest\npytest.importorskip('no_such_module')\n",
    "expected to fail": "import pytest\n@pytest.mark.xfail\ndef test(): assert False\n",
    "unexpectedly good": "import pytest\n@pytest.mark.xfail\ndef test(): pass\n",
}


def run(folder: Path, text: str, ci: str) -> int:
    (folder / "test_good.py").write_text(RUNS)
    (folder / "test_it.py").write_text(text)
    options = ["-q", "-p", "tests.plugins.no_skips", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    command = [sys.executable, "-m", "pytest", *options, str(folder)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "CI": ci}, stdout=subprocess.DEVNULL, check=False
    ).returncode


@pytest.mark.parametrize("way", WAYS_NOT_TO_RUN)
def test_not_running_fails_in_ci_alone(tmp_path: Path, way: str) -> None:
    """Mutation: look at one kind of report only."""
    assert run(tmp_path, WAYS_NOT_TO_RUN[way], "true") == pytest.ExitCode.TESTS_FAILED
    assert run(tmp_path, WAYS_NOT_TO_RUN[way], "") == pytest.ExitCode.OK


def test_running_passes(tmp_path: Path) -> None:
    assert run(tmp_path, RUNS, "true") == pytest.ExitCode.OK


def test_the_suite_uses_it(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.has_plugin("tests.plugins.no_skips")

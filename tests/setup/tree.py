"""A small project that is set up by the real tools/set-up, offline, from two packages made on the spot."""

import base64
import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make_wheel(folder: Path, name: str) -> str:
    """Write a wheel that holds one module and return the line that locks it."""
    information = f"{name}-1.dist-info"
    files = {
        f"{name}.py": "",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
    files[f"{information}/RECORD"] = "\n".join([*record, f"{information}/RECORD,,", ""])
    wheel = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Tree:
    """The project's folder, whose name has a space and Chinese in it, and the way to run commands there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "一 证"
        self.environment = self.root / ".venv"
        self.stamp = self.environment / "set-up.stamp"
        self.runtime = self.root / "requirements.lock"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        for name in ("tools/set-up", "tools/set_up.py", "third_party"):
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
        product = make_wheel(self.wheels, "runs")
        self.runtime.write_text(product)
        (self.root / "requirements-dev.lock").write_text(product + make_wheel(self.wheels, "proves"))
        (self.root / "idp").mkdir()
        (self.root / "idp" / "__main__.py").write_text(
            "import runs, sys\nprint('正', *sys.argv[1:])\n", encoding="utf-8"
        )

    def start(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command with next to nothing in its environment: no locale, no network, no home."""
        surroundings = {
            "PATH": os.defpath,
            "LC_ALL": "C",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
        }
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=surroundings | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, *command: str, **settings: str) -> str:
        """Run a command that must succeed and return what it printed."""
        with self.start(*command, **settings) as process:
            said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    def refuse(self, *command: str, **settings: str) -> str:
        """Run a command that must fail, without a traceback, and return what it printed."""
        with self.start(*command, **settings) as process:
            said, _ = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "Traceback" not in said
        return said

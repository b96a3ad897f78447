"""The files of the five packages, for the tests that read code instead of running it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("idp", "admin", "connectors", "realnames", "biometrics", "resource_server")


def files(suffix: str) -> list[Path]:
    """Every file of the five packages with this suffix, dot included."""
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob(f"*{suffix}"))


def name(file: Path) -> str:
    """How a failure names the file."""
    return str(file.relative_to(ROOT))

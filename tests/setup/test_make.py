"""The front door: what `make` offers and what continuous integration calls."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_help_tells_every_public_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^  make ([a-z-]+) +\S", output("make", "--no-print-directory"), re.MULTILINE)) == targets


def test_continuous_integration_proves_everything() -> None:
    """Mutation: let `.ci/run` call less than `make test`, or `make test` less than the checks and the whole suite."""
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").endswith("exec make --no-print-directory test\n")
    plan = output("make", "--no-print-directory", "--dry-run", "test")
    for part in (
        "install-test-packages",
        "ruff format --check",
        "ruff check",
        "mypy",
        "lint-imports",
        "audit",
        "pytest",
    ):
        assert part in plan


def test_the_long_proof_skips_nothing() -> None:
    """Mutation: leave `CI=true` out, by which a skipped test is a failure."""
    plan = output("make", "--no-print-directory", "--dry-run", "long")
    assert "install-test-packages" in plan
    assert "tools/set-up --dev" in plan
    assert _which_run(plan) == ["long and not alone", "long and alone"]
    assert plan.count("CI=true") == 2
    assert _which_run(output("make", "--no-print-directory", "--dry-run", "test")) == [
        "not long and not alone",
        "not long and alone",
    ]


def _which_run(plan: str) -> list[str]:
    """The marks by which each run of pytest chooses its tests."""
    return re.findall(r'pytest.* -m "(.+)"', plan)


def test_the_documents_name_only_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in (*ROOT.glob("*.md"), ROOT / "docs" / "how-to" / "set-up.md"):
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, page.name

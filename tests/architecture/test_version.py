"""One version in three places."""

import json
import tomllib
from pathlib import Path

from idp import VERSION

ROOT = Path(__file__).resolve().parents[2]


def test_the_version_is_the_same_everywhere() -> None:
    """Mutation: bump only one of them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bill = json.loads((ROOT / "sbom.cdx.json").read_text("utf-8"))
    assert VERSION == project["version"] == bill["metadata"]["component"]["version"]

"""The audit's verdict: silence of the advisory service is never a clean answer."""

from pathlib import Path
from typing import Any

import pytest

from tools.audit import verdict

CLEAN = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "not found"}
VULNERABLE = {"name": "c", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("found", "status"),
    [([CLEAN], 0), ([CLEAN, VULNERABLE], 1), ([UNKNOWN, VULNERABLE], 1), ([CLEAN, UNKNOWN], 2), ([], 2)],
)
def test_verdict(found: list[dict[str, Any]], status: int) -> None:
    """N13. Mutation: trust pip-audit's own exit status, which is success when nothing was audited."""
    assert verdict(Path("x.lock"), found) == status

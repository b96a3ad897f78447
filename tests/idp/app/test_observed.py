"""Requests are counted by every server process, and the management port adds them up."""

import subprocess
import sys


def test_the_command_line_leaves_prometheus_client_alone() -> None:
    """It looks for the processes' common directory when it is imported, which must not be before `serve` named one.

    Mutation: import prometheus_client at the top of `idp.app.observed`; `/metrics` then stays empty for ever.
    """
    code = "import sys, idp.cli.serve; print('prometheus_client' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"

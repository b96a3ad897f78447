"""A generated log is one that `idp audit verify` proves; a million events take it a minute at most."""

from pathlib import Path

import pytest

from idp.audit import anchors, exported
from idp.audit.verify import verify
from tests.benchmarks.generated_log import generate
from tests.benchmarks.sealing import EVENTS, MOST_SECONDS, proven
from tests.idp.audit.test_verify import KEY


def test_it_is_proven_and_holds_what_it_says(tmp_path: Path) -> None:
    """Red when the measurement is of a log that is not as ours are."""
    made = generate(tmp_path, 1001, KEY)
    taken = exported.open_export(made.export)
    report = verify(taken.events(), taken.seals(), [KEY], anchors.read(made.anchors))
    assert (report.is_whole, report.events, report.seals, report.anchored) == (True, 1001, 5, 5)
    assert taken.ending(KEY) is exported.Ending.SIGNED


@pytest.mark.long
@pytest.mark.alone
def test_a_million_events_are_proven_within_a_minute(tmp_path: Path) -> None:
    assert proven(tmp_path, EVENTS).seconds <= MOST_SECONDS

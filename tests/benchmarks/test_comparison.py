"""What the tables say: ratios on the right side, bad answers by name, and whether what was asked is reached."""

import pytest

from tests.benchmarks.comparison import Comparison, Result, Standing, faults, tables
from tests.benchmarks.report import Table
from tests.benchmarks.rounds import Figures, Row
from tests.benchmarks.servers import Contestant, Place, Server


class Named:
    """A contestant of which only the name matters."""

    def __init__(self, name: str) -> None:
        self.name = name

    def running(self, place: Place) -> Server:
        raise NotImplementedError


def named(name: str) -> Contestant:
    return Named(name)  # type: ignore[return-value]


OURS, PEER, OTHER = "ours", "peer", "other"
COMPARISON = Comparison(
    name="one-core",
    title="One core each",
    contestants=(named(OURS), named(PEER), named(OTHER)),
    server_cpus="0",
    load_cpus="1",
    workers=1,
    connections=16,
    asked={"jwks": 2.0, "code": 1.0},
    asked_of_others=8.0,
)


def row(rate: float, cpu_us: float, stores_us: float = 0.0) -> Row:
    return Row(Figures(rate, 1.25, 9.5, cpu_us, stores_us))


def told(rows: dict[tuple[str, str], Row]) -> list[Table]:
    return tables(Result(COMPARISON, (OURS, PEER, OTHER), rows, {OURS: Standing(0.5, 60.0, 70.0)}, ("a note",)))


def test_ratios_are_better_when_they_are_greater() -> None:
    """Mutation: the peer's rate over ours, or our CPU time over the peer's."""
    operations = told(
        {("jwks", OURS): row(1520, 50, 7), ("jwks", PEER): row(1000, 75), ("jwks", OTHER): row(100, 500)}
    )[0]
    assert operations.rows == [
        ("jwks", OURS, "1520", "1.25", "9.5", "50", "7", "1.52x", "1.50x"),
        ("jwks", PEER, "1000", "1.25", "9.5", "75", "–", "1.00x", "1.00x"),
        ("jwks", OTHER, "100", "1.25", "9.5", "500", "–", "0.10x", "0.15x"),
    ]


def test_without_the_peer_there_is_no_ratio() -> None:
    operations, _ = told({("userinfo_jwt", OURS): row(10, 5)})
    assert operations.rows[0][-2:] == ("–", "–")


def test_a_bad_answer_is_told_by_name() -> None:
    """And whoever runs the bench sees it fail: `main` ends with 1 for any of these."""
    rows = {("jwks", OURS): Row(None, "3 of 10 answers were bad"), ("jwks", PEER): row(1000, 75)}
    operations = told(rows)[0]
    assert operations.rows[0][:3] == ("jwks", OURS, "BAD")
    assert operations.notes[0] == "BAD: jwks on ours: 3 of 10 answers were bad"
    result = Result(COMPARISON, (OURS, PEER), rows, {}, ())
    assert faults(result) == ["BAD: jwks on ours: 3 of 10 answers were bad"]
    assert "reached" not in " ".join(table.title for table in tables(result))


@pytest.mark.parametrize(("busy", "is_told"), [(0.89, False), (0.95, True)])
def test_a_loader_without_rest_is_told(busy: float, *, is_told: bool) -> None:
    notes = told({("jwks", OURS): Row(Figures(10, 1, 2, 50, 0, busy))})[0].notes
    assert any("jwks on ours (95%)" in note for note in notes) is is_told


@pytest.mark.parametrize(("rate", "reached"), [(1999.0, "no"), (2000.0, "yes")])
def test_what_was_asked_is_compared(rate: float, reached: str) -> None:
    asked = told({("jwks", OURS): row(rate, 50), ("jwks", PEER): row(1000, 75), ("jwks", OTHER): row(250, 500)})[2]
    assert asked.rows == [
        ("jwks", PEER, "2.0x", f"{rate / 1000:.2f}x", "1.50x", reached),
        ("jwks", OTHER, "8.0x", f"{rate / 250:.2f}x", "10.00x", "no" if rate < 2000 else "yes"),
    ]


def test_a_table_is_markdown() -> None:
    table = Table("Rates", ("server", "req/s"), [("ours", "12"), ("a|b", "3")], ["noisy"])
    assert table.markdown().splitlines() == [
        "### Rates",
        "",
        "| server | req/s |",
        "|--------|------:|",
        "| ours   |    12 |",
        "| a\\|b   |     3 |",
        "",
        "- noisy",
    ]


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="Rates"):
        Table("Rates", ("server", "req/s"), [("ours",)]).markdown()

"""What goes into wrk and comes out of it: material in Lua's words, and the one line that is told at the end."""

import pytest

from tests.benchmarks.wrk import lua, read

TOLD = (
    'Running 120s test @ http://localhost:1\n\n{"good": 7, "bad": 2, "lost": 1, "seconds": 1.5, "p50_ms": 0.5,'
    ' "p99_ms": 2.0, "first_bad": "500 oops"}\n'
)


def test_values_are_written_as_lua_reads_them() -> None:
    material = {"requests": ['GET / HTTP/1.1\r\nX: "1"\\\r\n'], "status": 200, "is_new": True, "name": "张"}
    assert lua(material) == (
        '{["requests"] = {"GET / HTTP/1.1\\013\\010X: \\0341\\034\\092\\013\\010"}, ["status"] = 200,'
        ' ["is_new"] = true, ["name"] = "\\229\\188\\160"}'
    )


def test_what_lua_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError):
        lua(None)


def test_the_last_line_is_read() -> None:
    answered = read(TOLD)
    assert (answered.good, answered.bad, answered.lost, answered.first_bad) == (7, 2, 1, "500 oops")
    assert not answered.is_good


@pytest.mark.parametrize(("bad", "lost", "is_good"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_what_is_bad_or_lost_is_not_good(bad: int, lost: int, *, is_good: bool) -> None:
    told = TOLD.replace('"bad": 2', f'"bad": {bad}').replace('"lost": 1', f'"lost": {lost}')
    assert read(told).is_good is is_good


def test_a_wrk_that_told_nothing_is_an_error() -> None:
    """Mutation: take its silence for a window without answers."""
    with pytest.raises(RuntimeError, match="unable to connect"):
        read("unable to connect to localhost:1")

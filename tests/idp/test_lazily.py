"""A value that is made when it is first asked for, once per object, and not for whoever never asks."""

from dataclasses import dataclass, replace

import pytest

from idp.lazily import lazily

made: list[int] = []


@dataclass(frozen=True)
class Thing:
    number: int

    @lazily
    def double(self) -> int:
        """Twice the number."""
        made.append(self.number)
        return 2 * self.number


def test_it_is_made_once_and_only_for_whoever_asks() -> None:
    """Mutation: the value not kept, or kept for all objects together."""
    made.clear()
    one, two, _unasked = Thing(1), Thing(2), Thing(3)
    assert [one.double, one.double, two.double, one.double] == [2, 2, 4, 2]
    assert made == [1, 2]


def test_a_changed_copy_makes_its_own() -> None:
    one = Thing(1)
    assert one.double == 2
    assert replace(one, number=5).double == 10
    assert one == Thing(1), "what was made is no part of the value"


def test_what_fails_is_made_anew() -> None:
    """A body that was refused is refused again, never empty."""

    class Failing:
        times = 0

        @lazily
        def value(self) -> int:
            self.times += 1
            if self.times == 1:
                raise ValueError("the first time")
            return self.times

    failing = Failing()
    with pytest.raises(ValueError, match="the first time"):
        _ = failing.value
    assert failing.value == 2

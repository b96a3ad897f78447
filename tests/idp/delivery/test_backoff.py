from hypothesis import given
from hypothesis import strategies as st

from idp.clock import Instant
from idp.delivery.backoff import next_try

NOW = Instant(1_793_451_000)
FAR = Instant(NOW + 30 * 86_400)


def test_pauses_grow_and_are_the_same_every_time() -> None:
    pauses = [(next_try(tries, NOW, FAR) or 0) - NOW for tries in range(1, 9)]
    assert pauses == [5, 15, 60, 300, 900, 3600, 3600, 3600]


def test_a_code_of_five_minutes_is_tried_while_it_lives() -> None:
    """Mutation: pauses of the table alone, which give up after eighty seconds."""
    now = NOW
    tries: list[int] = []
    while (due_at := next_try(len(tries) + 1, now, Instant(NOW + 300))) is not None:
        now = due_at
        tries.append(now - NOW)
    assert tries == [5, 20, 80, 190, 245, 272, 286, 293]


@given(tries=st.integers(1, 1000), left=st.integers(-10_000, 10_000_000))
def test_the_next_try_lies_in_what_is_left_of_the_life(tries: int, left: int) -> None:
    due_at = next_try(tries, NOW, Instant(NOW + left))
    if due_at is None:
        assert left < 10
    else:
        assert NOW + 5 <= due_at <= NOW + left - 5

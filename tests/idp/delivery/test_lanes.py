from threading import Thread

from idp.delivery.lanes import Lanes


def test_one_receiver_holds_a_quarter_of_the_threads() -> None:
    lanes = Lanes(8)
    lanes.enter("slow")
    assert lanes.closed() == frozenset()
    lanes.enter("slow")
    assert lanes.closed() == {"slow"}
    lanes.leave("slow", is_troubled=False)
    assert lanes.closed() == frozenset()


def test_receivers_in_trouble_hold_half_of_the_threads_together() -> None:
    """Mutation: each lane on its own, so that many dead receivers fill every thread."""
    lanes = Lanes(8)
    dead = [f"dead-{number}" for number in range(6)]
    for lane in dead:
        lanes.enter(lane)
        lanes.leave(lane, is_troubled=True)
    for lane in dead[:3]:
        lanes.enter(lane)
    assert lanes.closed() == frozenset()
    lanes.enter(dead[3])
    assert lanes.closed() == set(dead)
    assert lanes.has_room()


def test_who_answers_again_is_in_trouble_no_more() -> None:
    lanes = Lanes(2)
    lanes.enter("dead")
    lanes.leave("dead", is_troubled=True)
    for is_troubled, closed in ((True, {"app", "dead"}), (False, {"dead"})):
        lanes.enter("app")
        lanes.leave("app", is_troubled=is_troubled)
        lanes.enter("dead")
        assert lanes.closed() == closed
        lanes.leave("dead", is_troubled=True)


def test_a_single_thread_serves_everybody_in_turn() -> None:
    lanes = Lanes(1)
    lanes.enter("a")
    lanes.leave("a", is_troubled=True)
    assert lanes.closed() == frozenset()
    assert lanes.is_idle()
    lanes.enter("a")
    assert not lanes.has_room()


def test_what_ends_before_the_rest_is_not_slept_through() -> None:
    """Mutation: `wait` that only listens from now on."""
    lanes = Lanes(4)
    seen = lanes.changes
    lanes.enter("a")
    lanes.leave("a", is_troubled=False)
    waiting = Thread(target=lanes.wait, args=(seen, 60))
    waiting.start()
    waiting.join(10)
    assert not waiting.is_alive()

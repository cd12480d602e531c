"""A line that is fair between senders."""

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.fair import FairLine


def line(max_waiting: int = 3, max_age: float = 100) -> FairLine[str, str]:
    return FairLine(max_waiting=max_waiting, max_age=max_age)


def test_what_one_sender_sent_leaves_in_its_order() -> None:
    waiting = line()
    for item in "abc":
        assert waiting.offer("gate", item, 0) is None

    assert waiting.take(2, 0).items == ("a", "b")
    assert waiting.take(2, 0).items == ("c",)


def test_the_oldest_makes_room_for_the_newest() -> None:
    waiting = line(max_waiting=2)

    room = [waiting.offer("gate", item, 0) for item in "abc"]

    assert room == [None, None, "gate"]
    assert waiting.take(5, 0).items == ("b", "c")


def test_whoever_has_most_makes_room_for_another() -> None:
    waiting = line(max_waiting=3)
    for sender, item in [("quiet", "q"), ("loud", "1"), ("loud", "2"), ("loud", "3"), ("loud", "4")]:
        waiting.offer(sender, item, 0)

    assert waiting.take(5, 0).items == ("q", "3", "4")


def test_senders_are_served_in_turn() -> None:
    waiting = line(max_waiting=9)
    for sender, item in [("loud", "1"), ("loud", "2"), ("loud", "3"), ("quiet", "q")]:
        waiting.offer(sender, item, 0)

    assert waiting.take(2, 0).items == ("1", "q")
    assert waiting.take(2, 0).items == ("2", "3")


def test_what_is_past_its_age_is_given_up_and_counts_for_nothing() -> None:
    waiting = line(max_age=10)
    waiting.offer("gate", "stale", 0)
    waiting.offer("gate", "fresh", 5)

    taken = waiting.take(1, 15)

    assert (taken.items, taken.stale) == (("fresh",), ("gate",))


@given(st.lists(st.one_of(st.sampled_from("abc"), st.integers(1, 5)), max_size=80), st.integers(1, 6))
def test_everything_is_handed_out_or_counted_and_the_line_is_bounded(script: list[str | int], max_waiting: int) -> None:
    waiting: FairLine[str, int] = FairLine(max_waiting=max_waiting, max_age=7)
    dropped = stale = handed_out = offered = 0
    for now, step in enumerate(script):
        if isinstance(step, str):
            offered += 1
            dropped += waiting.offer(step, now, now) is not None
        else:
            taken = waiting.take(step, now)
            assert len(taken.items) <= step
            assert all(now - item <= 7 for item in taken.items)
            stale, handed_out = stale + len(taken.stale), handed_out + len(taken.items)
        assert len(waiting) <= max_waiting

    assert offered == dropped + stale + handed_out + len(waiting)
    assert waiting.clear() == offered - dropped - stale - handed_out

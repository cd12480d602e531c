"""When a picture was taken, by the stream's own time stamps."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.camera.streamclock import DRIFT, MOST_LATE_SECONDS, Stamp, StreamClock

# How long each of some pictures took to come through; the line keeps their order.
DELAYS = st.lists(st.floats(0, 8), min_size=2, max_size=60)
RATES = st.sampled_from([0.2, 1.0, 5.0, 25.0])


def played(clock: StreamClock, delays: list[float], rate: float) -> tuple[list[Stamp], list[float]]:
    """Stamps of pictures that were *delays* under way, and when they were taken, on our clock."""
    captured = [1000 + number / rate for number in range(len(delays))]
    arrived = accumulate((at + delay for at, delay in zip(captured, delays, strict=True)), max)
    return [clock.arrive(7 + t - 1000, a) for t, a in zip(captured, arrived, strict=True)], captured


@given(DELAYS, RATES)
def test_a_picture_is_never_called_older_than_it_is(delays: list[float], rate: float) -> None:
    clock = StreamClock()

    stamps, captured = played(clock, delays, rate)

    for stamp, at in zip(stamps, captured, strict=True):
        assert at - 1e-6 <= clock.captured(stamp) <= stamp.arrived


@given(DELAYS, RATES)
def test_one_picture_that_came_at_once_tells_how_late_all_others_were(delays: list[float], rate: float) -> None:
    clock = StreamClock()
    stamps, captured = played(clock, delays, rate)

    last = captured[-1] + 10
    clock.arrive(7 + last - 1000, last)

    assert [clock.captured(stamp) for stamp in stamps] == pytest.approx(captured, abs=1e-6)


def test_a_stream_that_starts_late_and_catches_up_is_seen_to_be_late() -> None:
    clock = StreamClock()

    # Nine seconds of pictures come at once.
    stamps = [clock.arrive(number / 25, 100.0) for number in range(225)]

    late = [100.0 - clock.captured(stamp) for stamp in stamps]
    assert late[0] == pytest.approx(224 / 25)
    assert late[-1] == pytest.approx(0)


def test_a_stall_is_lateness_and_not_a_new_clock() -> None:
    clock = StreamClock()
    for number in range(100):
        clock.arrive(number / 25, number / 25)

    stamp = clock.arrive(4.0, 13.0)

    assert 13.0 - clock.captured(stamp) == pytest.approx(9.0, abs=0.02)


@pytest.mark.parametrize("restart_at", [0.0, 1e6], ids=["from-zero", "far-ahead"])
def test_stamps_that_start_again_do_not_change_how_late_the_stream_is(restart_at: float) -> None:
    clock = StreamClock()
    for number in range(100):
        clock.arrive(500 + number / 25, number / 25)
    clock.arrive(504, 6.0)  # two seconds late

    stamps = [clock.arrive(restart_at + number / 25, 6.0 + number / 25) for number in range(50)]

    late = [stamp.arrived - clock.captured(stamp) for stamp in stamps]
    assert all(0 <= seconds <= 2.01 for seconds in late)


def test_stamps_that_wrap_are_a_new_start() -> None:
    clock = StreamClock()
    wrap = 2**33 / 90_000

    stamps = [clock.arrive((wrap - 2 + number / 25) % wrap, number / 25) for number in range(100)]

    assert all(stamp.arrived - clock.captured(stamp) < 0.1 for stamp in stamps)


def test_pictures_in_decoding_order_are_no_new_start() -> None:
    clock = StreamClock()
    order = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11]

    stamps = [clock.arrive(float(at), number + 2.0) for number, at in enumerate(order)]

    captured = [clock.captured(stamp) for stamp in stamps]
    assert [round(at - captured[0]) for at in captured] == order


@given(st.floats(-DRIFT * 0.9, DRIFT * 0.9), RATES)
def test_a_clock_that_runs_away_slowly_makes_no_picture_late(drift: float, rate: float) -> None:
    clock = StreamClock()
    for number in range(3000):
        captured = number * 12 / rate
        stamp = clock.arrive(captured * (1 + drift), captured)

        assert stamp.arrived - clock.captured(stamp) < 0.1


def test_a_stamp_that_cannot_be_right_is_not_believed_for_long() -> None:
    clock = StreamClock()
    clock.arrive(0.0, 0.0)
    clock.arrive(5000.0, 0.04)  # one wild stamp

    stamps = [clock.arrive(0.04 * number, 0.04 * number) for number in range(2, 100)]

    assert all(stamp.arrived - clock.captured(stamp) < 0.1 for stamp in stamps)


def test_stamps_that_stand_still_or_fail_leave_the_moment_of_arrival() -> None:
    clock = StreamClock()

    stamps = [clock.arrive(at, float(number)) for number, at in enumerate([None, 0.0, 0.0, 0.0, None])]

    assert [clock.captured(stamp) for stamp in stamps] == [0.0, 1.0, 2.0, 3.0, 4.0]


@given(st.lists(st.tuples(st.one_of(st.none(), st.floats(-1e9, 1e9)), st.floats(0, 100)), max_size=50))
def test_whatever_the_stamps_are_pictures_are_dated_within_reason(packets: list[tuple[float | None, float]]) -> None:
    clock, now = StreamClock(), 1000.0
    for at, gap in packets:
        now += gap
        stamp = clock.arrive(at, now)

        assert now - MOST_LATE_SECONDS - 0.1 <= clock.captured(stamp) <= now


def test_a_packet_that_is_held_back_until_the_next_one_counts_as_late() -> None:
    clock = StreamClock(held_back=True)

    # Taken at 0, 5, 10 … and handed out when the next one begins.
    stamps = [clock.arrive(5.0 * number, 5.0 * (number + 1)) for number in range(10)]

    assert [stamp.arrived - clock.captured(stamp) for stamp in stamps] == pytest.approx([5.0] * 10, abs=0.05)

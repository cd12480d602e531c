"""What a reader that has fallen behind gives up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.camera import shedding
from services.camera.backlog import Backlog, Packet
from services.camera.shedding import Step

SECONDS = st.floats(0, 60)


@pytest.mark.parametrize(
    ("late", "gain", "key_waits", "step"),
    [
        pytest.param(0.1, 0.1, True, Step.DECODE, id="on-time"),
        pytest.param(1.5, 1.5, False, Step.DECODE_REFERENCES, id="a-little-behind"),
        pytest.param(2.5, 2.4, True, Step.JUMP, id="a-fresher-key-frame-waits"),
        pytest.param(2.5, 2.4, False, Step.DECODE_REFERENCES, id="catching-up-may-do"),
        pytest.param(9.0, 8.9, False, Step.DROP, id="hopeless"),
        pytest.param(9.0, 0.0, False, Step.DECODE, id="late-already-when-it-came"),
    ],
)
def test_how_far_behind_decides(late: float, gain: float, key_waits: bool, step: Step) -> None:
    assert shedding.next_step(late, gain, 2.0, key_waits=key_waits) is step


@given(SECONDS)
def test_nothing_is_given_up_when_nothing_fresher_waits(late: float) -> None:
    assert shedding.next_step(late, 0.0, 2.0, key_waits=False) is Step.DECODE
    assert not shedding.is_stale(late, 0.0, 2.0, since_last_seconds=0.0)


@given(SECONDS, SECONDS, st.booleans())
def test_what_is_on_time_is_decoded_and_sent(late: float, gain: float, key_waits: bool) -> None:
    late = min(late, 2.0)

    assert shedding.next_step(late, gain, 2.0, key_waits=key_waits) in (Step.DECODE, Step.DECODE_REFERENCES)
    assert not shedding.is_stale(late, gain, 2.0, since_last_seconds=0.0)


def test_a_late_picture_is_better_than_none_for_long() -> None:
    stale = [shedding.is_stale(9.0, 8.0, 2.0, since_last_seconds=since) for since in (0.0, 1.9, 2.0)]

    assert stale == [True, True, False]


def filled(kinds: str, *, most_bytes: int = 1000) -> Backlog[int]:
    """Packets of ten bytes, numbered; K is a key frame."""
    backlog: Backlog[int] = Backlog(most_bytes)
    for number, kind in enumerate(kinds):
        backlog.put(Packet(number, 10, key=kind == "K"))
    return backlog


def rest(backlog: Backlog[int]) -> list[int]:
    found = []
    while backlog.wait(0):
        found.append(backlog.take().body)
    return found


def test_a_jump_gives_up_what_is_before_the_newest_key_frame() -> None:
    backlog = filled("KppKpKpp")

    backlog.jump()

    assert backlog.dropped() == 5
    assert rest(backlog) == [5, 6, 7]


def test_after_everything_is_given_up_only_a_key_frame_begins_again() -> None:
    backlog = filled("Kpp")

    backlog.drop()
    for number, kind in enumerate("ppKp", start=3):
        backlog.put(Packet(number, 10, key=kind == "K"))

    assert backlog.dropped() == 5
    assert rest(backlog) == [5, 6]


def test_what_waits_is_bounded() -> None:
    backlog = filled("KpppppppppppppKp", most_bytes=50)

    assert rest(backlog) == [14, 15]
    assert backlog.dropped() == 14

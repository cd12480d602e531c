"""How many event streams may be open: the newest get in, and the oldest of the same session go."""

import asyncio
from contextlib import ExitStack
from uuid import UUID

import pytest

from services.alerts.edge.problems import Refused
from services.alerts.edge.stream_slots import Slot, StreamSlots

LI, ANA = UUID(int=1), UUID(int=2)


class Opened:
    """Slots that a test holds open."""

    def __init__(self, slots: StreamSlots) -> None:
        self._slots = slots
        self._stack = ExitStack()

    def open(self, session: str, account: UUID = LI) -> Slot:
        return self._stack.enter_context(self._slots.slot(session, account, asyncio.Event()))


def test_the_oldest_stream_of_a_session_goes_for_its_newest() -> None:
    opened = Opened(StreamSlots(most_of_session=3))
    other = opened.open("desk")
    streams = [opened.open("phone") for _ in range(5)]

    assert [stream.replaced for stream in streams] == [True, True, False, False, False]
    assert [stream.news.is_set() for stream in streams] == [True, True, False, False, False]
    assert not other.replaced


def test_the_oldest_stream_of_an_account_goes_for_its_newest() -> None:
    opened = Opened(StreamSlots(most_of_account=4))
    colleague = opened.open("ana", ANA)
    streams = [opened.open(f"phone {n}") for n in range(6)]

    assert [stream.replaced for stream in streams] == [True, True, False, False, False, False]
    assert not colleague.replaced


def test_when_all_are_taken_by_others_a_page_is_refused_until_one_leaves() -> None:
    slots = StreamSlots(most=2)
    with slots.slot("a", LI, asyncio.Event()):
        with slots.slot("b", ANA, asyncio.Event()), pytest.raises(Refused), slots.slot("c", LI, asyncio.Event()):
            pass
        with slots.slot("c", ANA, asyncio.Event()) as late:
            assert not late.replaced


def test_a_page_that_can_be_heard_is_known_while_its_stream_is_open() -> None:
    slots = StreamSlots()
    with slots.slot("ana", ANA, asyncio.Event()):
        with slots.slot("phone", LI, asyncio.Event()):
            slots.report("phone", is_heard=True)
            slots.report("nobody", is_heard=True)
            assert slots.heard() == {LI}
            slots.report("phone", is_heard=False)
            assert slots.heard() == frozenset()
            slots.report("phone", is_heard=True)
        assert slots.heard() == frozenset()

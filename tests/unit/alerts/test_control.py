"""The stop button: each request is stored, whatever was requested before and with whichever key."""

from datetime import UTC, datetime

import pytest

from cli import matching
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.subjects import site_id
from services.alerts.control import Controls, SetMatching
from services.chassis.bus import Delivery
from services.chassis.errors import StartupError
from tests.fakes import FakeBus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
H1 = site_id("h1")


async def test_a_stop_is_stored_after_a_resume_with_the_same_key() -> None:
    bus, controls = FakeBus(), Controls()
    set_matching = SetMatching(bus.publish_owed, controls, lambda: NOON)

    for stopped in (False, True, True):
        await set_matching(H1, stopped=stopped, account="ana", reason="drill", request_id="one")

    assert [MatchingControl.decode(each.payload).stopped for each in bus.stored] == [False, True]


async def test_controls_are_not_ready_until_the_stream_was_read_to_its_end() -> None:
    controls = Controls()
    stop = MatchingControl("c1", H1, True, "ana", "drill", NOON)

    assert await controls.check() == "the stop controls are still being read"
    await controls.apply(Delivery(subjects.control(H1), stop.encode(), {}))
    controls.caught_up.set()

    assert await controls.check() is None
    assert controls.stopped_sites == ["h1"]


@pytest.mark.parametrize("reason", ["", "  ab  ", "x" * 501])
def test_the_command_refuses_a_reason_that_could_not_be_recorded(reason: str) -> None:
    for command in (matching.stop, matching.resume):
        with pytest.raises(StartupError, match="in 3 to 500 characters"):
            command(reason)

"""What the stream says of a site is put right, whatever lies there."""

from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.subjects import site_id
from services.alerts.control import Controls
from services.alerts.control_watch import ControlWatch
from tests.fakes import FakeBus, quiet_repairs
from tests.unit.matcher.builders import NOW

STOP = MatchingControl("c1", site_id("h1"), True, "li", "drill", NOW)


class NothingRecorded:
    async def newest(self) -> list[MatchingControl]:
        return []


async def test_a_control_that_cannot_be_read_is_followed_by_what_holds() -> None:
    bus, controls = FakeBus(), Controls()
    controls.take(STOP)
    watch = ControlWatch(controls, NothingRecorded(), bus, quiet_repairs(), lambda _: False)
    await bus.publish_owed("control.h1", b"\xff no control", message_id="signed, and no message")

    await watch.look()

    assert MatchingControl.decode(bus.stored[-1].payload) == STOP

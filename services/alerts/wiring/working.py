"""Whether alerts work: what is heard of cameras, stages and drills, and the one state that is made of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from proto.wardwatch.v1 import subjects
from services.alerts.camera_states import CameraStates
from services.alerts.line.line import Line
from services.alerts.line.tellings import Tellings
from services.alerts.settings import Given
from services.alerts.state.wiring import AlertState, alert_state, hearing
from services.alerts.wiring.people import People
from services.alerts.wiring.record import Process, Record
from services.chassis.telemetry import ReadyCheck


@dataclass(frozen=True, slots=True)
class Working:
    """The one state, and its sources that have tasks or are read by others."""

    state: AlertState
    cameras: CameraStates
    line: Line
    tellings: Tellings


@asynccontextmanager
async def heard(
    given: Given, process: Process, record: Record, people: People, checks: Mapping[str, ReadyCheck]
) -> AsyncIterator[Working]:
    """Listen until left. Each replica hears all of it: each has pages of its own."""
    meters, bus = process.meters, record.bus
    hears = hearing(process.name, record.controls, given.sites, meters)
    tellings = Tellings(meters, process.monotonic, people.hub.wake)
    line = Line(meters, process.now, tellings.proven)
    state = alert_state(hears, record.database, record.controls, record.disks, checks, given.files, {})
    state.keeper.changed = people.hub.wake
    cameras = CameraStates(meters, process.monotonic, hears.camera)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(state.heard(bus))
        await stack.enter_async_context(bus.listen(subjects.CAMERAS.pattern, queue="", offer=cameras.offer))
        await stack.enter_async_context(bus.listen(subjects.DRILLS.pattern, queue="", offer=line.offer))
        yield Working(state, cameras, line, tellings)

"""Whether alerts work: what is heard of cameras, stages and drills, and the one state that is made of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.camera_states import CameraStates
from services.alerts.delivery.reasons import DeliveryReasons, Reach
from services.alerts.line.line import Line
from services.alerts.line.pages import PagesOfAll
from services.alerts.line.tellings import Tellings
from services.alerts.settings import Given
from services.alerts.state.hearing import Hearing, WhileSeeing
from services.alerts.state.reasons import Source
from services.alerts.state.wiring import AlertState, alert_state, hearing, sites_of
from services.alerts.wiring.people import People
from services.alerts.wiring.record import Process, Record
from services.chassis.telemetry import ReadyCheck


@dataclass(frozen=True, slots=True)
class Drilled:
    """The supervised line: from each camera to the pages that answer."""

    line: Line
    tellings: Tellings
    pages: PagesOfAll


@dataclass(frozen=True, slots=True)
class Working:
    """The one state, and its sources that have tasks or are read by others; no *delivery* where nothing is pushed."""

    state: AlertState
    cameras: CameraStates
    drilled: Drilled
    delivery: DeliveryReasons | None


@asynccontextmanager
async def heard(
    given: Given, process: Process, record: Record, people: People, checks: Mapping[str, ReadyCheck]
) -> AsyncIterator[Working]:
    """Listen until left. Each replica hears all of it: each has pages of its own."""
    hears = hearing(process.name, record.controls, given.sites, process.meters)
    drilled = _drilled(process, record, hears, people.hub.wake)
    delivery = None if given.delivery_keys is None else DeliveryReasons(record.database, hears.clock_us)
    more = _more(hears, drilled, delivery)
    state = alert_state(hears, record.database, record.controls, record.disks, checks, given.files, more)
    state.keeper.changed = people.hub.wake
    cameras = CameraStates(process.meters, process.monotonic, hears.camera)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(state.heard(record.bus))
        for pattern, offer in (
            (subjects.CAMERAS.pattern, cameras.offer),
            (subjects.DRILLS.pattern, drilled.line.offer),
        ):
            await stack.enter_async_context(record.bus.listen(pattern, queue="", offer=offer))
        yield Working(state, cameras, drilled, delivery)


def _drilled(process: Process, record: Record, hears: Hearing, wake: Callable[[], None]) -> Drilled:
    tellings = Tellings(process.meters, process.monotonic, wake)
    line = Line(process.meters, process.now, hears.clock_us, tellings.proven, hears.cameras.sending)
    pages = PagesOfAll(tellings, partial(sites_of, hears, record.controls), hears.clock_us)
    hears.other_alerts = pages.heard
    return Drilled(line, tellings, pages)


def _more(hears: Hearing, drilled: Drilled, delivery: DeliveryReasons | None) -> Mapping[str, Source]:
    """The sources that know what reaches people."""

    def sites(now_us: int) -> frozenset[SiteId]:
        return frozenset(place.site for place in hears.cameras.sending(now_us))

    def rung(now_us: int) -> frozenset[SiteId]:
        return frozenset() if delivery is None else delivery.rung(now_us)

    reach: dict[str, Source] = {
        "line": WhileSeeing(drilled.line, hears),
        "reach": Reach(sites, drilled.pages.of, rung),
    }
    return reach if delivery is None else {**reach, "delivery": delivery}

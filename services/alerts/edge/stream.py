"""The server-sent events of one page: incidents in order, and the service's state every few seconds."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.camera_states import CameraState
from proto.wardwatch.v1.refusals import RefusalText
from proto.wardwatch.v1.roles import OBSERVERS, READERS, RESPONDERS, REVIEWERS
from services.alerts.accounts.holder import Holder
from services.alerts.control import Controls
from services.alerts.database import StoreAway
from services.alerts.edge import models, state_views, views
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.hub import Event, Hub
from services.alerts.edge.line import session_of
from services.alerts.edge.problems import Refused
from services.alerts.edge.stream_slots import Slot, StreamSlots
from services.alerts.line.tellings import Telling, Tellings
from services.alerts.repairs import Repair
from services.alerts.state.core import Answer, Identity, identity
from services.chassis.disk_space import DiskState
from services.chassis.telemetry import Meters, ReadyCheck

_NAME: Final = "stream_events"
# A page that was replaced comes back later than one that lost its network, so that two do not chase each other.
_REPLACED_RETRY: Final = b"retry: 15000\n\n"


@dataclass(frozen=True, slots=True)
class EventStream:
    """Serves ``/api/v1/events``."""

    authorisation: Authorisation
    hub: Hub
    controls: Controls
    bus_check: ReadyCheck
    meters: Meters
    now: Callable[[], datetime]
    beat: timedelta
    short_disks: Callable[[], Sequence[DiskState]] = tuple
    slots: StreamSlots = field(default_factory=StreamSlots)
    repaired: Callable[[], Sequence[Repair]] = tuple
    cameras: Callable[[], Sequence[CameraState]] = tuple
    working: Callable[[], Answer] = lambda: Answer(0, ())
    tellings: Tellings | None = None

    def handlers(self) -> dict[str, Handler]:
        """The handler of the operation, by its name."""
        return {_NAME: self.authorisation.protect(_NAME, self.stream)}

    async def stream(self, request: web.Request, holder: Holder) -> web.StreamResponse:
        """Stream until the page leaves, its session ends, or events no longer arrive."""
        cursor = _resume_from(request, self.hub.newest)
        if not self.hub.live:
            words = refusals.EVENTS_AWAY.filled(detail=await self.hub.check())
            raise Refused(503, "Events cannot be heard", words, retry_after=1)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        with (
            self.hub.reading() as news,
            self.slots.slot(token_of(request), holder.account_id, news) as slot,
            self._ringing(request, holder),
        ):
            self.meters.set("wardwatch_phones_connected", self.hub.readers)
            try:
                await response.prepare(request)
                await self._run(request, response, slot, cursor)
            except (ConnectionResetError, StoreAway, Refused):
                # The page or its session is gone, or no more events arrive: the end of the stream shows that.
                return response
            finally:
                self.meters.set("wardwatch_phones_connected", self.hub.readers - 1)
        return response

    async def _run(self, request: web.Request, response: web.StreamResponse, slot: Slot, cursor: int) -> None:
        clock = asyncio.get_running_loop().time
        holder = await self.authorisation.recheck(_NAME, request)
        await response.write(b"retry: 1000\n\n")
        told = self._told(holder)
        await self._state(response, holder)
        due = clock() + self.beat.total_seconds()
        drilled: Telling | None = None
        session = session_of(request)
        proofs = self.hub.proofs(session)
        while self.hub.live and not slot.replaced:
            slot.news.clear()
            # From memory, each time: a session that ended hears nothing more, and one whose sites changed others.
            holder = await self.authorisation.recheck(_NAME, request)
            newest = self.hub.newest
            missed = await self.hub.after(cursor)
            for event in missed:
                if holder.role in OBSERVERS and holder.sees(event.site):
                    await response.write(_encoded(event))
                cursor = event.id
            if not missed:
                # All events up to here are deleted: a page that was away for so long reads the list.
                cursor = newest
            if self.tellings is not None and (telling := self.tellings.newest) is not drilled:
                drilled = telling
                await self._drill(request, response, holder)
            if (proven := self.hub.proofs(session)) != proofs:
                proofs = proven
                await response.write(_event("push_proven", models.PushProvenEvent(proven_at=self.now())))
            # Many events must not delay the sign of life. What keeps alerts from working is told at once.
            if clock() >= due or told != self._told(holder):
                told = self._told(holder)
                await response.write(b": beat\n\n")
                await self._state(response, holder)
                due = clock() + self.beat.total_seconds()
            if cursor >= self.hub.newest:
                await _within(slot.news, due - clock())
        if slot.replaced:
            await response.write(_REPLACED_RETRY)
            await self._state(response, holder, refusals.PAGE_REPLACED.filled())

    async def _state(self, response: web.StreamResponse, holder: Holder, replaced: RefusalText | None = None) -> None:
        reason = await self.bus_check() or await self.controls.check()
        if replaced is not None:
            reason = replaced.text
        answer = self.working().seen(holder.sees)
        state = models.StateEvent(
            receiving=reason is None,
            reason=reason,
            code=None if replaced is None else replaced.code,
            checked_at=self.now(),
            stopped_sites=[site for site in self.controls.stopped_sites if holder.sees(site)],
            short_disks=[views.short_disk(disk) for disk in self.short_disks()],
            # A guard can do nothing about it.
            repaired_streams=[views.repaired(each) for each in self.repaired()] if holder.role in READERS else [],
            cameras=self._cameras(holder),
            working=answer.working,
            reasons=state_views.reasons(answer),
        )
        await response.write(_event("state", state))

    def _ringing(self, request: web.Request, holder: Holder) -> AbstractContextManager[None]:
        """While the page is open it counts as one that would ring, if it is of somebody who answers alerts."""
        if self.tellings is None or holder.role not in RESPONDERS:
            return nullcontext()
        return self.tellings.page(session_of(request), holder)

    async def _drill(self, request: web.Request, response: web.StreamResponse, holder: Holder) -> None:
        """Tell the page of a drill, if it is one that would ring."""
        if self.tellings is not None and self.tellings.newest is not None and holder.role in RESPONDERS:
            newest = self.tellings.newest
            self.tellings.told(newest, session_of(request), holder)
            await response.write(_event("drill", models.DrillEvent(drill=newest.id)))

    def _told(self, holder: Holder) -> list[Identity]:
        return [identity(reason) for reason in self.working().seen(holder.sees).reasons]

    def _cameras(self, holder: Holder) -> list[models.TroubledCamera]:
        """What is wrong with the cameras of the holder's sites, for who can go there or send somebody."""
        if holder.role not in REVIEWERS:
            return []
        return [view for state in self.cameras() if holder.sees(state.place.site) for view in views.troubled(state)]


def _resume_from(request: web.Request, newest: int) -> int:
    last_seen = request.headers.get("Last-Event-ID", "")
    if not last_seen.isascii() or not last_seen.isdigit():
        return newest
    return min(int(last_seen[:19]), newest)


def _event(name: str, data: BaseModel, *, event_id: int | None = None) -> bytes:
    numbered = f"id: {event_id}\n" if event_id is not None else ""
    return f"{numbered}event: {name}\ndata: {data.model_dump_json()}\n\n".encode()


@lru_cache(maxsize=256)
def _encoded(happened: Event) -> bytes:
    """An event as it is sent; the same for every page."""
    return _event("incident", views.event(happened), event_id=happened.id)


async def _within(news: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await news.wait()

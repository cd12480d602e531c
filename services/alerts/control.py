"""The stop button: matching at a site is stopped and resumed, also while the database is away (safeguard S11).

A stop goes to the CONTROL stream and, beside it, to every matcher that hears it: it holds at once also while the broker
stores nothing, and is stored as soon as it can be (docs/adr/0072).
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, TypeVar

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.database import Database, Unacceptable
from services.chassis.bus import Delivery
from services.chassis.errors import NotStored, Poison
from services.chassis.owed import pause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

# Matchers answer a stop at once; one that has not within this time was not reached.
_HALT_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 1.0
# How long whoever presses stop waits for the stream, when matchers follow anyway.
_PATIENCE_SECONDS: Final = 2.0
# How long a sighting waits in hand for what is stopped to be known; then it is delivered again.
_READ_SECONDS: Final = 5.0

T = TypeVar("T")


class PublishOwed(Protocol):
    """Returns once a stream has stored the message; raises NotStored."""

    async def __call__(self, subject: str, payload: bytes, *, message_id: str) -> object: ...


class AskAll(Protocol):
    """Sends a request to all who listen; returns what they reply within the time."""

    async def __call__(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]: ...


@dataclass(frozen=True, slots=True)
class SetControl:
    """A control and what became of it; when it is not stored, ``reached`` are the matchers that follow it."""

    control: MatchingControl
    stored: bool
    reached: tuple[str, ...] = ()


@dataclass(slots=True)
class Controls:
    """The state of every site by the CONTROL stream, in memory; complete once it has ``caught_up``."""

    known: dict[SiteId, MatchingControl] = field(default_factory=dict)
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def apply(self, delivery: Delivery) -> None:
        """Apply one message of the stream; forged and unreadable ones are skipped, as in every matcher."""
        if delivery.forged:  # the connection has counted it
            return
        try:
            control = MatchingControl.decode(delivery.payload)
        except ValueError as error:
            log.warning("control cannot be read", subject=delivery.subject, reason=str(error))
            return
        self.take(control)

    def take(self, control: MatchingControl) -> None:
        """Let *control* hold unless a newer one of its site is known."""
        known = self.known.get(control.site)
        if known is None or control.order > known.order:
            self.known[control.site] = control

    async def check(self) -> str | None:
        """Readiness: None once the whole stream was read, else the reason."""
        return None if self.caught_up.is_set() else "the stop controls are still being read"

    async def is_stopped(self, site: SiteId) -> bool:
        """Whether matching is stopped at *site*. Raises TimeoutError when the stream was not read within a while."""
        async with asyncio.timeout(_READ_SECONDS):
            await self.caught_up.wait()
        return site in self.known and self.known[site].stopped

    @property
    def stopped_sites(self) -> list[SiteId]:
        """Where matching does not run."""
        return sorted(site for site, control in self.known.items() if control.stopped)


@dataclass(frozen=True, slots=True)
class SetMatching:
    """Stop or resume matching at a site."""

    publish: PublishOwed
    ask_all: AskAll
    controls: Controls
    now: Callable[[], datetime]
    # Stops that matchers follow and no stream has stored yet; of each site the last.
    unstored: dict[SiteId, SetControl] = field(default_factory=dict)
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _begun: set[Awaitable[object]] = field(default_factory=set)

    async def __call__(
        self, site: SiteId, *, stopped: bool, account: str, reason: str, request_id: str | None
    ) -> SetControl:
        """Return once the broker has stored it. *request_id* makes a repeated request one.

        A stop that cannot be stored returns once matchers follow it, and is stored later. Raises NotStored when
        nobody follows it, and for a resumption that is not stored: whoever did not hear of it stays stopped.
        To stop and to resume are two requests also when the same *request_id* is given for both.
        """
        action = "stop" if stopped else "resume"
        control_id = str(uuid.uuid4()) if request_id is None else f"{account}/{site}/{request_id}/{action}"
        said = MatchingControl(control_id, site, stopped, account, reason, self.now())
        control = said.behind(self.controls.known.get(site))
        if stopped:
            return await self._stop(control)
        before = self.unstored.get(site)
        await self._store(control, settles=None if before is None else before.control)
        log.info("matching is resumed", site=site)
        return SetControl(control, stored=True)

    async def _stop(self, control: MatchingControl) -> SetControl:
        site = control.site
        # Owed from here on, whatever becomes of whoever asked.
        self.unstored[site] = SetControl(control, stored=False)
        halting = self._begin(self._halt(control))
        storing = self._begin(self._store(control, settles=control))
        await asyncio.wait({storing}, timeout=_PATIENCE_SECONDS)
        reached = () if _has_succeeded(storing) else await halting
        if not reached:
            await self._stored_or_refused(storing, control)
        if _has_succeeded(storing):
            log.info("matching is stopped", site=site)
            return SetControl(control, stored=True)
        asked = SetControl(control, stored=False, reached=reached)
        if self._is_owed(control):
            self.unstored[site] = asked
            self.controls.take(control)
        log.warning("matching is stopped, which is not stored yet", site=site, count=len(reached))
        return asked

    async def _stored_or_refused(self, storing: "asyncio.Task[None]", control: MatchingControl) -> None:
        """Nobody follows the stop, so it must be stored. Raises NotStored, and then it is owed no longer."""
        try:
            await asyncio.shield(storing)
        except NotStored:
            if self._is_owed(control):
                del self.unstored[control.site]
            raise

    def _is_owed(self, control: MatchingControl) -> bool:
        owed = self.unstored.get(control.site)
        return owed is not None and owed.control is control

    async def run(self, stop: asyncio.Event) -> None:
        """Store the stops that were not, again and again until *stop*."""
        while not stop.is_set():
            beat()
            for waiting in list(self.unstored.values()):
                try:
                    await self._store_again(waiting.control)
                except NotStored:
                    continue
            await pause(stop, _AGAIN_SECONDS)
        await asyncio.gather(*self._begun, return_exceptions=True)
        for site in self.unstored:
            log.error("a stop of matching ends unstored, press it again", site=site)

    async def _store(self, control: MatchingControl, *, settles: MatchingControl | None) -> None:
        """Have it stored, after which the stop *settles* is owed no longer. Raises NotStored."""
        async with self._storing:
            await self._publish(control, settles)

    async def _store_again(self, control: MatchingControl) -> None:
        # One at a time: a stop that waited must not come after what was said since.
        async with self._storing:
            if self._is_owed(control):
                await self._publish(control, control)

    async def _publish(self, control: MatchingControl, settles: MatchingControl | None) -> None:
        await self.publish(subjects.control(control.site), control.encode(), message_id=control.control_id)
        if settles is not None and self._is_owed(settles):
            del self.unstored[control.site]

    def _begin(self, work: Coroutine[object, object, T]) -> "asyncio.Task[T]":
        """Do *work* to its end, also when nobody waits for it any more."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Future[T]") -> None:
        self._begun.discard(task)
        if not task.cancelled():
            task.exception()  # what is not stored is tried again by `run`

    async def _halt(self, control: MatchingControl) -> tuple[str, ...]:
        """Tell every matcher by itself; returns the names of those that follow."""
        answers = await self.ask_all(subjects.HALT.pattern, control.encode(), within_seconds=_HALT_SECONDS, expected=0)
        return tuple(sorted(name for answer in answers if (name := _name(answer))))


def _has_succeeded(task: "asyncio.Task[None]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _name(presence: bytes) -> str:
    try:
        return MatcherPresence.decode(presence).name
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class RecordControl:
    """Handler of the CONTROL stream: who stopped and resumed what, for the audit."""

    database: Database
    now: Callable[[], datetime]

    async def __call__(self, control: MatchingControl) -> None:
        try:
            async with self.database.transaction() as connection:
                await connection.execute(
                    """
                    insert into alerts.control (control_id, site, stopped, account, reason, at, recorded_at)
                    values ($1, $2, $3, $4, $5, $6, $7) on conflict (control_id) do nothing
                    """,
                    control.control_id,
                    control.site,
                    control.stopped,
                    control.account,
                    control.reason,
                    control.at,
                    self.now(),
                )
        except Unacceptable as error:
            raise Poison(str(error)) from error

"""The stop button: matching at a site is stopped and resumed, also while the database is away (safeguard S11).

A stop goes to the CONTROL stream and, beside it, to every matcher that hears it: it holds at once also while the broker
stores nothing, and is stored as soon as it can be (docs/adr/0072).
"""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.database import Database, Unacceptable
from services.chassis.bus import Delivery
from services.chassis.errors import NotStored, Poison
from services.chassis.owed import pause

log = structlog.get_logger(__name__)

# Matchers answer a stop at once; one that has not within this time was not reached.
_HALT_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 1.0


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
    _halting: "set[asyncio.Task[tuple[str, ...]]]" = field(default_factory=set)

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
        halting = self._begin_halt(control) if stopped else None
        try:
            await self._store(control)
        except NotStored:
            reached = () if halting is None else await halting
            if not reached:
                raise
            self.unstored[site] = asked = SetControl(control, stored=False, reached=reached)
            self.controls.take(control)
            log.warning("matching is stopped, which is not stored yet", site=site, count=len(reached))
            return asked
        log.info("matching is stopped" if stopped else "matching is resumed", site=site)
        return SetControl(control, stored=True)

    async def run(self, stop: asyncio.Event) -> None:
        """Store the stops that were not, again and again until *stop*."""
        while not stop.is_set():
            for waiting in list(self.unstored.values()):
                try:
                    await self._store(waiting.control, only_if_owed=True)
                except NotStored:
                    continue
            await pause(stop, _AGAIN_SECONDS)
        await asyncio.gather(*self._halting)
        for site in self.unstored:
            log.error("a stop of matching ends unstored, press it again", site=site)

    async def _store(self, control: MatchingControl, *, only_if_owed: bool = False) -> None:
        # One at a time: a stop that waited must not come after what was said since.
        async with self._storing:
            owed = self.unstored.get(control.site)
            if only_if_owed and (owed is None or owed.control is not control):
                return
            await self.publish(subjects.control(control.site), control.encode(), message_id=control.control_id)
            self.unstored.pop(control.site, None)

    def _begin_halt(self, control: MatchingControl) -> "asyncio.Task[tuple[str, ...]]":
        task = asyncio.create_task(self._halt(control))
        self._halting.add(task)
        task.add_done_callback(self._halting.discard)
        return task

    async def _halt(self, control: MatchingControl) -> tuple[str, ...]:
        """Tell every matcher by itself; returns the names of those that follow."""
        answers = await self.ask_all(subjects.HALT.pattern, control.encode(), within_seconds=_HALT_SECONDS, expected=0)
        return tuple(sorted(name for answer in answers if (name := _name(answer))))


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

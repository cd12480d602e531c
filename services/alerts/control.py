"""The stop button: matching at a site is stopped and resumed, also while the database is away (safeguard S11)."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.database import Database, Unacceptable
from services.chassis.bus import Delivery
from services.chassis.errors import Poison

log = structlog.get_logger(__name__)


class PublishOwed(Protocol):
    """Returns once a stream has stored the message; raises NotStored."""

    async def __call__(self, subject: str, payload: bytes, *, message_id: str) -> object: ...


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
    controls: Controls
    now: Callable[[], datetime]

    async def __call__(
        self, site: SiteId, *, stopped: bool, account: str, reason: str, request_id: str | None
    ) -> MatchingControl:
        """Return once the broker has stored it. *request_id* makes a repeated request one. Raises NotStored.

        To stop and to resume are two requests also when the same *request_id* is given for both.
        """
        action = "stop" if stopped else "resume"
        control_id = str(uuid.uuid4()) if request_id is None else f"{account}/{site}/{request_id}/{action}"
        said = MatchingControl(control_id, site, stopped, account, reason, self.now())
        control = said.behind(self.controls.known.get(site))
        await self.publish(subjects.control(site), control.encode(), message_id=control_id)
        log.info("matching is stopped" if stopped else "matching is resumed", site=site)
        return control


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

"""Keeps the stream CONTROL as it should be: who stopped a site must not be overruled by whoever reaches the broker."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import uuid4

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.control import Controls
from services.alerts.database import Database, StoreAway
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer, NotStored, Overtaken
from services.chassis.owed import pause
from services.chassis.repairs import Repairs, cause_of
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0


class Broker(Protocol):
    """What is asked of the broker; see ``Bus``. Raises NotStored and NoAnswer."""

    async def publish_owed(
        self, subject: str, payload: bytes, *, message_id: str, expected_last_sequence_of_subject: int
    ) -> int: ...
    async def last_of(self, stream: str, subject: str) -> Delivery | None: ...


class ControlRecord(Protocol):
    """What the database says was stopped and resumed last. Raises StoreAway."""

    async def newest(self) -> list[MatchingControl]: ...


@dataclass(frozen=True, slots=True)
class RecordedControls:
    """Access as role ``wardwatch_alerts``."""

    database: Database

    async def newest(self) -> list[MatchingControl]:
        """The newest control of each site."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "select distinct on (site) control_id, site, stopped, account, reason, at"
                " from alerts.control order by site, at desc, stopped desc"
            )
        return [MatchingControl(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class ControlWatch:
    """Looks every two seconds whether the stream's last word on each site is what holds, and repeats that if not.

    What holds is the newest that anybody signed and this process has read, or that the database has recorded: a stream
    that was emptied, put back, or filled with what nobody signed, changes nothing of it.
    """

    controls: Controls
    record: ControlRecord
    broker: Broker
    repairs: Repairs
    waits: Callable[[SiteId], bool]  # whether a stop of the site is not stored yet: whoever has it stores it

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until *stop*; a broker or a database that is away is asked again."""
        read = False
        while not stop.is_set():
            beat()
            try:
                if not read:
                    await self.read_record()
                    read = True
            except StoreAway as error:
                log.debug("recorded controls cannot be read yet", reason=str(error))
            if self.controls.caught_up.is_set():
                await self.look()
            await self.repairs.write()
            await pause(stop, _EVERY_SECONDS)

    async def read_record(self) -> None:
        """Take over what the database knows. Raises StoreAway."""
        for control in await self.record.newest():
            self.controls.take(control)

    async def look(self) -> None:
        """Look at every site that was ever stopped."""
        for site in [each for each in self.controls.known if not self.waits(each)]:
            try:
                await self._look_at(site)
            except Overtaken:  # somebody said something new: the next look shows it
                continue
            except (NoAnswer, NotStored) as error:
                log.debug("control is not put right yet", site=site, reason=str(error))

    async def _look_at(self, site: SiteId) -> None:
        subject = subjects.control(site)
        last = await self.broker.last_of(subjects.CONTROL_STREAM.name, subject)
        said = None if last is None else _read(last)
        if said is not None:
            self.controls.take(said)
        holds = self.controls.known[site]
        if said is not None and said.order >= holds.order:
            return
        await self.broker.publish_owed(
            subject,
            holds.encode(),
            # The former name could keep it from being stored again.
            message_id=f"{holds.control_id}/{uuid4()}",
            expected_last_sequence_of_subject=0 if last is None else last.sequence,
        )
        await self.repairs.note(subjects.CONTROL_STREAM, cause_of(last))


def _read(delivery: Delivery) -> MatchingControl | None:
    """The control in a message of the stream, or None: nobody signed it, or whoever did meant nothing readable."""
    try:
        return None if delivery.forged else MatchingControl.decode(delivery.payload)
    except ValueError:
        return None

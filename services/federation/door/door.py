"""One joined list: its copy is followed, what is new is handed to the watchlist service, and both are compared."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import ListSilence, Received, ReceiveOutcome, ReceiveRequest
from services.chassis.errors import NoAnswer, Refusal
from services.chassis.federation_keys import FederationKeys
from services.chassis.owed import first_of, pause
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters
from services.federation.door import agreement
from services.federation.door.agreement import AskedRepair, Repairs
from services.federation.door.core import Comparison, HeldList, Taken
from services.federation.door.hello import WITHIN_SECONDS, Hellos, OwnKeys
from services.federation.door.ports import Ask, Copy, HeadKept, Joined, Record, RecordAway
from services.federation.door.receipts import Receipts

log = structlog.get_logger(__name__)

# Requests that are under way at once: the watchlist service embeds faces of another model, one after the other.
_AT_ONCE: Final = 16
# A photo that is embedded anew takes a second or two, and some twenty of them may be before it.
_ANSWER_SECONDS: Final = 45.0
# Codes of refusals from here on say how things stand now.
_MAY_SUCCEED_LATER: Final = 500
_TICK_SECONDS: Final = 1.0
# How often the record is asked anew what it follows: it may have been put back from a backup.
_RELOAD_TICKS: Final = 60
_AGAIN_SECONDS: Final = 2.0
# A broker in evil hands may send any number of forgeries; the metric counts them all.
_WARN_EVERY_SECONDS: Final = 60.0


class Door:
    """Runs until it is stopped, also for a list that was left: its erasures have to be closed.

    Everything that is believed is in the record, so it may be killed at any point.
    """

    def __init__(
        self,
        joined: Joined,
        copy: Copy,
        record: Record,
        ask: Ask,
        keys: FederationKeys,
        meters: Meters,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._joined = joined
        self._copy = copy
        self._record = record
        self._ask = ask
        self._meters = meters
        self._now = now
        self._monotonic = monotonic
        self._keys = keys
        self._held = HeldList(joined.list_, joined.hospital, joined.publishers, keys.sealing)
        self._kept: HeadKept | None = None
        self._heard_at: datetime | None = None
        self._repairs = Repairs()
        self._came = 0  # messages that tell of entries, believed or not
        self._asked_repair: AskedRepair | None = None
        self._ask_again_from = timedelta(seconds=monotonic())
        self._is_loaded = asyncio.Event()
        self._changed = asyncio.Event()
        self._answers = 0  # so far: a reading of the record that others overtook is not taken over
        self._is_handing_on = False
        self._looked_at = monotonic()
        self._warn_at = monotonic()
        # The list was stopped for its silence without the record, which has to be told.
        self._is_stopped_unwritten = False
        self._stop_again_at = monotonic()
        self._noted = b""  # the announcement of a publisher's key that was written down
        self._receipts = Receipts(joined.list_, joined.hospital, self._signing, copy, record, now)
        self._hellos = Hellos(joined.list_, joined.hospital, self.own_keys, copy, record, self._held.compared, now)

    def compared(self) -> Comparison:
        """How what is known compares with the publisher's last head."""
        return self._held.compared()

    async def run(self, stop: asyncio.Event) -> None:
        """Follow, hand on, compare, sign and say hello until *stop*."""
        name = self._joined.list_
        async with LongRunning(stop) as tasks:
            tasks.start(f"door-follow-{name}", self._follow(stop), within_seconds=None)
            tasks.start(f"door-write-{name}", self._write(stop))
            tasks.start(f"door-compare-{name}", self._compare(stop))
            tasks.start(f"door-receipts-{name}", self._receipts.run(stop))
            tasks.start(f"door-hello-{name}", self._hellos.run(stop), within_seconds=WITHIN_SECONDS)

    async def load(self) -> None:
        """Read from the record what it follows. Raises RecordAway."""
        answers = self._answers
        written = await self._record.written(self._joined.list_)
        if not self._is_loaded.is_set():
            self._kept = await self._record.head(self._joined.list_)
            self._held.begin_behind(0 if self._kept is None else self._kept.number)
        if answers == self._answers and not self._is_handing_on:
            self._held.record_says(written)
            self._is_loaded.set()
            self._changed.set()

    def take(self, subject: str, payload: bytes) -> Taken:
        """Take one message of the copy; what is not believed is counted."""
        self._came += subject != subjects.fed_head(self._joined.list_)
        taken = self._held.take(subject, payload)
        self._meters.count("wardwatch_federation_statements_total", list=self._joined.list_, outcome=taken.value)
        if taken in (Taken.FORGED, Taken.FOREIGN) and self._monotonic() >= self._warn_at:
            self._warn_at = self._monotonic() + _WARN_EVERY_SECONDS
            log.warning("statement of a list is not believed", list=self._joined.list_, why=taken.value)
        if taken is Taken.TAKEN:
            self._changed.set()
            if self._held.head is not None and subject == subjects.fed_head(self._joined.list_):
                self._heard_at = self._now()
        return taken

    async def tick(self) -> None:
        """Compare, write down how the list stands, and do what that asks for. Raises RecordAway."""
        try:
            joined = await self._record.joined(self._joined.list_)
        except RecordAway:
            await self._heed_silence_without_record()
            raise
        if joined is not None:
            self._joined = joined
        if self._joined.left:
            return
        await self._heed_keys()
        compared, head = self._held.compared(), self._held.head
        if head is not None and self._heard_at is not None:
            own_key = self._keys.next_sealing or self._keys.current
            own_key = own_key if self._held.is_sealed_to(own_key) else ""
            kept = agreement.kept(self._kept, head, self._heard_at, compared, self._now(), own_key)
            if kept != self._kept:
                await self._record.keep_head(self._joined.list_, kept)
                self._kept = kept
        self._tell(compared)
        await self._repair(compared)
        await self._repair_as_asked(compared)
        await self._ensure_again()
        await self._heed_silence()

    async def hand_on(self) -> bool:
        """Hand all that is due to the watchlist service, a few at once; False when it did not take all of it.

        Raises RecordAway where the record has to be read anew, and cannot be.
        """
        outcomes: set[ReceiveOutcome | None] = set()
        in_vain = 0  # requests since the last one that was answered
        self._is_handing_on = True
        try:
            async with asyncio.TaskGroup() as tasks:
                under_way: set[asyncio.Task[ReceiveOutcome | None]] = set()
                while in_vain < _AT_ONCE and (under_way or not in_vain):
                    due = self._held.due(_AT_ONCE - len(under_way))
                    under_way |= {tasks.create_task(self._hand_over(*each)) for each in due}
                    if not under_way:
                        break
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    last = {task.result() for task in done}
                    in_vain = 0 if any(last) else in_vain + len(done)
                    outcomes |= last
                    beat()
        finally:
            self._is_handing_on = False
        if ReceiveOutcome.OLDER in outcomes:
            await self.load()
        return None not in outcomes

    async def _follow(self, stop: asyncio.Event) -> None:
        """Take what comes, once it is known what the record follows already."""
        while not (stop.is_set() or self._is_loaded.is_set()):
            try:
                await self.load()
            except RecordAway as error:
                log.debug("record cannot be read yet", list=self._joined.list_, reason=str(error))
                await pause(stop, _AGAIN_SECONDS)
        while not (stop.is_set() or self._joined.left):
            try:
                await self._copy.ensure()
                break
            except NoAnswer as error:
                log.debug("copy cannot be made yet", list=self._joined.list_, reason=str(error))
                await pause(stop, _AGAIN_SECONDS)
        if not self._joined.left:
            await self._copy.follow(lambda each: self.take(each.subject, each.payload), stop)
        await stop.wait()

    async def _write(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            beat()
            try:
                done = self._joined.left or await self.hand_on()
            except RecordAway as error:
                log.debug("record cannot be read", list=self._joined.list_, reason=str(error))
                done = False
            if not done:
                await pause(stop, _AGAIN_SECONDS)
                continue
            await first_of(self._changed, stop, within_seconds=_TICK_SECONDS)
            self._changed.clear()

    async def _compare(self, stop: asyncio.Event) -> None:
        ticks = 0
        while not stop.is_set():
            beat()
            await pause(stop, _TICK_SECONDS)
            if not self._is_loaded.is_set():
                continue
            ticks += 1
            try:
                await self.tick()
                if ticks % _RELOAD_TICKS == 0:
                    await self.load()
            except RecordAway as error:
                log.debug("record cannot be asked", list=self._joined.list_, reason=str(error))

    async def _hand_over(self, entry_id: str, number: int, request: ReceiveRequest) -> ReceiveOutcome | None:
        outcome: ReceiveOutcome | None = None
        try:
            answer = await self._ask(subjects.federation("receive"), request.encode(), timeout_seconds=_ANSWER_SECONDS)
            received = Received.decode(answer)
            outcome = received.outcome
            if outcome in (ReceiveOutcome.REFUSED, ReceiveOutcome.LOCKED):
                log.warning(
                    "record does not take an entry",
                    list=self._joined.list_,
                    entry=entry_id,
                    number=number,
                    outcome=outcome.name.lower(),
                    reason=received.detail,
                )
        except (NoAnswer, Refusal, ValueError) as error:
            # What is refused for what it is, such as more bytes than the broker takes, is so every time.
            is_final = isinstance(error, Refusal) and error.code < _MAY_SUCCEED_LATER
            outcome = ReceiveOutcome.REFUSED if is_final else None
            log.info("entry of a list waits", list=self._joined.list_, entry=entry_id, reason=str(error))
        finally:
            self._answers += 1
            self._held.answered(entry_id, number, outcome)
        return outcome

    async def _repair(self, compared: Comparison) -> None:
        now = timedelta(seconds=self._monotonic())
        self._repairs = self._repairs.noted(compared, self._came, now)
        await self._ask_for_missing(now)
        if not self._repairs.is_due(now):
            return
        self._repairs = self._repairs.done(now)
        # Pictures are most of what a list is, and a slow line may take an hour for them: only where one may be missing.
        pictures = compared.missing > 0
        log.warning(
            "list is fetched again",
            list=self._joined.list_,
            pictures=pictures,
            locked=compared.locked,
            entries=compared.entries,
        )
        await self._fetch_again(pictures=pictures)

    async def _repair_as_asked(self, compared: Comparison) -> None:
        """Somebody asked: all is forgotten, fetched and compared anew. Raises RecordAway."""
        now, asked = timedelta(seconds=self._monotonic()), self._asked_repair
        if asked is None and self._joined.repair_asked:
            listed = 0 if self._held.head is None else self._held.head.entries
            self._asked_repair = AskedRepair(compared, listed, now)
            self._held.forget()
            await self.load()
            await self._fetch_again(pictures=True)
        elif asked is not None and (found := asked.found(compared, now)) is not None:
            await self._record.repaired(self._joined.list_, found)
            self._asked_repair = None
            log.info("list was fetched again as somebody asked", list=self._joined.list_, entries=found.entries)

    async def _fetch_again(self, *, pictures: bool) -> None:
        """Make the copy anew, if that can be now."""
        self._meters.count("wardwatch_federation_repairs_total", list=self._joined.list_)
        try:
            await self._copy.repair(pictures=pictures)
        except NoAnswer as error:
            log.warning("list cannot be fetched again now", list=self._joined.list_, reason=str(error))

    async def _ask_for_missing(self, now: timedelta) -> None:
        """What was on its way when the link came back may be lost, and nothing behind it says so."""
        if not self._repairs.asks_again(now) or now < self._ask_again_from:
            return
        self._ask_again_from = now + agreement.ASK_AGAIN_AFTER
        try:
            await self._copy.ask_again()
        except NoAnswer as error:
            log.debug("what is missing cannot be asked for", list=self._joined.list_, reason=str(error))

    async def _heed_keys(self) -> None:
        """Believe what two people accepted, and write down what is announced for them. Raises RecordAway."""
        if self._held.believe(self._joined.publishers):
            await self._fetch_again(pictures=True)
        announced = self._held.announced
        if announced is not None and announced.statement != self._noted:
            await self._record.note_renewal(self._joined.list_, announced.publisher, announced.statement)
            self._noted = announced.statement
            log.warning("publisher announces another key", list=self._joined.list_)

    def _signing(self) -> Ed25519PrivateKey:
        """The announced key, once the publisher says that it was accepted there."""
        keys, head = self._keys, self._held.head
        accepted = head is not None and keys.next_sealing in head.renewed
        return keys.next_signing if keys.next_signing is not None and accepted else keys.signing

    def own_keys(self) -> OwnKeys:
        """What this hospital signs with now, and announces."""
        signing = self._signing()
        renewal = self._keys.renewal if signing is self._keys.signing else b""
        return OwnKeys(signing, renewal, statements.key_id(self._joined.publishers[0]))

    async def _heed_silence(self) -> None:
        joined = self._joined
        head = self._held.head
        # Its publisher may ask for less patience than what two people here have seen, never for more.
        days = joined.silent_days if head is None else min(joined.silent_days, head.silent_days)
        silent = agreement.is_silent(self._kept, joined.joined_at, days, self._now())
        # What was stopped without the record is written down first, so that it can be resumed as any other.
        self._is_stopped_unwritten &= not joined.silent
        silent |= self._is_stopped_unwritten
        if silent is joined.silent:
            return
        log.warning("list is suspended: nothing is heard of it" if silent else "list is heard again", list=joined.list_)
        try:
            message = ListSilence(joined.list_, silent=silent).encode()
            await self._ask(subjects.federation("silence"), message, timeout_seconds=_ANSWER_SECONDS)
        except (NoAnswer, Refusal) as error:
            log.warning("silence cannot be told yet", list=joined.list_, reason=str(error))

    async def _heed_silence_without_record(self) -> None:
        """The database is away, and nothing is heard either: stop all the same, by what is known."""
        joined, head = self._joined, self._held.head
        days = joined.silent_days if head is None else min(joined.silent_days, head.silent_days)
        kept = (
            self._kept if head is None or self._heard_at is None else HeadKept(head.number, head.at, self._heard_at, 0)
        )
        silent = not joined.left and agreement.is_silent(kept, joined.joined_at, days, self._now())
        if not silent or joined.silent or self._monotonic() < self._stop_again_at:
            return
        self._stop_again_at = self._monotonic() + agreement.SILENT_AFTER.total_seconds()
        self._is_stopped_unwritten = True
        message = ListSilence(joined.list_, silent=True, entries=self._held.sought()).encode()
        log.warning("list is stopped while the database is away: nothing is heard of it", list=joined.list_)
        try:
            await self._ask(subjects.federation("silence"), message, timeout_seconds=_ANSWER_SECONDS)
        except (NoAnswer, Refusal) as error:
            log.debug("silence is written down later", list=joined.list_, reason=str(error))

    async def _ensure_again(self) -> None:
        """Nothing is heard: the copy may have been lost with this broker's disk."""
        now = self._monotonic()
        if now - self._looked_at < agreement.LOOK_AFTER.total_seconds():
            return
        self._looked_at = now
        heard = self._heard_at
        if heard is None or self._now() - heard > agreement.LOOK_AFTER:
            try:
                await self._copy.ensure()
            except NoAnswer as error:
                log.debug("copy cannot be made", list=self._joined.list_, reason=str(error))

    def _tell(self, compared: Comparison) -> None:
        name = self._joined.list_
        differs = self._kept is not None and self._kept.differs_since is not None
        self._meters.set("wardwatch_federation_differs", float(differs), list=name)
        self._meters.set("wardwatch_federation_entries", compared.entries, list=name)
        self._meters.set("wardwatch_federation_locked", compared.locked + compared.refused, list=name)
        if self._kept is not None:
            age = (self._now() - min(self._kept.heard_at, self._kept.at)).total_seconds()
            self._meters.set("wardwatch_federation_head_age_seconds", age, list=name)

"""The audit over HTTP: read, exported, and its chain recomputed."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.holder import Holder
from services.alerts.anchor import LastOf, last_published
from services.alerts.audit.reading import MOST_ROWS, AuditReading, Wanted
from services.alerts.edge import audit_models as models
from services.alerts.edge import views
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.http import model_response, parsed_body
from services.alerts.edge.problems import Refused
from services.chassis import audit_lines
from services.chassis.audit_chain import Anchor, Event, Fault, Head, Walk
from services.chassis.errors import NoAnswer

_MEDIA: Final[Mapping[str, str]] = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
# Readings of one part, and events after which the event loop is let go.
_SLICES: Final = 5
_AT_ONCE: Final = 250
_MOST_FAULTS: Final = 100
# One part a replica at a time, so that several readers together cost what one does.
_BUSY_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class AuditApi:
    """Each public method but ``handlers`` is an operation of that name; whether it is for whom asks the database."""

    authorisation: Authorisation
    reading: AuditReading
    last_of: LastOf
    time_zone: ZoneInfo
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name, authorised first."""
        protect = self.authorisation.protect
        return {
            "read_audit": protect("read_audit", self.read_audit),
            "export_audit": protect("export_audit", self.export_audit),
            "verify_audit": protect("verify_audit", self.verify_audit),
        }

    async def read_audit(self, request: web.Request, _holder: Holder) -> web.Response:
        asked = await parsed_body(request, models.AuditSearch)
        before = _cursor(asked.cursor)
        found = await self.reading.page(token_of(request), self._wanted(asked), before=before, most=asked.limit + 1)
        shown = found[: asked.limit]
        after = views.cursor(shown[-1].sequence) if len(found) > asked.limit else None
        return model_response(models.AuditPage(events=[_event(each) for each in shown], next=after))

    async def export_audit(self, request: web.Request, _holder: Holder) -> web.StreamResponse:
        asked = await parsed_body(request, models.AuditExport)
        token, wanted = token_of(request), self._wanted(asked)
        # First it is noted, then it is done: the export is the last event that it may hold.
        await self.reading.note(token, "audit.exported", asked.reason, {"form": asked.form} | wanted.noted())
        through = (await self.reading.head()).sequence
        response = web.StreamResponse(
            headers={
                "Content-Type": _MEDIA[asked.form],
                "Content-Disposition": f'attachment; filename="audit-{through}.{asked.form}"',
                "Cache-Control": "no-store",
            }
        )
        events = await self.reading.batch(token, wanted, after=0, through=through)
        await response.prepare(request)
        await response.write(_heading(asked.form))
        while events:
            await response.write(_lines(asked.form, events).encode())
            events = await self.reading.batch(token, wanted, after=events[-1].sequence, through=through)
        await response.write_eof()
        return response

    async def verify_audit(self, request: web.Request, _holder: Holder) -> web.Response:
        asked = await parsed_body(request, models.AuditVerification)
        token = token_of(request)
        try:
            async with asyncio.timeout(_BUSY_SECONDS):
                await self.busy.acquire()
        except TimeoutError as error:
            raise Refused(503, "Not now", refusals.AUDIT_BUSY.filled(), retry_after=2) from error
        try:
            if asked.after == 0:
                await self.reading.note(token, "audit.verified", "", {"heads": str(len(asked.heads))})
            return model_response(await self._part(token, asked))
        finally:
            self.busy.release()

    async def _part(self, token: str, asked: models.AuditVerification) -> models.AuditPart:
        # Before the events are read: what was published cannot be newer than what is kept.
        published = await self._published()
        heads = [_kept(each.sequence, each.sha256) for each in asked.heads]
        if published is not None:
            heads.append(_kept(published.sequence, published.sha256))
        walk = Walk(_anchored(heads), _kept(asked.after, asked.sha256))
        faults, hashes, count = list[Fault](), dict[int, bytes](), 0
        for _ in range(_SLICES):
            events, chain = await self.reading.slice(token, walk.last.sequence)
            faults += await _stepped(walk, events)
            hashes |= {each.sequence: each.sha256 for each in events if each.sequence in walk.anchors}
            count += len(events)
            if ended := len(events) < MOST_ROWS:
                faults += walk.end(chain)
                break
        return models.AuditPart(
            events=count,
            sequence=walk.last.sequence,
            sha256=walk.last.sha256.hex(),
            total=chain.sequence,
            ended=ended,
            faults=_faults(faults),
            compared=_compared(heads, hashes),
            published=published,
        )

    def _wanted(self, asked: models.AuditFilter) -> Wanted:
        since, until = _begin(asked.since, self.time_zone), _begin(asked.until, self.time_zone, later=timedelta(days=1))
        return Wanted(since, until, asked.account, asked.kind, asked.about)

    async def _published(self) -> models.AuditPublished | None:
        try:
            head = await last_published(self.last_of)
        except NoAnswer:
            return None
        if head is None:
            return None
        return models.AuditPublished(sequence=head.sequence, sha256=head.sha256.hex(), at=head.chained_at)


async def _stepped(walk: Walk, events: Sequence[Event]) -> list[Fault]:
    """Recompute *events* a few at a time, so that alerts do not wait for it."""
    found = list[Fault]()
    for start in range(0, len(events), _AT_ONCE):
        found += [fault for event in events[start : start + _AT_ONCE] for fault in walk.step(event)]
        await asyncio.sleep(0)
    return found


def _anchored(heads: Iterable[Head]) -> Mapping[int, Sequence[Anchor]]:
    found = defaultdict[int, list[Anchor]](list)
    for head in heads:
        found[head.sequence].append(Anchor(head, "kept"))
    return found


def _faults(found: Iterable[Fault]) -> list[models.AuditFault]:
    named = ((fault.breach, fault.sequence) for fault in found)
    faults = (models.AuditFault(kind=breach.value, number=number) for breach, number in named if breach is not None)
    return list(islice(faults, _MOST_FAULTS))


def _compared(heads: Iterable[Head], hashes: Mapping[int, bytes]) -> list[models.AuditHeadCompared]:
    return [
        models.AuditHeadCompared(
            sequence=head.sequence, sha256=head.sha256.hex(), agrees=hashes[head.sequence] == head.sha256
        )
        for head in heads
        if head.sequence in hashes
    ]


def _kept(sequence: int, sha256: str) -> Head:
    return Head(sequence, bytes.fromhex(sha256))


def _begin(of: datetime | date | None, zone: ZoneInfo, *, later: timedelta = timedelta()) -> datetime | None:
    """The moment that is meant; of a day its beginning in *zone*, or that of the day *later*."""
    if of is None or isinstance(of, datetime):
        return of
    return datetime.combine(of + later, time(), zone).astimezone(UTC)


def _cursor(text: str | None) -> int | None:
    try:
        return None if text is None else views.read_cursor(text)
    except ValueError as error:
        raise Refused(422, "Not a valid request", refusals.BAD_CURSOR.filled()) from error


def _heading(form: str) -> bytes:
    # With the mark by which spreadsheets know UTF-8.
    return ("\ufeff" + audit_lines.table([], heading=True)).encode() if form == "csv" else b""


def _lines(form: str, events: Sequence[Event]) -> str:
    if form == "csv":
        return audit_lines.table(events)
    return "".join(f"{audit_lines.as_json(event)}\n" for event in events)


def _event(event: Event) -> models.AuditEvent:
    return models.AuditEvent(
        number=event.sequence,
        at=event.at,
        by=event.actor_name,
        account=event.actor_id,
        through=event.through,
        action=event.action,
        about_kind=event.subject_kind,
        about=event.subject,
        reason=event.reason,
        details=event.details,
        sha256=event.sha256.hex(),
    )

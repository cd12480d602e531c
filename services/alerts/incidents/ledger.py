"""The ledger in PostgreSQL: sightings, and the incidents they raise or join."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import to_microseconds, uuid_or_none
from services.alerts.database import Connection, Database, Row, StoreAway, Unacceptable, present
from services.alerts.incidents.core import Join, KnownIncident, Raise
from services.alerts.incidents.policy import ROUNDING, EvidencePolicy
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.times import MICROSECOND, OLDEST, began_at
from services.alerts.incidents.walks import JITTER, Evidence
from services.chassis import owed
from services.chassis.errors import Poison

# The first so many pictures of an incident are kept; later sightings are counted without theirs.
PICTURES_PER_INCIDENT: Final = 12
_TRY_SECONDS: Final = 0.5  # between two tries to begin


@dataclass(frozen=True, slots=True)
class PostgresLedger:
    """Opens pages. ``reviewers`` must agree on what is raised; None: as many as two people set for its site."""

    database: Database
    reviewers: int | None = None
    closing: asyncio.Event = field(default_factory=asyncio.Event)  # set: do not wait for the database any more
    # No try begins later. The last one takes ten seconds at most (a connection, a begin), so that waiting is over
    # before the broker delivers the sighting again (30 s); if it did, recording twice has the effect of once.
    retry_seconds: float = 15.0
    clock: Callable[[Connection], Awaitable[datetime]] = present
    is_clock_believed: Callable[[], bool] = lambda: True

    @asynccontextmanager
    async def page(self, entry_id: EntryId, site: SiteId) -> AsyncIterator["PostgresPage"]:
        """Begin a transaction that is alone, over all replicas, on this person and site.

        Raises StoreAway when it may succeed later, and Poison for a sighting the schema can never hold.
        """
        try:
            async with AsyncExitStack() as stack:
                connection = await self._begin(stack)
                await alone(connection, entry_id, site)
                yield PostgresPage(
                    connection, entry_id, site, self.reviewers, await self.clock(connection), self.is_clock_believed()
                )
        except Unacceptable as error:
            raise Poison(str(error)) from error

    async def _begin(self, stack: AsyncExitStack) -> Connection:
        """Wait a while for a database that is away, so that the first sighting is recorded as soon as it is back."""
        clock = asyncio.get_running_loop().time
        last = clock() + self.retry_seconds - _TRY_SECONDS
        while True:
            try:
                return await stack.enter_async_context(self.database.transaction())
            except StoreAway:
                if self.closing.is_set() or clock() > last:
                    raise
            await owed.pause(self.closing, _TRY_SECONDS)


@dataclass(frozen=True, slots=True)
class PostgresPage:
    """One person at one site within one transaction."""

    connection: Connection
    entry_id: EntryId
    site: SiteId
    reviewers: int | None
    now: datetime
    is_clock_believed: bool

    async def add(self, sighting: PersonSighted, *, seen_at: datetime, crop: bytes) -> bool:
        """Keep the sighting with its sealed face *crop*; False when it is already known."""
        origin, quality, journey = sighting.origin, sighting.quality, sighting.origin.journey
        look, walk = origin.look, sighting.walk
        status = await self.connection.execute(
            """
            insert into alerts.sighting (
                sighting_id, entry_id, entry_revision, site, camera, frame_id, face_index, model_name, model_sha256,
                similarity, face_px, sharpness, yaw_degrees, seen_at, recorded_at,
                captured_us, received_us, detected_us, embedded_us, matched_us, picture, picture_sealed, photo_id,
                track_id, track_began_us, looks, views, span_us, strong_similarity
            ) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,true,$22,
                $23,$24,$25,$26,$27,$28)
            on conflict (sighting_id) do nothing
            """,
            sighting.sighting_id,
            self.entry_id,
            sighting.entry_revision,
            self.site,
            origin.place.camera,
            origin.frame_id,
            origin.index,
            sighting.model.name,
            sighting.model.sha256,
            sighting.similarity,
            quality.face_px,
            quality.sharpness,
            quality.yaw_degrees,
            seen_at,
            self.now,
            journey.captured_us,
            journey.received_us,
            journey.detected_us,
            journey.embedded_us,
            journey.matched_us,
            crop,
            uuid_or_none(sighting.photo_id),
            None if look is None else look.track_id,
            None if look is None else look.track_began_us,
            None if walk is None else walk.looks,
            None if walk is None else walk.views,
            None if walk is None else walk.span_us,
            sighting.strong_similarity or None,
        )
        return status == "INSERT 0 1"

    async def has_ended(self) -> bool:
        """Whether the entry no longer matches: it was suspended, revoked or erased, or its time is over."""
        return bool(
            await self.connection.fetchval(
                "select ended or $3 and expires_at <= $2 from watchlist.entry_standing where entry_id = $1",
                self.entry_id,
                self.now,
                self.is_clock_believed,
            )
        )

    async def known(self, new: Evidence, policy: EvidencePolicy) -> Sequence[KnownIncident]:
        """The incidents that may take *new*: those of its track, undecided ones, and those of about that time."""
        # Locked first: a decision either is seen here, or waits for this sighting and is taken with it.
        await self.connection.execute(
            "select 1 from alerts.incident where entry_id = $1 and site = $2 and outcome is null for update",
            self.entry_id,
            self.site,
        )
        rows = await self.connection.fetch(
            """
            select id, number, first_seen_at, last_seen_at, quiet_until, cameras, announced_at, peak_similarity,
                tracks, outcome, exists (
                    select from alerts.sighting s where s.incident_id = i.id and s.camera = $5
                        and s.seen_at between $3::timestamptz - $4::interval and $3::timestamptz + $4::interval
                ) as there, outcome is not null and exists (
                    select from alerts.sighting s
                    where s.incident_id = i.id and s.camera = $5 and s.track_id <> $6
                        and s.seen_at > $7::timestamptz + $8::interval and s.seen_at <= $3
                ) as beside
            from alerts.incident i
            where entry_id = $1 and site = $2 and (outcome is null or tracks @> array[$6::uuid]
                or first_seen_at <= $3::timestamptz + $9::interval and last_seen_at >= $3::timestamptz - $9::interval)
            """,
            self.entry_id,
            self.site,
            new.seen_at,
            policy.presence,
            new.camera,
            new.track,
            new.began_at,
            JITTER,
            max(policy.presence, policy.evidence),
        )
        return [_known(row) for row in rows]

    async def pending(self, new: Evidence, policy: EvidencePolicy) -> Sequence[Evidence]:
        """What waits without an incident and may be evidence with *new*, three sightings of each track at most.

        What a track says follows from its newest sighting, its nearest one, and the one by which it began first, so a
        long wait is read as fast as a short one. Faces that were not followed are walks each, and of those at the
        camera of *new* only one on the other side of a break is another walk.
        """
        rows = await self.connection.fetch(
            """
            select sighting_id, camera, frame_id, seen_at, similarity, track_id, track_began_us, captured_us
            from (
                select *,
                    row_number() over (walk order by seen_at desc, sighting_id desc) as newest,
                    row_number() over (walk order by similarity desc) as nearest,
                    row_number() over (walk order by seen_at - case
                        when captured_us - track_began_us between 0 and $6
                        then (captured_us - track_began_us) * interval '1 microsecond' else interval '0' end) as first
                from alerts.sighting
                where entry_id = $1 and site = $2 and incident_id is null
                    and seen_at between $3::timestamptz - $4::interval and $3::timestamptz + $4::interval
                    and (track_id is not null or similarity >= $5 and (
                        camera <> $7 or abs(extract(epoch from seen_at - $3::timestamptz)) >= $8))
                window walk as (partition by camera, coalesce(track_id::text, sighting_id))
            ) as waiting
            where 1 in (newest, nearest, first)
            """,
            self.entry_id,
            self.site,
            new.seen_at,
            policy.evidence,
            policy.corroborating - ROUNDING,
            OLDEST // MICROSECOND,
            new.camera,
            policy.presence.total_seconds(),
        )
        return [evidence_of(row) for row in rows]

    async def waiting(self, tracks: Collection[UUID], new: Evidence, policy: EvidencePolicy) -> Sequence[Evidence]:
        """Every sighting of *tracks* that waits, as far as it may be evidence with *new*."""
        rows = await self.connection.fetch(
            """
            select sighting_id, camera, frame_id, seen_at, similarity, track_id, track_began_us, captured_us
            from alerts.sighting
            where entry_id = $1 and site = $2 and incident_id is null and track_id = any($5::uuid[])
                and seen_at between $3::timestamptz - $4::interval and $3::timestamptz + $4::interval
            """,
            self.entry_id,
            self.site,
            new.seen_at,
            policy.evidence,
            sorted(tracks),
        )
        return [evidence_of(row) for row in rows]

    async def write(self, sighting: PersonSighted, decision: Join | Raise) -> None:
        """Raise the incident or add to it, and announce it where that is due."""
        if isinstance(decision, Raise):
            await insert_incident(self.connection, decision, self.entry_id, self.site, self.reviewers, self.now)
            await self._announce(sighting, decision, "raised")
            return
        await self._join(sighting, decision)
        if decision.announce:
            await self._announce(sighting, decision, "updated")

    async def _join(self, sighting: PersonSighted, decision: Join) -> None:
        camera = sighting.origin.place.camera
        await self.connection.execute(
            """
            update alerts.sighting s set incident_id = i.id, picture = case
                when $3 = 'kept' or $3 <> 'dropped' and i.sightings < $4 then s.picture
                when $3 = 'one of its walk' and not exists (
                    select from alerts.sighting o
                    where o.incident_id = i.id and o.track_id = s.track_id and o.picture is not null
                ) then s.picture end
            from alerts.incident i where s.sighting_id = $1 and i.id = $2
            """,
            sighting.sighting_id,
            decision.incident_id,
            decision.picture,
            PICTURES_PER_INCIDENT,
        )
        # Also where a former version let two of them take sightings, one after the other.
        await self.connection.execute(
            """
            update alerts.incident set takes_sightings = false
            where entry_id = $2 and site = $3 and takes_sightings and id <> $1
                and (select takes_sightings from alerts.incident where id = $1)
            """,
            decision.incident_id,
            self.entry_id,
            self.site,
        )
        await self.connection.execute(
            """
            update alerts.incident set last_seen_at = $2, quiet_until = $3, sightings = sightings + 1,
                first_seen_at = $8, raised_at = least(raised_at, $6),
                last_camera = case when $2 > last_seen_at or last_seen_at > $6 then $4::text else last_camera end,
                cameras = case when $4::text = any(cameras) then cameras else cameras || $4::text end,
                announced_at = case when $5 then $6 else announced_at end, peak_similarity = $7
            where id = $1
            """,
            decision.incident_id,
            decision.last_seen_at,
            decision.quiet_until,
            camera,
            decision.announce,
            self.now,
            decision.peak_similarity,
            decision.first_seen_at,
        )

    async def _announce(self, sighting: PersonSighted, decision: Join | Raise, kind: str) -> None:
        journey = sighting.origin.journey
        await self.connection.execute(
            """
            insert into alerts.event (
                incident_id, kind, camera, at,
                captured_us, received_us, detected_us, embedded_us, matched_us, recorded_us
            ) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
            """,
            decision.incident_id,
            kind,
            sighting.origin.place.camera,
            self.now,
            journey.captured_us,
            journey.received_us,
            journey.detected_us,
            journey.embedded_us,
            journey.matched_us,
            to_microseconds(self.now),
        )


async def alone(connection: Connection, entry_id: EntryId | UUID, site: str) -> None:
    """Wait until nobody else, in whatever replica, works on this person at this site; until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"alerts.page/{entry_id}/{site}")


async def insert_incident(
    connection: Connection,
    decision: Raise,
    entry_id: EntryId | UUID,
    site: str,
    reviewers: int | None,
    now: datetime,
) -> None:
    """Put in the incident with its evidence. From now on it is the one that takes the person's sightings there.

    So many *reviewers* must agree on it; None: as many as are set for its site now.
    """
    evidence = decision.evidence
    await _only_one_takes_sightings(connection, decision.incident_id, entry_id, site)
    await connection.execute(
        """
        insert into alerts.incident (
            id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras,
            sightings, strong, reviewers, announced_at, peak_similarity, tracks
        ) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,coalesce($12, watchlist.reviewers_of($15)),$4,$13,$14)
        """,
        decision.incident_id,
        entry_id,
        site,
        now,
        evidence[0].seen_at,
        evidence[-1].seen_at,
        decision.quiet_until,
        evidence[-1].camera,
        sorted({e.camera for e in evidence}),
        len(evidence),
        decision.strong,
        reviewers,
        decision.peak_similarity,
        sorted(decision.tracks),
        str(site),
    )
    await connection.execute(
        "update alerts.sighting set incident_id = $1 where sighting_id = any($2::text[])",
        decision.incident_id,
        [e.sighting_id for e in evidence],
    )


async def _only_one_takes_sightings(connection: Connection, chosen: UUID, entry_id: EntryId | UUID, site: str) -> None:
    """The others take none any more: their window is over, or their times are from a clock that was ahead."""
    await connection.execute(
        """
        update alerts.incident set takes_sightings = false
        where entry_id = $1 and site = $2 and takes_sightings and id <> $3
        """,
        entry_id,
        site,
        chosen,
    )


def evidence_of(row: Row) -> Evidence:
    """A sighting's row as the rule sees it."""
    began_us = row["track_began_us"]
    return Evidence(
        row["sighting_id"],
        row["camera"],
        row["frame_id"],
        row["seen_at"],
        row["similarity"],
        row["track_id"],
        None if began_us is None else began_at(row["captured_us"], began_us, seen_at=row["seen_at"]),
    )


def _known(row: Row) -> KnownIncident:
    return KnownIncident(
        row["id"],
        row["number"],
        row["first_seen_at"],
        row["last_seen_at"],
        row["quiet_until"],
        frozenset(row["cameras"]),
        row["announced_at"],
        row["peak_similarity"],
        frozenset(row["tracks"] or ()),
        None if row["outcome"] is None else Outcome(row["outcome"]),
        row["there"],
        row["beside"],
    )

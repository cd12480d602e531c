"""Incidents as people read them, and what people do to them: respond, review, correct, arrive and report."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from proto.wardwatch.v1.roles import ALLOWED
from services.alerts.accounts.holder import Holder
from services.alerts.database import Connection, Database, Row, StoreAway, present
from services.alerts.incidents import audit_note
from services.alerts.incidents.audit_note import TooManyFaces
from services.alerts.incidents.crops import OpenCrop, open_none
from services.alerts.incidents.judgements import Judgement, judgement
from services.alerts.incidents.ledger import alone, evidence_of, insert_incident
from services.alerts.incidents.leftover import Leftover, Recorded, leftover
from services.alerts.incidents.policy import ROUNDING, EvidencePolicy
from services.alerts.incidents.retention import close
from services.alerts.incidents.review import Case, Outcome, Review, Verdict, VerdictRefused, correct, give
from services.alerts.incidents.search import FOUND, Sought, arguments
from services.alerts.incidents.statistics import ANSWERED_WITHIN, Counted
from services.alerts.incidents.visits import Report, Result, Stop
from services.chassis.errors import NoAnswer, Refusal
from services.chassis.gathering import Gathering

log = structlog.get_logger(__name__)

_DETAILED_SIGHTINGS: Final = 50
_MOST_STOPS: Final = 50
# What was decided longer ago is settled; the database refuses its correction as well.
_CORRECTABLE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Response:
    """Who is on the way."""

    account_id: UUID
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """All that is known, before it is decided what the reader may see of it."""

    id: UUID
    number: int  # in the order in which they were raised, whatever the clocks said
    entry_id: UUID
    site: str
    raised_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    last_camera: str
    cameras: tuple[str, ...]
    sightings: int
    strong: bool
    decided_at: datetime | None
    category: str | None  # None for an entry that was erased since, or ended before people had decided
    instruction: str | None
    response: Response | None
    case: Case
    corrected_at: datetime | None = None  # when a verdict on it was corrected last
    arrived_at: datetime | None = None  # of who responded
    report: Report | None = None
    names: Mapping[UUID, str] = field(default_factory=dict)  # of the accounts that gave a verdict


@dataclass(frozen=True, slots=True)
class Measurement:
    """One sighting in figures; ``similarity`` is the walk's so far, a cosine, and for supervisors only.

    ``walk`` counts the incident's walks from 1, ``looks`` those of this walk so far; None for a face not followed.
    """

    seen_at: datetime
    camera: str
    similarity: float
    face_px: float
    yaw_degrees: float
    walk: int | None
    looks: int | None


class NoSuchIncident(Exception):
    """There is no incident with this id."""

    def __init__(self, incident_id: UUID) -> None:
        self.words = refusals.NO_INCIDENT.filled(incident=incident_id)
        super().__init__(self.words.text)


class SessionOver(Refusal):
    """The session ended while its holder answered."""

    def __init__(self) -> None:
        super().__init__(401, refusals.SESSION_OVER.filled())


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: the database itself finds the account of the token, and refuses another's."""

    account_id: UUID
    token: str = field(repr=False)


class ResponseRefused(Exception):
    """Nobody needs to go there any more, or it is somebody else who goes."""

    def __init__(self, words: RefusalText) -> None:
        super().__init__(words.text)
        self.words = words


# One row per incident, with what its entry says today.
_SELECT: Final = """
    select i.id, i.number, i.entry_id, i.site, i.raised_at, i.first_seen_at, i.last_seen_at, i.last_camera, i.cameras,
        i.sightings, i.strong, i.reviewers, i.outcome, i.decided_at, c.category, c.instruction,
        r.account_id as responder_id, a.name as responder, r.at as responded_at, i.corrected_at, v.at as arrived_at,
        p.account_id as reporter_id, pa.name as reporter, p.result, p.note, p.at as reported_at
    from alerts.incident i
    left join watchlist.alert_card c on c.entry_id = i.entry_id::text and i.outcome is distinct from 'ended'
    left join alerts.response r on r.incident_id = i.id
    left join accounts.account a on a.id = r.account_id
    left join alerts.arrival v on v.incident_id = i.id
    left join lateral (
        select * from alerts.report o where o.incident_id = i.id order by o.id desc limit 1
    ) p on true
    left join accounts.account pa on pa.id = p.account_id
"""


# Answered by whoever said "On my way" or gave a verdict first.
_COUNTS: Final = """
    select (i.raised_at at time zone $5)::date as day, i.outcome, coalesce(c.category, '') as category,
        width_bucket(
            extract(epoch from least(r.at, (select min(v.at) from alerts.review v where v.incident_id = i.id))
                - i.raised_at)::float8 - 1e-6,
            $6::float8[]
        ) as within,
        count(*) as count
    from alerts.incident i
    left join watchlist.alert_card c on c.entry_id = i.entry_id::text
    left join alerts.response r on r.incident_id = i.id
    where ($1::text[] is null or i.site = any($1)) and ($2 = '' or i.site = $2)
        and i.raised_at >= $3::date::timestamp at time zone $5
        and i.raised_at < ($4::date + 1)::timestamp at time zone $5
    group by 1, 2, 3, 4
"""


# The sighting whose picture reviewers see: of a walk that raised the incident, strong if there is one, the clearest.
_SHOWN: Final = """
    select {what} from alerts.sighting s join alerts.incident i on i.id = s.incident_id
    where i.id = $1 and s.picture is not null and {which}
    order by coalesce(s.track_id = any(i.tracks), false) desc, s.similarity >= $2 desc,
        s.face_px desc, s.sharpness desc, s.sighting_id limit 1
"""


@dataclass(slots=True)
class Incidents:
    """The incident table and what hangs on it. Who reads the same incident at once is answered together."""

    database: Database
    policy: EvidencePolicy = field(default_factory=EvidencePolicy)
    # Told, once it is in the record, what people judged to be somebody else's and what they no longer do.
    judged: Callable[[Judgement], None] = lambda _: None
    open_crop: OpenCrop = open_none
    # Told the site, once it is in the record, of each incident that a verdict raised.
    raised: Callable[[str], None] = lambda _site: None
    _ones: Gathering[UUID, None, Incident] = field(init=False, repr=False)
    _pictures: Gathering[UUID, Holder, bytes | TooManyFaces | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ones = Gathering(self._read)
        self._pictures = Gathering(self._read_pictures)

    async def page(
        self, *, limit: int, before: int | None, only_open: bool = False, sites: Collection[str] | None = None
    ) -> Sequence[Incident]:
        """The newest incidents raised before the one of that number, newest first.

        *only_open*: not decided yet; *sites*: of these alone, None for all.
        """
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                _SELECT
                + """
                where ($1::bigint is null or i.number < $1) and (not $3 or i.outcome is null)
                    and ($4::text[] is null or i.site = any($4))
                order by i.number desc limit $2
                """,
                before,
                limit,
                only_open,
                None if sites is None else [*sites],
            )
            return await _with_reviews(connection, rows)

    async def search(
        self, sought: Sought, reader: Holder, *, limit: int, before: int | None, zone: str
    ) -> Sequence[Incident]:
        """The newest incidents of *reader*'s sites that are sought, as :meth:`page`. Days are those of time *zone*."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                f"{_SELECT} where ($1::bigint is null or i.number < $1) {FOUND} order by i.number desc limit $2",
                before,
                limit,
                *arguments(sought, reader, zone),
            )
            return await _with_reviews(connection, rows)

    async def counts(self, reader: Holder, site: str, since: date, until: date, *, zone: str) -> Sequence[Counted]:
        """The incidents of *reader*'s sites, or of *site* alone, that were raised on these days of time *zone*."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                _COUNTS,
                None if reader.sites is None else [*reader.sites],
                site,
                since,
                until,
                zone,
                [float(bound) for bound in ANSWERED_WITHIN],
            )
        return [
            Counted(
                row["day"],
                None if row["outcome"] is None else Outcome(row["outcome"]),
                row["category"],
                row["within"],
                row["count"],
            )
            for row in rows
        ]

    async def one(self, incident_id: UUID) -> Incident:
        """Raises NoSuchIncident."""
        return await self._ones(incident_id, None)

    async def _read(self, incident_id: UUID, asked: Sequence[None]) -> Sequence[Incident]:
        async with self.database.transaction() as connection:
            found = await _one(connection, incident_id)
        return [found for _ in asked]

    async def picture(self, incident_id: UUID, reader: Holder) -> bytes | None:
        """JPEG of the camera's clearest face; None when there is none (any more). That *reader* got it is audited.

        Raises TooManyFaces.

        It is chosen by its size and sharpness and not by similarity, so that the reviewer does not look at the frame
        that agrees best; but it is one of the walks that raised the incident, and a strong sighting if there are any,
        so that the reviewer looks at whom the alert is about and not at somebody beside that person.
        """
        found = await self._pictures(incident_id, reader)
        if isinstance(found, TooManyFaces):
            raise found
        return found

    async def _read_pictures(
        self, incident_id: UUID, readers: Sequence[Holder]
    ) -> Sequence[bytes | TooManyFaces | None]:
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                _SHOWN.format(what="s.entry_id, s.sighting_id, s.picture, s.picture_sealed", which="true"),
                incident_id,
                self.policy.strong - ROUNDING,
            )
            if row is None:
                return [None for _ in readers]
            waits = await audit_note.admit(connection, readers)
            admitted = [reader for reader, wait in zip(readers, waits, strict=True) if not wait]
            await audit_note.note(connection, admitted, "incident.picture_read", incident_id, row["entry_id"])
        content = await self._opened(row)
        return [TooManyFaces(wait) if wait else content for wait in waits]

    async def _opened(self, row: Row) -> bytes | None:
        content: bytes = row["picture"]
        if not row["picture_sealed"]:  # recorded by a former version
            return content
        try:
            return await self.open_crop(row["sighting_id"], content)
        except NoAnswer as error:
            raise StoreAway(f"the key of the face cannot be asked for: {error}") from error

    async def measurements(self, incident: Incident, reader: Holder) -> Sequence[Measurement]:
        """The incident's first sightings in figures, oldest first. That *reader* got them is audited."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                """
                select seen_at, camera, similarity, face_px, yaw_degrees, track_id, looks from alerts.sighting
                where incident_id = $1 order by seen_at, sighting_id limit $2
                """,
                incident.id,
                _DETAILED_SIGHTINGS,
            )
            if rows:
                await audit_note.note(connection, [reader], "incident.details_read", incident.id, incident.entry_id)
        numbers: dict[UUID, int] = {}
        return [_measurement(row, numbers) for row in rows]

    async def respond(self, incident_id: UUID, by: Answerer) -> Incident:
        """Say that somebody is on the way; the first one wins and stays.

        Raises NoSuchIncident, ResponseRefused and SessionOver.
        """
        async with self.database.transaction() as connection:
            incident = await _locked(connection, incident_id)
            if incident.response is None:
                if incident.case.outcome not in (None, Outcome.CONFIRMED):
                    raise ResponseRefused(refusals.INCIDENT_CLOSED.filled())
                if not await connection.fetchval("select alerts.respond($1, $2)", incident_id, by.token):
                    raise SessionOver
                await _tell(connection, incident_id, "responding", incident.last_camera)
            return await _one(connection, incident_id)

    async def review(self, incident_id: UUID, by: Answerer, verdict: Verdict) -> Incident:
        """Add a verdict and decide where it decides. Raises NoSuchIncident, VerdictRefused and SessionOver."""
        async with self.database.transaction() as connection:
            about = await _one(connection, incident_id)
            # Before the incident, as who records a sighting does: what is left over may raise another one.
            await alone(connection, about.entry_id, about.site)
            incident = await _locked(connection, incident_id)
            case = give(incident.case, by.account_id, verdict)
            if case is incident.case:
                return incident
            given = "select alerts.give_verdict($1, $2, $3)"
            if not await connection.fetchval(given, incident_id, by.token, verdict.value):
                raise SessionOver
            raises = False
            if case.outcome is not None:
                raises = await self._decide(connection, incident, case.outcome)
            elif case.is_disputed:
                await _tell(connection, incident_id, "updated", incident.last_camera)
            told = await _judgement(connection, incident)
            after = await _one(connection, incident_id)
        self._tell_others(told, after.site if raises else None)
        return after

    async def correct(
        self, incident_id: UUID, by: Answerer, holder: Holder, verdict: Verdict | None, *, author: str, reason: str
    ) -> Incident:
        """Put *verdict* in the place of what the account *author* said, or set that aside; everybody is told again.

        Raises NoSuchIncident, VerdictRefused and SessionOver.
        """
        async with self.database.transaction() as connection:
            about = await _one(connection, incident_id)
            await alone(connection, about.entry_id, about.site)
            incident = await _locked(connection, incident_id)
            if incident.decided_at is not None and await present(connection) - incident.decided_at > _CORRECTABLE:
                raise VerdictRefused(refusals.CORRECTION_LATE.filled())
            whose = _author(incident, holder, author)
            case = correct(incident.case, whose, verdict, by=by.account_id, role=holder.role)
            if case is incident.case:
                return incident
            if whose != by.account_id and len(reason.strip()) < _SHORTEST_REASON:
                raise VerdictRefused(refusals.CORRECTION_REASON.filled())
            corrected = "select alerts.correct_verdict($1, $2, $3, $4, $5)"
            said = None if verdict is None else verdict.value
            if not await connection.fetchval(corrected, incident_id, by.token, whose, said, reason):
                raise SessionOver
            raises = False
            if incident.case.outcome in (None, Outcome.CONFIRMED) and case.outcome not in (None, incident.case.outcome):
                raises = await self._decide(connection, incident, case.outcome)
            else:
                kind = "closed" if case.outcome is not None else "updated"
                await _tell(connection, incident_id, kind, incident.last_camera)
            told = await _judgement(connection, incident)
            after = await _one(connection, incident_id)
        self._tell_others(told, after.site if raises else None)
        return after

    def _tell_others(self, told: Judgement | None, raised_at: str | None) -> None:
        if told is not None:
            self.judged(told)
        if raised_at is not None:
            self.raised(raised_at)

    async def _decide(self, connection: Connection, incident: Incident, outcome: Outcome) -> bool:
        """Returns whether what is left over raised another incident."""
        raises = False
        if outcome is not Outcome.CONFIRMED:
            raises = await self._leave_over(connection, incident, _SAID[outcome])
        await connection.execute("select alerts.decide($1)", incident.id)
        await close(connection, incident.id, incident.last_camera)
        return raises

    async def arrive(self, incident_id: UUID, by: Answerer) -> Incident:
        """Say that who is on the way is there; once. Raises NoSuchIncident, ResponseRefused and SessionOver."""
        async with self.database.transaction() as connection:
            incident = await _locked(connection, incident_id)
            if incident.arrived_at is None:
                _check_on_the_way(incident, by.account_id)
                if not await connection.fetchval("select alerts.arrive($1, $2)", incident_id, by.token):
                    raise SessionOver
                await _tell(connection, incident_id, "updated", incident.last_camera)
            return await _one(connection, incident_id)

    async def report(self, incident_id: UUID, by: Answerer, holder: Holder, result: Result, note: str) -> Incident:
        """Say what came of going there; the same again changes nothing.

        Raises NoSuchIncident, ResponseRefused and SessionOver.
        """
        async with self.database.transaction() as connection:
            incident = await _locked(connection, incident_id)
            last = incident.report
            if last is not None and (last.account_id, last.result, last.note) == (by.account_id, result, note):
                return incident
            if incident.case.outcome is Outcome.ENDED:
                raise ResponseRefused(refusals.ENTRY_OVER.filled())
            if holder.role not in ALLOWED["show_details"]:
                _check_on_the_way(incident, by.account_id)
            reported = "select alerts.report_visit($1, $2, $3, $4)"
            if not await connection.fetchval(reported, incident_id, by.token, result.value, note):
                raise SessionOver
            await _tell(connection, incident_id, "updated", incident.last_camera)
            return await _one(connection, incident_id)

    async def trail(self, incident: Incident) -> Sequence[Stop]:
        """Where the person of *incident* was seen, and from when to when: its latest stops, oldest first."""
        if incident.case.outcome is Outcome.ENDED:
            return []
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                """
                with parts as (
                    select camera, seen_at, row_number() over (order by seen_at, sighting_id)
                        - row_number() over (partition by camera order by seen_at, sighting_id) as part
                    from alerts.sighting where incident_id = $1
                )
                select camera, min(seen_at) as since, max(seen_at) as until from parts
                group by camera, part order by until desc limit $2
                """,
                incident.id,
                _MOST_STOPS,
            )
        return [Stop(row["camera"], row["since"], row["until"]) for row in reversed(rows)]

    async def _leave_over(self, connection: Connection, incident: Incident, verdict: Verdict) -> bool:
        """Take out of *incident* what *verdict* was not about; returns whether that raised another incident.

        Otherwise it waits again.
        """
        now = await present(connection)
        first_verdict_at = await connection.fetchval(
            "select min(at) from alerts.verdict where incident_id = $1 and verdict = $2", incident.id, verdict.value
        )
        rows = await connection.fetch(
            """
            select sighting_id, camera, frame_id, seen_at, similarity, track_id, track_began_us, captured_us,
                recorded_at, coalesce(strong_similarity, 0) as strong_similarity
            from alerts.sighting where incident_id = $1
            """,
            incident.id,
        )
        if not rows:
            return False
        policy = self.policy.alone_from(max(row["strong_similarity"] for row in rows))
        shown = await connection.fetchval(
            _SHOWN.format(what="s.sighting_id", which="not (s.recorded_at > $3 and s.recorded_at <= $4)"),
            incident.id,
            policy.strong - ROUNDING,
            first_verdict_at,
            now + policy.window,
        )
        left = leftover(
            incident.id,
            [Recorded(evidence_of(row), row["recorded_at"]) for row in rows],
            first_verdict_at=first_verdict_at,
            shown=shown,
            told=await _told_elsewhere(connection, incident),
            policy=policy,
            now=now,
        )
        await _part(connection, incident, left)
        if left.raised is None:
            return False
        raised = left.raised
        await insert_incident(connection, raised, incident.entry_id, incident.site, incident.case.reviewers, now)
        await connection.execute(
            "insert into alerts.event (incident_id, kind, camera, at) values ($1, 'raised', $2, $3)",
            raised.incident_id,
            raised.evidence[-1].camera,
            now,
        )
        log.info("incident is raised", incident_id=str(raised.incident_id), site=incident.site)
        return True

    async def sites(self) -> Sequence[str]:
        """Sites that ever had an incident."""
        async with self.database.transaction() as connection:
            return [row["site"] for row in await connection.fetch("select distinct site from alerts.incident")]


# Which verdict makes which outcome.
_SAID: Final = {
    Outcome.CONFIRMED: Verdict.SAME,
    Outcome.REJECTED: Verdict.NOT_SAME,
    Outcome.UNRESOLVED: Verdict.CANNOT_TELL,
}
_SHORTEST_REASON: Final = 3


def _author(incident: Incident, holder: Holder, name: str) -> UUID:
    """Whose verdict is meant; one's own without a name. Raises VerdictRefused."""
    if not name or name == holder.name:
        return holder.account_id
    found = next((account for account, known in incident.names.items() if known == name), None)
    if found is None:
        raise VerdictRefused(refusals.NO_VERDICT_OF.filled(account=name))
    return found


def _check_on_the_way(incident: Incident, account_id: UUID) -> None:
    if incident.response is None:
        raise ResponseRefused(refusals.NOBODY_ON_THE_WAY.filled())
    if incident.response.account_id != account_id:
        raise ResponseRefused(refusals.NOT_ON_THE_WAY.filled(account=incident.response.name))


async def _tell(connection: Connection, incident_id: UUID, kind: str, camera: str) -> None:
    """Have every phone read the incident again."""
    await connection.execute(
        "insert into alerts.event (incident_id, kind, camera, at) values ($1, $2, $3, watchlist.present())",
        incident_id,
        kind,
        camera,
    )


async def _judgement(connection: Connection, before: Incident) -> Judgement | None:
    return await judgement(connection, before.id, before.entry_id, before.site, before=before.case.outcome)


async def _locked(connection: Connection, incident_id: UUID) -> Incident:
    await connection.execute("select 1 from alerts.incident where id = $1 for update", incident_id)
    return await _one(connection, incident_id)


async def _one(connection: Connection, incident_id: UUID) -> Incident:
    rows = await connection.fetch(_SELECT + "where i.id = $1", incident_id)
    if not rows:
        raise NoSuchIncident(incident_id)
    return (await _with_reviews(connection, rows))[0]


async def _told_elsewhere(connection: Connection, incident: Incident) -> dict[UUID, float]:
    """The tracks that other incidents of the person and site were raised for, and up to which similarity that counts.

    Of one that people judged to be somebody else's that is what they saw; of an open or a confirmed one it is any.
    """
    rows = await connection.fetch(
        """
        select track, max(
            case when outcome in ('rejected', 'unresolved') then peak_similarity else 'Infinity'::real end
        ) as peak
        from alerts.incident cross join unnest(tracks) as track
        where entry_id = $1 and site = $2 and id <> $3 group by track
        """,
        incident.entry_id,
        incident.site,
        incident.id,
    )
    return {row["track"]: row["peak"] for row in rows}


async def _part(connection: Connection, incident: Incident, left: Leftover) -> None:
    """What was judged, and what the verdict covers, stays with the incident; it is about these from now on."""
    await connection.execute(
        "update alerts.sighting set incident_id = null where sighting_id = any($1::text[])",
        [e.sighting_id for e in left.others],
    )
    kept = [*left.judged, *left.covered]
    await connection.execute(
        """
        update alerts.incident set takes_sightings = false, sightings = $2, cameras = $3, peak_similarity = $4,
            tracks = $6, last_seen_at = greatest(first_seen_at, least(last_seen_at, $5)) where id = $1
        """,
        incident.id,
        len(kept),
        sorted({e.camera for e in left.judged}),
        max(e.similarity for e in left.judged),
        max(e.seen_at for e in kept),
        sorted(left.tracks),
    )


async def _with_reviews(connection: Connection, rows: Sequence[Row]) -> list[Incident]:
    reviews: dict[UUID, list[Row]] = {row["id"]: [] for row in rows}
    for row in await connection.fetch(
        """
        select v.incident_id, v.account_id, v.verdict, v.is_blind, a.name, exists (
            select from alerts.correction c where c.incident_id = v.incident_id and c.is_swayed) as disclosed
        from alerts.verdict v join accounts.account a on a.id = v.account_id
        where v.incident_id = any($1::uuid[]) order by v.at
        """,
        list(reviews),
    ):
        reviews[row["incident_id"]].append(row)
    return [_incident(row, reviews[row["id"]]) for row in rows]


def _review(row: Row) -> Review:
    verdict = row["verdict"]
    return Review(row["account_id"], None if verdict is None else Verdict(verdict), row["is_blind"])


def _measurement(row: Row, numbers: dict[UUID, int]) -> Measurement:
    """*numbers* has the walks of the sightings before, and gets this one's."""
    track = row["track_id"]
    walk = None if track is None else numbers.setdefault(track, len(numbers) + 1)
    return Measurement(
        row["seen_at"], row["camera"], row["similarity"], row["face_px"], row["yaw_degrees"], walk, row["looks"]
    )


def _incident(row: Row, reviews: Sequence[Row]) -> Incident:
    outcome = None if row["outcome"] is None else Outcome(row["outcome"])
    responder, result = row["responder_id"], row["result"]
    return Incident(
        id=row["id"],
        number=row["number"],
        entry_id=row["entry_id"],
        site=row["site"],
        raised_at=row["raised_at"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        last_camera=row["last_camera"],
        cameras=tuple(row["cameras"]),
        sightings=row["sightings"],
        strong=row["strong"],
        decided_at=row["decided_at"],
        category=row["category"],
        instruction=row["instruction"],
        response=None if responder is None else Response(responder, row["responder"], row["responded_at"]),
        case=Case(
            row["reviewers"],
            tuple(_review(each) for each in reviews),
            outcome,
            disclosed=any(each["disclosed"] for each in reviews),
        ),
        corrected_at=row["corrected_at"],
        arrived_at=row["arrived_at"],
        report=None
        if result is None
        else Report(row["reporter_id"], row["reporter"], Result(result), row["note"], row["reported_at"]),
        names={each["account_id"]: each["name"] for each in reviews},
    )

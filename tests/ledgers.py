"""A ledger in memory: what it does for recording and verdicts is what the one in PostgreSQL does.

``tests/contract/test_incident_machine.py`` runs both side by side.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.handler import RecordSighting
from services.alerts.incidents.core import Join, KnownIncident, Raise
from services.alerts.incidents.leftover import Recorded, leftover
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Case, Outcome, Verdict, give
from services.alerts.incidents.times import began_at
from services.alerts.incidents.walks import JITTER, Evidence
from services.chassis.telemetry import Meters
from tests.crops import CROPS

_PERSON: Final = EntryId("person")


@dataclass(slots=True)
class Row:
    """A sighting that is kept."""

    evidence: Evidence
    recorded_at: datetime
    face_px: float
    incident: UUID | None = None


@dataclass(slots=True)
class Told:
    """An incident with its verdicts."""

    known: KnownIncident
    case: Case
    verdicts: list[tuple[Verdict, datetime]] = field(default_factory=list)

    @property
    def covers_up_to(self) -> float:
        """The similarity up to which its tracks need no other incident."""
        is_dismissed = self.case.outcome in (Outcome.REJECTED, Outcome.UNRESOLVED)
        return self.known.peak_similarity if is_dismissed else inf


@dataclass
class MemoryLedger:
    """One person at one site."""

    now: datetime
    person: EntryId = _PERSON
    reviewers: int = 2
    policy: EvidencePolicy = field(default_factory=EvidencePolicy)
    ended: bool = False  # the entry matches no more
    rows: dict[str, Row] = field(default_factory=dict)
    incidents: dict[UUID, Told] = field(default_factory=dict)
    written: list[Join | Raise] = field(default_factory=list)
    raised: list[UUID] = field(default_factory=list)  # in the order in which people were told

    @asynccontextmanager
    async def page(self, entry_id: EntryId, site: SiteId) -> AsyncIterator["MemoryLedger"]:
        yield self

    async def add(self, sighting: PersonSighted, *, seen_at: datetime, crop: bytes) -> bool:
        if sighting.sighting_id in self.rows:
            return False
        origin, look = sighting.origin, sighting.origin.look
        evidence = Evidence(
            sighting.sighting_id,
            origin.place.camera,
            origin.frame_id,
            seen_at,
            sighting.similarity,
            None if look is None else UUID(look.track_id),
            None if look is None else began_at(origin.journey.captured_us, look.track_began_us, seen_at=seen_at),
        )
        self.rows[sighting.sighting_id] = Row(evidence, self.now, sighting.quality.face_px)
        return True

    async def has_ended(self) -> bool:
        return self.ended

    async def known(self, new: Evidence, policy: EvidencePolicy) -> Sequence[KnownIncident]:
        return [
            replace(
                told.known,
                outcome=told.case.outcome,
                there=self._is_there(name, new),
                beside=self._is_beside(name, new),
            )
            for name, told in self.incidents.items()
        ]

    async def pending(self, new: Evidence, policy: EvidencePolicy) -> Sequence[Evidence]:
        waiting = [row.evidence for row in self.rows.values() if row.incident is None]
        return [e for e in waiting if abs(e.seen_at - new.seen_at) <= policy.evidence]

    async def waiting(self, tracks: Collection[UUID], new: Evidence, policy: EvidencePolicy) -> Sequence[Evidence]:
        return [e for e in await self.pending(new, policy) if e.track in tracks]

    async def write(self, sighting: PersonSighted, decision: Join | Raise) -> None:
        self.written.append(decision)
        if isinstance(decision, Raise):
            self._insert(decision)
            return
        told, row = self.incidents[decision.incident_id], self.rows[sighting.sighting_id]
        row.incident = decision.incident_id
        told.known = replace(
            told.known,
            first_seen_at=decision.first_seen_at,
            last_seen_at=decision.last_seen_at,
            quiet_until=decision.quiet_until,
            cameras=told.known.cameras | {row.evidence.camera},
            announced_at=self.now if decision.announce else told.known.announced_at,
            peak_similarity=decision.peak_similarity,
        )

    async def see(self, sighting: PersonSighted, *, now: datetime) -> None:
        """Record it as the service does."""
        self.now = now
        await RecordSighting(self, CROPS.seal, self.policy, Meters())(sighting)

    async def judge(self, incident: UUID, guard: int, verdict: Verdict, *, now: datetime) -> None:
        """One guard's verdict. Raises VerdictRefused."""
        self.now = now
        told = self.incidents[incident]
        case = give(told.case, UUID(int=guard), verdict)
        if case is told.case:
            return
        told.verdicts.append((verdict, now))
        if case.outcome not in (None, Outcome.CONFIRMED):
            self._leave_over(incident, min(at for given, at in told.verdicts if given is verdict))
        told.case = case

    async def outcomes(self) -> list[tuple[UUID, Outcome | None]]:
        """Of all incidents, in the order in which they were raised."""
        return [(name, told.case.outcome) for name, told in self.incidents.items()]

    async def rings(self) -> list[UUID]:
        """The incidents that phones were told of, in that order."""
        return self.raised

    async def where(self) -> dict[str, UUID | None]:
        """In which incident each sighting is; None: it waits."""
        return {name: row.incident for name, row in self.rows.items()}

    async def tracks(self, incident: UUID) -> frozenset[UUID]:
        """What an incident was raised for; of a decided one, what was judged."""
        return self.incidents[incident].known.tracks

    async def shown(self, incident: UUID) -> str | None:
        """The sighting whose picture reviewers see."""
        return self._shown(incident, list(self.rows))

    def _shown(self, incident: UUID, among: Sequence[str]) -> str | None:
        tracks = self.incidents[incident].known.tracks

        def rank(name: str) -> tuple[bool, bool, float, str]:
            row = self.rows[name]
            strong = self.policy.is_strong(row.evidence.similarity)
            return row.evidence.track not in tracks, not strong, -row.face_px, name

        return min((name for name in among if self.rows[name].incident == incident), key=rank, default=None)

    def _insert(self, decision: Raise) -> None:
        evidence = decision.evidence
        assert decision.incident_id not in self.incidents
        self.incidents[decision.incident_id] = Told(
            KnownIncident(
                decision.incident_id,
                len(self.incidents) + 1,
                evidence[0].seen_at,
                evidence[-1].seen_at,
                decision.quiet_until,
                frozenset(e.camera for e in evidence),
                self.now,
                decision.peak_similarity,
                decision.tracks,
            ),
            Case(self.reviewers),
        )
        for e in evidence:
            self.rows[e.sighting_id].incident = decision.incident_id
        self.raised.append(decision.incident_id)

    def _leave_over(self, incident: UUID, first_verdict_at: datetime) -> None:
        told = self.incidents[incident]
        mine = {name: row for name, row in self.rows.items() if row.incident == incident}
        hidden_until = self.now + self.policy.window
        looked_at = [n for n, row in mine.items() if not first_verdict_at < row.recorded_at <= hidden_until]
        elsewhere = [other for other in self.incidents.values() if other is not told]
        left = leftover(
            incident,
            [Recorded(row.evidence, row.recorded_at) for row in mine.values()],
            first_verdict_at=first_verdict_at,
            shown=self._shown(incident, looked_at),
            told={
                track: max(other.covers_up_to for other in elsewhere if track in other.known.tracks)
                for each in elsewhere
                for track in each.known.tracks
            },
            policy=self.policy,
            now=self.now,
        )
        for e in left.others:
            self.rows[e.sighting_id].incident = None
        told.known = replace(
            told.known,
            cameras=frozenset(e.camera for e in left.judged),
            peak_similarity=max(e.similarity for e in left.judged),
            tracks=left.tracks,
            last_seen_at=max(
                told.known.first_seen_at,
                min(told.known.last_seen_at, max(e.seen_at for e in (*left.judged, *left.covered))),
            ),
        )
        if left.raised is not None:
            self._insert(left.raised)

    def _is_there(self, incident: UUID, new: Evidence) -> bool:
        others = (row.evidence for row in self.rows.values() if row.incident == incident)
        return any(e.camera == new.camera and abs(e.seen_at - new.seen_at) <= self.policy.presence for e in others)

    def _is_beside(self, incident: UUID, new: Evidence) -> bool:
        if new.track is None or new.began_at is None:
            return False
        others = (row.evidence for row in self.rows.values() if row.incident == incident)
        return any(
            e.track not in (None, new.track)
            and e.camera == new.camera
            and new.began_at + JITTER < e.seen_at <= new.seen_at
            for e in others
        )

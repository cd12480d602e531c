"""Whoever walks past whatever camera, whatever people say and clocks show: nobody is swallowed, and nobody rings twice.

An appearance is a track of one person, or a face that was not followed. What is expected is reckoned here from what
was seen and what people were shown, by the words of docs/adr/0082 and not by the rule's code. On the ledger in memory,
and on the product's own on a real PostgreSQL.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from proto.wardwatch.v1.messages import PersonSighted
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Outcome, Verdict, VerdictRefused
from tests import servers
from tests.contract.incident_worlds import RecordedWorld, Twins, World
from tests.ledgers import MemoryLedger
from tests.sightings import Track, sighted

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
# Nearer than what people judged, and nearer than an alert that nobody has judged.
STRONG, NEARER, MUCH_NEARER, A_LITTLE = 0.60, 0.03, 0.10, 1e-6
POLICY: Final = EvidencePolicy(strong=STRONG)
BREAK, WINDOW, LONGEST = timedelta(seconds=30), timedelta(seconds=300), timedelta(minutes=30)
OVERLAP, A_STEP = timedelta(seconds=0.5), timedelta(seconds=5)
OUTCOMES = {
    Verdict.SAME: Outcome.CONFIRMED,
    Verdict.NOT_SAME: Outcome.REJECTED,
    Verdict.CANNOT_TELL: Outcome.UNRESOLVED,
}

T = TypeVar("T")
waits = st.sampled_from((1, 2, 5, 12, 28, 32, 70, 200, 310, 1000))
cameras = st.sampled_from(("gate", "gate", "ward", "hall"))
cosines = st.sampled_from((0.51, 0.54, 0.56, 0.58, 0.60, 0.61, 0.62, 0.65, 0.68, 0.74, 0.84))
which = st.integers(0, 30)


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting as the camera knows it. ``order`` counts what was recorded."""

    name: str
    track: UUID | None
    camera: str
    began: datetime
    at: datetime
    similarity: float
    order: int

    def is_of(self, other: "Seen") -> bool:
        """Whether both are one appearance, as far as anybody can tell."""
        return (self.camera, self.track) == (other.camera, other.track)

    def is_like(self, peak: float, margin: float = NEARER) -> bool:
        """Not clearly nearer than what had *peak*, nor strong where that was not."""
        if self.similarity >= STRONG - A_LITTLE and peak < STRONG - A_LITTLE:
            return False
        return self.similarity <= peak + margin + 2 * A_LITTLE


@dataclass(frozen=True, slots=True)
class Ring:
    """People were told of an incident."""

    incident: UUID
    tracks: frozenset[UUID]
    now: datetime
    order: int


@dataclass(slots=True)
class Opinion:
    """What people said of an incident, in order, and what they were shown when somebody first said so."""

    given: dict[int, Verdict] = field(default_factory=dict)
    shown: dict[Verdict, Seen] = field(default_factory=dict)
    judged: dict[Verdict, list[Seen]] = field(default_factory=dict)
    decided_at: datetime | None = None
    decided_order: int = 0


class Ward(RuleBasedStateMachine):
    """``world`` and ``runner`` are set by the test. A rule that cannot be used does nothing."""

    runner: asyncio.Runner
    rung = swallowed = rejected = again = joined = 0  # what chance brought, over all runs

    def __init__(self) -> None:
        super().__init__()
        self.world: World = self.new_world()
        self.now = NOON
        self.ahead = timedelta(0)
        self.tracks: list[Track] = []
        self.sent: list[PersonSighted] = []
        self.held: list[PersonSighted] = []
        self.seen: dict[str, Seen] = {}
        self.rings: list[Ring] = []
        self.opinions: dict[UUID, Opinion] = {}

    def new_world(self) -> World:
        return MemoryLedger(NOON, policy=POLICY)

    def run(self, asked: Coroutine[object, object, T]) -> T:
        return self.runner.run(asked)

    def pass_time(self, seconds: float) -> datetime:
        """What every clock shows then."""
        self.now += timedelta(seconds=seconds)
        return self.now + self.ahead

    # What happens.

    @rule(wait=waits, camera=cameras, similarity=cosines, is_followed=st.sampled_from((True, True, True, False)))
    def somebody_appears(self, wait: int, camera: str, similarity: float, is_followed: bool) -> None:
        at = self.pass_time(wait)
        track = Track(at, camera) if is_followed else None
        self.tracks += [] if track is None else [track]
        self.deliver(self.sighting(at, similarity, track, camera))

    @rule(wait=waits, number=which, similarity=cosines)
    def somebody_is_seen_again(self, wait: int, number: int, similarity: float) -> None:
        at = self.pass_time(wait)
        if self.tracks:
            track = self.tracks[-1 - number % min(4, len(self.tracks))]
            self.deliver(self.sighting(at, similarity, track, track.camera))

    @rule(wait=waits, similarity=cosines)
    def somebody_who_was_judged_is_seen_again(self, wait: int, similarity: float) -> None:
        at = self.pass_time(wait)
        judged = {seen.track for opinion in self.opinions.values() for seen in opinion.shown.values()}
        track = next((track for track in reversed(self.tracks) if track.track_id in judged), None)
        if track is not None:
            self.deliver(self.sighting(at, similarity, track, track.camera))

    @rule(wait=waits, camera=cameras, similarity=cosines)
    def a_sighting_is_held_up(self, wait: int, camera: str, similarity: float) -> None:
        at = self.pass_time(wait)
        track = Track(at, camera)
        self.tracks.append(track)
        self.held.append(self.sighting(at, similarity, track, camera))

    @rule(wait=waits)
    def what_was_held_up_arrives(self, wait: int) -> None:
        self.pass_time(wait)
        if self.held:
            self.deliver(self.held.pop())

    @rule(wait=waits, number=which)
    def a_sighting_arrives_again(self, wait: int, number: int) -> None:
        now = self.pass_time(wait)
        if self.sent:
            before = self.run(self.world.where()), self.run(self.world.rings())
            self.run(self.world.see(self.sent[number % len(self.sent)], now=now))
            assert (self.run(self.world.where()), self.run(self.world.rings())) == before

    @rule(wait=waits, number=which, guard=st.integers(0, 1), verdict=st.sampled_from(Verdict))
    def somebody_judges(self, wait: int, number: int, guard: int, verdict: Verdict) -> None:
        self.judge(self.pass_time(wait), number, guard, verdict)

    @rule(wait=waits, number=which, verdict=st.sampled_from((Verdict.NOT_SAME, Verdict.NOT_SAME, Verdict.SAME)))
    def both_judge(self, wait: int, number: int, verdict: Verdict) -> None:
        for guard in (0, 1):
            self.judge(self.pass_time(wait if guard == 0 else 1), number, guard, verdict)

    @rule(ahead=st.sampled_from((timedelta(0), timedelta(hours=8), timedelta(seconds=100))))
    def the_clocks_jump(self, ahead: timedelta) -> None:
        # Between two verdicts nothing says which of the sightings the first reviewer saw.
        if all(opinion.decided_at is not None for opinion in self.opinions.values()):
            self.ahead = ahead

    # How it is done.

    def sighting(self, at: datetime, similarity: float, track: Track | None, camera: str) -> PersonSighted:
        made = sighted(at, self.world.person, camera=camera, similarity=similarity, track=track)
        return replace(made, picture=made.sighting_id.encode())

    def deliver(self, sighting: PersonSighted) -> None:
        now = self.now + self.ahead
        look, captured_us = sighting.origin.look, sighting.origin.journey.captured_us
        at = min(now, datetime.fromtimestamp(captured_us / 1e6, UTC))
        # A track that seems to begin later than its face began before the clock was put right.
        age = timedelta(microseconds=0 if look is None else max(0, captured_us - look.track_began_us))
        new = Seen(
            sighting.sighting_id,
            None if look is None else UUID(look.track_id),
            sighting.origin.place.camera,
            at - age,
            at,
            sighting.similarity,
            len(self.seen) + 1,
        )
        taking = self.open_incidents_that_take(new, now)
        rung = len(self.rings)
        self.sent.append(sighting)
        self.seen[new.name] = new
        self.run(self.world.see(sighting, now=now))
        self.hear(now)
        assert not taking or len(self.rings) == rung, "a person rings twice before anybody has judged"
        type(self).joined += bool(taking)
        self.nobody_waits_who_is_near_enough(new)
        self.an_open_incident_took_only_what_it_may(new, now)
        self.nobody_is_swallowed()

    def judge(self, now: datetime, number: int, guard: int, verdict: Verdict) -> None:
        open_ones = [name for name, outcome in self.run(self.world.outcomes()) if outcome is None]
        if not open_ones:
            return
        incident = open_ones[number % len(open_ones)]
        opinion = self.opinions.setdefault(incident, Opinion())
        if verdict not in opinion.shown:
            shown = self.run(self.world.shown(incident))
            assert shown is not None, "an open incident has a picture"
            opinion.shown[verdict] = self.seen[shown]
            held = self.held_by(incident)
            opinion.judged[verdict] = [s for s in held if s.is_of(opinion.shown[verdict])]
        try:
            self.run(self.world.judge(incident, guard, verdict, now=now))
        except VerdictRefused:
            assert opinion.given.get(guard, verdict) is not verdict
            if not opinion.given:
                del self.opinions[incident]
            return
        opinion.given[guard] = verdict
        if dict(self.run(self.world.outcomes()))[incident] is not None:
            opinion.decided_at, opinion.decided_order = now, len(self.seen)
            type(self).rejected += verdict is not Verdict.SAME
        self.hear(now)
        self.nobody_is_swallowed()

    def hear(self, now: datetime) -> None:
        """Take note of whom people were told."""
        for incident in self.run(self.world.rings())[len(self.rings) :]:
            ring = Ring(incident, self.run(self.world.tracks(incident)), now, len(self.seen))
            self.nobody_rings_twice(ring)
            self.rings.append(ring)
            type(self).rung += 1

    def held_by(self, incident: UUID) -> list[Seen]:
        return [self.seen[name] for name, where in self.run(self.world.where()).items() if where == incident]

    def ring_of(self, incident: UUID) -> Ring:
        return next(ring for ring in self.rings if ring.incident == incident)

    # What must hold.

    def nobody_rings_twice(self, new: Ring) -> None:
        """Between two rings of an appearance people judged somebody else, or it came clearly nearer than they saw."""
        outcomes = dict(self.run(self.world.outcomes()))
        for ring in self.rings:
            for track in ring.tracks & new.tracks:
                if max(s.at for s in self.held_by(ring.incident)) > new.now:  # by a clock that was put right since
                    continue
                assert outcomes[ring.incident] in (Outcome.REJECTED, Outcome.UNRESOLVED)
                verdict = next(v for v, outcome in OUTCOMES.items() if outcome is outcomes[ring.incident])
                opinion = self.opinions[ring.incident]
                if opinion.shown[verdict].track == track:
                    peak = max(s.similarity for s in opinion.judged[verdict])
                    newest = [s for s in self.held_by(new.incident) if s.track == track]
                    assert any(not s.is_like(peak) for s in newest)
                type(self).again += 1

    def nobody_waits_who_is_near_enough(self, new: Seen) -> None:
        """Strong, or one of two different walks that corroborate each other."""
        where = self.run(self.world.where())
        if where[new.name] is not None:
            return
        assert new.similarity < STRONG - A_LITTLE
        waiting = [s for s in self.seen.values() if where[s.name] is None]
        newest = {(s.camera, s.track or s.name): s for s in sorted(waiting, key=lambda s: (s.at, s.name))}
        mine = newest[new.camera, new.track or new.name]
        corroborating = [
            s
            for s in newest.values()
            if s.camera != new.camera
            and s.similarity >= 0.55 - A_LITTLE
            and abs(s.at - mine.at) <= WINDOW
            and not self.has_rung(s)
        ]
        assert not corroborating or min(new.similarity, mine.similarity) < 0.55 - A_LITTLE

    def an_open_incident_took_only_what_it_may(self, new: Seen, now: datetime) -> None:
        """A walk that did not raise it joins while it is not clearly nearer than those that did, and not for ever."""
        incident = self.run(self.world.where())[new.name]
        if incident is None or dict(self.run(self.world.outcomes()))[incident] is not None:
            return
        ring, others = self.ring_of(incident), [s for s in self.held_by(incident) if s.name != new.name]
        if ring.order == new.order or new.track in ring.tracks:
            return
        assert max(s.at for s in others) <= now + A_STEP, "an incident of the future takes nothing"
        assert any(abs(new.at - s.at) <= WINDOW for s in others) or new.at < max(s.at for s in others)
        times = [s.at for s in [*others, new]]
        assert max(times) - min(times) <= LONGEST + WINDOW
        unfollowed = [s for s in others if s.track is None and (not ring.tracks or s.order <= ring.order)]
        raising = [s for s in others if s.track in ring.tracks] + unfollowed
        is_there = new.track is None and not ring.tracks and any(s.camera == new.camera for s in others)
        assert is_there or new.is_like(max((s.similarity for s in raising), default=1.0), MUCH_NEARER)

    def open_incidents_that_take(self, new: Seen, now: datetime) -> list[UUID]:
        """Those that a second, clearer walk of the person they are about may not ring beside."""
        taking = []
        for incident, outcome in self.run(self.world.outcomes()):
            ring, held = self.ring_of(incident), self.held_by(incident)
            raising = [s for s in held if s.track in ring.tracks]
            last = max((s.at for s in held), default=now)
            in_time = timedelta(0) <= new.at - last <= WINDOW - A_STEP and last <= now
            is_young = max((new.at - s.at for s in held), default=LONGEST) < LONGEST
            if outcome is None and raising and in_time and is_young:
                peak = max(s.similarity for s in raising)
                taking += [incident] if new.is_like(peak - 4 * A_LITTLE, MUCH_NEARER) else []
        return taking

    def nobody_is_swallowed(self) -> None:
        """What a decided incident holds is whom people judged, or has rung by itself."""
        for incident, outcome in self.run(self.world.outcomes()):
            if outcome is None:
                continue
            opinion = self.opinions[incident]
            verdict = next(v for v, decided in OUTCOMES.items() if decided is outcome)
            held = self.held_by(incident)
            for s in held:
                if outcome is Outcome.CONFIRMED:
                    if s.order > opinion.decided_order and s.track not in self.ring_of(incident).tracks:
                        self.was_confirmed(s, incident, held)
                elif s not in opinion.judged[verdict] and not self.has_rung(s, incident):
                    self.was_rejected(s, opinion, verdict, held)

    def has_rung(self, s: Seen, elsewhere: UUID | None = None) -> bool:
        """Whether the appearance has an incident of its own: open, confirmed, or one in which it was as near."""
        outcomes = dict(self.run(self.world.outcomes()))
        for ring in self.rings:
            if ring.incident != elsewhere and s.track in ring.tracks:
                if outcomes[ring.incident] in (None, Outcome.CONFIRMED):
                    return True
                mine = [other.similarity for other in self.held_by(ring.incident) if other.track == s.track]
                opinion = self.opinions.get(ring.incident)
                judged = [] if opinion is None else [j for each in opinion.judged.values() for j in each]
                mine += [j.similarity for j in judged if j.track == s.track]
                if mine and s.is_like(max(mine)):
                    return True
        return False

    def was_rejected(self, s: Seen, opinion: Opinion, verdict: Verdict, held: Sequence[Seen]) -> None:
        type(self).swallowed += 1
        shown, judged = opinion.shown[verdict], opinion.judged[verdict]
        assert s.is_like(max(j.similarity for j in judged)), "a stronger appearance is swallowed"
        if s.is_of(shown):
            return
        assert s.camera == shown.camera, "an appearance at another camera is swallowed"
        known = [h for h in held if h.order < s.order and h.is_of(shown) and h.track is not None]
        if s.track is not None:
            assert not any(s.began + OVERLAP < h.at <= s.at for h in known), "somebody beside is swallowed"
        assert self.goes_on(s, held), "a later appearance is swallowed"
        if s.order > opinion.decided_order:
            assert opinion.decided_at is not None
            assert s.at <= opinion.decided_at + WINDOW, "an appearance after the window is swallowed"

    def was_confirmed(self, s: Seen, incident: UUID, held: Sequence[Seen]) -> None:
        type(self).swallowed += 1
        former = [h for h in held if h.order < s.order]
        assert any(h.camera == s.camera for h in former), "an appearance at another camera is swallowed"
        assert self.goes_on(s, held), "a later appearance is swallowed"
        if s.track is not None:
            assert s.is_like(max(h.similarity for h in former)), "a stronger appearance is swallowed"
            besides = [h for h in former if h.track not in (None, s.track) and h.camera == s.camera]
            assert not any(s.began + OVERLAP < h.at <= s.at for h in besides), "somebody beside is swallowed"

    def goes_on(self, s: Seen, held: Sequence[Seen]) -> bool:
        """Whether no break lies between the appearance and another one at the camera that was before people."""
        pieces = [h for h in held if h.is_of(s)]
        begin, end = min(h.began for h in pieces), max(h.at for h in pieces)
        others = [h for h in held if h.camera == s.camera and h.name not in {p.name for p in pieces}]
        if s.track is None:
            others = [h for h in held if h.camera == s.camera and h.name != s.name]
            begin = end = s.at
        return any(h.began - BREAK <= end and begin <= h.at + BREAK for h in others)


class Recorded(Ward):
    """The same on PostgreSQL, step by step like the ledger in memory: another person for each run."""

    recorded: RecordedWorld

    def new_world(self) -> World:
        return Twins.of(self.recorded)


def settings(examples: int, steps: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        # The same sequences each time: what longer runs find is repaired here, and not in somebody's landing.
        derandomize=True,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )


@pytest.mark.timeout(300)
def test_nobody_is_swallowed_and_nobody_rings_twice() -> None:
    Ward.rung = Ward.swallowed = Ward.rejected = Ward.again = Ward.joined = 0
    with asyncio.Runner() as Ward.runner:
        run_state_machine_as_test(Ward, settings=settings(100, 40))

    # Or this test would prove nothing.
    assert min(Ward.rung, Ward.swallowed, Ward.rejected, Ward.again, Ward.joined) > 0


@pytest.mark.timeout(300)
def test_nobody_is_swallowed_by_the_record_either(database: servers.Database) -> None:
    Recorded.rung = Recorded.swallowed = Recorded.rejected = Recorded.again = 0
    with asyncio.Runner() as Recorded.runner:
        stack = AsyncExitStack()
        Recorded.recorded = Recorded.runner.run(stack.enter_async_context(RecordedWorld.of(database, POLICY)))
        try:
            run_state_machine_as_test(Recorded, settings=settings(12, 30))
        finally:
            Recorded.runner.run(stack.aclose())

    assert min(Recorded.rung, Recorded.rejected) > 0

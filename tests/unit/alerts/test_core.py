"""When sightings become an incident."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Journey, to_microseconds
from services.alerts.incidents.core import (
    OLDEST,
    TRANSIT,
    Evidence,
    EvidencePolicy,
    Join,
    KnownIncident,
    Leftover,
    Raise,
    Recorded,
    Wait,
    decide,
    incident_id,
    leftover,
    seen_at,
)
from services.alerts.incidents.review import Outcome

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = EvidencePolicy()


def seen(
    seconds: float = 0,
    *,
    similarity: float = 0.55,
    camera: str = "gate",
    frame: str | None = None,
    name: str | None = None,
) -> Evidence:
    frame = frame or f"f{seconds}"
    return Evidence(name or f"{camera}/{frame}/{seconds}", camera, frame, NOON + timedelta(seconds=seconds), similarity)


def known(
    last_seen: float = 0,
    *,
    first_seen: float = 0,
    cameras: frozenset[str] = frozenset({"gate"}),
    outcome: Outcome | None = None,
    peak: float = 0.55,
    announced: float = 0,
) -> KnownIncident:
    first, at = NOON + timedelta(seconds=min(first_seen, last_seen)), NOON + timedelta(seconds=last_seen)
    announced_at = NOON + timedelta(seconds=announced)
    return KnownIncident(incident_id("first"), first, at, at + POLICY.window, cameras, announced_at, peak, outcome)


def test_one_strong_sighting_is_enough() -> None:
    decision = decide(seen(similarity=0.70), [], [], policy=POLICY, now=NOON)

    assert isinstance(decision, Raise)
    assert decision.strong


def test_two_possible_frames_are_not_enough_and_three_are() -> None:
    assert decide(seen(4), [seen(0)], [], policy=POLICY, now=NOON) == Wait()

    decision = decide(seen(8), [seen(0), seen(4)], [], policy=POLICY, now=NOON)

    assert isinstance(decision, Raise)
    assert [e.seen_at for e in decision.evidence] == [seen(s).seen_at for s in (0, 4, 8)]
    assert not decision.strong


def test_faces_of_one_frame_count_once() -> None:
    same = [seen(0, frame="one", name=f"s{n}") for n in range(5)]

    assert decide(seen(0, frame="one"), same, [], policy=POLICY, now=NOON) == Wait()


def test_frames_further_apart_than_the_evidence_time_do_not_add_up() -> None:
    assert decide(seen(10.1), [seen(0), seen(5)], [], policy=POLICY, now=NOON) == Wait()


def test_a_late_sighting_completes_evidence_that_is_younger() -> None:
    assert isinstance(decide(seen(2), [seen(6), seen(11)], [], policy=POLICY, now=NOON), Raise)


@pytest.mark.parametrize(
    ("at", "joins"),
    [
        pytest.param(300, True, id="at-the-end-of-the-window"),
        pytest.param(300.001, False, id="just-after-the-window"),
        pytest.param(-3600, True, id="late-and-older-than-the-incident"),
    ],
)
def test_what_belongs_to_the_latest_incident(at: float, joins: bool) -> None:
    decision = decide(seen(at, similarity=0.9), [], [known()], policy=POLICY, now=NOON)

    assert isinstance(decision, Join if joins else Raise)


def test_a_second_camera_is_announced_and_more_of_the_same_are_not() -> None:
    for camera, announced in (("ward", True), ("gate", False)):
        decision = decide(seen(1, camera=camera), [], [known()], policy=POLICY, now=NOON + timedelta(seconds=1))
        assert isinstance(decision, Join)
        assert decision.announce is announced


def test_a_redelivered_sighting_raises_the_same_incident() -> None:
    first, second = (decide(seen(similarity=0.9), [], [], policy=POLICY, now=NOON) for _ in range(2))

    assert first == second


def test_a_policy_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="window"):
        EvidencePolicy(evidence=timedelta(seconds=400))
    with pytest.raises(ValueError, match="frame"):
        EvidencePolicy(frames=0)


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.UNRESOLVED])
@pytest.mark.parametrize(
    "after",
    [
        pytest.param(seen(5, similarity=0.84, camera="ward"), id="strong-at-another-camera"),
        pytest.param(seen(5, similarity=0.84), id="strong-at-the-same-camera"),
        pytest.param(seen(-500, similarity=0.84, camera="ward"), id="strong-and-late"),
    ],
)
def test_a_strong_sighting_after_a_rejection_is_told(after: Evidence, outcome: Outcome) -> None:
    decision = decide(after, [], [known(outcome=outcome)], policy=POLICY, now=NOON + timedelta(seconds=6))

    assert isinstance(decision, Raise)


@pytest.mark.parametrize(
    ("start", "camera", "similarity"),
    [
        pytest.param(1, "ward", 0.55, id="another-camera"),
        pytest.param(1, "gate", 0.60, id="more-alike-than-what-was-judged"),
        pytest.param(31, "gate", 0.55, id="gone-and-come-back"),
    ],
)
def test_weak_sightings_that_no_rejection_covers_add_up(start: float, camera: str, similarity: float) -> None:
    frames = [seen(start + n, camera=camera, similarity=similarity) for n in range(3)]

    decision = decide(
        frames[2], frames[:2], [known(outcome=Outcome.REJECTED)], policy=POLICY, now=NOON + timedelta(seconds=40)
    )

    assert isinstance(decision, Raise)


def test_who_was_rejected_and_still_stands_there_is_told_of_once_a_window() -> None:
    world = World()
    for second in range(3):
        world.see(second, 0.55, "gate")
    world.judge(3, Outcome.REJECTED)

    for second in range(4, 1000):
        world.see(second, 0.53 + (second % 4) / 100, "gate")
        world.judge(second, Outcome.REJECTED)

    assert len(world.incidents) <= 1 + 1000 / POLICY.window.total_seconds()


def test_the_strong_rejected_face_still_there_is_one_more_alert() -> None:
    world = World()
    world.see(0, 0.75, "gate")
    world.judge(1, Outcome.REJECTED)

    for second in range(2, 250):
        world.see(second, 0.74, "gate")

    assert len(world.incidents) == 2


def test_who_is_confirmed_and_stays_rings_once_and_who_comes_back_again() -> None:
    world = World()
    world.see(0, 0.8, "gate")
    world.judge(1, Outcome.CONFIRMED)
    for second in range(2, 900):
        world.see(second, 0.8, "gate")
    assert len(world.incidents) == 1

    world.see(960, 0.8, "gate")
    world.judge(961, Outcome.CONFIRMED)
    assert len(world.incidents) == 2

    world.see(970, 0.8, "ward")
    assert len(world.incidents) == 3


def test_an_incident_that_ended_with_its_entry_takes_nothing() -> None:
    decision = decide(
        seen(1, similarity=0.8), [], [known(outcome=Outcome.ENDED)], policy=POLICY, now=NOON + timedelta(seconds=1)
    )

    assert isinstance(decision, Raise)


def recorded(evidence: Evidence, at: float) -> Recorded:
    return Recorded(evidence, NOON + timedelta(seconds=at))


def left(*rows: Recorded, first_verdict: float, shown: str | None = "gate") -> Leftover:
    return leftover(
        incident_id("first"),
        rows,
        first_verdict_at=NOON + timedelta(seconds=first_verdict),
        shown_camera=shown,
        policy=POLICY,
        now=NOON + timedelta(seconds=60),
    )


LOOK_ALIKE = [recorded(seen(n), n) for n in range(3)]


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(recorded(seen(12, similarity=0.84), 12), id="came-between-the-verdicts"),
        pytest.param(recorded(seen(5, similarity=0.84, camera="ward"), 5), id="was-at-a-camera-that-nobody-was-shown"),
    ],
)
def test_who_joined_before_the_rejection_but_was_not_judged_is_told_of(listed: Recorded) -> None:
    found = left(*LOOK_ALIKE, listed, first_verdict=10)

    assert found.raised is not None
    assert found.raised.evidence == (listed.evidence,)
    assert set(found.judged) == {r.evidence for r in LOOK_ALIKE}


def test_frames_that_were_not_judged_and_are_too_few_wait_again() -> None:
    later = recorded(seen(12, camera="ward"), 12)

    found = left(*LOOK_ALIKE, recorded(seen(13), 13), later, first_verdict=10)

    assert (found.raised, found.others) == (None, (later.evidence,))


def test_what_was_all_judged_leaves_nothing() -> None:
    strong = [recorded(seen(n, similarity=0.75), n) for n in range(3)]

    assert left(*strong, first_verdict=10).others == ()
    assert left(*strong, first_verdict=10, shown=None).others == ()
    # Recorded by a clock that was ahead: everybody has seen it all the same.
    assert (
        left(*(replace(r, recorded_at=r.recorded_at + timedelta(hours=8)) for r in strong), first_verdict=10).others
        == ()
    )


HOUR = 3600.0


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(known(8 * HOUR, first_seen=8 * HOUR, announced=8 * HOUR), id="all-of-it-in-the-future"),
        pytest.param(known(8 * HOUR, announced=8 * HOUR), id="last-seen-in-the-future"),
        pytest.param(known(8 * HOUR, outcome=Outcome.CONFIRMED), id="confirmed"),
        pytest.param(known(8 * HOUR, outcome=Outcome.REJECTED, peak=0.9), id="rejected"),
        pytest.param(replace(known(-400), quiet_until=NOON + timedelta(hours=8)), id="only-its-window-in-the-future"),
    ],
)
def test_an_incident_from_the_future_holds_nobody_back(wrong: KnownIncident) -> None:
    decision = decide(seen(1, similarity=0.8), [], [wrong], policy=POLICY, now=NOON + timedelta(seconds=1))

    assert isinstance(decision, Raise)


def test_an_announcement_from_the_future_is_made_again() -> None:
    decision = decide(seen(1), [], [known(announced=8 * HOUR)], policy=POLICY, now=NOON + timedelta(seconds=1))

    assert isinstance(decision, Join)
    assert decision.announce


def test_a_replica_whose_clock_is_a_little_slow_joins_what_another_raised() -> None:
    ahead = known(2, first_seen=1, announced=2)

    decision = decide(seen(0), [], [ahead], policy=POLICY, now=NOON)

    assert isinstance(decision, Join)
    assert decision.quiet_until == NOON + POLICY.window


@dataclass
class World:
    """What ledger and reviewers do, by the plainest means. Each sighting is in one incident, or waits."""

    incidents: dict[UUID, KnownIncident] = field(default_factory=dict)
    sightings: dict[str, tuple[Evidence, datetime, UUID | None]] = field(default_factory=dict)
    newest: UUID | None = None  # the one that takes sightings
    first_verdict: datetime | None = None
    announced: set[UUID] = field(default_factory=set)

    def see(self, second: float, similarity: float, camera: str, *, now: float | None = None) -> Evidence:
        new = seen(second, similarity=similarity, camera=camera, frame=str(len(self.sightings)))
        self.take(new, NOON + timedelta(seconds=second if now is None else now))
        return new

    def take(self, new: Evidence, now: datetime) -> None:
        pending = [e for e, _, incident in self.sightings.values() if incident is None]
        known = [i for i in self.incidents.values() if i.outcome is not None or i.incident_id == self.newest]
        match decide(new, pending, known, policy=POLICY, now=now):
            case Wait():
                self.sightings[new.sighting_id] = (new, now, None)
            case Join(name, last_seen_at, quiet_until, announce, _):
                joined = self.incidents[name]
                at = now if announce else joined.announced_at
                self.incidents[name] = replace(
                    joined,
                    last_seen_at=last_seen_at,
                    quiet_until=quiet_until,
                    announced_at=at,
                    cameras=joined.cameras | {new.camera},
                    peak_similarity=joined.peak_similarity
                    if joined.outcome
                    else max(joined.peak_similarity, new.similarity),
                )
                self.sightings[new.sighting_id] = (new, now, name)
            case Raise() as raised:
                self.sightings[new.sighting_id] = (new, now, None)
                self.raise_incident(raised, now)

    def raise_incident(self, raised: Raise, now: datetime) -> None:
        name, evidence = raised.incident_id, raised.evidence
        assert name not in self.incidents
        cameras, peak = frozenset(e.camera for e in evidence), max(e.similarity for e in evidence)
        self.incidents[name] = KnownIncident(
            name, evidence[0].seen_at, evidence[-1].seen_at, raised.quiet_until, cameras, now, peak
        )
        for e in evidence:
            self.sightings[e.sighting_id] = (e, self.sightings[e.sighting_id][1], name)
        self.newest, self.first_verdict = name, None
        self.announced.add(name)

    def look(self, second: float) -> None:
        """The first of the two verdicts on the newest incident."""
        self.first_verdict = self.first_verdict or NOON + timedelta(seconds=second)

    def judge(self, second: float, outcome: Outcome) -> None:
        """The second one, if that incident is undecided."""
        name, now = self.newest, NOON + timedelta(seconds=second)
        if name is None or self.incidents[name].outcome is not None:
            return
        rows = [Recorded(e, at) for e, at, incident in self.sightings.values() if incident == name]
        self.incidents[name] = replace(self.incidents[name], outcome=outcome)
        if outcome is Outcome.CONFIRMED:
            return
        found = leftover(
            name,
            rows,
            first_verdict_at=self.first_verdict or now,
            shown_camera=rows[0].evidence.camera,
            policy=POLICY,
            now=now,
        )
        for e in found.others:
            self.sightings[e.sighting_id] = (e, self.sightings[e.sighting_id][1], None)
        self.incidents[name] = replace(
            self.incidents[name],
            cameras=frozenset(e.camera for e in found.judged),
            peak_similarity=max(e.similarity for e in found.judged),
        )
        if found.raised is not None:
            self.raise_incident(found.raised, now)


@given(st.lists(st.tuples(st.floats(0, 2000), st.floats(0.4, 0.9), st.sampled_from(["gate", "ward"])), max_size=60))
def test_no_order_of_sightings_yields_two_incidents_within_a_window(
    sightings: Sequence[tuple[float, float, str]],
) -> None:
    world = World()

    for at, similarity, camera in sightings:
        world.see(at, similarity, camera, now=2000)

    ordered = sorted(world.incidents.values(), key=lambda i: i.first_seen_at)
    for before, after in pairwise(ordered):
        assert after.first_seen_at > before.quiet_until
        assert after.first_seen_at - before.last_seen_at > POLICY.window


STEPS = st.one_of(
    st.tuples(st.just("see"), st.floats(0, 400), st.floats(0.4, 0.9), st.sampled_from(["gate", "ward"])),
    st.tuples(st.just("look"), st.just(0.0), st.just(0.0), st.just("")),
    st.tuples(st.sampled_from(["rejected", "unresolved", "confirmed"]), st.just(0.0), st.just(0.0), st.just("")),
)


@given(st.lists(st.tuples(st.floats(0, 40), STEPS), max_size=60))
def test_no_strong_sighting_is_lost_to_a_verdict_that_was_not_about_it(
    steps: Sequence[tuple[float, tuple[str, float, float, str]]],
) -> None:
    """Whatever the order, the delays and the verdicts: who is strong is before people, or was judged by them."""
    world, now = World(), 0.0
    late: dict[str, datetime] = {}  # strong sightings, and when they were recorded
    first_verdicts: dict[UUID, datetime] = {}

    for wait, (what, delay, similarity, camera) in steps:
        now += wait
        if what == "see":
            new = world.see(max(0.0, now - delay), similarity, camera, now=now)
            if similarity >= POLICY.strong:
                late[new.sighting_id] = NOON + timedelta(seconds=now)
            continue
        if what == "look":
            world.look(now)
            continue
        judged = world.newest
        if judged is not None and world.incidents[judged].outcome is None:
            first_verdicts[judged] = world.first_verdict or NOON + timedelta(seconds=now)
        world.judge(now, Outcome(what))

    for sighting, at in late.items():
        incident = world.sightings[sighting][2]
        assert incident is not None
        assert incident in world.announced
        outcome = world.incidents[incident].outcome
        if outcome in (Outcome.REJECTED, Outcome.UNRESOLVED):
            assert at <= first_verdicts[incident]


JUMPS = st.one_of(st.just(0.0), st.floats(0, 40), st.sampled_from([-8 * HOUR, 8 * HOUR, -40.0, 9000 * 24 * HOUR]))


@given(
    st.lists(
        st.tuples(
            JUMPS, st.sampled_from([None, Outcome.REJECTED, Outcome.CONFIRMED]), st.sampled_from(["gate", "ward"])
        ),
        max_size=40,
    )
)
def test_whatever_a_clock_did_a_strong_sighting_is_told_at_once(
    steps: Sequence[tuple[float, Outcome | None, str]],
) -> None:
    world, second = World(), 0.0

    for jump, verdict, camera in steps:
        second = max(-9000 * 24 * HOUR, min(9000 * 24 * HOUR, second + jump))
        if verdict is not None:
            world.judge(second, verdict)
        strong = world.see(second, 0.8, camera)

        name = world.sightings[strong.sighting_id][2]
        assert name is not None
        since = NOON + timedelta(seconds=second) - world.incidents[name].announced_at
        assert timedelta(0) <= since < POLICY.announce
        assert world.incidents[name].outcome in (None, Outcome.CONFIRMED)


def journey(captured: timedelta = timedelta(0), received: timedelta = timedelta(0)) -> Journey:
    return Journey(to_microseconds(NOON + captured), to_microseconds(NOON + received))


@pytest.mark.parametrize(
    ("travelled", "expected"),
    [
        pytest.param(journey(timedelta(milliseconds=-80)), NOON - timedelta(milliseconds=80), id="camera-believed"),
        pytest.param(journey(timedelta(days=-9000)), NOON, id="camera-of-another-year"),
        pytest.param(journey(timedelta(hours=8)), NOON, id="camera-in-another-zone"),
        pytest.param(journey(timedelta(hours=-2), timedelta(hours=-2)), NOON - timedelta(hours=2), id="backlog"),
        pytest.param(journey(timedelta(days=-8), timedelta(days=-8)), NOON, id="older-than-the-stream"),
        pytest.param(Journey(0), NOON, id="no-stamps"),
        pytest.param(Journey(2**62, 2**62), NOON, id="beyond-the-calendar"),
    ],
)
def test_a_wrong_clock_moves_nothing(travelled: Journey, expected: datetime) -> None:
    assert seen_at(travelled, arrival=NOON) == expected


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_the_time_of_a_sighting_is_always_near_its_arrival(captured: int, received: int) -> None:
    at = seen_at(Journey(captured, received), arrival=NOON)

    assert NOON - OLDEST - TRANSIT <= at <= NOON

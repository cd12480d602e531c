"""When sightings become an incident."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Journey, to_microseconds
from services.alerts.core import (
    OLDEST,
    TRANSIT,
    Evidence,
    EvidencePolicy,
    Join,
    LatestIncident,
    Raise,
    Wait,
    decide,
    incident_id,
    seen_at,
)

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


def latest(last_seen: float = 0, *, cameras: frozenset[str] = frozenset({"gate"})) -> LatestIncident:
    at = NOON + timedelta(seconds=last_seen)
    return LatestIncident(incident_id("first"), NOON, at, at + POLICY.window, cameras, NOON)


def test_one_strong_sighting_is_enough() -> None:
    decision = decide(seen(similarity=0.70), [], None, policy=POLICY, now=NOON)

    assert isinstance(decision, Raise)
    assert decision.strong


def test_two_possible_frames_are_not_enough_and_three_are() -> None:
    assert decide(seen(4), [seen(0)], None, policy=POLICY, now=NOON) == Wait()

    decision = decide(seen(8), [seen(0), seen(4)], None, policy=POLICY, now=NOON)

    assert isinstance(decision, Raise)
    assert [e.seen_at for e in decision.evidence] == [seen(s).seen_at for s in (0, 4, 8)]
    assert not decision.strong


def test_faces_of_one_frame_count_once() -> None:
    same = [seen(0, frame="one", name=f"s{n}") for n in range(5)]

    assert decide(seen(0, frame="one"), same, None, policy=POLICY, now=NOON) == Wait()


def test_frames_further_apart_than_the_evidence_time_do_not_add_up() -> None:
    assert decide(seen(10.1), [seen(0), seen(5)], None, policy=POLICY, now=NOON) == Wait()


def test_a_late_sighting_completes_evidence_that_is_younger() -> None:
    assert isinstance(decide(seen(2), [seen(6), seen(11)], None, policy=POLICY, now=NOON), Raise)


@pytest.mark.parametrize(
    ("at", "joins"),
    [
        pytest.param(300, True, id="at-the-end-of-the-window"),
        pytest.param(300.001, False, id="just-after-the-window"),
        pytest.param(-3600, True, id="late-and-older-than-the-incident"),
    ],
)
def test_what_belongs_to_the_latest_incident(at: float, joins: bool) -> None:
    decision = decide(seen(at, similarity=0.9), [], latest(), policy=POLICY, now=NOON)

    assert isinstance(decision, Join if joins else Raise)


def test_a_second_camera_is_announced_at_once_and_more_of_the_same_are_not() -> None:
    for camera, announced in (("ward", True), ("gate", False)):
        decision = decide(seen(1, camera=camera), [], latest(), policy=POLICY, now=NOON + timedelta(seconds=1))
        assert isinstance(decision, Join)
        assert decision.announce is announced


def test_a_redelivered_sighting_raises_the_same_incident() -> None:
    first, second = (decide(seen(similarity=0.9), [], None, policy=POLICY, now=NOON) for _ in range(2))

    assert first == second


def test_a_policy_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="window"):
        EvidencePolicy(evidence=timedelta(seconds=400))
    with pytest.raises(ValueError, match="frame"):
        EvidencePolicy(frames=0)


@dataclass
class World:
    """What a ledger would hold, kept by the plainest means."""

    incidents: list[LatestIncident] = field(default_factory=list)
    pending: list[Evidence] = field(default_factory=list)

    def take(self, new: Evidence) -> None:
        newest = max(self.incidents, key=lambda i: i.first_seen_at, default=None)
        match decide(new, self.pending, newest, policy=POLICY, now=new.seen_at):
            case Wait():
                self.pending.append(new)
            case Join(_, last_seen_at, quiet_until, _):
                assert newest is not None
                self.incidents.remove(newest)
                self.incidents.append(replace(newest, last_seen_at=last_seen_at, quiet_until=quiet_until))
            case Raise(name, evidence, quiet_until, _):
                taken = {e.sighting_id for e in evidence}
                self.pending = [e for e in self.pending if e.sighting_id not in taken]
                self.incidents.append(
                    LatestIncident(
                        name, evidence[0].seen_at, evidence[-1].seen_at, quiet_until, frozenset(), new.seen_at
                    )
                )


@given(st.lists(st.tuples(st.floats(0, 2000), st.floats(0.4, 0.9), st.sampled_from(["gate", "ward"])), max_size=60))
def test_no_order_of_sightings_yields_two_incidents_within_a_window(
    sightings: Sequence[tuple[float, float, str]],
) -> None:
    world = World()

    for n, (at, similarity, camera) in enumerate(sightings):
        world.take(seen(at, similarity=similarity, camera=camera, frame=str(n)))

    ordered = sorted(world.incidents, key=lambda i: i.first_seen_at)
    for before, after in pairwise(ordered):
        assert after.first_seen_at > before.quiet_until
        assert after.first_seen_at - before.last_seen_at > POLICY.window


def journey(captured: timedelta = timedelta(0), received: timedelta = timedelta(0)) -> Journey:
    return Journey(to_microseconds(NOON + captured), to_microseconds(NOON + received))


@pytest.mark.parametrize(
    ("given_journey", "expected"),
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
def test_a_wrong_clock_moves_nothing(given_journey: Journey, expected: datetime) -> None:
    assert seen_at(given_journey, arrival=NOON) == expected


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_the_time_of_a_sighting_is_always_near_its_arrival(captured: int, received: int) -> None:
    at = seen_at(Journey(captured, received), arrival=NOON)

    assert NOON - OLDEST - TRANSIT <= at <= NOON

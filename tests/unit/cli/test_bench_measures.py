"""What a load came to, from what processes said before and after it."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bench import histograms, measures, readings
from cli.bench.cameras import Sent
from cli.bench.histograms import Histogram
from cli.bench.readings import Change, Reading
from proto.wardwatch.v1.metrics import SECONDS_BUCKETS
from services.chassis.telemetry import Meters, _page

BOUNDS = (*SECONDS_BUCKETS, math.inf)


def page(meters: Meters) -> readings.Page:
    return readings.parse(_page(meters.registry).decode())


def between(before: dict[str, Meters], after: dict[str, Meters], seconds: float = 10.0) -> Change:
    return Change(
        Reading(5.0, {name: page(meters) for name, meters in before.items()}),
        Reading(5.0 + seconds, {name: page(meters) for name, meters in after.items()}),
    )


def detector(frames: int, *, replaced: int = 0, seconds_each: float = 0.02) -> Meters:
    meters = Meters()
    for _ in range(frames):
        meters.count("wardwatch_frames_received_total", camera="bench.bench-1")
    for _ in range(frames - replaced):
        meters.count("wardwatch_frames_processed_total", camera="bench.bench-1")
        meters.count("wardwatch_faces_detected_total", 2)
        meters.count("wardwatch_faces_shed_total", 1, reason="too_small", camera="bench.bench-1")
        meters.observe("wardwatch_stage_seconds", seconds_each, stage="detect")
        meters.observe("wardwatch_stage_delay_seconds", 3 * seconds_each, stage="detect")
    if replaced:
        meters.count("wardwatch_frames_shed_total", replaced, reason="replaced", camera="bench.bench-1")
    return meters


def test_a_percentile_of_nothing_is_unknown() -> None:
    assert Histogram().durations() == histograms.Durations(0)
    assert histograms.durations([]) == histograms.Durations(0)


def test_a_percentile_lies_within_its_bucket() -> None:
    found = Histogram(((0.1, 0.0), (0.2, 90.0), (0.5, 100.0), (math.inf, 100.0)), 15.0).durations()

    assert (found.count, found.mean_ms) == (100, 150.0)
    assert found.p50_ms == pytest.approx(100 + 100 * 50 / 90, abs=0.01)
    assert found.p99_ms == pytest.approx(200 + 300 * 9 / 10, abs=0.01)


def test_beyond_the_last_bound_a_percentile_is_that_bound() -> None:
    assert Histogram(((10.0, 1.0), (math.inf, 100.0)), 9_999.0).quantile_seconds(0.99) == 10.0


@given(st.lists(st.floats(0.0, 9.9), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_histograms_percentile_is_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    buckets = tuple((bound, float(sum(value <= bound for value in values))) for bound in BOUNDS)
    exact = sorted(values)[math.ceil(share * len(values)) - 1]

    found = Histogram(buckets, sum(values)).quantile_seconds(share)

    upper = next(bound for bound in BOUNDS if exact <= bound)
    lower = max((bound for bound in BOUNDS if bound < exact), default=0.0)
    assert found is not None
    assert lower - 1e-9 <= found <= upper + 1e-9


def test_percentiles_of_values_are_values() -> None:
    values = [number / 1000 for number in range(1, 101)]
    random.Random(3).shuffle(values)  # noqa: S311 - an order, no secret

    found = histograms.durations(values)

    assert (found.p50_ms, found.p95_ms, found.p99_ms) == (50.0, 95.0, 99.0)


def test_what_a_stage_did_is_the_difference_of_two_readings() -> None:
    change = between({"detector": detector(100)}, {"detector": detector(160, replaced=10)})

    (found, *_) = measures.stages_of(change, 10.0, frames_sent=60)

    assert (found.received, found.done, found.per_second) == (60, 50, 5.0)
    assert found.shed == {"replaced": 10}
    assert found.work.count == 50
    assert found.busy == pytest.approx(50 * 0.02 / 10, abs=1e-3)


def test_replicas_of_a_stage_are_one_stage() -> None:
    change = between(
        {"detector": detector(100), "detector-2": detector(7)},
        {"detector": detector(130), "detector-2": detector(27)},
    )

    (found, *_) = measures.stages_of(change, 10.0)

    assert (found.replicas, found.received) == (2, 50)
    assert found.busy == pytest.approx(50 * 0.02 / 10 / 2, abs=1e-3)


def test_frames_that_never_arrived_are_shed_too() -> None:
    change = between({"detector": detector(0)}, {"detector": detector(40)})

    (found, *_) = measures.stages_of(change, 10.0, frames_sent=45)

    assert found.shed == {"never_arrived": 5}


def test_faces_that_nobody_wants_are_not_shed_for_want_of_time() -> None:
    embedder = Meters()
    embedder.count("wardwatch_faces_shed_total", 3, reason="no_direction", camera="bench.bench-1")
    embedder.count("wardwatch_faces_shed_total", 4, reason="stale", camera="bench.bench-2")
    change = between({"embedder": Meters()}, {"embedder": embedder})

    found = measures.stages_of(change, 10.0)[1]

    assert (found.shed, found.passed_over) == ({"stale": 4}, {"no_direction": 3})


def test_what_waits_is_neither_done_nor_given_up() -> None:
    change = between({"detector": detector(3)}, {"detector": detector(9, replaced=2)})
    still = detector(9)
    still.count("wardwatch_frames_received_total", 2, camera="h1.gate")

    assert measures.waiting(change) == 0
    assert measures.waiting(between({"detector": detector(3)}, {"detector": still})) == 2


def test_a_process_that_began_anew_is_named_and_counted_from_nothing() -> None:
    none: frozenset[tuple[str, str]] = frozenset()
    camera = frozenset({("camera", "a.b")})
    name = "wardwatch_frames_received_total"
    before = Reading(0.0, {"detector": {(readings.CPU, none): 9.0, (name, camera): 500.0}})
    after = Reading(4.0, {"detector": {(readings.CPU, none): 1.0, (name, camera): 20.0}})

    change = Change(before, after)

    assert change.restarted == ["detector"]
    assert change.total("detector", name) == 20


def test_a_process_is_told_by_time_for_a_thousand_frames_and_memory() -> None:
    none: frozenset[tuple[str, str]] = frozenset()
    before = Reading(0.0, {"detector": {(readings.CPU, none): 1.0, (readings.MEMORY, none): 2.0 * 1024**2}})
    after = Reading(9.0, {"detector": {(readings.CPU, none): 4.0, (readings.MEMORY, none): 3.0 * 1024**2}, "old": {}})

    detector_, old = measures.processes_of(Change(before, after), 200)

    assert detector_ == measures.Process("detector", 3.0, 15.0, 2.0, 3.0)
    assert old == measures.Process("old", None, None, None, None)


def test_the_page_of_a_process_says_its_time_and_memory() -> None:
    said = page(Meters())
    none: frozenset[tuple[str, str]] = frozenset()

    assert said[(readings.CPU, none)] > 0
    assert said[(readings.MEMORY, none)] > 1024**2


def test_a_detector_that_counts_no_tracks_is_not_said_to_have_none() -> None:
    assert measures.tracks_of(between({"detector": detector(1)}, {"detector": detector(2)})) is None


def test_tracks_are_told_by_how_long_they_lived_and_whether_looked_at() -> None:
    before, after = detector(1), detector(2)
    before.count("wardwatch_tracks_begun_total", 3)
    after.count("wardwatch_tracks_begun_total", 10)
    after.count("wardwatch_tracks_ended_total", 4, lived="a_second", looked="yes")
    after.count("wardwatch_tracks_ended_total", 2, lived="less", looked="no")

    after.count("wardwatch_looks_published_total", 5, look="first")
    after.count("wardwatch_looks_published_total", 6, look="later")

    found = measures.tracks_of(between({"detector": before}, {"detector": after}))

    assert found is not None
    assert list(found.values()) == [7, 4, 0, 0, 2, 5, 6, 0]


def test_fairness_is_one_when_alike_and_small_when_one_has_all() -> None:
    assert measures.fairness([7, 7, 7, 7]) == 1.0
    assert measures.fairness([9, 0, 0, 0]) == 0.25
    assert measures.fairness([0, 0]) == measures.fairness([]) == 1.0


def test_each_camera_is_told_with_what_was_searched_of_it() -> None:
    sent = Sent(frames=60)
    sent.of_camera.update({"bench.bench-1": 60, "bench.bench-2": 3})

    found = measures.cameras_of(between({"detector": detector(100)}, {"detector": detector(160, replaced=10)}), sent)

    assert found == {
        "bench.bench-1": measures.CameraFrames(60, 50),
        "bench.bench-2": measures.CameraFrames(3, 0),
    }


def test_what_was_sent_is_told_with_its_delays() -> None:
    sent = Sent(frames=3, not_sent=1, late_seconds=[0.001, 0.002, 0.003, 0.6])

    load = measures.load_of(sent, cameras=2, rate=5, size="640x360", seconds=1.0, cpu_seconds=0.1)

    assert (load.frames, load.not_sent, load.late.p99_ms) == (3, 1, 600.0)

"""How many cameras are carried is found by halving, told with its reason, and never more than was shown."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bench import capacity
from cli.bench.capacity import Search
from cli.bench.histograms import Durations
from cli.bench.measures import Load, Machine, Measured, Process, Stage
from cli.bench.names import MOST

FAST: Final = Durations(100, 20.0, 20.0, 30.0, 40.0)


def stage(name: str, item: str) -> Stage:
    return Stage(name, item, 1, 100, 100, 10.0, {}, {}, FAST, FAST, 0.3)


def measured(*stages: Stage, machine: float = 0.4, ours: float = 0.4, not_sent: int = 0) -> Measured:
    given_ = {each.name: each for each in stages}
    usual = [stage("detector", "frame"), stage("embedder", "face"), stage("matcher", "vector")]
    return Measured(
        load=Load(5, 2.0, "640x360", 10.0, 100, not_sent, {}, FAST, 0.5),
        stages=[given_.get(each.name, each) for each in usual],
        cameras={},
        fairness=1.0,
        faces_found=120,
        tracks=None,
        incidents_raised=0,
        alerts=None,
        processes=[
            Process("detector", 1.2, 12.0, 90.0, 91.0),
            Process("embedder", 2.0, 20.0, 90.0, 91.0),
            Process("matcher", 0.1, 1.0, 60.0, 60.0),
            Process("nats-server", 0.2, 2.0, 20.0, 21.0),
        ],
        machine=Machine(2, machine, ours),
        restarted=[],
    )


@given(st.integers(0, 2 * MOST), st.floats(0.3, 3.0))
def test_the_search_finds_what_is_carried_in_few_loads(truth: int, wrong_by: float) -> None:
    search, loads = Search(), 0
    while (cameras := search.next()) is not None:
        loads += 1
        search.note(cameras, carried=cameras <= truth, used=min(1.0, cameras / max(truth, 1)) * wrong_by)

    assert search.carried <= truth
    assert search.carried >= min(truth, MOST) * 7 // 8 - 1
    assert loads <= 16


def test_a_load_that_fails_below_one_that_was_carried_is_believed() -> None:
    search = Search()
    search.note(8, carried=True, used=0.9)
    search.note(6, carried=False, used=1.0)

    assert (search.carried, search.too_many) == (5, 6)


@pytest.mark.parametrize(
    ("load", "why"),
    [
        pytest.param(measured(), "", id="carried"),
        pytest.param(measured(not_sent=5), "5 of 105 frames could not even be sent", id="load"),
        pytest.param(
            measured(replace(stage("detector", "frame"), shed={"replaced": 9})),
            "detector gave up 9 of 100 frames (9 replaced)",
            id="shed",
        ),
        pytest.param(
            measured(replace(stage("detector", "frame"), since_capture=replace(FAST, p99_ms=1400.0))),
            "frames were 1400 ms old",
            id="late",
        ),
        pytest.param(replace(measured(), restarted=["embedder"]), "embedder began anew", id="restarted"),
    ],
)
def test_what_is_not_carried_has_a_reason(load: Measured, why: str) -> None:
    found = capacity.complaint(load)

    assert bool(found) == bool(why)
    assert why in found


def test_one_lost_item_spoils_only_a_proof() -> None:
    hiccup = measured(replace(stage("embedder", "face"), received=1000, shed={"stale": 1}))

    assert capacity.complaint(hiccup) == ""
    assert "embedder gave up 1 of 1000 faces" in capacity.complaint(hiccup, strictly=True)


def test_a_full_machine_is_not_helped_by_another_replica() -> None:
    said = capacity.advice(measured(replace(stage("embedder", "face"), busy=0.99), machine=0.97, ours=0.95))

    assert "its 2 processors are used up (97%), so another replica here brings nothing" in said
    assert "embedders on another machine" in said


def test_time_that_other_programs_take_is_told() -> None:
    assert "97%, 67% by other programs" in capacity.advice(measured(machine=0.97, ours=0.3))


def test_a_stage_without_time_on_a_machine_with_time_is_scaled() -> None:
    said = capacity.advice(measured(replace(stage("detector", "frame"), busy=0.96), machine=0.5))

    assert "scale it first, WARDWATCH_DETECTORS=2" in said


def test_the_evidence_says_what_each_item_costs() -> None:
    lines = list(capacity.evidence(measured(replace(stage("matcher", "vector"), passed_over={"stopped": 100}))))

    assert "detector: 12.00 ms of processor time a frame -> 83 a second on one core; memory 91.0 MiB" in lines
    assert "embedder: 20.00 ms of processor time a face -> 50 a second on one core; memory 91.0 MiB" in lines
    assert "not in it: 100 vectors were not compared, for matching is stopped at the load's site" in lines


@pytest.mark.parametrize(("carried", "planned"), [(0, 0), (1, 1), (2, 1), (5, 4), (12, 9), (100, 80)])
def test_planned_is_four_fifths_of_what_was_carried(carried: int, planned: int) -> None:
    assert capacity.planned(carried) == planned

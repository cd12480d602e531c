"""What a replica tells of its work in its heartbeats: counts and durations of its own stage, for want of time alone."""

from services.chassis.stage_tally import MachineTime, StageTally
from services.chassis.telemetry import Meters


def test_a_replica_tells_what_its_stage_took_in_did_and_gave_up() -> None:
    meters = Meters()
    tally = StageTally("embedder", meters)
    for _ in range(5):
        meters.count("wardwatch_faces_received_total")
    meters.count("wardwatch_faces_embedded_total", 3)
    meters.count("wardwatch_faces_shed_total", reason="stale", camera="h1.gate")
    meters.count("wardwatch_bus_shed_total", 2, reason="slow_consumer")
    meters.observe("wardwatch_stage_seconds", 0.25, stage="embed")
    meters.observe("wardwatch_stage_delay_seconds", 0.03, stage="embed")
    meters.observe("wardwatch_stage_delay_seconds", 60, stage="embed")

    load = tally.load()

    assert (load.received, load.done, load.shed) == (5, 3, {"stale": 1, "slow_consumer": 2})
    assert load.work_us == 250_000
    assert [place for place, count in enumerate(load.delays) if count] == [5, 13]


def test_what_no_stage_wants_and_what_others_do_is_not_told() -> None:
    meters = Meters()
    tally = StageTally("detector", meters)
    for reason in ("too_small", "turned", "stopped", "not_sent"):
        meters.count("wardwatch_frames_shed_total", reason=reason, camera="h1.gate")
    meters.count("wardwatch_faces_shed_total", reason="stale", camera="h1.gate")
    meters.observe("wardwatch_stage_seconds", 1, stage="match")
    meters.count("wardwatch_frames_over_pace_total", 7, camera="h1.gate")

    load = tally.load()

    assert (load.received, load.shed, load.work_us) == (0, {"over_pace": 7}, 0)


def test_the_use_of_the_machine_is_that_of_the_time_between() -> None:
    times = iter([MachineTime(100, 1000), MachineTime(190, 1100), None, MachineTime(0, 0)])
    tally = StageTally("matcher", Meters(), lambda: next(times))

    assert tally.load().machine_permille == 900
    assert tally.load().processors == 0
    assert tally.load().processors == 0

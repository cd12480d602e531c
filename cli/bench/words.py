"""What was measured, in lines for a person. Pure."""

from collections.abc import Iterator, Mapping

from cli.bench.histograms import Durations
from cli.bench.measures import Measured, Process, Stage


def lines(measured: Measured) -> Iterator[str]:
    """Load, stages, the way to the page, tracks, processes."""
    load = measured.load
    yield (
        f"sent {load.frames} frames in {load.seconds:.1f} s: {load.cameras} cameras, {load.rate:g} frames/s each, "
        f"{load.size}; {load.not_sent} could not be sent in time"
    )
    if load.refused:
        yield f"  refused, or told something: {_counts(load.refused)}"
    if measured.ended_early:
        yield f"  ENDED EARLY: {measured.ended_early}"
    for each in measured.stages:
        yield from _stage(each)
    yield f"faces found: {measured.faces_found}; fairness between cameras: {measured.fairness:g}"
    yield from _tracks(measured)
    yield from _alerts(measured)
    for process in measured.processes:
        yield _process(process)
    yield f"the load itself: {load.cpu_seconds:g} s of processor time; frames left late by {_spread(load.late)}"
    if measured.machine is not None:
        here = measured.machine
        yield f"this machine: {here.used:.0%} of {here.processors} processors used, {here.ours:.0%} by all of the above"
    if measured.restarted:
        yield f"BEGAN ANEW meanwhile, so its figures are too low: {', '.join(measured.restarted)}"


def _stage(each: Stage) -> Iterator[str]:
    name = each.name if each.replicas == 1 else f"{each.name} x {each.replicas}"
    yield (
        f"{name}: {each.received} {each.item}s received, {each.done} done, {each.per_second:g} a second, "
        f"busy {each.busy:.0%}; shed {sum(each.shed.values())}{_reasons(each.shed)}"
    )
    if each.passed_over:
        yield f"  not wanted, whatever the load: {_counts(each.passed_over)}"
    yield f"  in hand: {_spread(each.work)}; done after the frame's capture: {_spread(each.since_capture)}"


def _tracks(measured: Measured) -> Iterator[str]:
    if measured.tracks is None:
        yield "tracks: not measured, this detector counts none"
    else:
        yield f"tracks: {_counts(measured.tracks)}"


def _alerts(measured: Measured) -> Iterator[str]:
    if measured.alerts is None:
        yield (
            "publish to sighting and to page: not measured, for nobody's phone rings unasked; list a person of your"
            " own for it and name the entry with --entry"
        )
    elif not measured.alerts.events:
        yield "publish to sighting and to page: no alert came; does anybody of the entry walk through these pictures?"
    else:
        yield f"publish to sighting: {_spread(measured.alerts.to_sighting)}"
        yield f"publish to page: {_spread(measured.alerts.to_page)}"
    yield f"incidents raised at the load's site: {measured.incidents_raised}"


def _process(each: Process) -> str:
    if each.cpu_seconds is None:
        return f"{each.name}: processor time and memory are not measured"
    per = "" if each.cpu_seconds_per_1000_frames is None else f", {each.cpu_seconds_per_1000_frames:g} s a 1,000 frames"
    memory = (
        "" if each.memory_mib_after is None else f"; memory {each.memory_mib_before} to {each.memory_mib_after} MiB"
    )
    return f"{each.name}: {each.cpu_seconds:g} s of processor time{per}{memory}"


def _spread(found: Durations) -> str:
    if not found.count:
        return "nothing"
    return f"p50 {found.p50_ms:g}, p95 {found.p95_ms:g}, p99 {found.p99_ms:g} ms"


def _reasons(shed: Mapping[str, int]) -> str:
    return f" ({_counts(shed)})" if shed else ""


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())

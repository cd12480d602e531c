"""Three times more frames than the system can look at: is anybody who walks by for a second still embedded?

Run: ``python -m benchmarks.overload PEOPLE [--minutes 15] [--overload 3] [--scenes 8] [--json FILE]``
on a machine that does nothing else. PEOPLE is a folder of folders of portraits (lfw-dev). Faces are moved over
backgrounds (``composed.py``), so it is known who is in which frame. First it is measured how many frames a second are
searched while there are more than enough; then so many cameras that each gets two of its frames searched a second send
*overload* times as many for *minutes*.

Counted is, of every composed walk that was sent from end to end and lasted a second or longer, whether a vector was
published of one of its frames: of two people in one frame the vector is whose it resembles most. How old a frame was
when it had been searched, and how many frames each camera got searched, are the detector's own figures; memory is
that of each process once in ten seconds, its median in the last quarter of the time beside that of the second.
"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from benchmarks import composed
from benchmarks.composed import RATE, Scene
from cli.bench import measures
from cli.bench.cameras import Film, Sent, Shot
from cli.bench.command import Asked, Ground, prepared
from cli.bench.histograms import durations
from cli.bench.names import MOST, SITE
from cli.bench.readings import MEMORY, Change, Reading
from local import context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceEmbedded
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import site_id
from services.chassis.bus import Delivery
from services.detector.finder import FaceFinder, Policy
from services.detector.header import Limits
from services.detector.model import YuNet
from services.embedder.model import Embedder
from tests.installation import MODELS, Installation, running

CPU: Final = ["CPUExecutionProvider"]
LIMITS: Final = Limits(subjects.MAX_PAYLOAD_BYTES, 40_000_000, 32)
POLICY: Final = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
LEAST_SECONDS: Final = 1.0
# Other people are below that; a composed face beside its own vector is far above.
LEAST_COSINE: Final = 0.4
CALIBRATION_SECONDS: Final = 15.0
CALIBRATION_CAMERAS: Final = 8
CALIBRATION_RATE: Final = 4.0
FEWEST_CAMERAS: Final = 4
MOST_CALIBRATIONS: Final = 6
SETTLED: Final = 0.1
SATURATED: Final = 0.8
# Who walks by for a second must be in two frames that are searched, or there is nothing to follow.
SEARCHED_OF_CAMERA: Final = 2.2
SAMPLE_SECONDS: Final = 10.0
WANTED_JAIN: Final = 0.95
WANTED_AGE_SECONDS: Final = 1.0
# Of memory, from the second quarter of the time to the last.
WANTED_GROWTH: Final = 1.05
GROWTH_MIB: Final = 4.0


@dataclass(slots=True)
class Truth:
    """What one camera sent: numbers of its scene's frames, counted through all loops."""

    scene: Scene
    sent: list[int] = field(default_factory=list)

    def film(self, camera: int, rate: float) -> Film:
        """The scene at *rate*; cameras of the same scene are at different places in it."""
        begin = camera * 7 * RATE

        def shot(number: int) -> Shot:
            at = begin + round(number * RATE / rate)
            self.sent.append(at)
            return Shot(self.scene.frames[at % len(self.scene.frames)], f"o{camera}-{at}")

        return shot

    def walks(self) -> Iterator[tuple[int, int]]:
        """(loop, walk) of every walk of a second or longer that was sent from its beginning to its end."""
        length = len(self.scene.frames)
        seen: dict[tuple[int, int], list[int]] = defaultdict(list)
        for at in self.sent:
            for walk in self.scene.visible(at):
                seen[at // length, walk].append(at)
        for (loop, walk), frames in seen.items():
            begin, end = (loop * length + edge for edge in (self.scene.walks[walk].begin, self.scene.walks[walk].end))
            whole = self.sent[0] <= begin and self.sent[-1] >= end - 1
            if whole and (frames[-1] - frames[0]) / RATE >= LEAST_SECONDS:
                yield loop, walk


@dataclass(slots=True)
class Ear:
    """Hears every vector and finds whose it is."""

    truths: Sequence[Truth]
    heard: Counter[tuple[int, int, int]] = field(default_factory=Counter)  # camera, loop, walk
    unknown: int = 0
    cosines: list[float] = field(default_factory=list)

    def note(self, delivery: Delivery) -> None:
        """Take a vector of the load's cameras."""
        face = FaceEmbedded.decode(delivery.payload)
        if not face.origin.frame_id.startswith("o"):
            return
        camera, at = map(int, face.origin.frame_id[1:].partition("@")[0].split("-"))
        scene = self.truths[camera].scene
        near = [(float(face.vector @ scene.walks[walk].vector), walk) for walk in scene.visible(at)]
        cosine, walk = max(near, default=(0.0, -1))
        if cosine < LEAST_COSINE:
            self.unknown += 1
            return
        self.cosines.append(cosine)
        self.heard[camera, at // len(scene.frames), walk] += 1


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that is claimed, and what it rests on."""

    cameras: int
    rate: float
    seconds: float
    searched_per_second: float
    sent_per_second: float
    overload: float
    asked_overload: float
    walks: int
    embedded: int
    vectors: int
    vectors_a_walk: float
    vectors_of_nobody: int
    lowest_cosine: float
    age_p99_seconds: float
    age_beyond_a_second: float
    jain: float
    fewest_and_most_frames: tuple[int, int]
    memory_mib: Mapping[str, tuple[float, float]]
    shed: Mapping[str, Mapping[str, int]]
    tracks: Mapping[str, int] | None
    measured: Mapping[str, object]

    def failures(self) -> list[str]:
        """What does not hold."""
        found = []
        if self.overload < self.asked_overload * 0.9:
            found.append(f"the load was {self.overload:g} times what is searched, not {self.asked_overload:g} times")
        if self.embedded < self.walks or not self.walks:
            found.append(f"{self.walks - self.embedded} of {self.walks} walks were never embedded")
        if self.age_p99_seconds >= WANTED_AGE_SECONDS:
            found.append(f"age of searched frames: p99 {self.age_p99_seconds:.2f} s")
        if self.jain < WANTED_JAIN:
            found.append(f"fairness {self.jain:.3f}")
        for name, (before, after) in self.memory_mib.items():
            if after > before * WANTED_GROWTH + GROWTH_MIB:
                found.append(f"memory of {name}: {before} to {after} MiB")
        return found


def flatness(samples: Sequence[Reading]) -> dict[str, tuple[float, float]]:
    """MiB of each process: its median in the second quarter of the samples, and in the last."""
    found = {}
    none: frozenset[tuple[str, str]] = frozenset()
    quarter = max(1, len(samples) // 4)
    for name in samples[-1].pages:
        sizes = [each.pages.get(name, {}).get((MEMORY, none), 0.0) / 1024**2 for each in samples]
        second, last = sizes[quarter : 2 * quarter] or sizes, sizes[-quarter:]
        found[name] = (round(statistics.median(second), 1), round(statistics.median(last), 1))
    return found


async def searched_per_second(ground: Ground, scenes: Sequence[Scene], cameras: int, rate: float) -> float:
    """Frames a second that are searched while *cameras* send at *rate*, more than can be."""
    films = [Truth(scenes[camera % len(scenes)]).film(camera, rate) for camera in range(cameras)]
    load = asyncio.create_task(ground.cameras.play(films, Sent(), rate=rate, seconds=CALIBRATION_SECONDS + 5))
    await asyncio.sleep(4)
    before = await ground.stages.read()
    await asyncio.sleep(CALIBRATION_SECONDS)
    change = Change(before, await ground.stages.read())
    await load
    return measures.stages_of(change, change.seconds)[0].per_second


async def overloaded(here: Installation, scenes: Sequence[Scene], options: argparse.Namespace) -> Result:
    """Find the rate, send, and sum up."""
    at = context.load({"WARDWATCH_HOME": str(here.home)})
    async with prepared(at, Asked(site_id(SITE), beside=False, seeds=None)) as ground:
        cameras, rate, capacity = await _planned(ground, scenes, options.overload)
        ear = Ear([Truth(scenes[camera % len(scenes)]) for camera in range(cameras)])
        async with here.bus("matcher-video") as bus, bus.listen(subjects.VECTORS.pattern, queue="", offer=ear.note):
            return await _measured(ground, ear, _Wanted(rate, 60 * options.minutes, options.overload, capacity))


async def _planned(ground: Ground, scenes: Sequence[Scene], overload: float) -> tuple[int, float, float]:
    """How many cameras, how many frames a second each sends, and how many are searched in all while they do."""
    cameras, rate, capacity = CALIBRATION_CAMERAS, CALIBRATION_RATE, 0.0
    for _ in range(MOST_CALIBRATIONS):
        await ground.cameras.ready(cameras)
        searched = await searched_per_second(ground, scenes, cameras, rate)
        print(f"{cameras} cameras: {searched:.1f} of {cameras * rate:.1f} frames/s are searched", file=sys.stderr)
        # Once more with the load itself, for what publishes takes processor time too; and while nothing is shed, more.
        settled = capacity > 0 and abs(searched - capacity) < SETTLED * capacity
        capacity = searched if searched < SATURATED * cameras * rate else 2 * searched
        cameras = min(MOST, max(FEWEST_CAMERAS, int(capacity / SEARCHED_OF_CAMERA)))
        rate = min(float(RATE), overload * capacity / cameras)
        if settled:
            break
    await ground.cameras.ready(cameras)
    return cameras, rate, capacity


@dataclass(frozen=True, slots=True)
class _Wanted:
    rate: float
    seconds: float
    overload: float
    capacity: float


async def _measured(ground: Ground, ear: Ear, wanted: _Wanted) -> Result:
    sent, samples = Sent(), [await ground.stages.read()]
    films = [truth.film(camera, wanted.rate) for camera, truth in enumerate(ear.truths)]
    load = asyncio.create_task(ground.cameras.play(films, sent, rate=wanted.rate, seconds=wanted.seconds))
    while not (await asyncio.wait({load}, timeout=SAMPLE_SECONDS))[0]:
        samples.append(await ground.stages.read())
    load.result()
    await asyncio.sleep(3)
    return _result(ear, sent, samples, Change(samples[0], await ground.stages.read()), wanted)


def _result(ear: Ear, sent: Sent, samples: Sequence[Reading], change: Change, wanted: _Wanted) -> Result:
    owed = [(camera, *walk) for camera, truth in enumerate(ear.truths) for walk in truth.walks()]
    embedded = [ear.heard[walk] for walk in owed]
    age = change.histogram("detector", "wardwatch_stage_delay_seconds", stage="detect")
    within = next((count for bound, count in age.buckets if bound == WANTED_AGE_SECONDS), 0.0)
    frames = [each.searched for each in measures.cameras_of(change, sent).values()]
    stages = measures.stages_of(change, wanted.seconds, sent.frames)
    return Result(
        cameras=len(ear.truths),
        rate=round(wanted.rate, 3),
        seconds=round(wanted.seconds, 1),
        searched_per_second=stages[0].per_second,
        sent_per_second=round(sent.frames / wanted.seconds, 1),
        overload=round(sent.frames / wanted.seconds / max(stages[0].per_second, 0.1), 2),
        asked_overload=wanted.overload,
        walks=len(owed),
        embedded=sum(count > 0 for count in embedded),
        vectors=sum(ear.heard.values()),
        vectors_a_walk=round(float(np.mean(embedded)), 2) if embedded else 0.0,
        vectors_of_nobody=ear.unknown,
        lowest_cosine=round(min(ear.cosines, default=0.0), 3),
        age_p99_seconds=round(age.quantile_seconds(0.99) or 0.0, 3),
        age_beyond_a_second=round(1 - within / age.count, 5) if age.count else 1.0,
        jain=measures.fairness(frames),
        fewest_and_most_frames=(min(frames, default=0), max(frames, default=0)),
        memory_mib=flatness(samples),
        shed={each.name: each.shed for each in stages},
        tracks=measures.tracks_of(change),
        measured={
            "capacity_before": wanted.capacity,
            "stages": [asdict(each) for each in stages],
            "not_sent": sent.not_sent,
            "late": asdict(durations(sent.late_seconds)),
            "processes": [asdict(each) for each in measures.processes_of(change, stages[0].done)],
        },
    )


def show(result: Result) -> None:
    """In words."""
    print(
        f"{result.cameras} cameras, {result.rate:g} frames/s each, for {result.seconds:.0f} s: sent "
        f"{result.sent_per_second:g} frames/s, searched {result.searched_per_second:g} ({result.overload:g} times)"
    )
    print(
        f"walks of a second or longer: {result.walks}, embedded at least once: {result.embedded}; "
        f"{result.vectors_a_walk:g} vectors a walk, {result.vectors_of_nobody} of nobody; "
        f"nearest to its own: cosine {result.lowest_cosine:g} at least"
    )
    print(
        f"age of searched frames: p99 {result.age_p99_seconds:g} s, {result.age_beyond_a_second:.3%} beyond a second; "
        f"fairness {result.jain:g} ({result.fewest_and_most_frames[0]} to {result.fewest_and_most_frames[1]} frames)"
    )
    for name, (before, after) in result.memory_mib.items():
        print(f"memory of {name}: {before} to {after} MiB")
    for name, shed in result.shed.items():
        print(f"{name} gave up: {shed}")
    print(f"tracks: {result.tracks}")
    for failure in result.failures():
        print(f"DOES NOT HOLD: {failure}")


def main() -> None:
    """Compose, start a Wardwatch, measure; exit 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=Path)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--overload", type=float, default=3)
    parser.add_argument("--scenes", type=int, default=8)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    detector = YuNet.load(prepared_path(MODELS / "face_detection_yunet_2023mar.onnx"), threads=1, providers=CPU)
    embedder = Embedder.load(prepared_path(MODELS / "face_recognition_sface_2021dec.onnx"), threads=1, providers=CPU)
    with FaceFinder(detector, LIMITS, POLICY) as finder, embedder:
        scenes = list(composed.scenes(options.people, options.scenes, finder, embedder))
    print(f"{len(scenes)} scenes, {sum(len(each.walks) for each in scenes)} different people", file=sys.stderr)
    with running() as here:
        result = asyncio.run(overloaded(here, scenes, options))
    show(result)
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    if result.failures():
        raise SystemExit(1)


if __name__ == "__main__":
    main()

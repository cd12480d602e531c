"""What a load came to: per stage, per process and on the way to the page. Pure; also what the JSON holds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from cli.bench.cameras import Sent
from cli.bench.histograms import Durations, durations
from cli.bench.names import BROKER
from cli.bench.readings import CPU, MEMORY, Change, service_of
from services.chassis.stage_tally import COUNTERS, NOT_WANTED, StageCounters

FORMAT: Final = 1

_TRACKS_BEGUN: Final = "wardwatch_tracks_begun_total"
_LOOKS: Final = "wardwatch_looks_published_total"
_TRACKS_ENDED: Final = "wardwatch_tracks_ended_total"


@dataclass(frozen=True, slots=True)
class _Counted:
    """A stage, and what it counts."""

    service: str
    item: str
    counters: StageCounters


STAGES: Final = tuple(
    _Counted(service, item, COUNTERS[service])
    for service, item in (("detector", "frame"), ("embedder", "face"), ("matcher", "vector"))
)


@dataclass(frozen=True, slots=True)
class Load:
    """What was asked for and what was sent."""

    cameras: int
    rate: float
    size: str
    seconds: float
    frames: int
    not_sent: int
    refused: Mapping[str, int]
    late: Durations
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Stage:
    """``shed``: given up for want of time, by reason; ``passed_over``: not wanted, by reason.

    ``work``: one item (of the embedder one batch) in hand; ``since_capture``: how old a frame was when the stage had
    done with an item of it; ``busy``: the share of the time in which something was in hand, of one replica.
    """

    name: str
    item: str
    replicas: int
    received: int
    done: int
    per_second: float
    shed: Mapping[str, int]
    passed_over: Mapping[str, int]
    work: Durations
    since_capture: Durations
    busy: float


@dataclass(frozen=True, slots=True)
class CameraFrames:
    """What became of one camera's frames."""

    sent: int
    searched: int


@dataclass(frozen=True, slots=True)
class Process:
    """Processor time while the load lasted, for each thousand frames that were searched too; None where unknown."""

    name: str
    cpu_seconds: float | None
    cpu_seconds_per_1000_frames: float | None
    memory_mib_before: float | None
    memory_mib_after: float | None


@dataclass(frozen=True, slots=True)
class Alerts:
    """Of the listed person's alerts at the load's cameras: from the frame's capture to each end."""

    events: int
    to_sighting: Durations
    to_page: Durations


@dataclass(frozen=True, slots=True)
class Moment:
    """Rates a second, at so many seconds of the load."""

    at_seconds: float
    frames_received: float
    frames_searched: float
    faces_found: float
    faces_embedded: float
    shed: float


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine, when the broker runs on it: the share of its processors' time that was used, and ours of that.

    ``ours`` is of Wardwatch and of the load itself; what ``used`` has more is that of other programs.
    """

    processors: int
    used: float
    ours: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything. ``tracks`` is None where the detector counts none, ``alerts`` where nobody listed was asked for.

    ``machine`` is None where the system runs elsewhere. ``fairness`` is that of the cameras' searched frames.
    """

    load: Load
    stages: Sequence[Stage]
    cameras: Mapping[str, CameraFrames]
    fairness: float
    faces_found: int
    tracks: Mapping[str, int] | None
    incidents_raised: int
    alerts: Alerts | None
    processes: Sequence[Process]
    machine: Machine | None
    restarted: Sequence[str]
    ended_early: str = ""
    series: Sequence[Moment] = ()
    format: int = field(default=FORMAT)

    @property
    def shed(self) -> int:
        """What any stage gave up for want of time, and frames that did not even reach the detector."""
        return sum(sum(each.shed.values()) for each in self.stages)

    def stage(self, name: str) -> Stage:
        """The stage *name*."""
        return next(each for each in self.stages if each.name == name)

    def document(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def load_of(sent: Sent, *, cameras: int, rate: float, size: str, seconds: float, cpu_seconds: float) -> Load:
    """What was sent, as it is told."""
    return Load(
        cameras,
        rate,
        size,
        round(seconds, 3),
        sent.frames,
        sent.not_sent,
        dict(sent.refused),
        durations(sent.late_seconds),
        round(cpu_seconds, 2),
    )


def stages_of(change: Change, seconds: float, frames_sent: int | None = None) -> list[Stage]:
    """What each stage did. With *frames_sent* by nobody but the load, those that never arrived count as shed too."""
    found = [_stage(change, each, seconds) for each in STAGES]
    if frames_sent is not None:
        missing = (
            frames_sent
            - found[0].received
            - sum(n for reason, n in found[0].shed.items() if reason in {"over_pace", "slow_consumer"})
        )
        if missing > 0:
            found[0] = replace(found[0], shed={**found[0].shed, "never_arrived": missing})
    return found


def cameras_of(change: Change, sent: Sent) -> dict[str, CameraFrames]:
    """Of each of the load's cameras, how many frames it sent and how many of them were searched."""
    searched = change.by_label("detector", "wardwatch_frames_processed_total", "camera")
    return {name: CameraFrames(count, searched.get(name, 0)) for name, count in sorted(sent.of_camera.items())}


def fairness(shares: Sequence[float]) -> float:
    """1 when all shares are alike, 1/n when one of n has everything (Jain, Chiu, Hawe 1984); 1 when nobody has any."""
    squares = sum(each * each for each in shares)
    return round(sum(shares) ** 2 / (len(shares) * squares), 4) if squares else 1.0


def processes_of(change: Change, frames_searched: int) -> list[Process]:
    """What each process used."""
    found = []
    none: frozenset[tuple[str, str]] = frozenset()
    for name, page in sorted(change.after.pages.items()):
        former = change.before.pages.get(name, {})
        begun, now = former.get((CPU, none), 0.0), page.get((CPU, none))
        used = None if now is None else now - begun if now >= begun else now
        each = None if used is None or not frames_searched else round(used / frames_searched * 1000, 3)
        memory = _mib(former.get((MEMORY, none))), _mib(page.get((MEMORY, none)))
        found.append(Process(name, None if used is None else round(used, 2), each, *memory))
    return found


def machine_of(processes: Sequence[Process], load: Load, used: float, processors: int) -> Machine | None:
    """How much of the machine was used, *used* of all its processors; None where the broker is on another one."""
    if all(each.name != BROKER for each in processes):
        return None
    ours = load.cpu_seconds + sum(each.cpu_seconds or 0.0 for each in processes)
    return Machine(processors, round(used, 3), round(ours / max(load.seconds, 1e-3) / processors, 3))


def waiting(change: Change) -> int:
    """How many items arrived meanwhile of which nothing became yet."""
    return round(
        sum(
            change.total(each.service, each.counters.received)
            - change.total(each.service, each.counters.done)
            - change.total(each.service, each.counters.shed)
            for each in STAGES
        )
    )


def tracks_of(change: Change) -> dict[str, int] | None:
    """Tracks that began and ended, those by how long they lived and whether they were looked at, and their looks.

    A look is a face that was sent on to be embedded. None where the detector counts no tracks.
    """
    if not change.has("detector", _TRACKS_BEGUN):
        return None

    def ended(lived: str, looked: str) -> int:
        return round(change.total("detector", _TRACKS_ENDED, lived=lived, looked=looked))

    return {
        "begun": round(change.total("detector", _TRACKS_BEGUN)),
        "lived a second or longer and were looked at": ended("a_second", "yes"),
        "lived a second or longer and were never looked at": ended("a_second", "no"),
        "lived less and were looked at": ended("less", "yes"),
        "lived less and were never looked at": ended("less", "no"),
        "first looks": round(change.total("detector", _LOOKS, look="first")),
        "later looks": round(change.total("detector", _LOOKS, look="later")),
        "faces only followed": round(change.total("detector", "wardwatch_faces_followed_total")),
    }


def moment_of(change: Change, at_seconds: float) -> Moment:
    """The rates between two readings that follow each other."""
    span = max(change.seconds, 1e-3)
    found = stages_of(change, span)

    def rate(count: float) -> float:
        return round(count / span, 2)

    return Moment(
        round(at_seconds, 2),
        rate(found[0].received),
        rate(found[0].done),
        rate(change.total("detector", "wardwatch_faces_detected_total")),
        rate(found[1].done),
        rate(sum(sum(each.shed.values()) for each in found)),
    )


def _stage(change: Change, names: _Counted, seconds: float) -> Stage:
    lost = change.by_label(names.service, names.counters.shed, "reason")
    if names.service == "detector":
        over = round(change.total("detector", "wardwatch_frames_over_pace_total"))
        lost |= {"over_pace": over} if over else {}
        lost |= {f"refused: {reason}": n for reason, n in _refused(change).items()}
    # The connection counts these too, and says why.
    lost.pop("not_sent", None)
    lost |= change.by_label(names.service, "wardwatch_bus_shed_total", "reason")
    work = change.histogram(names.service, "wardwatch_stage_seconds", stage=names.counters.part)
    delay = change.histogram(names.service, "wardwatch_stage_delay_seconds", stage=names.counters.part)
    replicas = sum(service_of(each) == names.service for each in change.after.pages)
    done = round(change.total(names.service, names.counters.done))
    passed_over = {reason: n for reason, n in lost.items() if reason in NOT_WANTED or reason.startswith("refused: ")}
    return Stage(
        names.service,
        names.item,
        replicas,
        round(change.total(names.service, names.counters.received)),
        done,
        round(done / max(seconds, 1e-3), 2),
        {reason: n for reason, n in lost.items() if reason not in passed_over},
        passed_over,
        work.durations(),
        delay.durations(),
        round(work.sum_seconds / max(seconds, 1e-3) / max(replicas, 1), 3),
    )


def _refused(change: Change) -> dict[str, int]:
    return change.by_label("detector", "wardwatch_frames_rejected_total", "reason")


def _mib(size_bytes: float | None) -> float | None:
    return None if size_bytes is None else round(size_bytes / 1024**2, 1)

"""The state as it is told: pure."""

from collections.abc import Callable, Iterable

from proto.wardwatch.v1 import state
from proto.wardwatch.v1.reasons import sentence
from proto.wardwatch.v1.subjects import SiteId
from proto.wardwatch.v1.values import from_microseconds
from services.alerts.state.cameras import Camera
from services.alerts.state.core import Answer
from services.alerts.state.gathering import gathered
from services.alerts.state.reasons import Reason
from services.alerts.state.stages import Replica

_US = 1e6


def everything(
    answer: Answer, cameras: Iterable[Camera], replicas: Iterable[tuple[str, Replica]], now_us: int
) -> state.StateView:
    """The *answer* with the *cameras* and *replicas*, each with its stage."""
    return state.StateView(
        working=answer.working,
        at=from_microseconds(answer.at_us),
        reasons=reasons(answer),
        sites=[state.SiteView(site=site, working=answer.at(site)) for site in sorted(answer.sites)],
        cameras=[camera(each, now_us) for each in cameras],
        replicas=[replica(stage, each) for stage, each in replicas],
    )


def of_sites(cameras: Iterable[Camera], sees: Callable[[SiteId], bool]) -> list[Camera]:
    """Those of the sites that somebody sees."""
    return [each for each in cameras if sees(each.place.site)]


def reasons(answer: Answer) -> list[state.ReasonView]:
    """What keeps alerts from working, in codes and in English; what has one cause in one sentence."""
    return [reason(each) for each in gathered(answer.reasons)]


def reason(each: Reason) -> state.ReasonView:
    """One reason."""
    return state.ReasonView(
        code=each.code,
        working=each.working,
        site=each.site,
        parameters=each.parameters,
        text=sentence(each.code, each.site, each.parameters),
    )


def camera(each: Camera, now_us: int) -> state.CameraView:
    """A camera in figures."""
    sight = each.sight
    return state.CameraView(
        site=each.place.site,
        camera=each.place.camera,
        expected=each.expected,
        silent_seconds=int(each.silent_us(now_us) / _US),
        frames_per_second=None if sight is None else round(sight.frames_per_second, 2),
        width_px=None if sight is None else sight.width_px,
        height_px=None if sight is None else sight.height_px,
        refused={} if sight is None else {refused.kind.code: refused.frames for refused in sight.refused},
        clock_offset_seconds=None if sight is None else sight.clock_offset_ms / 1000,
    )


def replica(stage: str, each: Replica) -> state.ReplicaView:
    """A replica in figures."""
    return state.ReplicaView(
        stage=stage, replica=each.name, silent_seconds=round(each.silent_us / _US, 1), shares=each.shares
    )

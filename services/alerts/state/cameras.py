"""Which cameras are expected, which of them send, and what is wrong with them. Pure: time is an argument.

Microseconds of a clock that does not jump; what a detector says is as old as it says, whatever its clock shows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from proto.wardwatch.v1.camera_states import CameraSight, CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.subjects import Place, SiteId, is_load
from services.alerts.state.reasons import Reason, Working

_SECOND_US: Final = 1_000_000
# What a camera may be late in any case: the detector speaks every second, and a matcher a second later. A stage that is
# lost is known four seconds after it spoke last, and must be named before the cameras are.
_LATE_US: Final = 6 * _SECOND_US
# And beside that, so many of its usual gaps between two frames.
_GAPS: Final = 2.5
_MOST_GAP_US: Final = 120 * _SECOND_US
_FADING: Final = 0.9
# As long as that all cameras may be silent to who has just begun to hear them.
_GRACE_US: Final = 8 * _SECOND_US
# Frames that were on their way when somebody said that the camera is not expected.
_ON_THE_WAY_US: Final = 30 * _SECOND_US
# A trouble is said every second by the detector, and a second later by a matcher.
_TROUBLE_US: Final = 10 * _SECOND_US
# From so much on the time of a frame is worth a word; a camera with a clock of its own is off by less.
_CLOCK_MS: Final = 60_000
# As many frames in the detector's counting must have come, and none been searched.
_UNSEARCHED_FROM: Final = 10
MOST_CAMERAS: Final = 1024


@dataclass(frozen=True, slots=True)
class Remembered:
    """A camera as the database has it: how long ago its last frame was, and how long it usually takes for one."""

    place: Place
    expected: bool
    silent_us: int
    gap_us: int
    unexpected_us: int | None = None  # how long ago somebody said that it is not expected


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as it is known. ``last_us`` is when its last frame came."""

    place: Place
    last_us: int
    gap_us: int = _SECOND_US
    expected: bool = True
    unexpected_at_us: int | None = None
    sight: CameraSight | None = None
    troubles: tuple[CameraTrouble, ...] = ()
    told_us: int | None = None  # when a detector last spoke of it

    @property
    def patience_us(self) -> int:
        """How long it may be silent."""
        return _LATE_US + round(_GAPS * self.gap_us)

    def silent_us(self, now_us: int) -> int:
        """How long ago its last frame came."""
        return max(0, now_us - self.last_us)


class CameraWatch:
    """Every camera that ever sent. ``sees`` says whether it would be known if one did. Event loop only."""

    def __init__(self, sees: Callable[[int], bool], sites: frozenset[SiteId] = frozenset()) -> None:
        self._sees = sees
        self._sites = sites
        self._cameras: dict[Place, Camera] = {}
        self._seen_since_us: int | None = None
        self._is_read = False

    def take(self, state: CameraState, now_us: int) -> None:
        """What a detector says of a camera."""
        known = self._cameras.get(state.place)
        if is_load(state.place):
            return
        if known is None and (state.sight is None or len(self._cameras) >= MOST_CAMERAS):
            return
        self._cameras[state.place] = _told(known, state, now_us)

    def read(self, rows: Iterable[Remembered], now_us: int) -> None:
        """What the database remembers; what was heard here since is newer."""
        for row in rows:
            last_us = now_us - row.silent_us
            unexpected_at = None if row.unexpected_us is None else now_us - row.unexpected_us
            known = self._cameras.get(row.place)
            if known is None:
                known = Camera(row.place, last_us, row.gap_us)
            last_us = max(last_us, known.last_us)
            expected = row.expected or _is_back(last_us, unexpected_at)
            self._cameras[row.place] = replace(
                known, last_us=last_us, expected=expected, unexpected_at_us=None if expected else unexpected_at
            )
        self._is_read = True

    def expect(self, place: Place, now_us: int, *, expected: bool) -> None:
        """Somebody says whether *place* is missed when it is silent."""
        known = self._cameras.get(place) or Camera(place, now_us)
        self._cameras[place] = replace(known, expected=expected, unexpected_at_us=None if expected else now_us)

    @property
    def cameras(self) -> list[Camera]:
        """All that are known, by site and name."""
        return [self._cameras[place] for place in sorted(self._cameras, key=lambda place: (place.site, place.camera))]

    @property
    def sites(self) -> frozenset[SiteId]:
        """Where cameras are expected, and the sites that are set."""
        return self._sites | {camera.place.site for camera in self._cameras.values() if camera.expected}

    def sending(self, now_us: int) -> list[Place]:
        """Those that send pictures now."""
        return [each.place for each in self.cameras if each.silent_us(now_us) <= each.patience_us]

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What is wrong with cameras. While nobody would know of them, that is another source's to say."""
        if not self._is_read:
            return [Reason("cameras_unread", Working.DEGRADED)]
        if not self._sees(now_us):
            self._seen_since_us = None
            return []
        since_us = self._seen_since_us = now_us if self._seen_since_us is None else self._seen_since_us
        expected = defaultdict[SiteId, list[Camera]](list, {site: [] for site in self.sites})
        for camera in self.cameras:
            if camera.expected:
                expected[camera.place.site].append(camera)
        return [reason for site, cameras in expected.items() for reason in _of_site(site, cameras, now_us, since_us)]


def _told(known: Camera | None, state: CameraState, now_us: int) -> Camera:
    sight = state.sight
    if sight is None:
        assert known is not None
        return replace(known, troubles=state.troubles, told_us=now_us)
    last_us = now_us - sight.silent_ms * 1000
    if known is None:
        return Camera(state.place, last_us, _gap_us(sight, None, 0), True, None, sight, state.troubles, now_us)
    expected = known.expected or _is_back(last_us, known.unexpected_at_us)
    return replace(
        known,
        last_us=max(known.last_us, last_us),
        gap_us=_gap_us(sight, known.gap_us, last_us - known.last_us),
        expected=expected,
        unexpected_at_us=None if expected else known.unexpected_at_us,
        sight=sight,
        troubles=state.troubles,
        told_us=now_us,
    )


def _gap_us(sight: CameraSight, usual_us: int | None, step_us: int) -> int:
    """The usual time between two frames: counted where several came, else the longest lately, fading."""
    if sight.frames >= 3:
        # Up to its last frame: who falls silent does not become slow by it.
        sending_ms = max(0, sight.within_ms - sight.silent_ms)
        return min(sending_ms * 1000 // sight.frames, _MOST_GAP_US)
    usual_us = _SECOND_US if usual_us is None else usual_us
    if step_us <= _SECOND_US:
        return usual_us
    # An outage is no habit: a camera that became slow is believed step by step.
    believed_us = min(step_us, 2 * usual_us + _LATE_US)
    return min(max(believed_us, round(usual_us * _FADING)), _MOST_GAP_US)


def _is_back(last_us: int, unexpected_at_us: int | None) -> bool:
    """Whether a camera that was not expected any more has sent again since."""
    return unexpected_at_us is not None and last_us > unexpected_at_us + _ON_THE_WAY_US


def _of_site(site: SiteId, cameras: Sequence[Camera], now_us: int, since_us: int) -> list[Reason]:
    if not cameras:
        return [Reason("no_camera", Working.NO, site)]
    silent = [camera for camera in cameras if _is_silent(camera, now_us, since_us)]
    found = [reason for camera in cameras for reason in _of_camera(camera, silent, now_us)]
    if len(silent) == len(cameras):
        shortest = min(camera.silent_us(now_us) for camera in silent)
        found.insert(0, Reason("no_camera_sends", Working.NO, site, {"seconds": shortest // _SECOND_US}))
    return found


def _is_silent(camera: Camera, now_us: int, since_us: int) -> bool:
    # Of a flood the broker keeps to itself what comes: that is named as what it is.
    if any(trouble.kind is TroubleKind.TOO_FAST for trouble in _troubles(camera, now_us)):
        return False
    is_new_here = camera.told_us is None or camera.told_us < since_us
    if is_new_here and now_us - since_us < max(_GRACE_US, camera.patience_us):
        return False
    return camera.silent_us(now_us) > camera.patience_us


def _of_camera(camera: Camera, silent: Sequence[Camera], now_us: int) -> list[Reason]:
    site, name = camera.place.site, {"camera": str(camera.place.camera)}
    if camera in silent:
        seconds = camera.silent_us(now_us) // _SECOND_US
        return [Reason("camera_silent", Working.DEGRADED, site, {**name, "seconds": seconds})]
    found = [
        Reason("camera_trouble", Working.DEGRADED, site, {**name, "trouble": each.kind.code, "frames": each.frames})
        for each in _troubles(camera, now_us)
    ]
    sight = camera.sight
    if sight is None or camera.told_us is None or now_us - camera.told_us >= _TROUBLE_US:
        return found
    refused = sum(each.frames for each in sight.refused)
    if sight.frames >= _UNSEARCHED_FROM and sight.searched == 0 and refused == 0:
        found.append(Reason("camera_unsearched", Working.DEGRADED, site, name))
    if sight.clock_ignored or abs(sight.clock_offset_ms) >= _CLOCK_MS:
        off = {"seconds": abs(sight.clock_offset_ms) // 1000}
        found.append(Reason("camera_clock", Working.DEGRADED, site, {**name, **off}))
    return found


def _troubles(camera: Camera, now_us: int) -> tuple[CameraTrouble, ...]:
    is_current = camera.told_us is not None and now_us - camera.told_us < _TROUBLE_US
    return camera.troubles if is_current else ()

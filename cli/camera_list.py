"""`wardwatch camera list`: every camera that is known, how it was heard of last, and how its source is read."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from pydantic import ValidationError

from access.store import Credentials
from cli import camera_settings, camera_sources, output, status
from cli.camera_options import AsJson, place
from cli.state_client import states, worst
from local import context
from local.context import Context
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.published import PUBLISHED, Phase, PublishedCamera
from proto.wardwatch.v1.reasons import duration
from proto.wardwatch.v1.sources import CameraSource
from proto.wardwatch.v1.state import CameraView
from proto.wardwatch.v1.subjects import Place, camera_user
from services.chassis import addresses
from services.chassis.errors import StartupError

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Known:
    """A camera, from each of those who know something of it; None and False where one knows nothing."""

    place: Place
    has_credential: bool = False
    source: CameraSource | None = None
    mounting: CameraSettings | None = None
    heard: CameraView | None = None
    published: PublishedCamera | None = None

    def lines(self) -> list[str]:
        """In words: the camera, and below it what is to be known. Pure."""
        return [f"{self.place.site}.{self.place.camera}", *(f"  {fact}" for fact in self._facts())]

    def _facts(self) -> list[str]:
        facts = [self._heard()]
        if self.source is not None:
            shown = addresses.shown(self.source.source)
            facts.append(f"read from {shown}, {self.source.fps:g} frames a second: {self._reading()}")
        if self.mounting is not None and self.mounting.rotation:
            facts.append(f"turned by {self.mounting.rotation} degrees")
        refused = {} if self.heard is None else self.heard.refused
        facts += [f"refused: {count} {code}" for code, count in sorted(refused.items())]
        if self.published is not None and self.published.least_face_px:
            facts.append(f"faces from {self.published.least_face_px} px wide on are found")
        if not self.has_credential:
            facts.append("no credential: it cannot send until it gets one")
        return facts

    def _heard(self) -> str:
        heard = self.heard
        if heard is None:
            return "no picture ever came"
        missed = "" if heard.expected else "; not expected"
        if heard.frames_per_second is None:
            return f"silent for {duration(heard.silent_seconds)}{missed}"
        facts = [f"last picture {duration(heard.silent_seconds)} ago", f"{heard.frames_per_second:g} a second"]
        if heard.width_px:
            facts.append(f"{heard.width_px} x {heard.height_px}")
        facts.append(f"clock {heard.clock_offset_seconds:+.1f} s" if heard.clock_offset_seconds else "clock right")
        return ", ".join(facts) + missed

    def _reading(self) -> str:
        match self.published:
            case None:
                return "no publisher says how it goes"
            case PublishedCamera(phase=Phase.SENDING):
                return "it is sent"
            case PublishedCamera(phase=Phase.ENDED):
                return "it has come to its end"
            case PublishedCamera(trouble=trouble):
                return trouble

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "site": self.place.site,
            "camera": self.place.camera,
            "credential": self.has_credential,
            "rotation": 0 if self.mounting is None else self.mounting.rotation,
            "source": None if self.source is None else addresses.shown(self.source.source),
            "heard": None if self.heard is None else self.heard.model_dump(mode="json"),
            "published": None if self.published is None else self.published.model_dump(mode="json"),
        }


def list_cameras(as_json: AsJson = False) -> None:
    """List every camera: last picture, rate, size, clock, what is refused, and how its source is read."""
    here = context.load()
    heard, published = asyncio.run(_told(_telemetry(here)))
    found = _joined(here, heard, published)
    if as_json:
        output.document(json.dumps([each.document() for each in found], ensure_ascii=False))
        return
    for each in found:
        for line in each.lines():
            output.line(line)
    if not found:
        output.line("no camera is known")


async def _told(urls: Mapping[str, str]) -> tuple[Mapping[str, CameraView], Mapping[str, PublishedCamera]]:
    """What alerts and the publisher tell of cameras, by their names."""
    state, published = await asyncio.gather(states(urls), _published(urls))
    told = worst(state)
    if told is None:
        output.line("no alerts service answers: how cameras were heard of last is not known", err=True)
    return {} if told is None else {f"{each.site}.{each.camera}": each for each in told.cameras}, published


def _joined(here: Context, heard: Mapping[str, CameraView], published: Mapping[str, PublishedCamera]) -> list[Known]:
    sources = camera_sources.read(here.sources_file)
    mountings = camera_settings.read(here.cameras_file)
    users = Credentials(here.credentials_dir).users()
    named = {f"{place.site}.{place.camera}": place for place in (*sources, *mountings)}
    named |= {user.removeprefix("camera."): place for user in users if (place := _place(user)) is not None}
    named |= {name: place for name in heard if (place := _place(f"camera.{name}")) is not None}
    return [
        Known(
            place,
            camera_user(place) in users,
            sources.get(place),
            mountings.get(place),
            heard.get(name),
            published.get(name),
        )
        for name, place in sorted(named.items())
    ]


def _place(user: str) -> Place | None:
    match user.split("."):
        case ["camera", site, camera]:
            return place(site, camera)
        case _:
            return None


def _telemetry(here: Context) -> Mapping[str, str]:
    try:
        return status.addresses(here)
    except StartupError:
        return {}  # nothing runs; what stands in files is known all the same


async def _published(urls: Mapping[str, str]) -> Mapping[str, PublishedCamera]:
    found: Sequence[PublishedCamera] = []
    if url := urls.get("camera"):
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(f"{url}/cameras") as reply:
                found = PUBLISHED.validate_json(await reply.text())
        except (aiohttp.ClientError, TimeoutError, ValidationError):
            found = []
    return {each.camera: each for each in found}

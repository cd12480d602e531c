"""`wardwatch camera discover`: which ONVIF cameras are on the network, and where their streams are."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import aiohttp
import typer

from cli import output
from cli.camera_options import AsJson
from cli.onvif import messages, network
from cli.onvif.messages import Device, Login, Profile
from cli.onvif.network import CameraRefuses

At = Annotated[list[str] | None, typer.Option("--at", help="Ask this host instead of the whole network; repeatable.")]


@dataclass(frozen=True, slots=True)
class Found:
    """A camera, and where its streams are or why it does not say."""

    device: Device
    streams: Mapping[Profile, str]
    trouble: str = ""

    def lines(self) -> list[str]:
        """In words. Pure."""
        said = ", ".join(part for part in (self.device.name, self.device.hardware) if part)
        first = f"{self.device.address}{f' ({said})' if said else ''}"
        return [first, *(f"  {_words(each)}: {address}" for each, address in self.streams.items()), *self._trouble()]

    def _trouble(self) -> list[str]:
        return [f"  {self.trouble}"] if self.trouble else []


def _words(profile: Profile) -> str:
    facts = [profile.codec or "video"]
    if profile.width_px:
        facts.append(f"{profile.width_px} x {profile.height_px}")
    if profile.frames_per_second:
        facts.append(f"up to {profile.frames_per_second} a second")
    return ", ".join(facts)


def discover(
    at: At = None,
    user: Annotated[str, typer.Option("--user", help="An account of the cameras; its password is asked for.")] = "",
    seconds: Annotated[float, typer.Option(min=1, max=60, help="How long cameras may take to answer.")] = 4.0,
    as_json: AsJson = False,
) -> None:
    """Find ONVIF cameras on this network and say where their streams are, for: camera add --source.

    The account's password is sent as a digest, to who answers alone. In a container the network is not the hospital's:
    name hosts with --at.
    """
    login = None
    if user:
        login = Login(user, typer.prompt("password", err=True, hide_input=True))
    found = asyncio.run(_discover(at or [], login, seconds))
    if as_json:
        output.document(json.dumps([_document(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        for line in each.lines():
            output.line(line)
    if not found:
        output.line("no camera answers")


async def _discover(hosts: list[str], login: Login | None, seconds: float) -> list[Found]:
    devices = [Device(messages.at(f"http://{host}{network.DEVICE_SERVICE}", _host(host)), "", "") for host in hosts]
    if not devices:
        devices = await network.discovered(seconds)
    async with aiohttp.ClientSession() as http:
        return list(await asyncio.gather(*(_ask(http, each, login) for each in devices)))


def _host(text: str) -> str:
    """The host of ``host`` or ``host:port``."""
    return text.partition(":")[0]


async def _ask(http: aiohttp.ClientSession, device: Device, login: Login | None) -> Found:
    try:
        return Found(device, await network.Camera(http, device.address, login).streams())
    except CameraRefuses as error:
        return Found(device, {}, str(error))


def _document(found: Found) -> dict[str, object]:
    streams = [
        {
            "codec": each.codec,
            "width_px": each.width_px,
            "height_px": each.height_px,
            "frames_per_second": each.frames_per_second,
            "source": address,
        }
        for each, address in found.streams.items()
    ]
    device = found.device
    return {
        "address": device.address,
        "name": device.name,
        "hardware": device.hardware,
        "streams": streams,
        "trouble": found.trouble,
    }

"""ONVIF cameras: found by a probe, asked for their streams, and given no more trust than strangers."""

import asyncio
import hashlib
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from cli.camera_discover import Found
from cli.onvif import messages, network
from cli.onvif.messages import Device, Login, NotUnderstood, Profile
from cli.onvif.network import Camera, CameraRefuses

pytestmark = pytest.mark.live

PASSWORD = 'p<ss&w"rd ü'
# Prefixes as two makers have them.
ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{}</s:Body></s:Envelope>'
CLOCK = (
    "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Time><Hour>4</Hour><Minute>5</Minute>"
    "<Second>6</Second></Time><Date><Year>2001</Year><Month>2</Month><Day>3</Day></Date></UTCDateTime>"
    "</SystemDateAndTime></GetSystemDateAndTimeResponse>"
)
PROFILES = (
    '<m:GetProfilesResponse xmlns:m="urn:m" xmlns:t="urn:t"><m:Profiles token="main"><t:Name>Main</t:Name>'
    "<t:VideoEncoderConfiguration><t:Encoding>H264</t:Encoding><t:Resolution><t:Width>1920</t:Width>"
    "<t:Height>1080</t:Height></t:Resolution><t:RateControl><t:FrameRateLimit>25</t:FrameRateLimit></t:RateControl>"
    '</t:VideoEncoderConfiguration></m:Profiles><m:Profiles token="sound"><t:Name>Sound</t:Name></m:Profiles>'
    "</m:GetProfilesResponse>"
)
REFUSED = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>"
    "</s:Fault>"
)
MAIN = Profile("main", "Main", "h264", 1920, 1080, 25)


@dataclass
class Responder(asyncio.DatagramProtocol):
    """A camera: answers the probe, and says where its stream is to who knows the password."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    elsewhere: str = "192.0.2.7"  # the host that it claims to be
    transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, sender: tuple[str | object, int]) -> None:
        (message,) = re.findall(r"<w:MessageID>([^<]+)<", data.decode())
        assert self.transport is not None
        self.transport.sendto(b"<nonsense", sender)
        self.transport.sendto(self.match("uuid:another"), sender)
        self.transport.sendto(self.match(message), sender)

    def match(self, message: str) -> bytes:
        scopes = "onvif://www.onvif.org/name/Gate%202 onvif://www.onvif.org/hardware/DS-2CD"
        body = (
            "<d:ProbeMatches xmlns:d='urn:d'><d:ProbeMatch>"
            f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>http://{self.elsewhere}:{self.port}/onvif/device_service</d:XAddrs>"
            "</d:ProbeMatch></d:ProbeMatches>"
        )
        head = f"<s:Header><a:RelatesTo xmlns:a='urn:a'>{message}</a:RelatesTo></s:Header><s:Body>"
        return ENVELOPE.replace("<s:Body>", head).format(body).encode()

    async def serve(self, request: web.Request) -> web.Response:
        said = (await request.read()).decode()
        (operation,) = re.findall(r"<e:Body><(\w+)", said)
        self.asked.append(operation)
        if operation != "GetSystemDateAndTime" and not is_let_in(said):
            return web.Response(text=ENVELOPE.format(REFUSED), status=400)
        return web.Response(text=ENVELOPE.format(self.answer(operation)))

    def answer(self, operation: str) -> str:
        match operation:
            case "GetSystemDateAndTime":
                return CLOCK
            case "GetCapabilities":
                return f"<c><Media><XAddr>http://{self.elsewhere}:{self.port}/onvif/media</XAddr></Media></c>"
            case "GetProfiles":
                return PROFILES
            case _:
                return "<r><MediaUri><Uri>rtsp://10.0.0.5:554/Streaming/101?a=1&amp;b=2</Uri></MediaUri></r>"


def is_let_in(said: str) -> bool:
    """Whether the digest is right, and of about the moment that the camera's clock shows."""
    found = dict(re.findall(r"<[su]:(Username|Password|Nonce|Created)(?: [^>]*)?>([^<]*)<", said))
    if found.get("Username") != "admin":
        return False
    created = found["Created"]
    secret = b64decode(found["Nonce"]) + created.encode() + PASSWORD.encode()
    digest = hashlib.sha1(secret, usedforsecurity=False).digest()
    is_near = abs((datetime.fromisoformat(created) - datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)).total_seconds()) < 60
    return b64decode(found["Password"]) == digest and is_near


@asynccontextmanager
async def responder() -> AsyncIterator[tuple[Responder, tuple[str, int]]]:
    """A camera, and where its probe is sent."""
    camera = Responder()
    app = web.Application()
    app.router.add_post("/onvif/{service}", camera.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    camera.port = int(runner.addresses[0][1])
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: camera, local_addr=("127.0.0.1", 0)
    )
    camera.transport = transport
    host, port = transport.get_extra_info("sockname")
    try:
        yield camera, (host, port)
    finally:
        transport.close()
        await runner.cleanup()


async def test_a_camera_is_found_and_says_where_its_stream_is() -> None:
    async with responder() as (camera, group), aiohttp.ClientSession() as http:
        (device,) = await network.discovered(0.3, group)
        streams = await Camera(http, device.address, Login("admin", PASSWORD)).streams()

    # Where it says to be is somebody else: the digest went to who answered.
    assert device == Device(f"http://127.0.0.1:{camera.port}/onvif/device_service", "Gate 2", "DS-2CD")
    assert streams == {MAIN: "rtsp://10.0.0.5:554/Streaming/101?a=1&b=2"}
    assert Found(device, streams).lines() == [
        f"{device.address} (Gate 2, DS-2CD)",
        "  h264, 1920 x 1080, up to 25 a second: rtsp://10.0.0.5:554/Streaming/101?a=1&b=2",
    ]


@pytest.mark.parametrize("login", [None, Login("admin", "wrong"), Login("guest", PASSWORD)])
async def test_a_camera_that_refuses_the_account_says_so(login: Login | None) -> None:
    async with responder() as (camera, _group), aiohttp.ClientSession() as http:
        address = f"http://127.0.0.1:{camera.port}/onvif/device_service"
        with pytest.raises(CameraRefuses, match=r"^the user name or password is refused$"):
            await Camera(http, address, login).streams()


async def test_nobody_at_the_address_is_one_sentence() -> None:
    async with responder() as (camera, _group):
        address = f"http://127.0.0.1:{camera.port}/onvif/device_service"

    async with aiohttp.ClientSession() as http:
        with pytest.raises(CameraRefuses, match=r"^it does not answer as ONVIF does$"):
            await Camera(http, address, None).streams()


def test_an_answer_that_would_grow_is_not_read() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'

    with pytest.raises(NotUnderstood, match="no SOAP"):
        messages.profiles(bomb)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://[::1", "http://10.0.0.5:port/", "ftp://10.0.0.5/"])
def test_an_address_that_is_none_is_passed_over(address: str) -> None:
    assert messages.at(address, "10.0.0.9") == ""


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ENVELOPE.format(text).encode()))
def test_whatever_a_stranger_answers_is_no_fault_of_ours(content: bytes) -> None:
    for read in (messages.profiles, messages.clock, messages.uri, lambda c: messages.matches(c, "m", "10.0.0.5")):
        try:
            read(content)
        except NotUnderstood:
            continue

"""Finding ONVIF cameras by multicast, and asking one for its streams."""

import asyncio
import secrets
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from cli.onvif import messages
from cli.onvif.messages import Device, Login, NotUnderstood, Profile
from services.chassis.errors import StartupError

GROUP: Final = ("239.255.255.250", 3702)
DEVICE_SERVICE: Final = "/onvif/device_service"
_ASK_AGAIN_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 10.0
_NONCE_BYTES: Final = 16
_MOST_DEVICES: Final = 1024


class CameraRefuses(Exception):
    """A camera does not say where its streams are; the text is one sentence."""


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, message_id: str) -> None:
        self.found: dict[str, Device] = {}
        self.fault: OSError | None = None
        self._message_id = message_id

    def error_received(self, exc: Exception) -> None:
        self.fault = exc if isinstance(exc, OSError) else self.fault

    def datagram_received(self, data: bytes, sender: tuple[str | object, int]) -> None:
        try:
            devices = messages.matches(data, self._message_id, str(sender[0]))
        except NotUnderstood:
            return
        for each in devices:
            if len(self.found) < _MOST_DEVICES:
                self.found[each.address] = each


async def discovered(seconds: float, group: tuple[str, int] = GROUP) -> list[Device]:
    """The cameras that answer within *seconds*, by address; it is asked once a second, for datagrams get lost.

    Raises StartupError where nothing can be sent.
    """
    message_id = f"uuid:{uuid.uuid4()}"
    loop = asyncio.get_running_loop()
    sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sending.setblocking(False)
    sending.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    transport, protocol = await loop.create_datagram_endpoint(lambda: _Listening(message_id), sock=sending)
    try:
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0:
            transport.sendto(messages.probe(message_id), group)
            await asyncio.sleep(min(_ASK_AGAIN_SECONDS, left))
    finally:
        transport.close()
    if protocol.fault is not None and not protocol.found:
        raise StartupError(f"nothing can be asked on this network: {protocol.fault.strerror}")
    return [protocol.found[address] for address in sorted(protocol.found)]


@dataclass(slots=True)
class Camera:
    """One camera that is asked, at the address of its device service."""

    http: aiohttp.ClientSession
    address: str
    login: Login | None
    _ahead: timedelta = field(default=timedelta(0))  # its clock less ours

    async def streams(self) -> Mapping[Profile, str]:
        """Where each of its streams is. Raises CameraRefuses."""
        host = urlsplit(self.address).hostname or ""
        # A digest is of a moment, by the camera's clock.
        told = messages.clock(await self._ask(self.address, messages.CLOCK, signed=False))
        self._ahead = timedelta(0) if told is None else told - datetime.now(UTC)
        try:
            media = messages.media_address(await self._ask(self.address, messages.CAPABILITIES), host)
            found = messages.profiles(await self._ask(media, messages.PROFILES))
            return {each: messages.uri(await self._ask(media, messages.stream_uri(each.token))) for each in found}
        except NotUnderstood as error:
            raise CameraRefuses(str(error)) from error

    async def _ask(self, address: str, body: str, *, signed: bool = True) -> bytes:
        login = self.login if signed else None
        now = datetime.now(UTC) + self._ahead
        content = messages.request(body, login, nonce=secrets.token_bytes(_NONCE_BYTES), now=now)
        kind = {"Content-Type": "application/soap+xml; charset=utf-8"}
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        try:
            # No redirection: it would take the digest elsewhere.
            async with self.http.post(
                address, data=content, headers=kind, timeout=timeout, allow_redirects=False, ssl=False
            ) as reply:
                said = await reply.content.read(messages.MOST_BYTES + 1)
                while chunk := await reply.content.read(messages.MOST_BYTES + 1):
                    said += chunk
                    if len(said) > messages.MOST_BYTES:
                        raise CameraRefuses("it answers without an end")
        except TimeoutError as error:
            raise CameraRefuses("it does not answer in time") from error
        except aiohttp.ClientError as error:
            raise CameraRefuses("it does not answer as ONVIF does") from error
        if reply.status == 401 or messages.is_refused(said):
            raise CameraRefuses("the user name or password is refused")
        if reply.status != 200:
            raise CameraRefuses(f"it answers with status {reply.status}")
        return said

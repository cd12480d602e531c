"""What a credential can put on its line to the broker, byte by byte, ends and deafens nobody who hears it."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest

from proto.wardwatch.v1.subjects import Place, camera_id, shared_frames, site_id
from services.chassis import library_tasks
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from tests import buses, servers
from tests.attack.hostile_camera import Line
from tests.fakes import eventually

FRAMES = "frames.h1.gate"
HEARD = shared_frames(Place(site_id("h1"), camera_id("gate")))


def published(content: bytes, *, reply: bytes = b"", headers: bytes = b"") -> bytes:
    """A frame as a line of the protocol."""
    place = b" ".join(filter(None, (FRAMES.encode(), reply)))
    if not headers:
        return b"PUB %s %d\r\n%s\r\n" % (place, len(content), content)
    return b"HPUB %s %d %d\r\n%s%s\r\n" % (place, len(headers), len(headers) + len(content), headers, content)


HEADERS = {
    "a status in no UTF-8": b"NATS/1.0 503 \xff\xfe\r\n\r\n",
    "a status that is none": b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    "a status and headers in no UTF-8": b"NATS/1.0 100 \xc3\r\nA: \xff\r\n\r\n",
    "the version alone": b"NATS/1.0",
    "two bytes": b"\r\n",
    "the version and half a line break": b"NATS/1.0\r",
    "another version": b"HTTP/9.9\r\nA: b\r\n\r\n",
    "zeros": bytes(64),
    "a name of a kilobyte": b"NATS/1.0\r\n" + b"a" * 1024 + b": b\r\n\r\n",
    "a name without an end": b"NATS/1.0\r\nCaptured-At",
    "a thousand of one name": b"NATS/1.0\r\n" + b"Captured-At: 2026-01-01T00:00:00Z\r\n" * 1000 + b"\r\n",
    "half a megabyte": b"NATS/1.0\r\nCaptured-At: " + b"9" * 500_000 + b"\r\n\r\n",
}
REPLIES = {
    "no UTF-8": b"_INBOX.\xff\xfe",
    "half a character": b"\xc3",
    "a form feed": b"_INBOX.a\x0cb",
    "a vertical tab and a number": b"_INBOX.a\x0b7",
    "a vertical tab alone": b"\x0b",
    "zeros": b"\0\0",
    "two thousand characters": b"_INBOX." + b"a" * 2000,
    "an order of the protocol": b"PING",
}


@pytest.fixture
def line(nats: servers.Nats) -> Iterator[Line]:
    seed = nats.add_camera("h1", "gate").read_bytes().strip()
    opened = Line(nats.url, seed)
    with closing(opened.socket):
        yield opened


@pytest.mark.parametrize(
    "hostile",
    [
        *(pytest.param(published(b"hostile", headers=each), id=f"headers: {name}") for name, each in HEADERS.items()),
        *(pytest.param(published(b"hostile", reply=each), id=f"reply: {name}") for name, each in REPLIES.items()),
        *(
            pytest.param(published(b"hostile", reply=each, headers=b"NATS/1.0\r\nA: b\r\n\r\n"), id=f"both: {name}")
            for name, each in REPLIES.items()
        ),
    ],
)
async def test_no_line_of_a_camera_deafens_who_hears_it(nats: servers.Nats, line: Line, hostile: bytes) -> None:
    heard: list[Delivery] = []
    meters = Meters()
    async with (
        buses.connected(nats, "detector", meters=meters) as bus,
        bus.listen("frames.*.*.*", queue="q", offer=heard.append),
    ):
        for content in (hostile, published(b"good"), hostile, published(b"good again")):
            await asyncio.to_thread(line.send, content)
        await eventually(
            lambda: [each.payload for each in heard if each.payload != b"hostile"] == [b"good", b"good again"]
        )

        assert bus.reconnects == 0
        assert library_tasks.ended(bus.client) == ""
        # Heard without its headers, or counted.
        unread = meters.value("wardwatch_messages_unreadable_total", subject="frames")
        assert sum(each.payload == b"hostile" for each in heard) + unread == 2
    assert {each.subject for each in heard} == {HEARD}

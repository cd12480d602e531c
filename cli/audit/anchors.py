"""Heads of the chain that were kept outside the database: on the broker's AUDIT stream, or in somebody's file."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from access import grants
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from proto.wardwatch.v1.subjects import Account
from services.chassis.audit_chain import Anchor, Head
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer, StartupError
from services.chassis.replica import messages
from services.chassis.signing import Signatures
from services.chassis.telemetry import Meters

_REACH_SECONDS: Final = 3.0
_KEPT: Final = re.compile(r"(?P<sequence>\d{1,18})\s+(?P<sha256>[0-9a-fA-F\s]+)")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the stream is, and the operator's seed."""

    url: str
    seed_file: Path
    signatures: Signatures

    @classmethod
    def of(cls, here: Context) -> "Broker":
        """Raises StartupError when the context lacks address, seed or keys."""
        return cls(here.nats_url, here.seed_file(grants.OPERATOR), here.signatures())


@dataclass(frozen=True, slots=True)
class Published:
    """The heads on the stream, oldest first, and how many messages there are that alerts has not signed.

    Anybody on the broker may have had the latter stored, so they prove nothing. Heads of before they were signed are
    among them.
    """

    anchors: tuple[Anchor, ...]
    unsigned: int


async def published(broker: Broker) -> Published:
    """What is on the stream. Raises NoAnswer with the reason when it cannot be read."""
    try:
        await _reach(broker.url)
        async with Bus.connect(
            broker.url,
            user=grants.OPERATOR,
            user_seed_file=broker.seed_file,
            account=Account.RECORD,
            meters=Meters(),
            signatures=broker.signatures,
        ) as bus:
            return await _read(bus)
    except StartupError as error:
        raise NoAnswer(str(error)) from error


def from_file(path: Path) -> Anchor:
    """A head as `wardwatch audit head` prints it. Raises StartupError when the file holds none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error
    found = _KEPT.fullmatch(text.strip())
    # Typed from paper, it may come in groups.
    sha256 = "".join(found["sha256"].split()) if found else ""
    if found is None or len(sha256) != 64:
        raise StartupError(f"{path} holds no head: a number, a space and 64 signs 0-9 a-f, as of wardwatch audit head")
    return Anchor(Head(int(found["sequence"]), bytes.fromhex(sha256)), f"kept in {path.name}")


async def _reach(url: str) -> None:
    """Know at once that the broker is away: its library would try for half a minute."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_REACH_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 4222)
    except (OSError, TimeoutError) as error:
        raise NoAnswer(f"the broker at {url} is away") from error
    writer.close()


async def _read(bus: Bus) -> Published:
    anchors, unsigned = list[Anchor](), 0
    async for delivery in messages(bus, subjects.AUDIT_STREAM.name):
        if delivery.forged:
            unsigned += 1
        else:
            anchors.append(_anchor(delivery.payload))
    return Published(tuple(anchors), unsigned)


def _anchor(payload: bytes) -> Anchor:
    try:
        head = AuditHead.decode(payload)
    except ValueError as error:
        raise NoAnswer(f"the AUDIT stream holds what is no head: {error}") from error
    return Anchor(Head(head.sequence, head.sha256), f"published at {head.chained_at:%Y-%m-%d %H:%M:%S} UTC")

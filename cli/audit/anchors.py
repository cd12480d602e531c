"""Heads of the chain that were kept outside the database: on the broker's AUDIT stream, or in somebody's file."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import nats.errors
import nats.js.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from access import grants
from cli.audit.chain import Anchor, Head
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer, StartupError
from services.chassis.telemetry import Meters

_BATCH: Final = 500
_ANSWER_SECONDS: Final = 5.0
_REACH_SECONDS: Final = 3.0
_FORGET_SECONDS: Final = 30.0
_KEPT: Final = re.compile(r"(?P<sequence>\d{1,18})\s+(?P<sha256>[0-9a-fA-F\s]+)")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the stream is, and the operator's seed."""

    url: str
    seed_file: Path

    @classmethod
    def of(cls, here: Context) -> "Broker":
        """Raises StartupError when the context lacks address or seed."""
        return cls(here.nats_url, here.seed_file(grants.OPERATOR))


async def published(broker: Broker) -> list[Anchor]:
    """Every head on the stream, oldest first. Raises NoAnswer with the reason when they cannot be read."""
    try:
        await _reach(broker.url)
        async with Bus.connect(
            broker.url,
            user=grants.OPERATOR,
            user_seed_file=broker.seed_file,
            account=Account.RECORD,
            meters=Meters(),
        ) as bus:
            return await _read(bus)
    except StartupError as error:
        raise NoAnswer(str(error)) from error
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        raise NoAnswer(f"the AUDIT stream cannot be read: {error or type(error).__name__}") from error


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


async def _read(bus: Bus) -> list[Anchor]:
    stream = subjects.AUDIT_STREAM.name
    made = await bus.stream.add_consumer(
        stream,
        ConsumerConfig(
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.ALL,
            inactive_threshold=_FORGET_SECONDS,
            mem_storage=True,
        ),
    )
    subscription = await bus.stream.pull_subscribe_bind(consumer=made.name, stream=stream)
    waiting = made.num_pending or 0
    anchors: list[Anchor] = []
    try:
        while waiting:
            for message in await subscription.fetch(min(_BATCH, waiting), timeout=_ANSWER_SECONDS):
                anchors.append(_anchor(message.data))
                waiting = message.metadata.num_pending
    finally:
        await subscription.unsubscribe()
    return anchors


def _anchor(payload: bytes) -> Anchor:
    try:
        head = AuditHead.decode(payload)
    except ValueError as error:
        raise NoAnswer(f"the AUDIT stream holds what is no head: {error}") from error
    return Anchor(Head(head.sequence, head.sha256), f"published at {head.chained_at:%Y-%m-%d %H:%M:%S} UTC")

"""The broker and the desk, as the operator reaches them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import nats.errors
import nats.js.errors

from access import grants
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import Meters

# As long as the desk may take for a request that reads the whole list.
_ANSWER_SECONDS: Final = 120.0


@asynccontextmanager
async def connected(here: Context) -> AsyncIterator[Bus]:
    """The RECORD account, as the operator."""
    seed = await asyncio.to_thread(here.seed_file, grants.OPERATOR)
    signatures = await asyncio.to_thread(here.signatures)
    async with Bus.connect(
        here.nats_url,
        user=grants.OPERATOR,
        user_seed_file=seed,
        account=Account.RECORD,
        meters=Meters(),
        signatures=signatures,
    ) as bus:
        yield bus


async def call_desk(bus: Bus, operation: str, token: str) -> bytes:
    """The desk's answer to *operation*, as JSON. Raises Refusal with the desk's words, or NoAnswer."""
    call = DeskCall(token)
    return DeskAnswer.decode(
        await bus.request(subjects.desk(operation), call.encode(), timeout_seconds=_ANSWER_SECONDS)
    ).body


async def message_count(bus: Bus, stream: str) -> int:
    """How many messages *stream* holds. Raises NoAnswer."""
    try:
        return int((await bus.stream.stream_info(stream)).state.messages)
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        raise NoAnswer(f"stream {stream} could not be asked: {type(error).__name__}") from error

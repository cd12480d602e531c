"""What is read of a stream of federation, as it came: nobody has checked it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.chassis.bus import Bus, Delivery
from services.chassis.replica import followed

# By the broker on what it copied: the stream, the sequence there, filter, transformation, subject, and the identity of
# the stream there.
_SOURCE: Final = "Nats-Stream-Source"


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the stream has it. ``payload`` is the statement: the message, and the signature behind it.

    ``origin`` names the publisher's stream that a copy has it from: it is another one once that was made anew.
    """

    subject: str
    payload: bytes = field(repr=False)
    sequence: int
    stored_at: datetime | None
    origin: str = ""


def received(delivery: Delivery) -> Received:
    """*delivery* of a stream of federation."""
    source = delivery.headers.get(_SOURCE, "").split(" ")
    origin = source[-1] if len(source) > 5 else ""
    return Received(delivery.subject, delivery.payload, delivery.sequence, delivery.stored_at, origin)


async def reading(
    bus: Bus, stream: str, *, caught_up: asyncio.Event, stop: asyncio.Event
) -> AsyncGenerator[Received, None]:
    """All that *stream* holds and then what comes, until *stop*; from its start once it was made anew."""
    async with aclosing(followed(bus, stream, caught_up=caught_up, stop=stop)) as coming:
        async for delivery in coming:
            yield received(delivery)

"""A replica of the detector that looks at nothing: prints the number of each frame that is its own.

``python -m tests.live.replica_process NATS_URL SEED_FILE``
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from proto.wardwatch.v1.subjects import Account
from services.chassis import process
from services.chassis.bus import Bus, Delivery
from services.chassis.shares import Shares
from services.chassis.telemetry import Meters
from tests.fakes import eventually


def show(delivery: Delivery) -> None:
    sys.stdout.buffer.write(delivery.payload + b"\n")
    sys.stdout.buffer.flush()


async def _is_settled(shares: Shares) -> bool:
    return await shares.check() is None


async def main(stop: asyncio.Event) -> None:
    url, seed, meters = sys.argv[1], Path(sys.argv[2]), Meters()
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(
            Bus.connect(url, user="detector", user_seed_file=seed, account=Account.VIDEO, meters=meters)
        )
        shares = Shares(bus, "detector", "frames", show, meters)
        await stack.enter_async_context(shares.held())
        await eventually(partial(_is_settled, shares), within_seconds=60)
        show(Delivery("", b"ready"))
        await stop.wait()


if __name__ == "__main__":
    process.run(main, service="detector")

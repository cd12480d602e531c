"""A supervisor without services, as a program: prints ``ready`` and what runs, and lives until it is told to stop."""

import asyncio
import os
import sys
from pathlib import Path

from local import supervisor
from local.screen import Screen
from local.supervisor import Order


async def main() -> None:
    """Run on the home and port given on the command line."""
    order = Order(Path(sys.argv[1]), "h1", "127.0.0.1", int(sys.argv[2]), services=())
    async with supervisor.signals() as stop, supervisor.running(order, Screen(sys.stderr), os.environ) as here:
        pids = [str(child.process.pid) for child in here.children.values() if child.process]
        sys.stdout.write(" ".join(["ready", here.at.nats_url, *pids]) + "\n")
        sys.stdout.flush()
        await stop.wait()
    sys.stdout.write("stopped\n")


if __name__ == "__main__":
    asyncio.run(main())

"""How soon a matcher is ready that is started with a long list: the process's start to the word ``ready`` in its log.

Run: ``python -m benchmarks.restart [--entries 3000 100000] [--photos 1]``. The entries and their vectors (128
dimensions, as SFace makes them) are drawn and published on a stream of a nats-server that writes each to the disk, as
the relay does. The matcher has no database: it must not need one.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.subjects import Account, EntryId
from proto.wardwatch.v1.values import EntryState, Model, Vector
from services.chassis.bus import Bus
from services.chassis.telemetry import Meters
from services.cli import streams
from tests.servers import Nats, running_nats

_DIMENSION = 128
_MODEL = Model("drawn", "ab" * 32)
_AT_ONCE = 256


def _entry(number: int, photos: int) -> EntryPublished:
    drawn = np.random.default_rng(number).standard_normal((photos, _DIMENSION), np.float32)
    vectors: list[Vector] = list(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))
    templates = tuple(Template(f"{number}-{n}", _MODEL, vector) for n, vector in enumerate(vectors))
    expires_at = datetime.now(UTC) + timedelta(days=1)
    return EntryPublished(EntryId(f"e{number}"), 3, EntryState.ACTIVE, expires_at, frozenset(), templates)


async def _fill(nats: Nats, numbers: range, photos: int) -> float:
    """Publish the entries; how many a second were stored."""
    await streams.ensure(nats.url, nats.seed_file("operator"))
    seed = nats.seed_file("matcher-record")
    slots = asyncio.Semaphore(_AT_ONCE)
    async with Bus.connect(
        nats.url, user="matcher-record", user_seed_file=seed, account=Account.RECORD, meters=Meters()
    ) as bus:

        async def publish(number: int) -> None:
            entry = _entry(number, photos)
            try:
                await bus.publish_owed(
                    subjects.watchlist(entry.entry_id), entry.encode(), message_id=f"{entry.entry_id}/3"
                )
            finally:
                slots.release()

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in numbers:
                await slots.acquire()
                tasks.create_task(publish(number))
        return len(numbers) / (time.perf_counter() - began)


def _environment(nats: Nats, folder: Path) -> dict[str, str]:
    keys, identity = folder / "wrapping.keys.json", folder / "identity.key"
    keys.write_text(json.dumps({"current": "k1", "keys": {"k1": "00" * 32}}), encoding="utf-8")
    identity.write_text("11" * 32, encoding="utf-8")
    nowhere = f"postgresql://nobody@/none?host={folder}"
    given = {
        "NATS_URL": nats.url,
        "VIDEO_SEED_FILE": str(nats.seed_file("matcher-video")),
        "RECORD_SEED_FILE": str(nats.seed_file("matcher-record")),
        "DATABASE_URL": nowhere,
        "DESK_DATABASE_URL": nowhere,
        "WRAPPING_KEYS_FILE": str(keys),
        "IDENTITY_KEY_FILE": str(identity),
        "MODEL_SHA256": _MODEL.sha256,
    }
    return {**os.environ, **{f"WARDWATCH_MATCHER_{name}": text for name, text in given.items()}}


async def _start(nats: Nats, folder: Path) -> tuple[float, float, float]:
    """Seconds until a matcher is ready, seconds of a processor it has used by then, and its memory in MiB."""
    environment = await asyncio.to_thread(_environment, nats, folder)
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.matcher", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            if json.loads(line).get("event") == "ready":
                seconds = time.perf_counter() - began
                return seconds, _processor_seconds(process.pid), _memory_mib(process.pid)
        raise RuntimeError(f"the matcher ended with exit code {await process.wait()}")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) / 1024


async def _measure(sizes: list[int], photos: int, rounds: int) -> None:
    with running_nats() as nats, tempfile.TemporaryDirectory() as folder:
        published = 0
        for size in sorted(sizes):
            rate = await _fill(nats, range(published, size), photos)
            published = size
            for _ in range(rounds):
                seconds, processor, memory = await _start(nats, Path(folder))
                print(f"{size:,} entries with {photos} photos each: ready after {seconds:.1f} s", end="")
                print(f" ({processor:.1f} s of a processor), {memory:.0f} MiB;", end="")
                print(f" stored at {rate:.0f} a second; load {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    """Measure each size asked for, the smaller first: the list grows."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--entries", type=int, nargs="+", default=[3_000, 100_000])
    asked.add_argument("--photos", type=int, default=1)
    asked.add_argument("--rounds", type=int, default=2)
    given = asked.parse_args()
    asyncio.run(_measure(given.entries, given.photos, given.rounds))


if __name__ == "__main__":
    main()

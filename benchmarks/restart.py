"""How soon a matcher is ready that is started with a long list: the process's start to the word ``ready`` in its log.

Run: ``python -m benchmarks.restart [--entries 3000 100000] [--photos 1]``. The entries and their vectors (128
dimensions, as SFace makes them) are drawn and published on a stream of a nats-server that writes each to the disk, as
the relay does: sealed, each under a key of its own that the keyring made. The matcher has no database: it must not need
one. A matcher that is ready while not every template can match is an error.
"""

import argparse
import asyncio
import json
import os
import re
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import numpy as np

from access import streams
from benchmarks.processor import used
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.sealing import KEY_BYTES, NONCE_BYTES, DataKey, WrappingKeys, seal
from proto.wardwatch.v1.subjects import Account, Author, EntryId
from proto.wardwatch.v1.values import EntryState, Model, Vector, vector_to
from services.chassis.bus import Bus
from services.chassis.repairs import Repairs
from services.chassis.signing import AUTHORS_FILE, key_file, read_signatures
from services.chassis.telemetry import Meters
from services.watchlist.keys import seals
from services.watchlist.keys.key_stream import KeyStream
from services.watchlist.keys.keyring import Keyring
from tests.servers import Nats, running_nats

_DIMENSION = 128
_MODEL = Model("drawn", "ab" * 32)
_AT_ONCE = 256
_SECRETS = WrappingKeys("k1", {"k1": bytes(KEY_BYTES)})


@dataclass(frozen=True, slots=True)
class _Ready:
    """A matcher when it said that it is ready: seconds since its start, seconds of a processor, MiB, templates."""

    seconds: float
    processor_seconds: float
    memory_mib: float
    templates: int


def _entry(number: int, photos: int, key: DataKey) -> EntryPublished:
    drawn = np.random.default_rng(number).standard_normal((photos, _DIMENSION), np.float32)
    vectors: list[Vector] = list(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))
    expires_at = datetime.now(UTC) + timedelta(days=1)
    templates = tuple(_template(vector, key) for vector in vectors)
    return EntryPublished(_id(number), 3, EntryState.ACTIVE, expires_at, frozenset(), templates)


def _template(vector: Vector, key: DataKey) -> Template:
    photo = uuid4()
    about, nonce = seals.vector(photo, _MODEL.sha256), secrets.token_bytes(NONCE_BYTES)
    return Template(str(photo), _MODEL, None, seal(key, vector_to(vector), about=about, nonce=nonce))


def _id(number: int) -> EntryId:
    return EntryId(str(UUID(int=number)))


async def _fill(nats: Nats, numbers: range, photos: int) -> float:
    """Make the entries' keys and publish the entries; how many a second were stored."""
    await streams.ensure(nats.url, nats.seed_file("operator"))
    seed = nats.seed_file("watchlist-record")
    slots = asyncio.Semaphore(_AT_ONCE)
    async with Bus.connect(
        nats.url,
        user="watchlist-record",
        user_seed_file=seed,
        account=Account.RECORD,
        meters=Meters(),
        signatures=read_signatures(Author.WATCHLIST, *_signing_files(nats, Author.WATCHLIST)),
    ) as bus:
        stream = KeyStream(bus, random=secrets.token_bytes)
        keyring = Keyring(
            stream, lambda: _SECRETS, Meters(), random=secrets.token_bytes, repairs=Repairs(_nowhere, Meters())
        )

        async def publish(number: int) -> None:
            try:
                entry = _entry(number, photos, await keyring.make(UUID(int=number)))
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


async def _nowhere(_stream: str, _cause: str) -> bool:
    return True


def _signing_files(nats: Nats, author: Author) -> tuple[Path, Path]:
    return nats.credentials_dir / key_file(author), nats.credentials_dir / AUTHORS_FILE


def _environment(nats: Nats, folder: Path) -> dict[str, str]:
    keys = folder / "wrapping.keys.json"
    wrapping = {name: secret.hex() for name, secret in _SECRETS.keys.items()}
    keys.write_text(json.dumps({"current": _SECRETS.current, "keys": wrapping}), encoding="utf-8")
    signing_key, authors = _signing_files(nats, Author.MATCHER)
    settings = {
        "NATS_URL": nats.url,
        "SIGNING_KEY_FILE": str(signing_key),
        "AUTHORS_FILE": str(authors),
        "VIDEO_SEED_FILE": str(nats.seed_file("matcher-video")),
        "RECORD_SEED_FILE": str(nats.seed_file("matcher-record")),
        "WRAPPING_KEYS_FILE": str(keys),
        "MODEL_SHA256": _MODEL.sha256,
    }
    return {**os.environ, **{f"WARDWATCH_MATCHER_{name}": text for name, text in settings.items()}}


async def _start(nats: Nats, folder: Path) -> _Ready:
    """Start a matcher, and end it once it is ready."""
    environment = await asyncio.to_thread(_environment, nats, folder)
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.matcher", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = 0
    try:
        while line := await process.stdout.readline():
            record = json.loads(line)
            if record["event"] == "telemetry is listening":
                port = int(record["port"])
            if record["event"] == "ready":
                seconds = time.perf_counter() - began
                processor, memory = used(process.pid), _memory_mib(process.pid)
                return _Ready(seconds, processor, memory, await _templates(port))
        raise RuntimeError(f"the matcher ended with exit code {await process.wait()}")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _templates(port: int) -> int:
    async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{port}/metrics") as answer:
        found = re.search(r"^wardwatch_index_templates (\S+)$", await answer.text(), re.MULTILINE)
    return int(float(found.group(1))) if found else 0


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
                ready = await _start(nats, Path(folder))
                print(f"{size:,} entries with {photos} photos each: ready after {ready.seconds:.1f} s", end="")
                print(f" ({ready.processor_seconds:.1f} s of a processor), {ready.memory_mib:.0f} MiB;", end="")
                print(f" stored at {rate:.0f} a second; load {os.getloadavg()[0]:.1f}", flush=True)
                if ready.templates != size * photos:
                    raise SystemExit(f"ready with {ready.templates:,} of {size * photos:,} templates that can match")


def main() -> None:
    """Measure each size asked for, the smaller first: the list grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[3_000, 100_000])
    parser.add_argument("--photos", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    asyncio.run(_measure(arguments.entries, arguments.photos, arguments.rounds))


if __name__ == "__main__":
    main()

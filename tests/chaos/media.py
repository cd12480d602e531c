"""What a running Wardwatch writes or remembers, to be searched: files, tables, streams, a process's memory."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from nats.js.errors import NotFoundError

from access.wrapping import WRAPPING_KEYS
from local import postgres
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import unseal
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from services.watchlist.keys import seals
from services.watchlist.keys.key_files import read_wrapping_keys
from tests.chaos.scan import Finding, Traces, places, scan
from tests.installation import Installation

_CHUNK_BYTES: Final = 4 * 1024 * 1024
HEXADECIMAL: Final = re.compile(r"\\x([0-9a-f]+)")
# Also the catalogues: the planner's statistics keep samples of what columns hold.
_TABLES: Final = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an entry with one photo is made of, as the running system holds it."""

    vector: bytes = field(repr=False)
    picture: bytes = field(repr=False)
    key: bytes = field(repr=False)
    sealed: tuple[bytes, ...] = field(repr=False)  # the vector and the key, as they lie on the streams

    @property
    def face(self) -> bytes:
        """What is the person's own in the picture: the tables at the beginning of a JPEG are the same in many."""
        return self.picture[1024:]

    @property
    def traces(self) -> Traces:
        """The person in clear."""
        parts = (*pieces(self.vector), *pieces(self.face), self.key)
        return Traces(parts, np.frombuffer(self.vector, "<f4")[None, :])


async def enrolled(wardwatch: Installation, record: Bus, entry: UUID) -> Enrolled:
    """Read what the system holds of *entry*, as nobody can who lacks any of its secrets."""
    message = await record.stream.get_last_msg(subjects.KEYRING_STREAM.name, subjects.keys(str(entry)))
    published = KeyPublished.decode(message.data or b"")
    secrets = await asyncio.to_thread(read_wrapping_keys, wardwatch.home / "credentials" / WRAPPING_KEYS)
    key = secrets.unwrap(str(entry), published.key_id, published.wrapped)
    subject = subjects.watchlist(EntryId(str(entry)))
    message = await record.stream.get_last_msg(subjects.WATCHLIST_STREAM.name, subject)
    (template,) = EntryPublished.decode(message.data or b"").templates
    vector = unseal(key, template.sealed, about=seals.vector(UUID(template.photo_id), template.model.sha256))
    async with wardwatch.client("author") as http, http.get(f"/api/v1/watchlist/entries/{entry}/photos/0") as answer:
        answer.raise_for_status()
        picture = await answer.read()
    return Enrolled(vector, picture, key, (template.sealed, published.wrapped))


def only(parts: tuple[bytes, ...]) -> Traces:
    """Traces of bytes that are no vector."""
    return Traces(parts, np.empty((0, 128), np.float32))


def folders(wardwatch: Installation) -> list[Path]:
    """Every folder the running system writes to. The model files lie in its home and are only read."""
    environ = Path(f"/proc/{wardwatch.process.pid}/environ").read_bytes()
    temporary = environ.split(b"TMPDIR=")[1].split(b"\0")[0].decode()
    below = [path for path in wardwatch.home.iterdir() if path.name != "models"]
    return [*below, postgres.place_for(wardwatch.home).data, Path(temporary)]


async def scan_streams(record: Bus, traces: Traces) -> AsyncIterator[Finding]:
    """Streams are enciphered on disk, so their messages are read through the broker and searched in clear."""
    for stream in subjects.STREAMS:
        state = (await record.stream.stream_info(stream.name)).state
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            try:
                message = await record.stream.get_msg(stream.name, sequence)
            except NotFoundError:
                continue  # replaced by a later state of the same entry
            for finding in scan(f"{stream.name}/{sequence}", message.data or b"", traces):
                yield finding


async def rows(wardwatch: Installation) -> AsyncIterator[tuple[str, str]]:
    """Every row of every table of every schema as text, with the table's name; bytes are written as ``\\x00ff``."""
    for table in await wardwatch.fetch(_TABLES):
        # The catalogue has quoted the name.
        for row in await wardwatch.fetch(f"SELECT t::text AS text FROM {table['name']} AS t"):  # noqa: S608
            yield table["name"], row["text"]


async def scan_tables(wardwatch: Installation, traces: Traces) -> AsyncIterator[Finding]:
    """Search every row, as its text and as the bytes that the text spells out."""
    async for table, text in rows(wardwatch):
        spelt_out = b"".join(map(bytes.fromhex, HEXADECIMAL.findall(text)))
        for finding in (*scan(table, text.encode(), only(traces.markers)), *scan(table, spelt_out, traces)):
            yield finding


def pieces(content: bytes) -> tuple[bytes, ...]:
    """What to look for where only a part may be left: an allocator writes its own notes into what it was given back."""
    step = max(64, len(content) // 32)
    return tuple(content[start : start + 16] for start in range(min(64, len(content) - 16), len(content) - 15, step))


def scan_memory(pid: int, sought: tuple[bytes, ...]) -> Iterator[Finding]:
    """Search all memory that the process *pid* can write to: heap, stacks, mapped blocks."""
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    longest = max(map(len, sought))
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for span, rights, *_ in map(str.split, lines):
            first, end = (int(edge, 16) for edge in span.split("-"))
            if rights[1] != "w":
                continue
            for start in range(first, end, _CHUNK_BYTES):
                content = b""
                with suppress(OSError):  # unmapped since
                    memory.seek(start)
                    content = memory.read(min(_CHUNK_BYTES + longest, end - start))
                for number, place in places(content, sought):
                    yield Finding(f"{pid} {span} {start + place:x}", f"piece {number}")

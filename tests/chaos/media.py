"""What a running Wardwatch writes or remembers, to be searched: files, tables, streams, a process's memory."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from nats.js.errors import NotFoundError

from proto.wardwatch.v1 import subjects
from services.chassis.bus import Bus
from services.cli.local import postgres
from tests.chaos.scan import Finding, Traces, scan
from tests.installation import Installation

_CHUNK_BYTES: Final = 4 * 1024 * 1024
_HEXADECIMAL: Final = re.compile(r"\\x([0-9a-f]+)")
# Also the catalogues: the planner's statistics keep samples of what columns hold.
_TABLES: Final = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') ORDER BY 1
"""


def folders(wardwatch: Installation) -> list[Path]:
    """Every folder the running system writes to. The model files lie in its home and are only read."""
    said = Path(f"/proc/{wardwatch.process.pid}/environ").read_bytes()
    temporary = said.split(b"TMPDIR=")[1].split(b"\0")[0].decode()
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


async def scan_tables(wardwatch: Installation, traces: Traces) -> AsyncIterator[Finding]:
    """Every row of every table of every schema, as its text and as the bytes that the text spells out."""
    for table in await wardwatch.fetch(_TABLES):
        # The catalogue has quoted the name.
        for row in await wardwatch.fetch(f"SELECT t::text AS text FROM {table['name']} AS t"):  # noqa: S608
            text: str = row["text"]
            for content in (text.encode(), *map(bytes.fromhex, _HEXADECIMAL.findall(text))):
                for finding in scan(str(table["name"]), content, traces):
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
                for number, piece in enumerate(sought):
                    place = content.find(piece)
                    if place >= 0:
                        yield Finding(f"{pid} {span} {start + place:x}", f"piece {number}")

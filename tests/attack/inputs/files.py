"""Hostile files without end for imports: tables, zips and folders.

``python -m tests.attack.inputs.files SEED COUNT`` has the command's own code read so many of them, in a process whose
memory is bounded, and prints what came of them as JSON.
"""

import csv
import io
import json
import os
import resource
import shutil
import struct
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from cli.watchlist import sources
from cli.watchlist.findable import Unusable
from services.chassis.errors import StartupError
from tests.attack.inputs import pictures

_MOST_BYTES: Final = 1024 * 1024 * 1024
_NAMES: Final = (
    "p1__1.jpg", "p1__2.JPG", "p2.png", "people.csv", "../../etc/cron.d/x", "/etc/passwd", "C:\\x\\y.jpg",
    "..\\..\\x.jpg", "a/" * 60 + "x.jpg", "x" * 255 + ".jpg", "\u202egpj.exe", "con.jpg", "p1__1.jpg\0.exe", " ", ".",
    "..", "-rf", "~$p.xlsx", "people.xlsx", "inner.zip", "\u00e9__1.jpg", "e\u0301__1.jpg", "Thumbs.db",
    "__MACOSX/._p1__1.jpg", "p__999999999.jpg",
)  # fmt: skip
_CELLS: Final = (
    "", "p1", "p2", "ban", "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1", "-1", '="0017"', "\u0000", "\u202e", "a" * 40_000,
    '"', '""', "'", "2026-02-30", "30/02/26", "\u0661\u0662", "1e400", "11010519491231002X", "x\ny", "x\r", "\ufeff",
    ";", "\t",
)  # fmt: skip
_COLUMNS: Final = (
    "external_id", "label", "list", "expires_on", "instruction", "note", "identity_number", "taken_on", "source", "",
    "X" * 5000, "external_id", "\u59d3\u540d", "=1+1", "\u0000",
)  # fmt: skip
_ENCODINGS: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-32",
    "gb18030",
    "big5",
    "cp932",
    "cp1252",
    "koi8-r",
    "latin-1",
)


def table(rng: Random) -> bytes:
    """The next hostile people.csv."""
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(
            (b"", b"\0" * 5000, b'"' * 100_001, b"," * 1_000_000, b"external_id\n" * 9000, b"\xff\xfe", b"\xef\xbb\xbf")
        )
    if kind < 0.2:
        return archive(rng) if rng.random() < 0.5 else pictures.frame(rng)
    out = io.StringIO()
    delimiter = rng.choice(",,;\t|")
    writer = csv.writer(out, delimiter=delimiter, quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    writer.writerow(["external_id", *rng.choices(_COLUMNS, k=rng.choice((0, 3, 8, 2000)))])
    for number in range(rng.choice((0, 1, 5, 60))):
        writer.writerow([rng.choice(("", f"p{number}", "p1")), *rng.choices(_CELLS, k=rng.choice((0, 3, 9, 30)))])
    content = out.getvalue().encode(rng.choice(_ENCODINGS), "replace")
    if rng.random() < 0.4:
        at = rng.randrange(len(content) + 1)
        content = (
            content[:at] + rng.choice((b"", b'"', b"\0", b"\xff", b"\r", b"\x1a")) + content[at + rng.randrange(3) :]
        )
    return content


def archive(rng: Random) -> bytes:
    """The next hostile zip: bombs, paths out of it, links, lies about sizes, damage."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(
        buffer, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    ) as made:
        for _ in range(rng.choice((0, 1, 3, 40))):
            inside = zipfile.ZipInfo(rng.choice(_NAMES) or "x")
            inside.compress_type = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
            inside.external_attr = rng.choice((0o100644, 0o120777, 0o040755, 0o010644, 0o060600)) << 16
            inside.flag_bits |= rng.choice((0, 0, 0x1, 0x800))
            with warnings.catch_warnings(action="ignore"):  # of names that come twice
                made.writestr(inside, _content(inside.filename, rng))
    content = bytearray(buffer.getvalue())
    for _ in range(rng.choice((0, 0, 1, 4))):
        if content:
            at = rng.randrange(len(content))
            content[at : at + 4] = rng.choice(
                (b"\xff\xff\xff\xff", b"\0\0\0\0", rng.randbytes(4), struct.pack("<L", 2**31))
            )
    if rng.random() < 0.1:
        del content[rng.randrange(len(content) + 1) :]
    return bytes(content) + (b"trailing" * 9000 if rng.random() < 0.1 else b"")


def _content(name: str, rng: Random) -> bytes:
    if name.lower().endswith(".csv"):
        return table(rng) if rng.random() < 0.5 else b"external_id,label\np1,x\n"
    match rng.randrange(40):
        case 0:
            return bytes(40 * 1024 * 1024)  # swells: some kilobytes in the zip
        case 1:
            return zlib.compress(bytes(10_000_000))
        case 2:
            return b"../../../etc/passwd"  # what a link would lead to
        case _:
            return pictures.frame(rng)


def folder(at: Path, rng: Random) -> None:
    """The next hostile folder: links, pipes, loops, names that are none, files nobody may read."""
    at.mkdir()
    for number in range(rng.choice((0, 1, 6))):
        name = rng.choice(_NAMES).replace("/", "_").replace("\0", "_")[:200] + str(number)
        path = at / name
        match rng.randrange(8):
            case 0:
                path.symlink_to(rng.choice(("/etc/passwd", "..", ".", "/dev/zero", "/proc/self/mem", "nowhere", name)))
            case 1:
                os.mkfifo(path)
            case 2:
                path.mkdir()
                (path / "p3__1.jpg").write_bytes(pictures.frame(rng))
            case 3:
                os.close(
                    os.open(os.fsencode(at) + b"/\xff\xfe" + str(number).encode() + b".jpg", os.O_CREAT | os.O_WRONLY)
                )
            case _:
                path.write_bytes(_content(name, rng))
    if rng.random() < 0.5:
        (at / "people.csv").write_bytes(table(rng))


def read(path: Path, people: Path | None) -> str:
    """What the command makes of it: every file is read, as an import does before it sends."""
    try:
        with sources.opened(path, people, None) as source:
            for file in source.files[:200]:
                try:
                    file.read()
                except Unusable:
                    continue
    except StartupError:
        return "refused"
    return "read"


def main(seed: int, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    rng, became, longest = Random(seed), Counter[str](), 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(count):
            path = Path(scratch) / f"{number}"
            people = None
            if rng.random() < 0.6:
                path = path.with_suffix(rng.choice((".zip", ".ZIP", "", ".xlsx")))
                path.write_bytes(archive(rng))
            else:
                folder(path, rng)
            if rng.random() < 0.2:
                people = Path(scratch) / "given.csv"
                people.write_bytes(table(rng))
            began = time.perf_counter()
            became[read(path, people)] += 1
            longest = max(longest, time.perf_counter() - began)
            _removed(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**became, "longest_seconds": round(longest, 2), "peak_mib": round(peak)}) + "\n")


def _removed(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""The log of a program that says too much."""

import os
from pathlib import Path

from local import limited_log
from local.limited_log import LimitedLog


def logged(path: Path, lines: list[bytes]) -> bytes:
    """What becomes of *lines*."""
    reading, writing = os.pipe()
    log = LimitedLog(os.fdopen(reading, "rb"), path)
    log.start()
    with os.fdopen(writing, "wb") as source:
        source.writelines(lines)
    log.join()
    return path.read_bytes()


def test_a_flood_of_errors_is_bounded_and_hides_no_news(tmp_path: Path) -> None:
    flood = [b"[7] 2026/01/01 00:00:00.0 [ERR] 10.0.0.1:4222 - cid:%d - parser ERROR\n" % n for n in range(50_000)]

    written = logged(tmp_path / "log", [*flood, b"[7] 2026/01/01 00:00:00.0 [INF] Reloaded server configuration\n"])

    assert len(written) < 1_000_000
    assert b"Reloaded" in written
    assert b"lines left out" in written


def test_a_line_without_an_end_is_cut(tmp_path: Path) -> None:
    written = logged(tmp_path / "log", [b"x" * 5_000_000])

    assert len(written) < 1_000_000


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "nats-server.log"
    path.write_bytes(b"x" * (limited_log._KEPT_BYTES + 1))

    assert logged(path, [b"[INF] new\n"]) == b"[INF] new\n"
    assert (tmp_path / "nats-server.old.log").exists()

"""Disks that are looked at, or reported on."""

import asyncio
import os
from pathlib import Path

import pytest

from services.chassis.disk_watch import DiskWatch, parse_disks
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters


def reported(path: Path, text: str, *, age_seconds: float = 0) -> Path:
    path.write_text(text, encoding="ascii")
    stamp = path.stat().st_mtime - age_seconds
    os.utime(path, (stamp, stamp))
    return path


async def looked(path: Path) -> tuple[DiskWatch, Meters]:
    meters = Meters()
    watch = DiskWatch({"broker": path}, meters)
    await watch.look()
    return watch, meters


async def test_the_disk_of_a_folder_is_measured(tmp_path: Path) -> None:
    _, meters = await looked(tmp_path)

    assert meters.value("wardwatch_disk_free_bytes", disk="broker") > 0


async def test_a_report_of_a_full_disk_ends_readiness(tmp_path: Path) -> None:
    report = await asyncio.to_thread(reported, tmp_path / "broker", "0 100000000000\n")

    watch, _ = await looked(report)

    assert await watch.check() == "the broker's disk is full"


async def test_a_low_disk_warns_and_is_ready(tmp_path: Path) -> None:
    report = await asyncio.to_thread(reported, tmp_path / "broker", "1000000000 100000000000\n")

    watch, _ = await looked(report)

    assert await watch.check() is None
    assert await watch.warnings() == "broker: low, 1.0 GB free"


@pytest.mark.parametrize(("text", "age_seconds"), [("5 100\n", 60.0), ("no number\n", 0.0), ("", 0.0)])
async def test_a_report_that_proves_nothing_is_told(tmp_path: Path, text: str, age_seconds: float) -> None:
    report = await asyncio.to_thread(reported, tmp_path / "broker", text, age_seconds=age_seconds)

    watch, _ = await looked(report)

    assert "it is not known how full its disk is" in (await watch.warnings() or "")


def test_disks_are_read_from_a_setting() -> None:
    assert parse_disks("broker=/a, database=/b") == {"broker": Path("/a"), "database": Path("/b")}
    assert parse_disks("") == {}
    with pytest.raises(StartupError, match="NAME=PATH"):
        parse_disks("/a")

"""When a disk is low, and for how long it lasts."""

import pytest

from services.chassis.disk_space import Disk, Level, Space

GB = 1024**3


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        pytest.param(500 * GB, 1000 * GB, Level.WELL, id="half empty"),
        pytest.param(3 * GB, 1000 * GB, Level.WELL, id="little of a large one is enough"),
        pytest.param(1 * GB, 1000 * GB, Level.LOW, id="less than two gigabytes"),
        pytest.param(GB // 2, 4 * GB, Level.WELL, id="an eighth of a small one"),
        pytest.param(GB // 4, 4 * GB, Level.LOW, id="a sixteenth of a small one"),
        pytest.param(10_000_000, 4 * GB, Level.FULL, id="nothing that could be used"),
    ],
)
def test_a_disk_is_low_by_its_room(free: int, total: int, level: Level) -> None:
    assert Disk("broker").at(Space(free, total), 0).level is level


def test_a_disk_that_fills_within_the_shift_is_low_long_before() -> None:
    disk = Disk("broker")
    disk.at(Space(24 * GB, 100 * GB), 0)

    state = disk.at(Space(20 * GB, 100 * GB), 3600)

    assert state.hours_left == pytest.approx(5)
    assert state.level is Level.LOW


def test_a_short_burst_foretells_nothing() -> None:
    disk = Disk("broker")
    disk.at(Space(24 * GB, 100 * GB), 0)

    state = disk.at(Space(20 * GB, 100 * GB), 299)

    assert (state.hours_left, state.level) == (None, Level.WELL)


def test_a_disk_that_grows_emptier_lasts_for_ever() -> None:
    disk = Disk("broker")
    disk.at(Space(20 * GB, 100 * GB), 0)

    assert disk.at(Space(24 * GB, 100 * GB), 3600).hours_left is None


def test_what_was_more_than_an_hour_ago_does_not_count() -> None:
    disk = Disk("broker")
    disk.at(Space(90 * GB, 100 * GB), 0)
    for minute in range(1, 121):
        state = disk.at(Space(20 * GB, 100 * GB), minute * 60)

    assert state.hours_left is None

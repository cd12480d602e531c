"""What `wardwatch upgrade --check` makes of what it finds."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from access import database
from cli import upgrade
from cli.upgrade import Found, Migration, judge

OLD: Final = Migration("20260101000000", "old")
QUIET: Final = Migration("20260102000000", "quiet", beside=True)
LOUD: Final = Migration("20260103000000", "loud", beside=False, why="a column goes")
UNSAID: Final = Migration("20260104000000", "unsaid")
FOUND: Final = Found(["20260101000000"], 5_000_000, 10_000_000_000, 2.0)


def test_nothing_is_against_a_version_that_only_adds() -> None:
    answer = judge([OLD, QUIET], FOUND)

    assert (answer.missing, answer.beside, answer.against) == (["20260102000000_quiet"], True, [])
    assert answer.told == [
        "1 migrations are applied, 1 will be: 20260102000000_quiet",
        "the former version may go on until the new one is there",
        "the database has 5 MB, its disk 10,000 MB free",
        "the last backup is 2.0 hours old",
    ]


def test_where_nothing_is_missing_nothing_is_said_of_the_former_version() -> None:
    answer = judge([OLD], FOUND)

    assert (answer.missing, answer.against) == ([], [])
    assert answer.told[0] == "1 migrations are applied, 0 will be"
    assert not [line for line in answer.told if "former" in line]


def test_what_does_not_say_that_it_may_run_beside_stops_everything() -> None:
    answer = judge([OLD, QUIET, LOUD, UNSAID], FOUND)

    assert not answer.beside
    assert answer.against == [
        "stop everything, the former version may not go on beside: loud (a column goes);"
        " unsaid (nobody has said that it may)"
    ]


def test_a_database_of_a_newer_version_is_named() -> None:
    (against,) = judge([OLD], replace(FOUND, applied=[OLD.number, "20990101000000"])).against

    assert against.startswith("the database is of a newer version: it has the migration 20990101000000")


def test_room_and_backup_are_asked_for_first() -> None:
    answer = judge([OLD], replace(FOUND, free_bytes=900_000_000, backup_hours=None))

    assert [each.partition(",")[0] for each in answer.against] == [
        "make room: 900 MB are free on the database's disk",
        "make a backup",
    ]
    (old,) = judge([OLD], replace(FOUND, backup_hours=40.0)).against
    assert old.startswith("make a backup, the last is 40 hours old")


def test_room_that_cannot_be_seen_is_left_to_whoever_asks() -> None:
    answer = judge([OLD], replace(FOUND, free_bytes=None))

    assert answer.against == []
    assert "look that its disk has 1,005 MB free" in answer.told[1]


def test_markers_are_read_from_the_migrations(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("-- migrate:up\n-- Beside the former version: yes. Adds.\nselect 1\n")
    (tmp_path / "2_b.sql").write_text("-- migrate:up\n-- Beside the former version: no. A column goes.\nselect 1\n")
    (tmp_path / "3_c.sql").write_text("-- migrate:up\nselect 1\n")

    assert upgrade.known(tmp_path) == [
        Migration("1", "a", beside=True, why="Adds."),
        Migration("2", "b", beside=False, why="A column goes."),
        Migration("3", "c"),
    ]


def test_every_line_that_looks_like_a_marker_is_one() -> None:
    for path in database.MIGRATIONS.glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        assert text.count("eside the former version") == len(upgrade.MARKER.findall(text)) <= 1, path.name

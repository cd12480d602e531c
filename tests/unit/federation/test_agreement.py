"""When a list counts as different, is fetched again, and when its publisher counts as silent."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1.listed import ListHead
from services.federation.door.agreement import Repairs, is_silent, kept
from services.federation.door.core import Comparison
from services.federation.door.ports import HeadKept

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
HEAD = ListHead(40, NOW - timedelta(seconds=2), 3, bytes(32), 30, "City list")
AGREES = Comparison(40, bytes(32), 3, 0, 0, 0, 0, agrees=True)
DIFFERS = replace(AGREES, entries=1, agrees=False)
UNKNOWN = replace(AGREES, agrees=None)
BEFORE = HeadKept(39, NOW - timedelta(seconds=7), NOW - timedelta(seconds=6), 3, NOW - timedelta(seconds=7), 39)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_a_head_that_agrees_is_written_down_as_such() -> None:
    now = kept(BEFORE, HEAD, NOW, replace(AGREES, locked=2), NOW)

    assert (now.number, now.agreed_number, now.agreed_at) == (40, 40, HEAD.at)
    assert (now.differs_since, now.differs, now.locked) == (None, 0, 2)


@pytest.mark.parametrize(("compared", "count"), [(DIFFERS, 2), (replace(AGREES, refused=3), 3)])
def test_a_difference_lasts_until_it_agrees(compared: Comparison, count: int) -> None:
    first = kept(BEFORE, HEAD, NOW, compared, NOW)
    later = kept(first, replace(HEAD, number=41), NOW, compared, NOW + seconds(9))
    over = kept(later, replace(HEAD, number=42), NOW, AGREES, NOW + seconds(12))

    assert (first.differs_since, first.differs, first.agreed_number) == (NOW, count, 39)
    assert (later.differs_since, later.agreed_number) == (NOW, 39)
    assert (over.differs_since, over.differs, over.agreed_number) == (None, 0, 42)


def test_what_cannot_be_told_yet_changes_nothing() -> None:
    differs = replace(BEFORE, differs_since=NOW - seconds(5), differs=4)

    assert kept(differs, HEAD, NOW, UNKNOWN, NOW).differs_since == NOW - seconds(5)
    assert kept(None, HEAD, NOW, UNKNOWN, NOW).agreed_at is None


def test_the_copy_is_fetched_again_when_it_differs_for_ten_seconds() -> None:
    repairs = Repairs().noted(DIFFERS, 7, seconds(100))

    assert not repairs.noted(DIFFERS, 7, seconds(109)).is_due(seconds(109))
    assert not repairs.noted(AGREES, 7, seconds(110)).is_due(seconds(110))
    assert repairs.noted(UNKNOWN, 7, seconds(110)).is_due(seconds(110))


def test_a_list_that_differs_is_left_alone_while_anything_comes() -> None:
    repairs = Repairs()
    for at in range(0, 600, 9):
        repairs = repairs.noted(DIFFERS, at, seconds(at))
        assert not repairs.is_due(seconds(at))

    assert not repairs.noted(DIFFERS, 594, seconds(599)).is_due(seconds(599))
    assert repairs.noted(DIFFERS, 603, seconds(603)).is_due(seconds(603))  # what comes is something else


def test_what_is_missing_is_fetched_again_after_a_minute() -> None:
    missing = replace(AGREES, locked=1, missing=1)
    repairs = Repairs().noted(missing, 7, seconds(100))

    assert not repairs.noted(missing, 7, seconds(159)).is_due(seconds(159))
    assert repairs.noted(missing, 7, seconds(160)).is_due(seconds(160))
    assert not repairs.noted(replace(missing, missing=0), 7, seconds(160)).is_due(seconds(160))


def test_nothing_is_fetched_again_while_a_slow_line_brings_it() -> None:
    coming = [*range(1, 200, 7), *range(200, 0, -1)]  # entries first, then a picture every eight seconds
    repairs = Repairs()
    for place, missing in enumerate(coming):
        now = seconds(8 * place)
        repairs = repairs.noted(replace(AGREES, locked=missing, missing=missing), place, now)

        assert not repairs.asks_again(now + seconds(8))
        assert not repairs.is_due(now + seconds(8))


def test_nothing_is_asked_again_while_what_was_sent_twice_arrives() -> None:
    missing = replace(AGREES, locked=9, missing=9)
    repairs, asked = Repairs(), []
    for at in range(0, 50, 2):
        repairs = repairs.noted(missing, at, seconds(at))
        asked.append(repairs.asks_again(seconds(at)))

    assert not any(asked)
    assert repairs.noted(missing, 48, seconds(58)).asks_again(seconds(58))


def test_what_is_lost_is_asked_for_while_others_come_and_go() -> None:
    repairs, asked = Repairs(), []
    for at in range(0, 80, 2):
        missing = 1 + (at // 2) % 3  # one that never comes, and others that do
        repairs = repairs.noted(replace(AGREES, locked=missing, missing=missing), at, seconds(at))
        if repairs.asks_again(seconds(at)):
            asked.append(at)

    assert asked[0] <= 70
    assert not repairs.is_due(seconds(80))
    assert repairs.noted(replace(AGREES, locked=1, missing=1), 78, seconds(90)).is_due(seconds(90))


def test_repairs_that_do_not_help_become_rarer() -> None:
    now, at = seconds(0), []
    repairs = Repairs().noted(DIFFERS, 7, now)
    while now < seconds(4 * 3600):
        now += seconds(1)
        repairs = repairs.noted(DIFFERS, 7, now)
        if repairs.is_due(now):
            repairs = repairs.done(now)
            at.append(now.total_seconds())

    pauses = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert at[0] == 10
    assert pauses[:4] == [30, 60, 120, 240]
    assert max(pauses) == 1800
    assert repairs.noted(AGREES, 7, now).pause == seconds(30)


@pytest.mark.parametrize(
    ("head", "silent"),
    [
        (None, False),
        (BEFORE, False),
        (replace(BEFORE, at=NOW - timedelta(days=31)), True),  # heard now, and said long ago: somebody held it back
        (replace(BEFORE, heard_at=NOW - timedelta(days=31), at=NOW + timedelta(days=9)), True),
        (replace(BEFORE, at=NOW - timedelta(days=30), heard_at=NOW), False),
    ],
)
def test_a_publisher_is_silent_by_both_clocks(head: HeadKept | None, *, silent: bool) -> None:
    assert is_silent(head, NOW - timedelta(days=1), 30, NOW) is silent
    assert is_silent(None, NOW - timedelta(days=31), 30, NOW)

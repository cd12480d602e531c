"""Matchers that differ from each other, or from what people have said, for longer than a change takes to arrive."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import site_id
from services.alerts.state.matchers import MatcherWatch, StoppedSites

SECOND = 1_000_000
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
H1 = site_id("h1")
PRESENCE = MatcherPresence("m1", UUID(int=1), NOON, NOON, 100, 5, 9, 3, 0, threshold_number=2)


def after(watch: MatcherWatch, *presences: MatcherPresence, seconds: int) -> list[str]:
    """The reasons after *presences* were said every second for so long."""
    codes: list[str] = []
    for second in range(seconds):
        for presence in presences:
            watch.take(presence, second * SECOND)
        codes = [reason.code for reason in watch.reasons(second * SECOND)]
    return codes


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (replace(PRESENCE, name="m2", applied_sequence=99), "list_behind"),
        (replace(PRESENCE, name="m2", threshold_number=1), "threshold_differs"),
        (replace(PRESENCE, name="m2", stopped_sites=(H1,)), "still_stopped"),
    ],
)
def test_a_matcher_that_differs_is_named_once_that_lasts(other: MatcherPresence, code: str) -> None:
    assert after(MatcherWatch(tuple), PRESENCE, other, seconds=9) == []
    assert after(MatcherWatch(tuple), PRESENCE, other, seconds=12) == [code]


def test_a_matcher_that_does_not_follow_a_stop_is_named() -> None:
    follows = replace(PRESENCE, name="m2", stopped_sites=(H1,))

    assert after(MatcherWatch(lambda: [H1]), PRESENCE, follows, seconds=12) == ["stop_not_followed"]


def test_entries_that_cannot_match_and_a_wrong_clock_are_told() -> None:
    odd = replace(PRESENCE, locked=3, clock_skew_us=-9 * SECOND)

    assert after(MatcherWatch(tuple), odd, seconds=1) == ["entries_locked", "matcher_clock"]


def test_one_that_ended_or_is_silent_is_compared_with_nobody() -> None:
    watch, old = MatcherWatch(tuple), replace(PRESENCE, name="m2", applied_sequence=1)
    assert after(watch, PRESENCE, old, seconds=12) == ["list_behind"]
    watch.take(replace(old, ending=True), 12 * SECOND)
    assert watch.reasons(12 * SECOND) == []
    assert watch.living(60 * SECOND) == []


def test_a_site_that_is_stopped_has_no_alerts() -> None:
    (stopped,) = StoppedSites(lambda: [H1]).reasons(0)

    assert (stopped.code, stopped.site) == ("matching_stopped", H1)

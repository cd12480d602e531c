"""What keeps alerts from reaching people, as one answer tells it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1.delivery import Path
from proto.wardwatch.v1.replicas import Pages
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.delivery.reasons import Failing, Health, Reach, of_health
from services.alerts.state.reasons import Reason, Working
from services.alerts.state.unpublished import waiting_reasons

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AGO = timedelta(seconds=90)
H1, H2 = SiteId("h1"), SiteId("h2")
WELL = Health(NOW, NOW - timedelta(seconds=1), 0, None, None, frozenset({H1}))


def test_nothing_is_said_while_messages_leave_the_house() -> None:
    assert of_health(WELL) == []


def test_a_service_that_is_silent_late_or_fails_is_told_worst_first() -> None:
    ill = replace(WELL, looked_at=NOW - AGO, late_since=NOW - AGO, push_failing_since=NOW - AGO, dead_letters=3)

    assert [(reason.code, *reason.parameters.values()) for reason in of_health(ill)] == [
        ("delivery_silent", 90), ("delivery_late", 90), ("push_failing", 90), ("webhook_dead_letters", 3),
    ]  # fmt: skip


def test_each_way_that_takes_no_messages_is_named() -> None:
    failing = (
        Failing(Path.PUSH, "push.lan", None, NOW - AGO),
        Failing(Path.NTFY, "ward", None, NOW - AGO),
        Failing(Path.WEBHOOK, "hook", H2, NOW - AGO),
    )

    assert of_health(replace(WELL, failing=failing)) == [
        Reason("push_service_away", Working.DEGRADED, None, {"host": "push.lan", "seconds": 90}),
        Reason("channel_failing", Working.DEGRADED, None, {"channel": "ward", "seconds": 90}),
        Reason("channel_failing", Working.DEGRADED, H2, {"channel": "hook", "seconds": 90}),
    ]


def reached(pages: Mapping[SiteId, Pages], *rung: SiteId) -> list[tuple[str, str | None]]:
    reach = Reach(lambda _: [H1], pages.get, lambda _: rung)
    return [(reason.code, reason.site) for reason in reach.reasons(0)]


@pytest.mark.parametrize(
    ("pages", "code"),
    [(Pages(0, 0), "nobody_on_duty_rings"), (Pages(3, 0), "line_unanswered")],
    ids=["no page", "none answers"],
)
def test_a_site_where_nobody_is_rung_is_named_until_something_rings(pages: Pages, code: str) -> None:
    assert reached({H1: pages}) == [(code, H1)]
    assert reached({H1: Pages(3, 1)}) == []
    assert reached({H1: pages}, H1) == []
    assert reached({H1: pages, H2: Pages(1, 1)}, H2) == [(code, H1)]


def test_before_any_drill_nothing_is_known_of_pages() -> None:
    assert reached({}) == []


def test_changes_of_the_list_that_wait_for_a_minute_are_told() -> None:
    assert [waiting_reasons(waiting) for waiting in (None, 0.5, 59.9)] == [[], [], []]
    assert waiting_reasons(61.7) == [Reason("list_unpublished", Working.DEGRADED, None, {"seconds": 61})]

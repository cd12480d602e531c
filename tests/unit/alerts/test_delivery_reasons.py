"""What keeps alerts from reaching people, as one answer tells it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.delivery.reasons import Health, of_health
from services.alerts.state.reasons import Reason, Working

NOW = datetime(2026, 12, 1, tzinfo=UTC)
H1, H2 = SiteId("h1"), SiteId("h2")
WELL = Health(NOW, NOW - timedelta(seconds=1), 0, None, None, frozenset({"h1"}))


def test_nothing_is_said_while_somebody_on_duty_can_be_rung() -> None:
    assert of_health(WELL, frozenset({H1})) == []


def test_a_site_where_nobody_on_duty_has_a_phone_is_named() -> None:
    assert of_health(WELL, frozenset({H1, H2})) == [Reason("nobody_on_duty_rings", Working.DEGRADED, H2)]


def test_a_service_that_is_silent_late_or_fails_is_told_worst_first() -> None:
    ago = timedelta(seconds=90)
    ill = replace(WELL, looked_at=NOW - ago, late_since=NOW - ago, push_failing_since=NOW - ago, dead_letters=3)

    assert [(reason.code, *reason.parameters.values()) for reason in of_health(ill, frozenset({H1}))] == [
        ("delivery_silent", 90), ("delivery_late", 90), ("push_failing", 90), ("webhook_dead_letters", 3),
    ]  # fmt: skip

"""When the one state warns of a report of accuracy that ends, and when nobody is matched any more."""

import pytest

from services.alerts.state.accuracy import Measured, reasons
from services.alerts.state.reasons import Reason, Working

SFACE = "0ba9fbfa01b5" + 52 * "0"
DAY = 86_400.0


@pytest.mark.parametrize(
    ("holds", "matches", "told"),
    [
        (200 * DAY, 230 * DAY, []),
        (30 * DAY - 1, 60 * DAY, [("accuracy_ends", Working.DEGRADED, 29)]),
        (-DAY, 29 * DAY, [("accuracy_ended", Working.DEGRADED, 29)]),
        (None, 30 * DAY, [("accuracy_ended", Working.DEGRADED, 30)]),
        (-31 * DAY, -DAY, [("accuracy_missing", Working.NO, None)]),
        (None, 0, [("accuracy_missing", Working.NO, None)]),
    ],
)
def test_it_warns_for_as_long_as_something_can_be_done(
    holds: float | None, matches: float, told: list[tuple[str, Working, int | None]]
) -> None:
    days = [{} if left is None else {"days": left} for *_, left in told]

    assert reasons([Measured(SFACE, holds, matches)]) == [
        Reason(code, working, None, {"model": "0ba9fbfa01b5", **left})
        for (code, working, _), left in zip(told, days, strict=True)
    ]


def test_each_recogniser_at_work_has_its_own_report() -> None:
    found = reasons([Measured(SFACE, 200 * DAY, 230 * DAY), Measured("0b" * 32, None, 3 * DAY)])

    assert [each.parameters["model"] for each in found] == ["0b0b0b0b0b0b"]

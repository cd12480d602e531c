"""Counts of incidents: nothing is lost, nothing counted twice, and no day left out."""

from datetime import date, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.incidents.review import Outcome
from services.alerts.incidents.statistics import ANSWERED_WITHIN, Counted, Judged, statistics

SINCE: Final = date(2026, 11, 1)
UNTIL: Final = date(2026, 11, 30)

ROWS: Final = st.lists(
    st.builds(
        Counted,
        day=st.integers(0, 29).map(lambda n: SINCE + timedelta(days=n)),
        outcome=st.sampled_from([None, *Outcome]),
        category=st.sampled_from(["", "ban", "theft"]),
        within=st.sampled_from([None, *range(len(ANSWERED_WITHIN) + 1)]),
        count=st.integers(1, 9),
    )
)


@given(rows=ROWS)
def test_every_incident_is_counted_once_in_each_of_the_counts(rows: list[Counted]) -> None:
    found = statistics(rows, SINCE, UNTIL)

    total = sum(row.count for row in rows)
    assert sum(found.by_outcome.values()) == total
    assert sum(sum(day.by_outcome.values()) for day in found.days) == total
    assert sum(found.within) + found.unanswered == total
    judged = sum(row.count for row in rows if row.outcome in (Outcome.CONFIRMED, Outcome.REJECTED))
    assert sum(each.confirmed + each.rejected for each in found.judged) == judged


def test_a_day_without_alerts_is_a_day_all_the_same() -> None:
    found = statistics([], SINCE, UNTIL)

    assert [each.day for each in found.days] == [SINCE + timedelta(days=n) for n in range(30)]
    assert (found.unanswered, set(found.within), found.judged) == (0, {0}, ())


def test_the_category_with_most_false_alerts_stands_first() -> None:
    def row(category: str, outcome: Outcome, count: int) -> Counted:
        return Counted(SINCE, outcome, category, 0, count)

    found = statistics(
        [
            row("ban", Outcome.CONFIRMED, 9),
            row("theft", Outcome.REJECTED, 2),
            row("ban", Outcome.REJECTED, 3),
            row("theft", Outcome.ENDED, 7),
        ],
        SINCE,
        SINCE,
    )

    assert found.judged == (Judged("ban", 9, 3), Judged("theft", 0, 2))

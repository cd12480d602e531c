"""How many alerts there were, how fast they were answered and what came of them: counts of incidents on record, pure.

Nobody is counted who raised no alert: of others nothing is kept that could be.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.alerts.incidents.review import Outcome

# Seconds from the alert to the first person who said "On my way" or gave a verdict.
ANSWERED_WITHIN: Final = (30, 60, 120, 300, 900)
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Counted:
    """*count* incidents of one *day*, *outcome* and *category* that were answered alike.

    *within* is the place in ``ANSWERED_WITHIN`` of the first bound they were answered within, its length for those
    that took longer, None for those that nobody has answered. *category* is "" where the entry is gone.
    """

    day: date
    outcome: Outcome | None
    category: str
    within: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Day:
    """The alerts of one day, by what came of them; None: not decided."""

    day: date
    by_outcome: Mapping[Outcome | None, int]


@dataclass(frozen=True, slots=True)
class Judged:
    """How many alerts about a category people judged to be the person, and how many to be somebody else."""

    category: str
    confirmed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Every day of the period, without gaps.

    ``within`` has the count for each bound of ``ANSWERED_WITHIN`` and last the count of those that took longer.
    """

    days: tuple[Day, ...]
    within: tuple[int, ...]
    unanswered: int
    by_outcome: Mapping[Outcome | None, int]
    judged: tuple[Judged, ...]


def statistics(rows: Iterable[Counted], since: date, until: date) -> Statistics:
    """Add *rows* up, whatever their order, for the days from *since* to *until*, both included."""
    days: dict[date, Counter[Outcome | None]] = {
        since + timedelta(days=n): Counter() for n in range((until - since).days + 1)
    }
    answered: Counter[int | None] = Counter()
    judged: dict[str, Counter[Outcome | None]] = {}
    for row in rows:
        days[row.day][row.outcome] += row.count
        answered[row.within] += row.count
        if row.outcome in (Outcome.CONFIRMED, Outcome.REJECTED):
            judged.setdefault(row.category, Counter())[row.outcome] += row.count
    return Statistics(
        days=tuple(Day(day, dict(counts)) for day, counts in days.items()),
        within=tuple(answered[place] for place in range(len(ANSWERED_WITHIN) + 1)),
        unanswered=answered[None],
        by_outcome=dict(sum(days.values(), Counter[Outcome | None]())),
        judged=tuple(
            Judged(category, counts[Outcome.CONFIRMED], counts[Outcome.REJECTED])
            for category, counts in sorted(judged.items(), key=lambda each: (-each[1][Outcome.REJECTED], each[0]))
        ),
    )

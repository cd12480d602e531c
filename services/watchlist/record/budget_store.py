"""What cameras counted, and what the budget leads to, in PostgreSQL as role ``wardwatch_matcher``."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from proto.wardwatch.v1.policy import BudgetPlan
from proto.wardwatch.v1.subjects import CameraId, Place, SiteId
from proto.wardwatch.v1.walk_counts import WalksCounted, bin_of
from services.watchlist.budget import known
from services.watchlist.budget import plan as budgets
from services.watchlist.budget.plan import CameraDay, SiteRecord
from services.watchlist.budget.tail import Counted
from services.watchlist.budget.thresholds import Judged
from services.watchlist.record.database import Connection, Database, Row

# Eight weeks: of one in a million walks, eight hundred thousand say enough, and a season is another crowd.
KEPT_DAYS: Final = 56
# What a process told is remembered for longer than its stream keeps it, a day.
_TOLD_DAYS: Final = 3
_AGAIN: Final = timedelta(hours=1)
_SAME_LIST: Final = 0.05
_LOCK: Final = 0x57415244_42554447  # "WARDBUDG"

_ADDED: Final = """DO UPDATE SET counts = (
    SELECT array_agg(one + other ORDER BY bin)
    FROM unnest(kept.counts, excluded.counts) WITH ORDINALITY AS both_counts (one, other, bin)
)"""
_COUNTED: Final = f"""
INSERT INTO watchlist.walk_count AS kept (site, camera, day, entries, counts)
VALUES ($1, $2, (now() AT TIME ZONE 'UTC')::date, $3, $4) ON CONFLICT (site, camera, day, entries) {_ADDED}
"""  # noqa: S608 - the constant above
_COUNTED_BY_ANOTHER: Final = f"""
INSERT INTO watchlist.model_walk_count AS kept (model_sha256, site, camera, day, entries, counts)
VALUES ($5, $1, $2, (now() AT TIME ZONE 'UTC')::date, $3, $4)
ON CONFLICT (model_sha256, site, camera, day, entries) {_ADDED}
"""  # noqa: S608 - the constant above
# Where another recogniser decides, what it raises says nothing of the one that the plan is for.
_ELSEWHERE: Final = """
SELECT site, model_sha256 = $1 AS counts FROM watchlist.site_model
"""


@dataclass(frozen=True, slots=True)
class _Holding:
    """The threshold that holds, and its newest table."""

    threshold: int
    budget: float | None
    floor: float
    table: int
    plan: BudgetPlan | None
    is_fresh: bool
    today: date

    def still_holds(self, entries: int) -> bool:
        """Whether the plan is of this hour, and of a list about as long: an import may double it in a minute."""
        if self.plan is None or not self.is_fresh:
            return False
        return abs(entries - self.plan.entries) <= _SAME_LIST * self.plan.entries


@dataclass(frozen=True, slots=True)
class BudgetStore:
    """Raises StoreAway."""

    database: Database

    async def record_walks(self, told: WalksCounted) -> bool:
        """Add what a camera counted to its day; False when it was told before."""
        async with self.database.transaction() as connection:
            done = await connection.execute(
                "INSERT INTO watchlist.walk_report (incarnation, number) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                told.incarnation,
                told.number,
            )
            if done != "INSERT 0 1":
                return False

            counted = (told.place.site, told.place.camera, told.entries, list(told.counts))
            if told.model_sha256 in ("", known.MODEL_SHA256):
                await connection.execute(_COUNTED, *counted)
            else:
                await connection.execute(_COUNTED_BY_ANOTHER, *counted, bytes.fromhex(told.model_sha256))
            return True

    async def renew(self) -> bool:
        """Make the plan of the threshold that holds anew, hourly or when the list grows; whether it is another.

        Another replica that does so meanwhile is left alone.
        """
        async with self.database.transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return False
            holding = await _holding(connection)
            entries = (await _entries(connection, []))[""]
            if holding is None or holding.still_holds(entries):
                return False

            sites = await _sites(connection, holding.today)
            # Half a second for thirty cameras.
            plan = await asyncio.to_thread(budgets.made, holding.budget, sites, entries, holding.floor)
            is_other = holding.plan is None or budgets.rows(plan) != budgets.rows(holding.plan)
            await connection.execute(
                """
                INSERT INTO watchlist.budget_table (threshold_number, number, plan) VALUES ($1, $2, $3)
                ON CONFLICT (threshold_number, number) DO UPDATE SET plan = excluded.plan, made_at = now()
                """,
                holding.threshold,
                holding.table + is_other,
                plan.model_dump_json(),
            )
            await _forget(connection, holding)
        return is_other and holding.budget is not None


async def _holding(connection: Connection) -> _Holding | None:
    row = await connection.fetchrow(
        """
        SELECT t.number, t.weekly_false_alerts, t.min_similarity, coalesce(b.number, 0) AS table_number, b.plan,
            coalesce(b.made_at BETWEEN now() - $1::interval AND now(), false) AS is_fresh,
            (now() AT TIME ZONE 'UTC')::date AS today
        FROM watchlist.threshold AS t LEFT JOIN watchlist.budget_table AS b ON b.threshold_number = t.number
        WHERE t.approved_at IS NOT NULL ORDER BY t.number DESC, b.number DESC LIMIT 1
        """,
        _AGAIN,
    )
    if row is None:
        return None
    plan = None if row["plan"] is None else BudgetPlan.model_validate_json(row["plan"])
    return _Holding(
        row["number"],
        row["weekly_false_alerts"],
        row["min_similarity"],
        row["table_number"],
        plan,
        row["is_fresh"],
        row["today"],
    )


async def _sites(connection: Connection, today: date) -> list[SiteRecord]:
    since = today - timedelta(days=KEPT_DAYS)
    counted = await connection.fetch(
        "SELECT site, camera, day, entries, counts FROM watchlist.walk_count WHERE day > $1", since
    )
    judged = await connection.fetch("SELECT * FROM watchlist.judged_walks($1) WHERE outcome = 'confirmed'", since)
    rows = await connection.fetch(_ELSEWHERE, bytes.fromhex(known.MODEL_SHA256))
    decides = {row["site"]: row["counts"] for row in rows}
    days = [each for each in _days(counted, judged) if decides.get(each.place.site, decides.get("", True))]
    # Verdicts count from when there was an expectation to hold them against.
    tables = await connection.fetch(
        """
        SELECT DISTINCT ON (day) (made_at AT TIME ZONE 'UTC')::date AS day, plan FROM watchlist.budget_table
        WHERE made_at > now() - $1::interval ORDER BY day, made_at DESC
        """,
        timedelta(days=KEPT_DAYS),
    )
    rejected = {}
    if tables:
        rows = await connection.fetch("SELECT * FROM watchlist.rejected_alerts($1)", tables[0]["day"])
        rejected = {row["site"]: row["alerts"] for row in rows}
    chances = _chances(tables)
    names = sorted({each.place.site for each in days})
    entries = await _entries(connection, names)
    return [
        SiteRecord(site, mine, entries[site], Judged(rejected.get(site, 0), budgets.expected_so_far(mine, chances)))
        for site in names
        for mine in [[each for each in days if each.place.site == site]]
    ]


def _days(counted: Iterable[Row], confirmed: Iterable[Row]) -> list[CameraDay]:
    """What cameras counted, by day, without the walks of people whom somebody confirmed to be listed."""
    found: dict[tuple[Place, date], list[Counted]] = {}
    for row in counted:
        place = Place(SiteId(row["site"]), CameraId(row["camera"]))
        of_day = found.setdefault((place, row["day"]), [])
        of_day.append(Counted(np.array(row["counts"], np.int64), row["entries"]))
    for row in confirmed:
        place = Place(SiteId(row["site"]), CameraId(row["camera"]))
        in_bin = bin_of(row["similarity"])
        for each in found.get((place, row["day"]), []):
            if each.counts[in_bin]:
                each.counts[in_bin] -= 1
                break
    return [CameraDay(place, day, tuple(each)) for (place, day), each in found.items()]


def _chances(tables: Iterable[Row]) -> dict[tuple[Place, date], float]:
    """Of each camera and day the chance that one walk raises a false alert, by the last table of the day."""
    return {
        (Place(SiteId(site.site), CameraId(camera.camera)), row["day"]): camera.chance
        for row in tables
        for site in BudgetPlan.model_validate_json(row["plan"]).sites
        for camera in site.cameras
    }


async def _entries(connection: Connection, sites: list[SiteId]) -> dict[str, int]:
    """How many entries match at each of *sites*; of the whole list under the empty name."""
    rows = await connection.fetch(
        """
        SELECT s.site, count(e.id) AS entries FROM unnest($1::text[] || ''::text) AS s (site)
        LEFT JOIN watchlist.entry AS e ON e.state = 'active' AND e.expires_at > now()
            AND (s.site = '' OR cardinality(e.sites) = 0 OR s.site = ANY (e.sites))
        GROUP BY s.site
        """,
        sites,
    )
    return {row["site"]: row["entries"] for row in rows}


async def _forget(connection: Connection, holding: _Holding) -> None:
    await connection.execute(
        "DELETE FROM watchlist.walk_count WHERE day <= $1", holding.today - timedelta(days=KEPT_DAYS)
    )
    await connection.execute(
        "DELETE FROM watchlist.model_walk_count WHERE day <= $1", holding.today - timedelta(days=KEPT_DAYS)
    )
    await connection.execute(
        "DELETE FROM watchlist.walk_report WHERE at < now() - $1::interval", timedelta(days=_TOLD_DAYS)
    )
    await connection.execute(
        "DELETE FROM watchlist.budget_table WHERE made_at < now() - $1::interval AND threshold_number <> $2",
        timedelta(days=KEPT_DAYS),
        holding.threshold,
    )
    await connection.execute(
        "DELETE FROM watchlist.budget_table WHERE made_at < now() - $1::interval AND threshold_number = $2"
        " AND number < $3",
        timedelta(days=KEPT_DAYS),
        holding.threshold,
        holding.table,
    )

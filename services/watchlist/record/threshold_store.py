"""The threshold in PostgreSQL: asked for by one account, approved by another, never below the report's floor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import asyncpg

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.policy import AccuracyView, BudgetPlan, ThresholdProposal, ThresholdRequest, ThresholdView
from proto.wardwatch.v1.replication import MeasuredModel, SiteModel, ThresholdPublished
from services.chassis.errors import Refusal
from services.watchlist.budget import plan
from services.watchlist.record.database import Connection, Database
from services.watchlist.rules.holder import Holder

# Held while the threshold is published, so that two replicas do not publish an older one after a newer.
_PUBLISH_LOCK: Final = 0x57415244_504F4C59  # "WARDPOLY"

# Publishes a threshold, which was on the stream at that sequence before, or never (None); returns the sequence of what
# now stands for it.
PublishThreshold = Callable[[ThresholdPublished, int | None], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class ThresholdStore:
    """Access as role ``wardwatch_import``. Raises Forbidden, StoreAway, and Refusal (404, 409) in words.

    What is asked for is of the recogniser *model_sha256*, which this service enrols by; None: it is not said.
    """

    database: Database
    model_sha256: str | None = None

    async def view(self) -> ThresholdView:
        """The threshold that holds, the request that waits for approval, and the reports that the floor comes from."""
        async with self.database.transaction() as connection:
            return await _view(connection)

    async def plan(self) -> BudgetPlan | None:
        """What the threshold that holds leads to; None: not computed yet."""
        return (await self.view()).budget

    async def ask(self, by: Holder, body: ThresholdRequest) -> ThresholdView:
        """Ask for another threshold; one can wait at a time.

        Raises Refusal (409) where it would change nothing: the cosines of a switch hold wherever no site is named.
        """
        async with self.database.transaction() as connection:
            if await connection.fetchval(
                "SELECT true FROM watchlist.site_model WHERE site = '' AND min_similarity IS NOT NULL"
            ):
                raise Refusal(409, refusals.THRESHOLD_OF_ANOTHER.filled())
            await connection.execute(
                "INSERT INTO watchlist.threshold (min_similarity, reason, asked_by_id, asked_by_name,"
                " weekly_false_alerts, model_sha256) VALUES ($1, $2, $3, $4, $5, $6)",
                body.threshold,
                body.reason,
                by.account_id,
                by.name,
                body.weekly_false_alerts,
                None if self.model_sha256 is None else bytes.fromhex(self.model_sha256),
            )
            return await _view(connection)

    async def approve(self, number: int, by: Holder) -> ThresholdView:
        """Approve the threshold *number*: it holds from now on."""
        async with self.database.transaction() as connection:
            done = await connection.execute(
                "UPDATE watchlist.threshold SET approved_by_id = $2, approved_by_name = $3, approved_at = now()"
                " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
                number,
                by.account_id,
                by.name,
            )
            _check_waited(done, number)
            return await _view(connection)

    async def withdraw(self, number: int, by: Holder) -> ThresholdView:
        """Take the threshold *number* back before it is approved; anybody who keeps the list may."""
        async with self.database.transaction() as connection:
            done = await connection.execute(
                "UPDATE watchlist.threshold SET withdrawn_by_id = $2, withdrawn_by_name = $3, withdrawn_at = now()"
                " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
                number,
                by.account_id,
                by.name,
            )
            _check_waited(done, number)
            return await _view(connection)


@dataclass(frozen=True, slots=True)
class ThresholdOutbox:
    """Access as role ``wardwatch_matcher``: what was approved, and where it stands on the stream.

    The list's vectors are of the recogniser *model_sha256*; with the threshold goes until when it may be used.
    """

    database: Database
    model_sha256: str

    async def relay(self, publish: PublishThreshold) -> bool:
        """Give the newest approved threshold to *publish*. Returns whether it is now on the stream at a new sequence;

        False if another replica holds the lock.
        """
        async with self.database.transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _PUBLISH_LOCK):
                return False

            row = await connection.fetchrow(
                "SELECT t.number, min_similarity, approved_at, approved_by_name, published_sequence,"
                " t.model_sha256, b.number AS table_number, plan FROM watchlist.threshold AS t"
                " LEFT JOIN watchlist.budget_table AS b"
                " ON b.threshold_number = t.number AND t.weekly_false_alerts IS NOT NULL"
                " WHERE approved_at IS NOT NULL ORDER BY t.number DESC, b.number DESC NULLS LAST LIMIT 1"
            )
            if row is None:
                return False

            sites = await connection.fetch("SELECT * FROM watchlist.site_model ORDER BY site")
            # Whatever decides somewhere is at work, and needs a report.
            for model in {bytes.fromhex(self.model_sha256), *(each["model_sha256"] for each in sites)}:
                await connection.execute("SELECT watchlist.use_model($1)", model)
            measured = await connection.fetch(
                "SELECT model_sha256, matches_until FROM watchlist.measured_model ORDER BY model_sha256"
            )
            threshold = ThresholdPublished(
                row["number"],
                row["min_similarity"],
                row["approved_by_name"],
                row["approved_at"],
                row["table_number"] or 0,
                () if row["plan"] is None else plan.rows(BudgetPlan.model_validate_json(row["plan"])),
                tuple(MeasuredModel(each["model_sha256"].hex(), each["matches_until"]) for each in measured),
                "" if row["model_sha256"] is None else row["model_sha256"].hex(),
                tuple(_site_model(each) for each in sites),
            )
            sequence = await publish(threshold, row["published_sequence"])
            if sequence == row["published_sequence"]:
                return False
            await connection.execute(
                "UPDATE watchlist.threshold SET published_sequence = $2 WHERE number = $1", row["number"], sequence
            )
            return True


def _site_model(row: asyncpg.Record) -> SiteModel:
    cosines = row["min_similarity"] or 0.0, row["strong_similarity"] or 0.0
    return SiteModel(row["site"], row["model_sha256"].hex(), *cosines)


def _check_waited(done: str, number: int) -> None:
    if done != "UPDATE 1":
        raise Refusal(409, refusals.THRESHOLD_DOES_NOT_WAIT.filled(number=number))


async def _view(connection: Connection) -> ThresholdView:
    rows = await connection.fetch(
        "(SELECT * FROM watchlist.threshold WHERE approved_at IS NOT NULL"
        " ORDER BY number DESC LIMIT 1)"
        " UNION ALL (SELECT * FROM watchlist.threshold WHERE approved_at IS NULL AND withdrawn_at IS NULL)"
    )
    reports = await connection.fetch(
        "SELECT DISTINCT ON (model_sha256) * FROM watchlist.accuracy_report ORDER BY model_sha256, id DESC"
    )
    holds = next(_threshold(row) for row in rows if row["approved_at"] is not None)
    budget = await connection.fetchval(
        "SELECT plan FROM watchlist.budget_table WHERE threshold_number = $1 ORDER BY number DESC LIMIT 1", holds.number
    )
    return ThresholdView(
        holds=holds,
        waits=next((_threshold(row) for row in rows if row["approved_at"] is None), None),
        floor=await connection.fetchval("SELECT watchlist.floor_of(watchlist.threshold_model())"),
        reports=[_report(row) for row in reports],
        budget=None if budget is None else BudgetPlan.model_validate_json(budget),
    )


def _threshold(row: asyncpg.Record) -> ThresholdProposal:
    return ThresholdProposal(
        number=row["number"],
        threshold=row["min_similarity"],
        reason=row["reason"],
        asked_by=row["asked_by_name"],
        asked_at=row["asked_at"],
        approved_by=row["approved_by_name"],
        approved_at=row["approved_at"],
        weekly_false_alerts=row["weekly_false_alerts"],
    )


def _report(row: asyncpg.Record) -> AccuracyView:
    return AccuracyView(
        dataset=row["dataset"],
        list_size=row["list_size"],
        model_sha256=row["model_sha256"].hex(),
        fnir=row["fnir"],
        fpir=row["fpir"],
        fpir_upper=row["fpir_upper"],
        floor=row["floor"],
        measured_on=row["measured_on"],
    )

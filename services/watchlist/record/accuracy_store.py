"""Reports of accuracy in PostgreSQL: asked for by one account, approved by another, valid for a time (S14)."""

from dataclasses import dataclass

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.accuracy import (
    AccuracyInstalled,
    AccuracyProposal,
    AccuracyReport,
    AccuracyRequest,
    Floor,
    InstalledModel,
    MeasuredModel,
)
from services.chassis.errors import Refusal
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class AccuracyStore:
    """Access as role ``wardwatch_import``. Raises Forbidden, StoreAway, and Refusal (409, 422) in words."""

    database: Database

    async def view(self) -> AccuracyInstalled:
        """The recognisers at work with their reports, and the report that waits."""
        async with self.database.transaction() as connection:
            return await _view(connection)

    async def ask(self, by: Holder, body: AccuracyRequest) -> AccuracyInstalled:
        """Ask for a report to be installed; one can wait at a time."""
        model, floor = _usable(body)
        async with self.database.transaction() as connection:
            digest = bytes.fromhex(body.digest)
            if await connection.fetchval(
                "SELECT true FROM watchlist.accuracy_report WHERE digest = $1 LIMIT 1", digest
            ):
                raise Refusal(409, refusals.REPORT_KNOWN.filled())
            await connection.execute(
                "INSERT INTO watchlist.accuracy_proposal (model_sha256, document, digest, dataset, list_size, floor,"
                " fnir, fpir, fpir_upper, measured_on, reason, asked_by_id, asked_by_name)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                bytes.fromhex(model.sha256),
                body.report.model_dump_json(),
                digest,
                body.report.data.name,
                floor.listed,
                floor.threshold,
                floor.missed.value,
                floor.taken.value,
                floor.taken.high,
                body.report.measured_on,
                body.reason,
                by.account_id,
                by.name,
            )
            return await _view(connection)

    async def approve(self, number: int, by: Holder) -> AccuracyInstalled:
        """Approve the report *number*: it holds from now on."""
        return await self._end(
            "UPDATE watchlist.accuracy_proposal SET approved_by_id = $2, approved_by_name = $3, approved_at = now()"
            " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
            number,
            by,
        )

    async def withdraw(self, number: int, by: Holder) -> AccuracyInstalled:
        """Take the report *number* back before it is approved; anybody who keeps the list may."""
        return await self._end(
            "UPDATE watchlist.accuracy_proposal SET withdrawn_by_id = $2, withdrawn_by_name = $3, withdrawn_at = now()"
            " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
            number,
            by,
        )

    async def _end(self, update: str, number: int, by: Holder) -> AccuracyInstalled:
        async with self.database.transaction() as connection:
            if await connection.execute(update, number, by.account_id, by.name) != "UPDATE 1":
                raise Refusal(409, refusals.REPORT_DOES_NOT_WAIT.filled(number=number))
            return await _view(connection)


def _usable(body: AccuracyRequest) -> tuple[MeasuredModel, Floor]:
    """The recogniser and the floor of a report that can be installed. Raises Refusal (422)."""
    if body.report.digest() != body.digest:
        raise Refusal(422, refusals.REPORT_CHANGED.filled())
    model = body.report.model("embedder")
    if model is None or body.report.floor is None:
        raise Refusal(422, refusals.REPORT_WITHOUT_FLOOR.filled())
    return model, body.report.floor


async def _view(connection: Connection) -> AccuracyInstalled:
    models = await connection.fetch("SELECT * FROM watchlist.measured_model ORDER BY model_sha256")
    waits = await connection.fetchrow(
        "SELECT * FROM watchlist.accuracy_proposal WHERE approved_at IS NULL AND withdrawn_at IS NULL"
    )
    return AccuracyInstalled(models=[_model(row) for row in models], waits=None if waits is None else _proposal(waits))


def _model(row: Row) -> InstalledModel:
    return InstalledModel(
        model_sha256=row["model_sha256"].hex(),
        dataset=row["dataset"],
        measured_on=row["measured_on"],
        holds_until=row["holds_until"],
        matches_until=row["matches_until"],
        digest=None if row["digest"] is None else row["digest"].hex(),
        report=None if row["document"] is None else AccuracyReport.model_validate_json(row["document"]),
    )


def _proposal(row: Row) -> AccuracyProposal:
    return AccuracyProposal(
        number=row["number"],
        digest=row["digest"].hex(),
        floor=row["floor"],
        measured_on=row["measured_on"],
        dataset=row["dataset"],
        reason=row["reason"],
        asked_by=row["asked_by_name"],
        asked_at=row["asked_at"],
    )

"""Two recognisers side by side in PostgreSQL, as role ``wardwatch_import`` (docs/adr/0105).

Who may approve, what is too low and what is not measured the database says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.rolls import (
    LeftOutPhoto,
    ModelProgress,
    ModelsView,
    RollView,
    SiteScores,
    SwitchRequest,
    SwitchView,
)
from proto.wardwatch.v1.values import Model
from services.chassis.errors import Refusal
from services.watchlist.budget.known import MODEL_SHA256 as COUNTED_MODEL
from services.watchlist.budget.side_by_side import CameraCounts, side_by_side
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.rules.holder import Holder

# What is shown side by side: a week is long enough for every kind of day.
_SCORES_DAYS: Final = 7
# So many photos that yield nothing are named; more than that is another trouble.
_MOST_NAMED: Final = 100
# What alerts takes for enough where nobody says otherwise (docs/adr/0082).
_USUAL_STRONG: Final = 0.62

_PROGRESS: Final = """
SELECT m.sha256,
    (SELECT count(*) FROM watchlist.photo AS p INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE e.state NOT IN ('revoked', 'erased')) AS photos,
    (SELECT count(*) FROM watchlist.template AS t INNER JOIN watchlist.photo AS p ON p.id = t.photo_id
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE t.model_sha256 = m.sha256 AND e.state NOT IN ('revoked', 'erased')) AS made,
    (SELECT count(*) FROM watchlist.unembedded_photo AS u INNER JOIN watchlist.photo AS p ON p.id = u.photo_id
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE u.model_sha256 = m.sha256 AND e.state NOT IN ('revoked', 'erased')) AS left_out,
    (SELECT count(*) FROM watchlist.entry AS e WHERE e.state = 'active' AND NOT EXISTS (
        SELECT FROM watchlist.photo AS p INNER JOIN watchlist.template AS t ON t.photo_id = p.id
        WHERE p.entry_id = e.id AND p.suspended_at IS NULL AND t.model_sha256 = m.sha256)) AS entries_without
FROM unnest($1::bytea []) WITH ORDINALITY AS m (sha256, place) ORDER BY m.place
"""
_LEFT_OUT: Final = """
SELECT p.entry_id, p.position, u.model_sha256, u.cause FROM watchlist.unembedded_photo AS u
INNER JOIN watchlist.photo AS p ON p.id = u.photo_id INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
WHERE u.model_sha256 = ANY ($1) AND e.state NOT IN ('revoked', 'erased') ORDER BY p.entry_id, p.position LIMIT $2
"""
_COUNTS: Final = """
SELECT $2::bytea AS model_sha256, site, camera, day, counts FROM watchlist.walk_count WHERE day > $1
UNION ALL SELECT model_sha256, site, camera, day, counts FROM watchlist.model_walk_count WHERE day > $1
"""
_END: Final = """
UPDATE watchlist.model_roll SET kept_sha256 = $1, ended_by_id = $2, ended_by_name = $3, ended_at = now()
WHERE ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class RollStore:
    """``model_sha256`` is of the recogniser that this service enrols by. Raises Forbidden, StoreAway and Refusal."""

    database: Database
    model_sha256: str

    async def view(self) -> ModelsView:
        """The roll, how far the list is with it, which recogniser decides where, and what both counted."""
        async with self.database.transaction() as connection:
            return await self._view(connection)

    async def start(self, second: Model, by: Holder, reason: str) -> ModelsView:
        """Bring *second* beside the list's recogniser. Raises Refusal (409) where two are side by side already."""
        if second.sha256 == self.model_sha256:
            raise Refusal(409, refusals.ROLL_TO_ITSELF.filled())
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO watchlist.model_roll (from_sha256, to_sha256, to_name, reason, started_by_id,"
                " started_by_name) VALUES ($1, $2, $3, $4, $5, $6)",
                bytes.fromhex(self.model_sha256),
                bytes.fromhex(second.sha256),
                second.name,
                reason,
                by.account_id,
                by.name,
            )
            return await self._view(connection)

    async def finish(self, by: Holder) -> ModelsView:
        """Let the other recogniser go: this service's stays, and every template of the other is deleted."""
        async with self.database.transaction() as connection:
            roll = await _roll(connection)
            own = bytes.fromhex(self.model_sha256)
            if roll is None or roll["ended_at"] is not None:
                raise Refusal(409, refusals.NO_ROLL.filled())
            if own not in (roll["from_sha256"], roll["to_sha256"]):
                raise Refusal(409, refusals.ROLL_OF_OTHERS.filled())
            await connection.execute(_END, own, by.account_id, by.name)
            return await self._view(connection)

    async def ask(self, by: Holder, body: SwitchRequest) -> ModelsView:
        """Ask that another recogniser decides, or by other cosines; one request can wait at a time."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO watchlist.model_switch (site, model_sha256, min_similarity, strong_similarity, reason,"
                " asked_by_id, asked_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                body.site,
                bytes.fromhex(body.model_sha256),
                body.threshold,
                body.strong,
                body.reason,
                by.account_id,
                by.name,
            )
            return await self._view(connection)

    async def approve(self, number: int, by: Holder) -> ModelsView:
        """Approve the switch *number*: it holds from now on."""
        return await self._end(
            "UPDATE watchlist.model_switch SET approved_by_id = $2, approved_by_name = $3, approved_at = now()"
            " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
            number,
            by,
        )

    async def withdraw(self, number: int, by: Holder) -> ModelsView:
        """Take the switch *number* back before it is approved; anybody who keeps the list may."""
        return await self._end(
            "UPDATE watchlist.model_switch SET withdrawn_by_id = $2, withdrawn_by_name = $3, withdrawn_at = now()"
            " WHERE number = $1 AND approved_at IS NULL AND withdrawn_at IS NULL",
            number,
            by,
        )

    async def _end(self, update: str, number: int, by: Holder) -> ModelsView:
        async with self.database.transaction() as connection:
            if await connection.execute(update, number, by.account_id, by.name) != "UPDATE 1":
                raise Refusal(409, refusals.SWITCH_DOES_NOT_WAIT.filled(number=number))
            return await self._view(connection)

    async def _view(self, connection: Connection) -> ModelsView:
        roll = await _roll(connection)
        threshold_model: bytes | None = await connection.fetchval("SELECT watchlist.threshold_model()")
        sites = await connection.fetch(
            "SELECT s.* FROM watchlist.model_switch AS s INNER JOIN watchlist.site_model AS m ON m.number = s.number"
            " ORDER BY s.site"
        )
        waits = await connection.fetchrow(
            "SELECT * FROM watchlist.model_switch WHERE approved_at IS NULL AND withdrawn_at IS NULL"
        )
        is_open = roll is not None and roll["ended_at"] is None
        listed = threshold_model or bytes.fromhex(self.model_sha256)
        return ModelsView(
            list_model=self.model_sha256,
            threshold_model=None if threshold_model is None else threshold_model.hex(),
            roll=None if roll is None else await _roll_view(connection, roll),
            sites=[_switch(row) for row in sites],
            waits=None if waits is None else _switch(waits),
            counted=await _scores(connection, roll, sites, listed) if is_open and roll is not None else [],
        )


async def _roll(connection: Connection) -> Row | None:
    return await connection.fetchrow("SELECT * FROM watchlist.model_roll ORDER BY number DESC LIMIT 1")


async def _roll_view(connection: Connection, roll: Row) -> RollView:
    models = [roll["from_sha256"], roll["to_sha256"]] if roll["ended_at"] is None else []
    progress = await connection.fetch(_PROGRESS, models)
    left_out = await connection.fetch(_LEFT_OUT, models, _MOST_NAMED)
    return RollView(
        number=roll["number"],
        from_sha256=roll["from_sha256"].hex(),
        to_sha256=roll["to_sha256"].hex(),
        to_name=roll["to_name"],
        reason=roll["reason"],
        started_by=roll["started_by_name"],
        started_at=roll["started_at"],
        kept_sha256=None if roll["kept_sha256"] is None else roll["kept_sha256"].hex(),
        ended_by=roll["ended_by_name"],
        ended_at=roll["ended_at"],
        progress=[
            ModelProgress(
                model_sha256=row["sha256"].hex(),
                photos=row["photos"],
                made=row["made"],
                left_out=row["left_out"],
                entries_without=row["entries_without"],
            )
            for row in progress
        ],
        left_out=[
            LeftOutPhoto(
                entry=row["entry_id"],
                position=row["position"],
                model_sha256=row["model_sha256"].hex(),
                cause=row["cause"],
            )
            for row in left_out
        ],
    )


async def _scores(connection: Connection, roll: Row, sites: Sequence[Row], listed: bytes) -> list[SiteScores]:
    since = (await connection.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")) - timedelta(days=_SCORES_DAYS)
    rows = await connection.fetch(_COUNTS, since, bytes.fromhex(COUNTED_MODEL))
    counted = [
        CameraCounts(
            row["model_sha256"].hex(), row["site"], row["camera"], row["day"], np.array(row["counts"], np.int64)
        )
        for row in rows
    ]
    usual = (listed.hex(), _USUAL_STRONG if listed.hex() == COUNTED_MODEL else None)
    decides = {"": usual}
    for row in sites:
        decides[row["site"]] = (row["model_sha256"].hex(), row["strong_similarity"] or usual[1])
    return side_by_side(counted, decides, [roll["from_sha256"].hex(), roll["to_sha256"].hex()])


def _switch(row: Row) -> SwitchView:
    return SwitchView(
        number=row["number"],
        site=row["site"],
        model_sha256=row["model_sha256"].hex(),
        threshold=row["min_similarity"],
        strong=row["strong_similarity"],
        reason=row["reason"],
        asked_by=row["asked_by_name"],
        asked_at=row["asked_at"],
        approved_by=row["approved_by_name"],
        approved_at=row["approved_at"],
    )

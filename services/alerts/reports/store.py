"""What the record holds for a report of an incident, and that one was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from services.alerts.database import Database
from services.alerts.incidents.review import Verdict
from services.alerts.incidents.store import SessionOver
from services.chassis.errors import Refusal

_VERDICTS: Final = """
    select a.name, v.verdict, v.is_blind, v.at from alerts.verdict v join accounts.account a on a.id = v.account_id
    where v.incident_id = $1 order by v.at, a.name
"""


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """What one person said, and when first; None: it was set aside. *alone*: without knowing what others said."""

    account: str
    verdict: Verdict | None
    alone: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of the audit."""

    sequence: int
    sha256: str


class NotConfirmed(Refusal):
    """Only what people confirmed is reported."""

    def __init__(self) -> None:
        super().__init__(409, refusals.NOT_CONFIRMED.filled())


@dataclass(frozen=True, slots=True)
class Exports:
    """The table of exports, which its functions alone write."""

    database: Database

    async def facts(self, incident: UUID) -> tuple[Sequence[GivenVerdict], Head, datetime]:
        """The verdicts on an incident, the audit's newest event, and what time it is by the record."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_VERDICTS, incident)
            head = await connection.fetchrow("select sequence, sha256, watchlist.present() as now from audit.head")
        assert head is not None, "the chain has one head"
        given = [
            GivenVerdict(
                row["name"], None if row["verdict"] is None else Verdict(row["verdict"]), row["is_blind"], row["at"]
            )
            for row in rows
        ]
        return given, Head(head["sequence"], head["sha256"].hex()), head["now"]

    async def note(
        self, token: str, name: UUID, incident: UUID, *, form: str, pictures: bool, sha256: str, reason: str
    ) -> None:
        """Note that the holder of *token* is given a report. Raises SessionOver, NotConfirmed and StoreAway."""
        async with self.database.transaction() as connection:
            noted = await connection.fetchval(
                "select alerts.export_incident($1, $2, $3, $4, $5, $6, $7)",
                token, name, incident, form, pictures, sha256, reason,
            )  # fmt: skip
        if noted is None:
            raise NotConfirmed
        if not noted:
            raise SessionOver

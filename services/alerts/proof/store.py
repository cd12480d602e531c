"""The public half of the audit: heads and hashes, when it was verified, and the reports that were published."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.alerts.database import Database

_MOST_REPORTS: Final = 12


@dataclass(frozen=True, slots=True)
class Head:
    """An event of the audit by its number and its hash, and when it was chained or published."""

    sequence: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DayHead:
    """The last event of a day."""

    day: date
    sequence: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What the hospital published of its last verification of the whole audit."""

    at: datetime
    version: str
    sequence: int
    compared: int
    covered: int
    faults: int


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The transparency report of a month as it was published; the counts by their names."""

    month: str
    at: datetime
    content: dict[str, object]


@dataclass(frozen=True, slots=True)
class Record:
    """What the record says at one moment."""

    now: datetime
    head: Head | None
    days: Sequence[DayHead]
    verification: Verification | None
    reports: Sequence[MonthReport]


@dataclass(frozen=True, slots=True)
class ProofStore:
    """Reads what is public. Raises StoreAway."""

    database: Database
    time_zone: str

    async def read(self) -> Record:
        """All of it."""
        async with self.database.transaction() as connection:
            head = await connection.fetchrow("select sequence, sha256, at, watchlist.present() as now from audit.head")
            days = await connection.fetch(
                "select day, sequence, sha256 from audit.heads_of_days($1, watchlist.present())", self.time_zone
            )
            verified = await connection.fetchrow("select * from audit.last_verification")
            reports = await connection.fetch(
                "select month, at, content::text from audit.published_report order by month desc limit $1",
                _MOST_REPORTS,
            )
        assert head is not None, "the chain has one head"
        return Record(
            head["now"],
            Head(head["sequence"], head["sha256"].hex(), head["at"]) if head["sequence"] else None,
            [DayHead(row["day"], row["sequence"], row["sha256"].hex()) for row in days],
            None if verified is None else Verification(**dict(verified)),
            [MonthReport(row["month"], row["at"], json.loads(row["content"])) for row in reports],
        )

    async def sha256_of(self, sequence: int) -> str | None:
        """The hash of an event as it is in the audit now; None when there is no such event."""
        async with self.database.transaction() as connection:
            found = await connection.fetchval("select audit.sha256_of($1)", sequence)
        return None if found is None else found.hex()

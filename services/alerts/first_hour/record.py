"""What the record knows of a first hour: who may sign in, and who has answered an alert."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1.roles import Role
from services.alerts.database import Database
from services.alerts.first_hour.steps import Account


@dataclass(frozen=True, slots=True)
class Recorded:
    """The accounts that may sign in, by their ids; who has answered an alert, and to whose phones a push came."""

    accounts: Mapping[UUID, Account]
    answered_by: frozenset[UUID]
    pushed_to: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class FirstHourRecord:
    """Reads it from PostgreSQL."""

    database: Database

    async def read(self) -> Recorded:
        """How it stands now. Raises StoreAway."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                """
                select a.id, a.name, a.role,
                    exists (select from alerts.response r where r.account_id = a.id)
                    or exists (select from alerts.review r where r.account_id = a.id) as answered,
                    exists (select from delivery.proven p where p.account_id = a.id) as pushed_to
                from accounts.account a where a.disabled_at is null order by a.created_at, a.name
                """
            )
        accounts = {row["id"]: Account(row["name"], Role(row["role"])) for row in rows}
        return Recorded(
            accounts,
            frozenset(row["id"] for row in rows if row["answered"]),
            frozenset(row["id"] for row in rows if row["pushed_to"]),
        )

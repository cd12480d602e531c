"""Sessions opened, resolved and ended, in PostgreSQL and in memory."""

from dataclasses import dataclass
from datetime import timedelta

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.codes import token_digest
from services.alerts.accounts.directory import SessionDirectory
from services.alerts.accounts.holder import Holder
from services.alerts.database import Database, Row


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, resolves and ends sessions; a token is only ever handled as its digest.

    While the database is away, a session that was open serves the stop button and nothing else.
    """

    database: Database
    directory: SessionDirectory
    life: timedelta

    async def redeem(self, code_sha256: bytes, token: str) -> Holder | None:
        """Spend a one-time code on a session; None when the code is unknown, spent or too old."""
        digest = token_digest(token)
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                """
                select a.id as account_id, a.name, a.role, a.sites, o.expires_at
                from accounts.redeem($1, $2, $3) o join accounts.account a on a.id = o.account_id
                """,
                code_sha256,
                digest,
                self.life,
            )
        if row is None:
            return None
        holder = _holder(row)
        self.directory.opened(digest, holder, lasts_seconds=self.life.total_seconds())
        return holder

    async def holder(self, token: str) -> Holder | None:
        """The holder of a valid token, else None. Raises StoreAway."""
        return await self.directory.holder(token_digest(token))

    def remembered(self, token: str) -> Holder | None:
        """The holder as far as it is known here, also while the database is away."""
        return self.directory.known(token_digest(token))

    async def end(self, token: str) -> None:
        """Sign out."""
        digest = token_digest(token)
        self.directory.remove(digest)
        async with self.database.transaction() as connection:
            await connection.execute("select accounts.end_session($1)", digest)


def _holder(row: Row) -> Holder:
    sites = None if row["sites"] is None else frozenset(row["sites"])
    return Holder(row["account_id"], row["name"], Role(row["role"]), row["expires_at"], sites)

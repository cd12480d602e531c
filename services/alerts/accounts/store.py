"""Accounts and sessions in PostgreSQL, and who was recently known when it is away."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.codes import token_digest
from services.alerts.database import Database, Row

_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a session belongs to."""

    account_id: UUID
    name: str
    role: Role
    expires_at: datetime


@dataclass(slots=True)
class Sessions:
    """Opens, resolves and ends sessions; a token is only ever handled as its digest.

    Every session that was verified is remembered, so that matching can be stopped while the database is away. A
    remembered session serves the stop button and nothing else.
    """

    database: Database
    life: timedelta
    _known: OrderedDict[bytes, Holder] = field(default_factory=OrderedDict)

    async def redeem(self, code_sha256: bytes, token: str) -> Holder | None:
        """Spend a one-time code on a session; None when the code is unknown, spent or too old."""
        digest = token_digest(token)
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                """
                select a.id as account_id, a.name, a.role, o.expires_at
                from accounts.redeem($1, $2, $3) o join accounts.account a on a.id = o.account_id
                """,
                code_sha256,
                digest,
                self.life,
            )
        return None if row is None else self._remember(digest, _holder(row))

    async def holder(self, token: str) -> Holder | None:
        """The holder of a valid token, else None. Raises StoreAway."""
        digest = token_digest(token)
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "select account_id, name, role, expires_at from accounts.session_holder where token_sha256 = $1", digest
            )
        if row is None:
            self._known.pop(digest, None)
            return None
        return self._remember(digest, _holder(row))

    def remembered(self, token: str, now: datetime) -> Holder | None:
        """The holder as of the last verification, until the session would expire."""
        known = self._known.get(token_digest(token))
        return known if known is not None and known.expires_at > now else None

    async def end(self, token: str) -> None:
        """Sign out."""
        digest = token_digest(token)
        self._known.pop(digest, None)
        async with self.database.transaction() as connection:
            await connection.execute("select accounts.end_session($1)", digest)

    async def recheck(self) -> None:
        """Forget sessions that ended elsewhere, for example because the account was disabled. Raises StoreAway."""
        known = set(self._known)
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "select token_sha256 from accounts.session_holder where token_sha256 = any($1::bytea[])", [*known]
            )
        for over in known - {row["token_sha256"] for row in rows}:
            self._known.pop(over, None)

    def _remember(self, digest: bytes, holder: Holder) -> Holder:
        self._known[digest] = holder
        self._known.move_to_end(digest)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return holder


def _holder(row: Row) -> Holder:
    return Holder(row["account_id"], row["name"], Role(row["role"]), row["expires_at"])

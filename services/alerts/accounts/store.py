"""Sessions opened, resolved and ended, in PostgreSQL and in memory."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.codes import token_digest
from services.alerts.accounts.directory import SessionDirectory
from services.alerts.accounts.holder import Holder
from services.alerts.accounts.tickets import Ticket
from services.alerts.database import Database, Row

_BY_CODE: Final = """
    select a.id as account_id, a.name, a.role, a.sites, o.expires_at
    from accounts.redeem($1, $2, $3) o join accounts.account a on a.id = o.account_id
"""
_BY_PASSKEY: Final = """
    select a.id as account_id, a.name, a.role, a.sites, o.expires_at
    from accounts.open_by_passkey($1, $2, $3, $4, $5, $6) o join accounts.account a on a.id = o.account_id
"""
_BY_IDENTITY: Final = """
    select a.id as account_id, a.name, a.role, a.sites, o.expires_at
    from accounts.open_by_identity($1, $2, $3, $4, $5) o join accounts.account a on a.id = o.account_id
"""


@dataclass(frozen=True, slots=True)
class KnownPasskey:
    """A passkey that is kept: whose it is, its COSE key, and the name of the page it is good for."""

    id: UUID
    account_id: UUID
    public_key: bytes
    rp_id: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, resolves and ends sessions; a token is only ever handled as its digest.

    While the database is away, a session that was open serves the stop button and nothing else.
    """

    database: Database
    directory: SessionDirectory
    life: timedelta

    async def redeem(self, code_sha256: bytes, token: str, device: str = "") -> Holder | None:
        """Spend a one-time code on a session; None when the code is unknown, spent or too old."""
        return await self._open(_BY_CODE, (code_sha256, token_digest(token), self.life), token, device)

    async def open_by_passkey(
        self, passkey: UUID, counter: int, ticket: Ticket, token: str, device: str
    ) -> Holder | None:
        """Open a session for a passkey whose answer was checked; None when it is not taken any more."""
        values = (passkey, counter, ticket.sha256, ticket.until, token_digest(token), self.life)
        return await self._open(_BY_PASSKEY, values, token, device)

    async def open_by_identity(self, identity: str, ticket: Ticket, token: str, device: str) -> Holder | None:
        """Open a session for whom the hospital's own sign-in names; None when no account is theirs."""
        values = (identity, ticket.sha256, ticket.until, token_digest(token), self.life)
        return await self._open(_BY_IDENTITY, values, token, device)

    async def passkey(self, credential: bytes) -> KnownPasskey | None:
        """What an answer of a passkey is checked with; None when it is nobody's."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("select * from accounts.passkey_of($1)", credential)
        return None if row is None else KnownPasskey(row["id"], row["account_id"], row["public_key"], row["rp_id"])

    async def prove_by_passkey(self, token: str, passkey: UUID, counter: int, ticket: Ticket) -> bool:
        """Note that the holder of *token* has just proven who they are; False when it was somebody else."""
        return await self._prove(
            token,
            "select accounts.prove_by_passkey($1, $2, $3, $4, $5)",
            passkey, counter, ticket.sha256, ticket.until,
        )  # fmt: skip

    async def prove_by_identity(self, token: str, identity: str, ticket: Ticket) -> bool:
        """The same, by the hospital's own sign-in."""
        query = "select accounts.prove_by_identity($1, $2, $3, $4)"
        return await self._prove(token, query, identity, ticket.sha256, ticket.until)

    async def note_use(self) -> None:
        """Write down which sessions were used lately. Raises StoreAway."""
        if used := self.directory.used():
            async with self.database.transaction() as connection:
                await connection.execute("select accounts.note_use($1)", used)

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

    async def _open(self, query: str, values: tuple[object, ...], token: str, device: str) -> Holder | None:
        digest = token_digest(token)
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(query, *values)
            if row is not None and device:
                await connection.execute("select accounts.name_device($1, null, $2)", token, device)
        if row is None:
            return None
        holder = _holder(row)
        self.directory.opened(digest, holder, lasts_seconds=self.life.total_seconds())
        await self.directory.reread(digest)  # whether it still has to prove who it is
        return holder

    async def _prove(self, token: str, query: str, *values: object) -> bool:
        async with self.database.transaction() as connection:
            proven = bool(await connection.fetchval(query, token, *values))
        # Not left to the announcement: whoever proved it repeats at once what asked for it.
        await self.directory.reread(token_digest(token))
        return proven


def _holder(row: Row) -> Holder:
    sites = None if row["sites"] is None else frozenset(row["sites"])
    return Holder(row["account_id"], row["name"], Role(row["role"]), row["expires_at"], sites)

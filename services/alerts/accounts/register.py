"""Accounts as people keep them: listed, added, changed, shut out; their devices and passkeys. In PostgreSQL.

Each call hands the database the token of who asks, and the database decides whether they may (docs/adr/0090). What it
refuses is Unacceptable, with the name of a rule of ``rules.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.passkeys import NewPasskey
from services.alerts.accounts.tickets import Ticket
from services.alerts.database import Database, Row


@dataclass(frozen=True, slots=True)
class Purposed:
    """What an account is for. ``sites``: None for every site; ``identity`` as the hospital's own sign-in says it."""

    role: Role
    sites: list[str] | None
    identity: str | None


@dataclass(frozen=True, slots=True)
class AccountRegister:
    """Raises StoreAway and Unacceptable."""

    database: Database

    async def accounts(self, token: str, account: UUID | None = None) -> Sequence[Row]:
        """Accounts that who asks may see; the one that is named, or it is refused."""
        return await self._rows("select * from accounts.listed($1, $2)", token, account)

    async def devices(self, token: str, account: UUID) -> Sequence[Row]:
        """Where an account is signed in."""
        return await self._rows("select * from accounts.devices($1, $2)", token, account)

    async def sessions(self, token: str) -> Sequence[Row]:
        """Who is signed in where, of the accounts that who asks may see."""
        return await self._rows("select * from accounts.sessions($1)", token)

    async def passkeys(self, token: str, account: UUID) -> Sequence[Row]:
        """Passkeys of an account."""
        return await self._rows("select * from accounts.passkeys($1, $2)", token, account)

    async def history(self, token: str, account: UUID) -> Sequence[Row]:
        """What was done to an account, newest first."""
        return await self._rows(
            "select sequence, at, actor_name, action, reason, details ->> 'role' as role,"
            " details ->> 'was_role' as was_role from accounts.history($1, $2)",
            token,
            account,
        )

    async def add(self, token: str, name: str, purposed: Purposed) -> UUID:
        """Add an account, which has no code yet."""
        added = await self._value(
            "select accounts.add($1, $2, $3, $4, $5)",
            token, name, purposed.role.value, purposed.sites, purposed.identity,
        )  # fmt: skip
        assert isinstance(added, UUID)
        return added

    async def change(self, token: str, account: UUID, purposed: Purposed, reason: str) -> None:
        """Say what an account is for from now on."""
        await self._value(
            "select accounts.change($1, $2, $3, $4, $5, $6)",
            token, account, purposed.role.value, purposed.sites, purposed.identity, reason,
        )  # fmt: skip

    async def disable(self, token: str, account: UUID, reason: str) -> None:
        """Shut an account out."""
        await self._value("select accounts.shut_out($1, $2, $3)", token, account, reason)

    async def enable(self, token: str, account: UUID, reason: str) -> None:
        """Let a disabled account in again."""
        await self._value("select accounts.let_in($1, $2, $3)", token, account, reason)

    async def make_code(self, token: str, account: UUID, code_sha256: bytes) -> datetime:
        """Hand an account a one-time code; returns until when it is taken."""
        until = await self._value("select accounts.make_code($1, $2, $3)", token, account, code_sha256)
        assert isinstance(until, datetime)
        return until

    async def name_device(self, token: str, device: UUID, name: str) -> None:
        """Call one of one's own devices something."""
        await self._value("select accounts.name_device($1, $2, $3)", token, device, name)

    async def end_device(self, token: str, account: UUID, device: UUID) -> None:
        """Sign one device out."""
        await self._value("select accounts.end_device($1, $2, $3)", token, account, device)

    async def lose_devices(self, token: str, account: UUID) -> int:
        """Sign every device of an account out; returns how many."""
        ended = await self._value("select accounts.lose_devices($1, $2)", token, account)
        assert isinstance(ended, int)
        return ended

    async def add_passkey(self, token: str, ticket: Ticket, new: NewPasskey, name: str, rp_id: str) -> None:
        """Keep a new passkey of who asks."""
        await self._value(
            "select accounts.add_passkey($1, $2, $3, $4, $5, $6, $7, $8)",
            token, ticket.sha256, ticket.until, new.credential, new.public_key, new.counter, name, rp_id,
        )  # fmt: skip

    async def remove_passkey(self, token: str, account: UUID, passkey: UUID) -> None:
        """Take a passkey away."""
        await self._value("select accounts.remove_passkey($1, $2, $3)", token, account, passkey)

    async def _rows(self, query: str, *values: object) -> Sequence[Row]:
        async with self.database.transaction() as connection:
            return await connection.fetch(query, *values)

    async def _value(self, query: str, *values: object) -> object:
        async with self.database.transaction() as connection:
            answer: object = await connection.fetchval(query, *values)
            return answer

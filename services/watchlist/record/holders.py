"""Finds the account of a session's token in the accounts' view."""

from dataclasses import dataclass

from services.watchlist.record.database import Database
from services.watchlist.rules.holder import Holder


@dataclass(frozen=True, slots=True)
class SessionHolders:
    """Reads with role ``wardwatch_import``; the view shows no session that is over and no account that is disabled."""

    database: Database

    async def holder(self, token_sha256: bytes) -> Holder | None:
        """The account behind a token, or None when it is unknown or over. Raises StoreAway."""
        row = await self.database.row(
            "SELECT account_id, name, role, sites,"
            " asks_proof AND coalesce(proven_until, '-infinity') < now() AS lacks_proof"
            " FROM accounts.open_session WHERE token_sha256 = $1",
            token_sha256,
        )
        if row is None:
            return None
        sites = None if row["sites"] is None else tuple(row["sites"])
        return Holder(row["account_id"], row["name"], row["role"], sites, row["lacks_proof"])

"""Whether changes of the list leave the record: they wait there until the watchlist service publishes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.alerts.database import Database, StoreAway
from services.alerts.state.reasons import Reason, Working

# A change is published within a second or two; an import is thousands of them.
_LONG_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Reads it from the record."""

    database: Database

    async def ask(self) -> Sequence[Reason]:
        """A reason once a change has waited for a minute; also while the record does not say."""
        try:
            async with self.database.transaction() as connection:
                waiting = await connection.fetchval("select waiting_seconds from watchlist.unpublished")
        except StoreAway:
            return [Reason("source_unknown", Working.DEGRADED, None, {"source": "list"})]
        return waiting_reasons(waiting)


def waiting_reasons(seconds: float | None) -> list[Reason]:
    """What follows of how long the oldest change has waited; None: none does. Pure."""
    if seconds is None or seconds < _LONG_SECONDS:
        return []
    return [Reason("list_unpublished", Working.DEGRADED, None, {"seconds": int(seconds)})]

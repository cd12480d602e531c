"""How many different people must agree on an alert, as two people set it (docs/adr/0109)."""

from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.subjects import SiteId, site_id
from services.alerts.database import Database


@dataclass(frozen=True, slots=True)
class Reviewing:
    """How many must agree ``everywhere``, one or two, and at which sites it is the other of these numbers."""

    everywhere: int
    otherwise: frozenset[SiteId] = frozenset()


# What a hospital begins with, as ``watchlist.reviewers_of`` has it.
USUAL: Final = Reviewing(2)


@dataclass(frozen=True, slots=True)
class Reviewers:
    """What the record holds of it. An alert has its number from the record itself when it is raised."""

    database: Database

    async def __call__(self) -> Reviewing:
        """What holds now. Raises StoreAway."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "select site, reviewers from watchlist.site_reviewers where reviewers is not null"
            )
        held = {row["site"]: int(row["reviewers"]) for row in rows}
        everywhere = held.pop("", USUAL.everywhere)
        return Reviewing(everywhere, frozenset(site_id(site) for site, number in held.items() if number != everywhere))

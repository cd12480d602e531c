"""The ways out that take no messages, as the record has them."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from proto.wardwatch.v1.delivery import Path
from services.delivery.database import Connection


@dataclass(frozen=True, slots=True)
class Way:
    """A channel by its name, or a push service by its host."""

    path: Path
    name: str


def host_of(url: str) -> str:
    """Host and port of an address; empty for what is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


async def note(connection: Connection, ways: Iterable[tuple[Way, str]]) -> None:
    """These fail, each with why; since when is kept. A channel that is gone fails no more."""
    await connection.executemany(
        """
        insert into delivery.failing as f (path, name, site, since, reason)
        select $1::text, $2::text, a.site, watchlist.present(), $3::text
        from (select 1) as one left join delivery.arrangement a
            on $1::text <> 'push' and a.kind = 'channel' and a.name = $2::text and a.removed_at is null
        where $1::text = 'push' or a.name is not null
        on conflict (path, name) do update set reason = excluded.reason, site = excluded.site
        """,
        [(way.path.value, way.name, reason) for way, reason in ways],
    )


async def over(connection: Connection, ways: Iterable[Way]) -> None:
    """These have taken a message, have answered, or are gone."""
    await connection.executemany(
        "delete from delivery.failing where path = $1 and name = $2", [(way.path.value, way.name) for way in ways]
    )

"""The list as a whole in PostgreSQL, as role ``wardwatch_import``: grounds, pages of entries, histories, groups."""

from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ChangeView, GroupView, Scope
from services.watchlist.record import audit_note, views
from services.watchlist.record.database import Connection, Database
from services.watchlist.record.entry_reader import EntryReader, ListPage, ListQuery
from services.watchlist.rules.entry_rules import Category, Unacceptable
from services.watchlist.rules.holder import Holder


async def categories(connection: Connection) -> list[Category]:
    """The closed list of grounds, inside the caller's transaction."""
    rows = await connection.fetch("SELECT code, title, longest FROM watchlist.category ORDER BY code")
    return [Category(row["code"], row["title"], row["longest"]) for row in rows]


@dataclass(frozen=True, slots=True)
class ListStore:
    """Typed access. All raise Forbidden and StoreAway."""

    database: Database
    reader: EntryReader

    async def categories(self) -> list[Category]:
        """The closed list of grounds."""
        async with self.database.transaction() as connection:
            return await categories(connection)

    async def entries(self, query: ListQuery, reader: Holder) -> ListPage:
        """The entries sought, newest change first."""
        async with self.database.transaction() as connection:
            return await self.reader.page(connection, query, reader)

    async def history(self, entry_id: UUID, reader: Holder) -> list[ChangeView]:
        """Everything that was done to an entry, oldest first; nothing when there is no such entry."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT c.*, e.amends = $1 AS of_amendment FROM watchlist.change AS c"
                " INNER JOIN watchlist.entry AS e ON e.id = c.entry_id WHERE $1 IN (e.id, e.amends)"
                " ORDER BY c.changed_at, c.sequence",
                entry_id,
            )
            if rows:
                await audit_note.note(connection, reader, "entry.history_read", kind="entry", subject=str(entry_id))
        return [views.change_view(row) for row in rows]

    async def groups(self) -> list[GroupView]:
        """Every named set of sites."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch("SELECT * FROM watchlist.site_group ORDER BY name")
        return [views.group_view(row) for row in rows]

    async def group(self, name: str) -> GroupView | None:
        """The set of sites of this name."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("SELECT * FROM watchlist.site_group WHERE name = $1", name)
        return None if row is None else views.group_view(row)

    async def sites(self, scope: Scope) -> tuple[str, ...]:
        """Where *scope* lets an entry match, with its group's sites as they are now. Raises Unacceptable."""
        if scope.group is None:
            return tuple(scope.sites)
        group = await self.group(scope.group)
        if group is None:
            raise Unacceptable(refusals.NO_GROUP.filled(group=scope.group))
        return tuple(group.sites)

    async def set_group(self, name: str, sites: list[str], by: Holder) -> GroupView:
        """Name a set of sites, or change what the name means for entries submitted from now on."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "INSERT INTO watchlist.site_group (name, sites, changed_by_id, changed_by_name) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (name) DO UPDATE SET sites = excluded.sites, changed_by_id = excluded.changed_by_id,"
                " changed_by_name = excluded.changed_by_name, changed_at = now() RETURNING *",
                name,
                sorted(set(sites)),
                by.account_id,
                by.name,
            )
            assert row is not None  # what was written is returned
            return views.group_view(row)

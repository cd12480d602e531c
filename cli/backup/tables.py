"""The tables of the database as a backup has them: which there are, what of them is copied, and which triggers stand.

All of them but dbmate's, and all of each but what must not outlive its minutes: sightings that are no incident, and
faces of incidents that nobody has confirmed (docs/adr/0100).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_TABLES: Final = """
    select n.nspname::text as schema, c.relname::text as name, array(
        select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attnum
    ) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema$)'
        and (n.nspname, c.relname) <> ('public', 'schema_migrations')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by 1, 2
"""
_SEQUENCES: Final = """
    select format('%I.%I', schemaname, sequencename) as name from pg_sequences
    where schemaname !~ '^(pg_|information_schema$)' order by 1
"""
_TRIGGERS: Final = """
    select t.tgname::text as name, n.nspname::text as schema, c.relname::text as relation, t.tgenabled::text as state
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema$)' order by 2, 3, 1
"""
_STATES: Final[Mapping[str, str]] = {"A": "enable always", "D": "disable", "R": "enable replica", "O": "enable"}

_CONFIRMED: Final = "select from alerts.incident i where i.id = t.incident_id and i.outcome = 'confirmed'"
_ROWS: Final[Mapping[str, str]] = {"alerts.sighting": "t.incident_id is not null"}
_VALUES: Final[Mapping[tuple[str, str], str]] = {
    ("alerts.sighting", "picture"): f"case when exists ({_CONFIRMED}) then t.picture end"
}
# The faces that a backup has, whose keys it keeps: a statement for the same transaction.
FACES_KEPT: Final = f"""
    select t.sighting_id from alerts.sighting t
    where t.picture is not null and t.picture_sealed and exists ({_CONFIRMED})
"""  # noqa: S608 - constants of this file


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns, in their order."""

    schema: str
    name: str
    columns: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """With its schema, as sections of a backup are named."""
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """The same as a statement names it."""
        return f"{_quoted(self.schema)}.{_quoted(self.name)}"

    def selection(self) -> str:
        """What a backup copies of it."""
        values = (_VALUES.get((self.full_name, each), f"t.{_quoted(each)}") for each in self.columns)
        where = _ROWS.get(self.full_name, "true")
        return f"select {', '.join(values)} from {self.quoted} t where {where}"  # noqa: S608 - names of the catalogue


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger, and whether it fires, as the statement that says so."""

    name: str
    table: str
    state: str

    def statement(self) -> str:
        """Has it fire, or not, as it did when it was read."""
        return f"alter table {self.table} {_STATES[self.state]} trigger {_quoted(self.name)}"


async def tables(connection: "Connection") -> list[Table]:
    """Every table, in the order of names."""
    rows = await connection.fetch(_TABLES)
    return [Table(row["schema"], row["name"], tuple(row["columns"])) for row in rows]


async def sequences(connection: "Connection") -> list[str]:
    """Every sequence, as a statement names it."""
    return [row["name"] for row in await connection.fetch(_SEQUENCES)]


async def triggers(connection: "Connection") -> list[Trigger]:
    """Every trigger that a migration made."""
    rows = await connection.fetch(_TRIGGERS)
    return [Trigger(r["name"], f"{_quoted(r['schema'])}.{_quoted(r['relation'])}", r["state"]) for r in rows]


async def migrations(connection: "Connection") -> Sequence[str]:
    """The versions that were applied, in their order; none where there is no such table."""
    if not await connection.fetchval("select to_regclass('public.schema_migrations') is not null"):
        return []
    rows = await connection.fetch("select version::text as version from public.schema_migrations order by 1")
    return [row["version"] for row in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

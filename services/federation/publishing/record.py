"""The publisher's part of the record, in PostgreSQL as role ``wardwatch_federation``."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.federation import HospitalHello, HospitalReceipt, KeyRenewal
from proto.wardwatch.v1.statements import DigestLine, statement_digest
from proto.wardwatch.v1.subjects import fed_entry, fed_key
from proto.wardwatch.v1.values import EntryState
from services.federation.database import Connection, Database, Row, StoreAway
from services.federation.publishing.adopting import SaidBefore
from services.federation.publishing.composing import Kept, Made
from services.federation.publishing.core import BEING_GIVEN, EntryFacts, Found, Hospital, ListFacts, Said, Shared
from services.federation.publishing.ports import Note, Unsigned

_MOST_NOTES: Final = 1000
_LISTS: Final = """
SELECT name, title, silent_days, number, head_number, generation, EXISTS (
    SELECT FROM federation.repair AS r WHERE r.list = name AND NOT r.joined AND r.done_at IS NULL
) AS repair_asked
FROM federation.list WHERE $1::text IS NULL OR name = $1 ORDER BY name
"""
_HOSPITALS: Final = """
SELECT list, name, coalesce(signing_key, '') AS signing_key, coalesce(sealing_key, '') AS sealing_key,
    admitted_at IS NOT NULL AND removed_at IS NULL AS admitted, coalesce(former_signing_key, '') AS former_signing_key
FROM federation.hospital
WHERE (answer IS NOT NULL OR former_signing_key IS NOT NULL) AND ($1::text IS NULL OR list = $1) ORDER BY name
"""
# Whatever may differ from what was said; the core decides what of it is due.
_UNSETTLED: Final = """
WITH here AS (SELECT name, generation FROM federation.list WHERE name = $1),
on_list AS (
    SELECT name FROM federation.hospital WHERE list = $1 AND admitted_at IS NOT NULL AND removed_at IS NULL
)
(SELECT s.entry_id FROM federation.shared_entry AS s CROSS JOIN here AS l
LEFT JOIN federation.statement AS t ON (t.list, t.entry_id) = (s.list, s.entry_id)
WHERE s.list = $1 AND (
    (t.entry_id IS NULL AND NOT s.is_withdrawn AND s.state IN ('active', 'suspended'))
    OR (t.entry_id IS NOT NULL AND (t.published_at IS NULL OR t.signed_by <> $2))
    OR (t.state <> 'erased' AND (
        s.is_withdrawn OR s.state <> t.state OR s.revision <> t.revision OR t.generation <> l.generation
        OR s.hospitals <> t.hospitals
        OR EXISTS (
            SELECT FROM on_list AS h LEFT JOIN federation.holding AS k
                ON (k.list, k.hospital, k.entry_id) = (s.list, h.name, s.entry_id)
            WHERE (cardinality(s.hospitals) = 0 OR h.name = ANY (s.hospitals))
                AND k.generation IS DISTINCT FROM l.generation
        )
    ))
    OR EXISTS (
        SELECT FROM federation.holding AS k
        WHERE (k.list, k.entry_id) = (s.list, s.entry_id) AND k.generation <> 0
            AND (t.state = 'erased' OR NOT EXISTS (SELECT FROM on_list AS h WHERE h.name = k.hospital))
    )
)
ORDER BY s.state = 'active', s.entry_id)
UNION ALL
-- What was said of an entry that the record, put back from a backup, does not know.
SELECT t.entry_id FROM federation.statement AS t
WHERE t.list = $1 AND NOT EXISTS (
    SELECT FROM federation.shared_entry AS s WHERE (s.list, s.entry_id) = (t.list, t.entry_id)
) AND (t.state <> 'erased' OR t.published_at IS NULL OR t.signed_by <> $2 OR EXISTS (
    SELECT FROM federation.holding AS k WHERE (k.list, k.entry_id) = (t.list, t.entry_id) AND k.generation <> 0
))
"""
_NOTES: Final = """
SELECT o.entry_id, o.noted_at FROM federation.outbox AS o
LEFT JOIN federation.shared_entry AS s ON (s.list, s.entry_id) = (o.list, o.entry_id)
WHERE o.list = $1 ORDER BY coalesce(s.state = 'active' AND NOT s.is_withdrawn, FALSE), o.noted_at LIMIT $2
"""
_ENTRIES: Final = """
SELECT e.id AS entry_id, s.revision, s.state, s.expires_at, s.min_similarity, s.hospitals, s.is_withdrawn,
    t.number AS said_number, t.revision AS said_revision, t.state AS said_state, t.generation AS said_generation,
    t.published_at IS NOT NULL AS is_published, t.hospitals AS said_for, t.signed_by = $3 AS is_ours
FROM unnest($2::uuid []) AS e (id)
LEFT JOIN federation.shared_entry AS s ON s.list = $1 AND s.entry_id = e.id
LEFT JOIN federation.statement AS t ON t.list = $1 AND t.entry_id = e.id
"""
# Hospitals of an entry come joined by commas: an array has no rows of different lengths.
_ADOPT: Final = """
INSERT INTO federation.statement AS t (
    list, entry_id, number, revision, state, generation, statement, signed_by, hospitals, published_at
)
SELECT
    $1, n.entry_id, n.number, n.revision, n.state::watchlist.entry_state, n.generation, n.statement, n.signed_by,
    string_to_array(n.hospitals, ','), now()
FROM unnest(
    $2::uuid [], $3::bigint [], $4::bigint [], $5::text [], $6::integer [], $7::bytea [], $8::bytea [], $9::text []
) AS n (entry_id, number, revision, state, generation, statement, signed_by, hospitals)
ON CONFLICT (list, entry_id) DO UPDATE SET
    number = excluded.number, revision = excluded.revision, state = excluded.state, generation = excluded.generation,
    statement = excluded.statement, signed_by = excluded.signed_by, hospitals = excluded.hospitals, made_at = now(),
    published_at = now()
WHERE t.number < excluded.number AND (t.state <> 'erased' OR excluded.state = 'erased')
RETURNING t.entry_id
"""


class PublisherRecord:
    """See ``ports.Record``. What is written down is signed by the key to *signer*, 32 bytes. Raises StoreAway."""

    def __init__(self, database: Database, signer: bytes) -> None:
        self._database = database
        self._signer = signer

    async def lists(self) -> list[ListFacts]:
        """Every list that is published here, with its hospitals that have answered."""
        async with self._database.transaction() as connection:
            return await _lists(connection, None)

    async def notes(self, list_: str) -> list[Note]:
        """Entries of which something new is to be said, stops first, then the oldest note."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_NOTES, list_, _MOST_NOTES)
        return [Note(str(row["entry_id"]), row["noted_at"]) for row in rows]

    async def unsettled(self, list_: str) -> list[str]:
        """Every entry that stands otherwise than it was said, stops first."""
        async with self._database.transaction() as connection:
            return [str(row["entry_id"]) for row in await connection.fetch(_UNSETTLED, list_, self._signer)]

    async def entries(self, list_: str, entries: Collection[str]) -> list[EntryFacts]:
        """How *entries* stand, and what was said of them."""
        async with self._database.transaction() as connection:
            return await _entries(connection, list_, entries, self._signer)

    @asynccontextmanager
    async def saying(self, list_: str) -> AsyncIterator["SayingInRecord"]:
        """A transaction in which nobody else gives numbers of the list."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT FROM federation.list WHERE name = $1 FOR UPDATE", list_)
            found = await _lists(connection, list_)
            if not found:
                raise StoreAway(f"there is no list {list_}")
            yield SayingInRecord(connection, found[0], self._signer)

    async def stored(self, list_: str, made: Sequence[Made], head_number: int) -> None:
        """Note what the broker has stored; *head_number* 0: no head was among it."""
        given = [(each, name, each.generation) for each in made for name in each.plan.seal_for]
        taken = [(each, name, 0) for each in made for name in each.plan.empty_for]
        async with self._database.transaction() as connection:
            await connection.executemany(
                "UPDATE federation.statement SET published_at = coalesce(published_at, now())"
                " WHERE list = $1 AND entry_id = $2 AND number = $3",
                [(list_, UUID(m.entry_id), m.kept.number) for m in made if m.kept is not None and m.settled],
            )
            now = [*given, *taken]
            await connection.execute(
                "UPDATE federation.holding AS h SET generation = n.generation, given_at = now()"
                " FROM unnest($2::text [], $3::uuid [], $4::bigint []) AS n (hospital, entry_id, generation)"
                " WHERE (h.list, h.hospital, h.entry_id) = ($1, n.hospital, n.entry_id)",
                list_,
                [name for _, name, _ in now],
                [UUID(each.entry_id) for each, _, _ in now],
                [generation for _, _, generation in now],
            )
            if head_number:
                await connection.execute(
                    "UPDATE federation.list SET head_number = $2 WHERE name = $1", list_, head_number
                )

    async def raise_number(self, list_: str, number: int) -> None:
        """Let the list's numbers go on above *number*."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE federation.list SET number = greatest(number, $2) WHERE name = $1", list_, number
            )

    async def adopt(self, list_: str, said: SaidBefore) -> int:
        """Take over what is later than what was written down; of how many entries. Who has which key goes with it."""
        ids = [UUID(each) for each in said.statements]
        kept = [each for each, _ in said.statements.values()]
        async with self._database.transaction() as connection:
            adopted = await connection.fetch(
                _ADOPT,
                list_,
                ids,
                [each.number for each in kept],
                [each.revision for each in kept],
                [each.state.name.lower() for each in kept],
                [each.generation for each in kept],
                [each.statement for each in kept],
                [public for _, public in said.statements.values()],
                [",".join(sorted(each.hospitals)) for each in kept],
            )
            await connection.execute(
                "INSERT INTO federation.holding (list, hospital, entry_id, generation)"
                " SELECT $1, n.hospital, n.entry_id, n.generation"
                " FROM unnest($2::text [], $3::uuid [], $4::integer []) AS n (hospital, entry_id, generation)"
                " INNER JOIN federation.hospital AS h ON (h.list, h.name) = ($1, n.hospital)"
                " ON CONFLICT (list, hospital, entry_id) DO UPDATE SET generation = excluded.generation",
                list_,
                [hospital for hospital, _ in said.keys],
                [UUID(entry_id) for _, entry_id in said.keys],
                list(said.keys.values()),
            )
        return len(adopted)

    async def begin_anew(self, list_: str) -> None:
        """Everything that was said is to be published again, with every key."""
        async with self._database.transaction() as connection:
            await connection.execute("UPDATE federation.statement SET published_at = NULL WHERE list = $1", list_)
            await connection.execute("UPDATE federation.holding SET generation = 0 WHERE list = $1", list_)

    async def emptied(self, list_: str) -> None:
        """The list's stream is another one, and holds nothing yet."""
        async with self._database.transaction() as connection:
            await connection.execute("UPDATE federation.list SET head_number = 0 WHERE name = $1", list_)

    async def on_stream(self, list_: str) -> tuple[Mapping[str, bytes], Collection[str]]:
        """What the broker should have: digests of statements by their subjects, and the subjects of keys."""
        async with self._database.transaction() as connection:
            said = await connection.fetch("SELECT entry_id, statement FROM federation.statement WHERE list = $1", list_)
            given = await connection.fetch(
                "SELECT hospital, entry_id FROM federation.holding WHERE list = $1 AND generation > 0", list_
            )
        statements = {fed_entry(list_, str(row["entry_id"])): statement_digest(row["statement"]) for row in said}
        return statements, {fed_key(list_, row["hospital"], str(row["entry_id"])) for row in given}

    async def repaired(self, list_: str, found: Found, *, agrees: bool) -> None:
        """Note what a repair that somebody asked for has found, and whether the stream is as it should be now."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE federation.repair SET entries = $2, missing = $3, differing = $4, agrees = $5, done_at = now()"
                " WHERE list = $1 AND NOT joined",
                list_,
                found.entries,
                found.missing,
                found.differing,
                agrees,
            )

    async def hello_numbers(self, list_: str) -> list[int]:
        """The numbers that hospitals said they hold."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch("SELECT number FROM federation.hello WHERE list = $1", list_)
        return [row["number"] for row in rows]

    async def unsigned(self) -> list[Unsigned]:
        """Invitations that two people asked for and that are not signed yet, nor over."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT h.*, l.title AS list_title, l.silent_days FROM federation.hospital AS h"
                " INNER JOIN federation.list AS l ON l.name = h.list"
                " WHERE h.invitation_approved_by_id IS NOT NULL AND h.invitation IS NULL AND h.removed_at IS NULL"
                " AND h.invitation_expires_at > now()"
            )
        return [
            Unsigned(
                row["list"],
                row["name"],
                row["list_title"],
                tuple(row["addresses"]),
                row["authority"],
                row["invitation_expires_at"],
                row["silent_days"],
            )
            for row in rows
        ]

    async def signed(self, list_: str, hospital: str, invitation: bytes) -> None:
        """Keep a signed invitation; the first one stays."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE federation.hospital SET invitation = $3 WHERE list = $1 AND name = $2 AND invitation IS NULL",
                list_,
                hospital,
                invitation,
            )

    async def last_hello_at(self, list_: str, hospital: str) -> datetime | None:
        """The time, by the hospital's clock, of its last hello."""
        async with self._database.transaction() as connection:
            at: datetime | None = await connection.fetchval(
                "SELECT at FROM federation.hello WHERE list = $1 AND hospital = $2", list_, hospital
            )
        return at

    async def note_hello(self, list_: str, hello: HospitalHello) -> None:
        """Keep a hospital's last hello."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO federation.hello AS h (list, hospital, at, number, digest, entries, locked, suspended,"
                " matchers, matchers_current, owed, publisher)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
                " ON CONFLICT (list, hospital) DO UPDATE SET at = excluded.at, received_at = now(),"
                " number = excluded.number, digest = excluded.digest, entries = excluded.entries,"
                " locked = excluded.locked, suspended = excluded.suspended, matchers = excluded.matchers,"
                " matchers_current = excluded.matchers_current, owed = excluded.owed, publisher = excluded.publisher,"
                " number_since = CASE WHEN h.number = excluded.number THEN h.number_since ELSE now() END",
                list_,
                hello.hospital,
                hello.at,
                hello.number,
                hello.digest,
                hello.entries,
                hello.locked,
                hello.suspended,
                hello.matchers,
                hello.matchers_current,
                hello.owed,
                hello.publisher,
            )

    async def note_renewal(self, list_: str, hospital: str, renewal: KeyRenewal, statement: bytes) -> None:
        """Keep the keys that a hospital announces; another announcement takes the place of a former one."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO federation.hospital_renewal AS r (list, hospital, signing_key, sealing_key, statement)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (list, hospital) DO UPDATE SET"
                " signing_key = excluded.signing_key, sealing_key = excluded.sealing_key,"
                " statement = excluded.statement, heard_at = now() WHERE r.statement <> excluded.statement",
                list_,
                hospital,
                renewal.signing_key,
                renewal.sealing_key,
                statement,
            )

    async def receipts(self, list_: str, hospital: str, entry_id: UUID) -> tuple[int, list[bytes]] | None:
        """What a hospital has signed for an entry; None when it never had a key of it.

        What is of the number that comes first, or of one before, is of its time before it was put out.
        """
        async with self._database.transaction() as connection:
            since: int | None = await connection.fetchval(
                "SELECT from_number FROM federation.holding WHERE (list, hospital, entry_id) = ($1, $2, $3)",
                list_,
                hospital,
                entry_id,
            )
            if since is None:
                return None
            rows = await connection.fetch(
                "SELECT receipt FROM federation.receipt WHERE (list, hospital, entry_id) = ($1, $2, $3)",
                list_,
                hospital,
                entry_id,
            )
        return since, [row["receipt"] for row in rows]

    async def note_receipt(self, list_: str, receipt: HospitalReceipt, statement: bytes) -> None:
        """Keep what a hospital has signed; a later one of the same matcher takes its place."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO federation.receipt (list, hospital, entry_id, matcher, receipt)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (list, hospital, entry_id, matcher)"
                " DO UPDATE SET receipt = excluded.receipt, received_at = now()",
                list_,
                receipt.hospital,
                UUID(receipt.entry_id),
                receipt.matcher,
                statement,
            )

    async def closed(self, list_: str) -> set[tuple[str, str]]:
        """Hospital and entry of every erasure that is closed there."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT hospital, entry_id FROM federation.holding WHERE list = $1 AND closed_at IS NOT NULL", list_
            )
        return {(row["hospital"], str(row["entry_id"])) for row in rows}

    async def close(self, list_: str, hospital: str, entry_id: UUID) -> bool:
        """The hospital has closed an erasure; returns whether that is news. What it may have is never closed."""
        async with self._database.transaction() as connection:
            done = await connection.execute(
                "UPDATE federation.holding SET closed_at = now()"
                " WHERE (list, hospital, entry_id) = ($1, $2, $3) AND closed_at IS NULL"
                " AND federation.is_over($1, $2, $3)",
                list_,
                hospital,
                entry_id,
            )
        return done == "UPDATE 1"


class SayingInRecord:
    """See ``ports.Saying``."""

    def __init__(self, connection: Connection, facts: ListFacts, signer: bytes) -> None:
        self.facts = facts
        self._connection = connection
        self._signer = signer

    async def entries(self, entries: Collection[str]) -> list[EntryFacts]:
        """How *entries* stand now."""
        return await _entries(self._connection, self.facts.name, entries, self._signer)

    async def kept(self, entries: Collection[str]) -> Mapping[str, Kept]:
        """What was said of them last, as it is published."""
        rows = await self._connection.fetch(
            "SELECT * FROM federation.statement WHERE list = $1 AND entry_id = ANY ($2::uuid [])",
            self.facts.name,
            [UUID(each) for each in entries],
        )
        return {
            str(row["entry_id"]): Kept(
                row["number"],
                row["revision"],
                _state(row["state"]),
                row["generation"],
                row["statement"],
                frozenset(row["hospitals"]),
            )
            for row in rows
        }

    async def lines(self) -> list[DigestLine]:
        """Of every entry that is not erased."""
        rows = await self._connection.fetch(
            # The database hashes them: they are megabytes, with every head.
            "SELECT entry_id, revision, sha256(statement) AS statement_sha256 FROM federation.statement"
            " WHERE list = $1 AND state <> 'erased'",
            self.facts.name,
        )
        return [DigestLine(str(r["entry_id"]), r["revision"], r["statement_sha256"]) for r in rows]

    async def write(self, made: Sequence[Made], number: int) -> None:
        """Keep what is about to be published."""
        list_ = self.facts.name
        await self._connection.executemany(
            "INSERT INTO federation.statement AS t (list, entry_id, number, revision, state, generation, statement,"
            " hospitals, signed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (list, entry_id) DO UPDATE SET number = excluded.number, revision = excluded.revision,"
            " state = excluded.state, generation = excluded.generation, statement = excluded.statement,"
            " hospitals = excluded.hospitals, signed_by = excluded.signed_by,"
            " made_at = CASE WHEN t.number = excluded.number THEN t.made_at ELSE now() END, published_at = NULL",
            [
                (
                    list_,
                    UUID(each.entry_id),
                    each.kept.number,
                    each.kept.revision,
                    each.kept.state.name.lower(),
                    each.kept.generation,
                    each.kept.statement,
                    sorted(each.kept.hospitals),
                    self._signer,
                )
                for each in made
                if each.kept is not None
            ],
        )
        sealed = [(name, UUID(each.entry_id)) for each in made for name in sorted(each.plan.seal_for)]
        await self._connection.execute(
            "INSERT INTO federation.holding (list, hospital, entry_id, generation)"
            " SELECT $1, n.hospital, n.entry_id, $4 FROM unnest($2::text [], $3::uuid []) AS n (hospital, entry_id)"
            " ON CONFLICT (list, hospital, entry_id) DO UPDATE SET generation = excluded.generation",
            list_,
            [hospital for hospital, _ in sealed],
            [entry_id for _, entry_id in sealed],
            BEING_GIVEN,
        )
        await self._connection.execute("UPDATE federation.list SET number = $2 WHERE name = $1", list_, number)

    async def drop(self, notes: Collection[Note]) -> None:
        """Take *notes* away; an entry that was noted again meanwhile stays noted."""
        await self._connection.executemany(
            "DELETE FROM federation.outbox WHERE list = $1 AND entry_id = $2 AND noted_at = $3",
            [(self.facts.name, UUID(note.entry_id), note.noted_at) for note in notes],
        )


async def _lists(connection: Connection, list_: str | None) -> list[ListFacts]:
    hospitals: dict[str, list[Hospital]] = {}
    for row in await connection.fetch(_HOSPITALS, list_):
        hospital = Hospital(
            row["name"], row["signing_key"], row["sealing_key"], row["admitted"], row["former_signing_key"]
        )
        hospitals.setdefault(row["list"], []).append(hospital)
    return [
        ListFacts(
            row["name"],
            row["title"],
            row["silent_days"],
            row["number"],
            row["head_number"],
            row["generation"],
            tuple(hospitals.get(row["name"], ())),
            row["repair_asked"],
        )
        for row in await connection.fetch(_LISTS, list_)
    ]


async def _entries(connection: Connection, list_: str, entries: Collection[str], signer: bytes) -> list[EntryFacts]:
    ids = [UUID(each) for each in entries]
    held: dict[UUID, dict[str, int]] = {each: {} for each in ids}
    for row in await connection.fetch(
        "SELECT entry_id, hospital, generation FROM federation.holding"
        " WHERE list = $1 AND entry_id = ANY ($2::uuid [])",
        list_,
        ids,
    ):
        held[row["entry_id"]][row["hospital"]] = row["generation"]
    rows = {row["entry_id"]: row for row in await connection.fetch(_ENTRIES, list_, ids, signer)}
    return [EntryFacts(str(each), _shared(rows[each]), _said(rows[each]), held[each]) for each in ids]


def _shared(row: Row) -> Shared | None:
    if row["revision"] is None:
        return None
    return Shared(
        row["revision"],
        _state(row["state"]),
        row["expires_at"],
        row["min_similarity"],
        frozenset(row["hospitals"]),
        row["is_withdrawn"],
    )


def _said(row: Row) -> Said | None:
    if row["said_number"] is None:
        return None
    return Said(
        row["said_number"],
        row["said_revision"],
        _state(row["said_state"]),
        row["said_generation"],
        row["is_published"],
        frozenset(row["said_for"]),
        row["is_ours"],
    )


def _state(text: str) -> EntryState:
    return EntryState[text.upper()]

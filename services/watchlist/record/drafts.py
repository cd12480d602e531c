"""A draft's rows: the entry with its sealed words, and the person's identity number apart from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection
from services.watchlist.rules import identity_numbers
from services.watchlist.rules.holder import Holder

_INSERT: Final = (
    "INSERT INTO watchlist.entry (id, sealed_label, sealed_note, category, basis, evidence, instruction,"
    " scope, site_group, sites, stands_from, expires_at, author_id, author_name, changed_by_id,"
    " changed_by_name, batch_id, external_lookup, photo_source, photo_taken_at, request_digest)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $14, $15, $16, $17, $18, $19)"
    " ON CONFLICT (id) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to begin, with everything the record asks for. ``number`` is normalised."""

    entry_id: UUID
    author: Holder
    label: str = field(repr=False)
    note: str = field(repr=False)
    category: str
    basis: str
    evidence: str
    instruction: str
    scope: str
    group: str | None
    sites: tuple[str, ...]
    begins_at: datetime
    expires_at: datetime
    number: str | None = field(default=None, repr=False)
    external_id: str | None = field(default=None, repr=False)
    import_id: UUID | None = None
    photo_source: str | None = None
    photo_taken_at: datetime | None = None


def request_digest(closing: Seals, entry_id: UUID, request: str) -> bytes:
    """Keyed digest by which the *request* that began an entry is recognised; it differs from entry to entry."""
    return closing.identity.lookup("request", f"{entry_id}/{request}")


async def insert(
    connection: Connection, closing: Seals, draft: Draft, key: DataKey, request: str | None = None
) -> None:
    """Write a draft inside the caller's transaction, sealed under *key*, unless its id is there already.

    *request* is the request's body as JSON, where the same request may be repeated.
    """
    written = await connection.execute(_INSERT, *_values(closing, draft, key, request))
    if written == "INSERT 0 1":
        await number(connection, closing, draft, key)


async def insert_all(connection: Connection, closing: Seals, drafts: Sequence[tuple[Draft, DataKey]]) -> None:
    """Write drafts of new entries without identity numbers, each sealed under its key, in one round trip."""
    assert all(draft.number is None for draft, _ in drafts)
    await connection.executemany(_INSERT, [_values(closing, draft, key, None) for draft, key in drafts])


def _values(closing: Seals, draft: Draft, key: DataKey, request: str | None) -> tuple[object, ...]:
    return (
        draft.entry_id,
        closing.close(key, draft.label.encode(), about=seals.label(draft.entry_id)),
        closing.close(key, draft.note.encode(), about=seals.note(draft.entry_id)) if draft.note else None,
        draft.category,
        draft.basis,
        draft.evidence,
        draft.instruction,
        draft.scope,
        draft.group,
        sorted(set(draft.sites)),
        draft.begins_at,
        draft.expires_at,
        draft.author.account_id,
        draft.author.name,
        draft.import_id,
        None if draft.external_id is None else closing.person(draft.external_id),
        draft.photo_source,
        draft.photo_taken_at,
        None if request is None else request_digest(closing, draft.entry_id, request),
    )


async def number(connection: Connection, closing: Seals, draft: Draft, key: DataKey) -> None:
    """Write the draft's identity number, if it has one, in place of another."""
    if draft.number is None:
        return
    await connection.execute(
        "INSERT INTO identity.number AS n (entry_id, lookup, sealed_number, last_four) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (entry_id) DO UPDATE SET lookup = excluded.lookup, sealed_number = excluded.sealed_number,"
        " last_four = excluded.last_four WHERE n.lookup <> excluded.lookup",
        draft.entry_id,
        closing.identity.lookup("number", draft.number),
        closing.close_number(key, draft.entry_id, draft.number),
        identity_numbers.ending(draft.number),
    )

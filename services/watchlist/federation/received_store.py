"""Received entries in PostgreSQL, as role ``wardwatch_import``: begun, followed and erased as their publisher says.

Whoever changes one locks its list, then the entry, then what is known of it: always in this order.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals, statements
from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.listed import ListedEntry, ListedPerson
from proto.wardwatch.v1.sealing import DataKey
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import Refusal
from services.watchlist.federation.opening import EnrolledFace
from services.watchlist.record import drafts, errors
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.drafts import Draft
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import Change, change, change_all, check_state, locked
from services.watchlist.record.erasure_store import erase_row
from services.watchlist.record.photo_store import NewPhoto, PhotoStore
from services.watchlist.rules import listed_elsewhere
from services.watchlist.rules.holder import Holder
from services.watchlist.rules.listed_elsewhere import Known, Move, Placed, Verdict

# In whose name the program acts by itself.
PROGRAM: Final = Holder(UUID(int=0), "wardwatch", "")
# Why a photo does not match; one that was suspended here for another reason stays so.
PHOTO_SUSPENDED: Final = "suspended by the list's publisher"
_SUSPENDED: Final = "suspended by the list's publisher"
_RESUMED: Final = "resumed by the list's publisher"
_RENEWED: Final = "renewed by the list's publisher"
_REVOKED: Final = "revoked by the list's publisher"
_ERASED: Final = "erased by the list's publisher"
_OVER: Final = "its time was over"
_FOLLOWED: Final = "changed by the list's publisher"

# One row of each entry, also of one that nothing is known of.
_KNOWN: Final = """
SELECT
    asked.entry_id, now() AS now, r.number, r.revision, r.state, r.statement_sha256, e.state AS standing
FROM unnest($2::uuid []) AS asked (entry_id)
LEFT JOIN federation.received AS r ON r.list = $1 AND r.entry_id = asked.entry_id
LEFT JOIN watchlist.entry AS e ON e.id = r.local_id
"""
_SUBSCRIPTIONS: Final = "SELECT * FROM federation.subscription WHERE joined_at IS NOT NULL AND left_at IS NULL"
# A list and what is known of some of its entries in one round trip: a join asks it thousands of times.
_KNOWN_ON_LIST: Final = """
SELECT l.*, now() AS now, r.number, r.revision, r.state, r.statement_sha256, e.state AS standing
FROM unnest($2::uuid []) WITH ORDINALITY AS asked (entry_id, place)
INNER JOIN federation.subscription AS l ON l.list = $1
LEFT JOIN federation.received AS r ON r.list = l.list AND r.entry_id = asked.entry_id
LEFT JOIN watchlist.entry AS e ON e.id = r.local_id
WHERE l.joined_at IS NOT NULL AND l.left_at IS NULL
ORDER BY asked.place
"""
_NOTE: Final = """
INSERT INTO federation.received AS r (
    list, entry_id, local_id, number, revision, state, statement_sha256, expires_at, in_scope, suspended_photos
) VALUES ($1, $2, $3, $4, $5, $6::text::watchlist.entry_state, $7, $8, $9, $10)
ON CONFLICT (list, entry_id) DO UPDATE SET
    local_id = coalesce(excluded.local_id, r.local_id), number = excluded.number, revision = excluded.revision,
    state = excluded.state, statement_sha256 = excluded.statement_sha256, expires_at = excluded.expires_at,
    in_scope = excluded.in_scope, written_at = now(),
    suspended_photos = CASE WHEN $11 THEN excluded.suspended_photos ELSE r.suspended_photos END
"""
_PLACED: Final = """
SELECT
    r.local_id, e.state AS standing, e.expires_at, r.state AS said,
    coalesce(r.expires_at, e.expires_at) AS said_expires_at,
    s.joined_at IS NOT NULL AND s.left_at IS NULL AND s.suspended_at IS NULL AND s.silent_since IS NULL AS runs,
    r.stopped_at IS NOT NULL AS stopped, now() AS now, s.asked_by_id, s.asked_by_name, s.joined_by_id, s.joined_by_name
FROM federation.received AS r
INNER JOIN watchlist.entry AS e ON e.id = r.local_id
INNER JOIN federation.subscription AS s ON s.list = r.list
WHERE r.local_id = ANY($1::uuid [])
"""
_APPROVAL: Final = ", state = 'active', approver_id = $2, approver_name = $3, approved_at = now()"
# Photos as the publisher says: those it suspended, and those that it released again. Ours stay suspended.
_SUSPEND_PHOTOS: Final = """
UPDATE watchlist.photo SET suspended_at = now(), suspended_reason = $3
WHERE entry_id = $1 AND id = ANY($2::uuid []) AND suspended_at IS NULL
"""
_RELEASE_PHOTOS: Final = """
UPDATE watchlist.photo SET suspended_at = NULL, suspended_reason = ''
WHERE entry_id = $1 AND id <> ALL($2::uuid []) AND suspended_at IS NOT NULL AND suspended_reason = $3
"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A list that two people joined: by whose keys it is believed, and how the publisher calls this hospital.

    Its entries are called here by ``named_by``, whatever becomes of the publisher's key.
    """

    list_: str
    hospital: str
    publisher: bytes
    next_publisher: bytes | None
    named_by: bytes
    asked_by: Holder
    joined_by: Holder
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnList:
    """A joined list and what is known of one of its entries, by the database's time ``now``."""

    subscription: Subscription
    known: Known | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that its publisher has signed. ``local_id`` is what the entry is called here."""

    list_: str
    entry: ListedEntry
    statement_sha256: bytes
    local_id: UUID
    in_scope: bool


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """What an entry begins with: its person, the photos that are compared here, and the key it is sealed under."""

    person: ListedPerson = field(repr=False)
    faces: Sequence[EnrolledFace] = field(repr=False)
    key: DataKey = field(repr=False)


class Judge(Protocol):
    """Decides on a statement by what is known, by the database's clock."""

    def __call__(self, known: Known | None, now: datetime) -> Verdict: ...


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """An entry that is about to begin, as ``judge`` has found."""

    said: Said
    judge: Judge
    subscription: Subscription
    begun: Begun


@dataclass(frozen=True, slots=True)
class ReceivedStore:
    """Typed access. All raise Forbidden, StoreAway and Unreadable."""

    database: Database
    reader: EntryReader
    photos: PhotoStore

    async def on_list(self, list_: str, entry_ids: Sequence[UUID]) -> list[OnList | None]:
        """A list that was joined and not left, and what is known of each of *entry_ids*; else None for each."""
        rows = await self.database.rows(_KNOWN_ON_LIST, list_, entry_ids)
        return [OnList(_subscription(row), _known(row), row["now"]) for row in rows] or [None] * len(entry_ids)

    async def subscriptions(self) -> list[Subscription]:
        """All lists that were joined and not left."""
        async with self.database.transaction() as connection:
            return [_subscription(row) for row in await connection.fetch(_SUBSCRIPTIONS)]

    async def follow_key(self, list_: str, publisher: bytes) -> None:
        """Believe the renewed key *publisher* alone: it has signed something, so the former one signs no more."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "UPDATE federation.subscription SET publisher = next_publisher, next_publisher = NULL"
                " WHERE list = $1 AND next_publisher = $2",
                list_,
                publisher,
            )

    async def is_received(self, *entries: UUID) -> bool:
        """Whether any of *entries* is of another hospital's list."""
        row = await self.database.row(
            "SELECT EXISTS (SELECT FROM federation.received WHERE local_id = ANY($1::uuid [])) AS found", entries
        )
        return row is not None and bool(row["found"])

    async def write(
        self,
        said: Said,
        judge: Judge,
        person: ListedPerson | None,
        above: int = 0,
    ) -> Verdict:
        """Judge again, and do it, in one transaction; returns what was done.

        A verdict that needs *person*, where it is not given, is returned and not carried out, and so is one that an
        entry begins. An entry that follows and is looked for is brought above revision *above*: that of a stop the
        record did not know of.
        """
        async with self.database.transaction() as connection:
            joined = await connection.fetchval(
                "SELECT joined_at IS NOT NULL AND left_at IS NULL FROM federation.subscription WHERE list = $1"
                " FOR SHARE",
                said.list_,
            )
            row = await locked(connection, said.local_id)
            if not joined:
                return Verdict.GOES_BACK
            known = await connection.fetchrow(_KNOWN, said.list_, [UUID(said.entry.entry_id)])
            assert known is not None  # of everything there is one
            verdict = judge(_known(known), known["now"])
            match verdict:
                case Verdict.NOTE:
                    await _note(connection, [_noted(said, None, None)])
                case Verdict.FOLLOW if row is not None and (person is not None or not _is_sought(said)):
                    await _note(connection, [_noted(said, said.local_id, _suspended(said, person))])
                    if person is not None:
                        await _take_over(connection, said, person)
                    await settle(connection, said.local_id, PROGRAM)
                    await _pass(connection, said.local_id, above)
                case Verdict.ERASE if row is not None:
                    await _note(connection, [_noted(said, said.local_id, None)])
                    await erase_row(connection, row, PROGRAM, _ERASED)
                case _:
                    pass
            return verdict

    async def begin(self, beginnings: Sequence[Beginning]) -> list[Verdict]:
        """Judge entries of one list again, and begin them, in one transaction; returns what was found.

        A verdict that an entry does not begin is not carried out.
        """
        list_, asked = beginnings[0].said.list_, [UUID(each.said.entry.entry_id) for each in beginnings]
        async with self.database.transaction() as connection:
            # Not shared: a replica that begins the same entries in another order would hold what this one waits for.
            joined = await connection.fetchval(
                "SELECT joined_at IS NOT NULL AND left_at IS NULL FROM federation.subscription WHERE list = $1"
                " FOR NO KEY UPDATE",
                list_,
            )
            if not joined:
                return [Verdict.GOES_BACK] * len(beginnings)
            known = {row["entry_id"]: row for row in await connection.fetch(_KNOWN, list_, asked)}
            rows = [known[entry_id] for entry_id in asked]
            verdicts = [each.judge(_known(row), row["now"]) for each, row in zip(beginnings, rows, strict=True)]
            begin = [each for each, verdict in zip(beginnings, verdicts, strict=True) if verdict is Verdict.BEGIN]
            if begin:
                await self._begin(connection, begin, rows[0]["now"])
            return verdicts

    async def resume(self, local_id: UUID, by: Holder, reason: str) -> EntryView | None:
        """Let a received entry match again that was suspended here. Raises Refusal where its publisher or list does."""
        async with self.database.transaction() as connection:
            list_ = await connection.fetchval("SELECT list FROM federation.received WHERE local_id = $1", local_id)
            await connection.execute("SELECT FROM federation.subscription WHERE list = $1 FOR SHARE", list_)
            row = await locked(connection, local_id)
            if row is None:
                return None

            # The same request twice by one account, as when the first response was lost, takes effect once.
            if (row["state"], row["changed_by_id"], row["reason"]) != ("active", by.account_id, reason):
                check_state(row, "suspended")
                await connection.execute(
                    "UPDATE federation.received SET stopped_at = NULL, stopped_by_id = NULL WHERE local_id = $1",
                    local_id,
                )
                if Move.RESUME not in await settle(connection, local_id, by, reason):
                    raise Refusal(409, refusals.LISTED_ELSEWHERE.filled())
            return await self.reader.view(connection, local_id, by)

    async def _begin(self, connection: Connection, beginnings: Sequence[Beginning], now: datetime) -> None:
        """All of one step before the next: a list is thousands of entries, and each round trip takes its time."""
        suspended = {each.said.local_id: _suspended(each.said, each.begun.person) or [] for each in beginnings}
        keys = {each.said.local_id: each.begun.key for each in beginnings}
        photos = [
            (each.said.local_id, _photo(each.said, position, face), each.begun.key)
            for each in beginnings
            for position, face in enumerate(each.begun.faces)
        ]
        noted = [_noted(each.said, each.said.local_id, suspended[each.said.local_id]) for each in beginnings]
        await _note(connection, noted)
        written = [(_draft(each, now), each.begun.key) for each in beginnings]
        await drafts.insert_all(connection, self.reader.seals, written)
        await self.photos.insert_all(connection, photos)
        await self.photos.faces.compare_all(connection, keys)
        stopped = [(local_id, some, PHOTO_SUSPENDED) for local_id, some in suspended.items() if some]
        if stopped:
            await connection.executemany(_SUSPEND_PHOTOS, stopped)
        also = (
            ", state = 'pending', put_forward_by_id = $2, put_forward_by_name = $3,"
            " min_similarity = greatest(min_similarity, $5)"
        )
        submitted = [
            Change(each.said.local_id, each.subscription.asked_by, values=(each.said.entry.min_similarity,))
            for each in beginnings
        ]
        await change_all(connection, also, submitted)
        await settle_all(connection, list(keys), PROGRAM)


async def settle(connection: Connection, local_id: UUID, by: Holder, reason: str = "") -> tuple[Move, ...]:
    """Bring a received entry to where its publisher says it stands, as far as it may here; returns the steps.

    What stops or resumes is done in the name of *by*, what lists in the names of the two who joined.
    """
    return (await settle_all(connection, [local_id], by, reason)).get(local_id, ())


async def settle_all(
    connection: Connection, local_ids: Sequence[UUID], by: Holder, reason: str = ""
) -> dict[UUID, tuple[Move, ...]]:
    """The same of several entries; returns the steps of each."""
    rows = await connection.fetch(_PLACED, local_ids)
    steps = [listed_elsewhere.moves(_placed(row), row["now"]) for row in rows]
    # The first step of each, then the second: those that do the same go together.
    for turn in zip_longest(*steps):
        changes: defaultdict[str, list[Change]] = defaultdict(list)
        for step, row in zip(turn, rows, strict=True):
            if step is not None:
                also, made = _step(step, row, by, reason)
                changes[also].append(made)
        for also, some in changes.items():
            await change_all(connection, also, some)
    return {row["local_id"]: mine for row, mine in zip(rows, steps, strict=True)}


def _placed(row: Row) -> Placed:
    return Placed(
        row["standing"],
        row["expires_at"],
        errors.state(row["said"]),
        row["said_expires_at"],
        runs=row["runs"],
        stopped=row["stopped"],
    )


def _step(step: Move, row: Row, by: Holder, reason: str) -> tuple[str, Change]:
    """What a step sets, and the change that it is."""
    entry, asked = row["local_id"], Holder(row["asked_by_id"], row["asked_by_name"], "")
    joined = Holder(row["joined_by_id"], row["joined_by_name"], "")
    match step:
        case Move.APPROVE:
            return _APPROVAL, Change(entry, joined)
        case Move.SUSPEND:
            return ", state = 'suspended'", Change(entry, by, reason or _SUSPENDED)
        case Move.RESUME:
            return ", state = 'active'", Change(entry, by, reason or _RESUMED)
        case Move.EXPIRE:
            return ", state = 'expired'", Change(entry, PROGRAM, _OVER)
        case Move.REVOKE:
            return ", state = 'revoked'", Change(entry, PROGRAM, _REVOKED)
        case Move.ASK_RENEWAL:
            also = ", renewal_by_id = $2, renewal_by_name = $3, renewal_expires_at = $5"
            return also, Change(entry, asked, _RENEWED, (row["said_expires_at"],))
        case Move.APPROVE_RENEWAL:
            also = (
                ", stands_from = now(), expires_at = renewal_expires_at,"
                " renewal_by_id = NULL, renewal_by_name = NULL, renewal_expires_at = NULL"
            )
            return _APPROVAL + also, Change(entry, joined)


def _known(row: Row) -> Known | None:
    if row["number"] is None:
        return None
    state = errors.state(row["state"])
    return Known(row["number"], row["revision"], state, row["statement_sha256"], row["standing"])


async def _note(connection: Connection, noted: Sequence[tuple[object, ...]]) -> None:
    """Write down what is believed of entries from now on."""
    await connection.executemany(_NOTE, noted)


def _noted(said: Said, local_id: UUID | None, suspended: Sequence[UUID] | None) -> tuple[object, ...]:
    """The row of an entry; None leaves its suspended photos as they are."""
    entry = said.entry
    return (
        said.list_,
        UUID(entry.entry_id),
        local_id,
        entry.number,
        entry.revision,
        entry.state.name.lower(),
        said.statement_sha256,
        entry.expires_at,
        said.in_scope,
        list(suspended or ()),
        suspended is not None,
    )


async def _take_over(connection: Connection, said: Said, person: ListedPerson) -> None:
    """Photos that are suspended or released there, and a higher threshold; words and faces never change."""
    suspended = _suspended(said, person) or []
    done = [
        await connection.execute(query, said.local_id, suspended, PHOTO_SUSPENDED)
        for query in (_SUSPEND_PHOTOS, _RELEASE_PHOTOS)
    ]
    row = await connection.fetchrow(
        "SELECT state, min_similarity < $2::real AS is_lower FROM watchlist.entry WHERE id = $1",
        said.local_id,
        said.entry.min_similarity,
    )
    if row is not None and (row["is_lower"] or done != ["UPDATE 0", "UPDATE 0"]):
        also = ", min_similarity = greatest(min_similarity, $5)"
        await change(connection, said.local_id, PROGRAM, _FOLLOWED, also, said.entry.min_similarity)


async def _pass(connection: Connection, local_id: UUID, above: int) -> None:
    """Make revisions until the entry's is above *above*, so that what the record says is published again."""
    query = "SELECT revision FROM watchlist.entry WHERE id = $1 AND state = 'active'"
    revision = await connection.fetchval(query, local_id) if above else None
    for _ in range(0 if revision is None else above + 1 - revision):
        await change(connection, local_id, PROGRAM, _FOLLOWED)


def _subscription(row: Row) -> Subscription:
    return Subscription(
        row["list"],
        row["hospital"],
        row["publisher"],
        row["next_publisher"],
        row["named_by"],
        Holder(row["asked_by_id"], row["asked_by_name"], ""),
        Holder(row["joined_by_id"], row["joined_by_name"], ""),
        tuple(row["sites"]),
    )


def _draft(beginning: Beginning, now: datetime) -> Draft:
    said, subscription, person = beginning.said, beginning.subscription, beginning.begun.person
    return Draft(
        entry_id=said.local_id,
        author=subscription.asked_by,
        label=person.label,
        note=person.note,
        category=person.category,
        basis=person.basis,
        evidence=person.evidence,
        instruction=person.instruction,
        scope="sites",
        group=None,
        sites=subscription.sites,
        begins_at=now,
        expires_at=said.entry.expires_at,
    )


def _photo(said: Said, position: int, face: EnrolledFace) -> NewPhoto:
    return NewPhoto(
        photo_id=statements.local_photo_id(said.local_id, str(face.photo.photo_id)),
        position=position,
        name=f"{said.list_} {position + 1}.jpg",
        source=face.photo.source,
        taken_at=face.photo.taken_at,
        file_sha256=face.photo.picture_sha256,
        picture=face.picture,
        quality=face.photo.quality,
        model=face.model,
        vector=face.vector,
    )


def _suspended(said: Said, person: ListedPerson | None) -> list[UUID] | None:
    if person is None:
        return None
    return [statements.local_photo_id(said.local_id, str(p.photo_id)) for p in person.photos if p.suspended]


def _is_sought(said: Said) -> bool:
    return said.in_scope and said.entry.state is EntryState.ACTIVE

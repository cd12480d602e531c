"""Joined lists in PostgreSQL, as role ``wardwatch_import``: asked for, joined, suspended, resumed and left."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals, statements
from proto.wardwatch.v1.federation import ListInvitation
from proto.wardwatch.v1.federation_views import ListAnswer, RepairView, SubscriptionView
from services.chassis.errors import Refusal
from services.watchlist.federation.received_store import PROGRAM, settle
from services.watchlist.record import audit_note, repairs
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.errors import Forbidden, translated
from services.watchlist.record.renewals import accepted, check_renewal, renewal_view
from services.watchlist.record.sharing_views import drawn
from services.watchlist.rules.holder import Holder

log = structlog.get_logger(__name__)

_SILENT: Final = "its publisher was silent for too long"
_HEARD: Final = "its publisher is heard again"

_VIEWS: Final = """
SELECT s.*, s.asked_by_name AS asked_by, s.joined_by_name AS joined_by, s.suspended_by_name AS suspended_by,
    s.left_by_name AS left_by, h.agreed_number AS number, h.agreed_at, h.heard_at, coalesce(h.entries, 0) AS listed,
    coalesce(h.differs, 0) AS differing, h.differs_since, coalesce(h.locked, 0) AS locked,
    coalesce(c.entries, 0) AS entries, coalesce(c.suspended_here, 0) AS suspended_here,
    coalesce(c.unclosed, 0) AS unclosed, coalesce(h.own_key, '') AS own_key,
    n.statement AS renewal_statement, n.heard_at AS renewal_heard_at, n.asked_by_name AS renewal_asked_by,
    n.accepted_by_name AS renewal_accepted_by
FROM federation.subscription AS s
LEFT JOIN federation.publisher_renewal AS n ON n.list = s.list
LEFT JOIN federation.head AS h ON h.list = s.list
LEFT JOIN (
    SELECT r.list,
        count(*) FILTER (WHERE e.state IN ('pending', 'active', 'suspended', 'expired')) AS entries,
        count(*) FILTER (WHERE r.stopped_at IS NOT NULL AND r.state <> 'erased') AS suspended_here,
        count(*) FILTER (
            WHERE (r.state = 'erased' OR (NOT r.in_scope AND r.local_id IS NOT NULL)) AND r.closed_at IS NULL
        ) AS unclosed
    FROM federation.received AS r LEFT JOIN watchlist.entry AS e ON e.id = r.local_id
    GROUP BY r.list
) AS c ON c.list = s.list
WHERE $1::text IS NULL OR s.list = $1
ORDER BY s.list
"""
_ASK: Final = """
INSERT INTO federation.subscription AS s (
    list, title, hospital, publisher, addresses, authority, domain, silent_days, invitation, sites, asked_by_id,
    asked_by_name, named_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $4)
ON CONFLICT (list) DO UPDATE SET
    title = excluded.title, hospital = excluded.hospital, publisher = excluded.publisher, named_by = excluded.named_by,
    addresses = excluded.addresses, authority = excluded.authority, domain = excluded.domain,
    silent_days = excluded.silent_days, invitation = excluded.invitation, sites = excluded.sites,
    asked_by_id = excluded.asked_by_id, asked_by_name = excluded.asked_by_name, asked_at = now()
"""
_ASK_ANEW: Final = """
UPDATE federation.subscription SET
    title = $2, hospital = $3, publisher = $4, addresses = $5, authority = $6, domain = $7, silent_days = $8,
    invitation = $9, sites = $10, asked_by_id = $11, asked_by_name = $12, asked_at = now(), named_by = $13,
    next_publisher = NULL, joined_by_id = NULL, joined_by_name = NULL, joined_at = NULL, answer = NULL,
    suspended_by_id = NULL, suspended_by_name = NULL, suspended_at = NULL, suspended_reason = '', silent_since = NULL,
    left_by_id = NULL, left_by_name = NULL, left_at = NULL, left_reason = ''
WHERE list = $1
"""
# What was received before is asked for once more, but never anything older.
_BEGIN_ANEW: Final = """
UPDATE federation.received SET
    local_id = NULL, state = 'revoked', number = greatest(number - 1, 0), closed_at = NULL, stopped_at = NULL,
    stopped_by_id = NULL, in_scope = true, compared_at = NULL
WHERE list = $1
"""
_LEAVES: Final = """
SELECT EXISTS (
    SELECT FROM federation.received_erasure
    WHERE list = $1 AND local_id IS NOT NULL
        AND (owed > 0 OR key_destroyed_at IS NULL OR stream_purged_at IS NULL)
)
"""
_SUSPEND_ALL: Final = """
UPDATE watchlist.entry AS e SET
    state = 'suspended', revision = e.revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3,
    reason = $4
FROM federation.received AS r WHERE r.list = $1 AND e.id = r.local_id AND e.state = 'active'
"""
# Those who go on as they were. The others, each for a reason of its own, are settled one by one.
_RESUME_MOST: Final = """
UPDATE watchlist.entry AS e SET
    state = 'active', revision = e.revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3,
    reason = $4
FROM federation.received AS r
WHERE r.list = $1 AND e.id = r.local_id AND e.state = 'suspended' AND r.state = 'active' AND r.in_scope
    AND r.stopped_at IS NULL AND e.expires_at > now() AND e.expires_at = r.expires_at
"""
_OTHERS: Final = """
SELECT e.id FROM federation.received AS r INNER JOIN watchlist.entry AS e ON e.id = r.local_id
WHERE r.list = $1 AND r.state = 'active' AND r.in_scope AND r.stopped_at IS NULL
    AND e.state IN ('pending', 'suspended', 'expired')
ORDER BY e.id
"""
_LOCK_ENTRIES: Final = """
SELECT id FROM watchlist.entry WHERE id IN (SELECT local_id FROM federation.received WHERE list = $1)
ORDER BY id FOR UPDATE
"""
_FORGET: Final = """
UPDATE federation.received SET state = 'erased', written_at = now() WHERE list = $1 AND state <> 'erased'
"""
_REVOKE_ALL: Final = """
UPDATE watchlist.entry AS e SET
    state = 'revoked', revision = e.revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3,
    reason = $4
FROM federation.received AS r
WHERE r.list = $1 AND e.id = r.local_id AND e.state IN ('pending', 'active', 'suspended')
"""
_NOTE_ERASURES: Final = """
INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)
SELECT e.id, $2, $3, $4 FROM federation.received AS r INNER JOIN watchlist.entry AS e ON e.id = r.local_id
WHERE r.list = $1 AND e.state <> 'erased'
"""
_ERASE_ALL: Final = """
UPDATE watchlist.entry AS e SET
    state = 'erased', revision = e.revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3,
    reason = $4
FROM federation.received AS r WHERE r.list = $1 AND e.id = r.local_id AND e.state <> 'erased'
RETURNING e.id
"""


@dataclass(frozen=True, slots=True)
class SubscriptionStore:
    """Typed access. All raise StoreAway, Forbidden, and Refusal (404, 409) where the list stands elsewhere."""

    database: Database

    async def views(self) -> list[SubscriptionView]:
        """Every list, by its name."""
        async with self.database.transaction() as connection:
            done = await repairs.last(connection, joined=True)
            return [_view(row, done.get(row["list"])) for row in await connection.fetch(_VIEWS, None)]

    async def ask(
        self, invitation: ListInvitation, signed: bytes, sites: Sequence[str], by: Holder
    ) -> SubscriptionView:
        """Ask to join a list; another invitation of one that was not joined yet takes the former's place."""
        async with self.database.transaction() as connection:
            row = await _locked(connection, invitation.list_)
            if row is not None and row["left_at"] is not None:
                await _ask_anew(connection, invitation, signed, sites, by)
                return await _shown(connection, invitation.list_)
            # The same request twice by one account, as when the first response was lost, takes effect once.
            told = (signed, sorted(set(sites)), by.account_id)
            if row is None or (row["invitation"], row["sites"], row["asked_by_id"]) != told:
                if row is not None and row["joined_at"] is not None:
                    raise Refusal(409, refusals.LIST_JOINED.filled(list=invitation.list_))
                await _write_request(connection, invitation, signed, sites, by)
            return await _shown(connection, invitation.list_)

    async def join(self, list_: str, by: Holder, is_compared: Callable[[bytes], bool]) -> SubscriptionView:
        """Join a list as another account asked, if *by* compared the same invitation."""
        async with self.database.transaction() as connection:
            row = await _existing(connection, list_)
            if not is_compared(row["invitation"]):
                raise Refusal(422, refusals.FINGERPRINT_DIFFERS.filled())
            if row["joined_at"] is None:
                if row["asked_by_id"] == by.account_id:
                    raise Refusal(409, refusals.NOT_YOUR_OWN.filled())
                await connection.execute(
                    "UPDATE federation.subscription SET joined_by_id = $2, joined_by_name = $3, joined_at = now()"
                    " WHERE list = $1",
                    list_,
                    by.account_id,
                    by.name,
                )
            elif row["joined_by_id"] != by.account_id:
                raise Refusal(409, refusals.LIST_JOINED.filled(list=list_))
            return await _shown(connection, list_)

    async def accept_key(self, list_: str, by: Holder, seen: str) -> SubscriptionView:
        """Accept the publisher's next key, whose fingerprint was *seen*; it is believed once two accounts have."""
        async with self.database.transaction() as connection:
            row = await _joined(connection, list_)
            renewal = await connection.fetchrow(
                "SELECT * FROM federation.publisher_renewal WHERE list = $1 FOR UPDATE", list_
            )
            if renewal is None or renewal["publisher"] in (row["publisher"], row["next_publisher"]):
                raise Refusal(409, refusals.NOTHING_WAITS.filled())
            check_renewal(renewal, row["publisher"], statements.PUBLISHER_RENEWAL, by, seen)
            table = "federation.publisher_renewal"
            if await accepted(connection, table, renewal, by, "list = $1", list_):
                await connection.execute(
                    "UPDATE federation.subscription SET next_publisher = $2 WHERE list = $1",
                    list_,
                    renewal["publisher"],
                )
            return await _shown(connection, list_)

    async def answer(self, list_: str) -> ListAnswer:
        """The answer, once the federation service has signed it."""
        async with self.database.transaction() as connection:
            row = await _existing(connection, list_)
        if row["joined_at"] is None:
            raise Refusal(409, refusals.LIST_WAITS.filled(list=list_))
        if row["answer"] is None:
            raise Refusal(409, refusals.ANSWER_NOT_SIGNED.filled())
        return ListAnswer(
            list=list_,
            hospital=row["hospital"],
            answer=b64encode(row["answer"]).decode(),
            fingerprint=statements.fingerprint(row["answer"]),
            qr=drawn(row["answer"]),
        )

    async def repair(self, list_: str, by: Holder) -> SubscriptionView:
        """Ask to make the copy of a list anew."""
        async with self.database.transaction() as connection:
            await _joined(connection, list_)
            await repairs.ask(connection, list_, by, joined=True)
            return await _shown(connection, list_)

    async def suspend(self, list_: str, by: Holder, reason: str) -> SubscriptionView:
        """Let nobody of a list match until it is resumed."""
        async with self.database.transaction() as connection:
            row = await _joined(connection, list_)
            if row["suspended_at"] is None:
                await connection.execute(
                    "UPDATE federation.subscription SET suspended_by_id = $2, suspended_by_name = $3,"
                    " suspended_at = now(), suspended_reason = $4 WHERE list = $1",
                    list_,
                    by.account_id,
                    by.name,
                    reason,
                )
                await connection.execute(_SUSPEND_ALL, list_, by.account_id, by.name, reason)
            return await _shown(connection, list_)

    async def resume(self, list_: str, by: Holder, reason: str) -> SubscriptionView:
        """Let those of a suspended list match again whom its publisher lists, and nobody has suspended here."""
        async with self.database.transaction() as connection:
            row = await _joined(connection, list_)
            if row["suspended_at"] is None:
                raise Refusal(409, refusals.LIST_NOT_SUSPENDED.filled(list=list_))
            await audit_note.acting(connection, by)
            await connection.execute(
                "UPDATE federation.subscription SET suspended_by_id = NULL, suspended_by_name = NULL,"
                " suspended_at = NULL, suspended_reason = $2 WHERE list = $1",
                list_,
                reason,
            )
            if row["silent_since"] is None:
                await _go_on(connection, list_, by, reason)
            return await _shown(connection, list_)

    async def silence(self, list_: str, *, silent: bool) -> None:
        """Suspend a list by the program, because nothing is heard of it, or let it go on because it is heard again."""
        async with self.database.transaction() as connection:
            row = await _locked(connection, list_)
            if row is None or row["joined_at"] is None or row["left_at"] is not None:
                return
            if silent and row["silent_since"] is None:
                await connection.execute(
                    "UPDATE federation.subscription SET silent_since = now() WHERE list = $1", list_
                )
                await connection.execute(_SUSPEND_ALL, list_, PROGRAM.account_id, PROGRAM.name, _SILENT)
            if not silent and row["silent_since"] is not None:
                await connection.execute(
                    "UPDATE federation.subscription SET silent_since = NULL WHERE list = $1", list_
                )
                if row["suspended_at"] is None:
                    await _go_on(connection, list_, PROGRAM, _HEARD)

    async def leave(self, list_: str, by: Holder, reason: str) -> tuple[SubscriptionView, list[UUID]]:
        """Leave a list for good and erase its entries, in one transaction; also which entries were erased now."""
        async with self.database.transaction() as connection:
            row = await _existing(connection, list_)
            erased: list[UUID] = []
            if row["left_at"] is None:
                await connection.fetch(_LOCK_ENTRIES, list_)
                await connection.execute(
                    "UPDATE federation.subscription SET left_by_id = $2, left_by_name = $3, left_at = now(),"
                    " left_reason = $4 WHERE list = $1",
                    list_,
                    by.account_id,
                    by.name,
                    reason,
                )
                await connection.execute(_FORGET, list_)
                for statement in (_REVOKE_ALL, _NOTE_ERASURES):
                    await connection.execute(statement, list_, by.account_id, by.name, reason)
                gone = await connection.fetch(_ERASE_ALL, list_, by.account_id, by.name, reason)
                erased = [each["id"] for each in gone]
            return await _shown(connection, list_), erased


async def _go_on(connection: Connection, list_: str, by: Holder, reason: str) -> None:
    """Let entries match again. One that the record refuses stays as it is: no other waits for it."""
    await connection.execute(_RESUME_MOST, list_, by.account_id, by.name, reason)
    for row in await connection.fetch(_OTHERS, list_):
        try:
            with translated():
                async with connection.transaction():
                    await settle(connection, row["id"], by, reason)
        except Forbidden as error:
            log.warning("entry of a list does not go on", entry_id=str(row["id"]), rule=error.rule)


async def _ask_anew(
    connection: Connection, invitation: ListInvitation, signed: bytes, sites: Sequence[str], by: Holder
) -> None:
    """Ask to join a list that was left. Nobody of its time before comes back: entries have other names from now on."""
    if await connection.fetchval(_LEAVES, invitation.list_):
        raise Refusal(409, refusals.LIST_LEAVES.filled(list=invitation.list_))
    values = _request(invitation, signed, sites, by)
    await connection.execute(_ASK_ANEW, *values, statements.statement_digest(signed))
    await connection.execute(_BEGIN_ANEW, invitation.list_)
    await connection.execute("DELETE FROM federation.head WHERE list = $1", invitation.list_)
    await connection.execute("DELETE FROM federation.publisher_renewal WHERE list = $1", invitation.list_)


async def _write_request(
    connection: Connection, invitation: ListInvitation, signed: bytes, sites: Sequence[str], by: Holder
) -> None:
    await connection.execute(_ASK, *_request(invitation, signed, sites, by))


def _request(invitation: ListInvitation, signed: bytes, sites: Sequence[str], by: Holder) -> tuple[object, ...]:
    return (
        invitation.list_,
        invitation.title,
        invitation.hospital,
        invitation.publisher,
        list(invitation.addresses),
        invitation.authority,
        invitation.domain,
        invitation.silent_days,
        signed,
        sorted(set(sites)),
        by.account_id,
        by.name,
    )


async def _locked(connection: Connection, list_: str) -> Row | None:
    return await connection.fetchrow("SELECT * FROM federation.subscription WHERE list = $1 FOR UPDATE", list_)


async def _existing(connection: Connection, list_: str) -> Row:
    row = await _locked(connection, list_)
    if row is None:
        raise Refusal(404, refusals.NOT_JOINED.filled(list=list_))
    return row


async def _joined(connection: Connection, list_: str) -> Row:
    row = await _existing(connection, list_)
    if row["left_at"] is not None:
        raise Refusal(409, refusals.LIST_LEFT.filled(list=list_))
    if row["joined_at"] is None:
        raise Refusal(409, refusals.LIST_WAITS.filled(list=list_))
    return row


async def _shown(connection: Connection, list_: str) -> SubscriptionView:
    row = await connection.fetchrow(_VIEWS, list_)
    assert row is not None  # it was locked a moment ago, and none is ever deleted
    return _view(row, (await repairs.last(connection, joined=True)).get(list_))


def _view(row: Row, repair: RepairView | None) -> SubscriptionView:
    known = {name: row[name] for name in SubscriptionView.model_fields if name in row}
    return SubscriptionView(
        **known,
        fingerprint=statements.fingerprint(row["invitation"]),
        answered=row["answer"] is not None,
        renewal=renewal_view(row),
        repair=repair,
    )

"""Every open session in memory, kept as the database has it by what the database announces (docs/adr/0073)."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.database import SESSIONS, Connection, Database, Listener, Row, StoreAway
from services.chassis.owed import first_of
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

# Digests of tokens that are nobody's. A token is told only after its session is stored, so that one which was looked up
# and not found is nobody's for ever; as many are remembered as fit into half a megabyte.
_MOST_UNKNOWN: Final = 4096
# Tokens that wait to be looked up together. With more, somebody invents them.
_MOST_WAITING: Final = 256
_RETRY_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 5.0

_COLUMNS: Final = """
    select token_sha256, account_id, name, role, sites, expires_at,
        extract(epoch from expires_at - now())::float8 as lasts_seconds,
        case when asks_proof then coalesce(extract(epoch from proven_until - now())::float8, 0) end as proven_seconds
    from accounts.open_session
"""


@dataclass(frozen=True, slots=True)
class _Session:
    holder: Holder
    ends_at: float  # by the loop's clock, which nobody sets
    proven_until: float | None = None  # by the same; None for an account that cannot prove who it is


@dataclass(slots=True)
class SessionDirectory:
    """Says whose token it is without a query.

    Only a token that is not known here is looked up, since another replica may just have opened its session: all that
    arrive while one query runs share the next one. *database* serves these queries, *own* those that keep the memory.
    """

    database: Database
    own: Database
    on_change: Callable[[], None] = lambda: None  # called after sessions have ended or changed
    live: bool = False  # whether every change is heard of
    _sessions: dict[bytes, _Session] = field(default_factory=dict)
    _of_account: dict[UUID, set[bytes]] = field(default_factory=dict)
    _used: set[bytes] = field(default_factory=set)
    _unknown: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _changed: set[UUID] = field(default_factory=set)
    _all_changed: bool = True
    _listening: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[bytes, asyncio.Future[Holder | None]] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    @property
    def listener(self) -> Listener:
        """What hears of accounts whose sessions changed."""
        return Listener(SESSIONS, self.connected, self.changed, self.disconnected)

    async def check(self) -> str | None:
        """Readiness: None while every change is heard of, else the reason."""
        return None if self.live else "the open sessions are still being read"

    def known(self, digest: bytes) -> Holder | None:
        """The holder of a session that is open, as far as it is known here; asks nobody."""
        session, now = self._sessions.get(digest), _clock()
        if session is None or session.ends_at <= now:
            return None
        self._used.add(digest)
        if session.proven_until is None or session.proven_until > now:
            return session.holder
        return replace(session.holder, lacks_proof=True)

    def used(self) -> list[bytes]:
        """The sessions that asked for something since this was last called."""
        used, self._used = [*self._used], set()
        return used

    async def holder(self, digest: bytes) -> Holder | None:
        """The holder of the token with this SHA-256, else None. Raises StoreAway while changes are not heard of."""
        if not self.live:
            raise StoreAway("database: sessions are not heard of")
        if digest in self._sessions or digest in self._unknown:
            return self.known(digest)
        if digest not in self._waiting:
            if len(self._waiting) >= _MOST_WAITING:
                raise StoreAway("database: too many unknown sessions at once")
            self._waiting[digest] = asyncio.get_running_loop().create_future()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_up())
        return await asyncio.shield(self._waiting[digest])

    async def reread(self, digest: bytes) -> None:
        """Take in how a session stands now. Raises StoreAway."""
        async with self.database.transaction() as connection:
            self._take(await connection.fetch(_COLUMNS + "where token_sha256 = $1", digest))

    def add(self, digest: bytes, holder: Holder, *, lasts_seconds: float, proven_seconds: float | None = None) -> None:
        """Take in an open session; *proven_seconds* are left of its proof where its account can prove who it is."""
        self._unknown.pop(digest, None)
        now = _clock()
        proven_until = None if proven_seconds is None else now + proven_seconds
        self._sessions[digest] = _Session(holder, now + lasts_seconds, proven_until)
        self._of_account.setdefault(holder.account_id, set()).add(digest)

    def opened(self, digest: bytes, holder: Holder, *, lasts_seconds: float) -> None:
        """Take in a session that was just stored. It is read again, for it may have been ended in between."""
        self.add(digest, holder, lasts_seconds=lasts_seconds)
        self._changed.add(holder.account_id)
        self._wake.set()

    def remove(self, digest: bytes) -> None:
        """Forget a session: its token is nobody's from now on."""
        session = self._sessions.pop(digest, None)
        if session is not None:
            mine = self._of_account[session.holder.account_id]
            mine.discard(digest)
            if not mine:
                del self._of_account[session.holder.account_id]
        self._unknown[digest] = None
        if len(self._unknown) > _MOST_UNKNOWN:
            self._unknown.popitem(last=False)

    def connected(self) -> None:
        """Announcements are heard from now on; whatever was announced before may have been missed."""
        self._listening = True
        self.recheck()

    def changed(self, account: str) -> None:
        """The database announced that this account, or one of its sessions, changed."""
        try:
            self._changed.add(UUID(account))
        except ValueError:
            self._all_changed = True  # whoever announced this was not our trigger
        self._wake.set()

    def disconnected(self) -> None:
        """Announcements are not heard any more."""
        self._listening = self.live = False

    def recheck(self) -> None:
        """Compare every session with the database again."""
        self._all_changed = True
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Read what changed after each announcement, until *stop*. A failed read is tried again."""
        while not stop.is_set():
            beat()
            await first_of(self._wake, stop, within_seconds=_BEAT_SECONDS)
            if stop.is_set():
                break
            if not self._wake.is_set():
                continue
            self._wake.clear()
            try:
                await self.refresh()
            except StoreAway:
                self._wake.set()
                await first_of(stop, within_seconds=_RETRY_SECONDS)
        self.disconnected()

    async def refresh(self) -> None:
        """Read every session, or those of the accounts that changed. Raises StoreAway, and nothing is forgotten."""
        every, accounts = self._all_changed, self._changed
        self._all_changed, self._changed = False, set()
        listened = self._listening
        # Not after the reading: a session that is opened meanwhile is not in it.
        before = set(self._sessions) if every else {d for a in accounts for d in self._of_account.get(a, ())}
        try:
            async with self.own.transaction() as connection:
                rows = await _read(connection, None if every else accounts)
        except StoreAway:
            self._all_changed |= every
            self._changed |= accounts
            raise
        for over in before - {row["token_sha256"] for row in rows}:
            self.remove(over)
        self._take(rows)
        # The listener may have gone while this was read.
        self.live = self.live or (every and listened and self._listening)
        self.on_change()

    async def _look_up(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, {}
            try:
                await self._answer(asked)
            except StoreAway as error:
                log.warning("sessions are not looked up", reason=str(error))
            finally:
                for answer in asked.values():
                    if not answer.done():
                        answer.set_exception(StoreAway("database: the session was not looked up"))
                        answer.exception()  # whoever asked may have left

    async def _answer(self, asked: Mapping[bytes, asyncio.Future[Holder | None]]) -> None:
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_COLUMNS + "where token_sha256 = any($1::bytea[])", [*asked])
        self._take(rows)
        for digest, answer in asked.items():
            if digest not in self._sessions:
                self.remove(digest)
            if not answer.done():
                answer.set_result(self.known(digest))

    def _take(self, rows: Iterable[Row]) -> None:
        for row in rows:
            # A session may have been ended here after it was read: what is nobody's stays so.
            if row["token_sha256"] in self._unknown:
                continue
            self.add(
                row["token_sha256"],
                _holder(row),
                lasts_seconds=row["lasts_seconds"],
                proven_seconds=row["proven_seconds"],
            )


async def _read(connection: Connection, accounts: set[UUID] | None) -> Sequence[Row]:
    if accounts is None:
        return await connection.fetch(_COLUMNS)
    return await connection.fetch(_COLUMNS + "where account_id = any($1::uuid[])", [*accounts])


def _holder(row: Row) -> Holder:
    sites = None if row["sites"] is None else frozenset(row["sites"])
    return Holder(row["account_id"], row["name"], Role(row["role"]), row["expires_at"], sites)


def _clock() -> float:
    return asyncio.get_running_loop().time()

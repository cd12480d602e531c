"""`wardwatch keys` as people use it: real broker and database, and what the watchlist service does about keys."""

import asyncio
import getpass
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from access import grants, store
from access.wrapping import WrappingSecrets
from cli import key_backup
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import DataKey
from services.chassis import replica
from services.chassis.telemetry import Meters
from services.watchlist import wiring
from services.watchlist.desk.keys import KeyDesk
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.keys.key_files import read_identity_keys, read_wrapping_keys
from services.watchlist.keys.key_stream import KeyStream, stay_current
from services.watchlist.keys.keyring import KeyGone, Keyring
from services.watchlist.record.database import Database
from services.watchlist.record.key_store import KeyStore
from tests import buses, forked
from tests.fakes import eventually, quiet_repairs
from tests.live.hospital import Hospital

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]


@dataclass(frozen=True)
class Output:
    """A command's exit code and output."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        assert self.code == 0, self.err
        read: dict[str, object] = json.loads(self.out)
        return read


@asynccontextmanager
async def watchlist(hospital: Hospital) -> AsyncIterator[Keyring]:
    """The watchlist service as far as keys go: its keyring follows the stream, its desk answers."""
    stop = asyncio.Event()
    async with (
        buses.connected(hospital.nats, grants.WATCHLIST_RECORD) as bus,
        Database.open(hospital.database.importer, password=None) as database,
    ):
        secrets = partial(read_wrapping_keys, hospital.wrapping_keys_file)
        keyring = Keyring(
            KeyStream(bus, random=os.urandom), secrets, Meters(), random=os.urandom, repairs=quiet_repairs()
        )
        following = asyncio.create_task(stay_current(bus, keyring, stop))
        await keyring.caught_up.wait()
        identity = read_identity_keys(hospital.nats.credentials_dir / store.IDENTITY_KEY)
        clock = wiring.Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic, new_id=uuid4)
        handlers = KeyDesk(keyring, KeyStore(database), identity).handlers()
        dispatcher = wiring.dispatcher(database, handlers, RateLimit(1000, 60), Meters(), clock)
        async with bus.serve(dispatcher.answers(), queue="watchlist"):
            try:
                yield keyring
            finally:
                stop.set()
                await following


async def on_stream(hospital: Hospital) -> list[KeyPublished]:
    """Every message of the keyring, oldest first."""
    bus = await hospital.bus(grants.OPERATOR)
    return [KeyPublished.decode(each.payload) async for each in replica.messages(bus, "KEYRING")]


async def lose_the_keyring(hospital: Hospital) -> None:
    """Delete every message, as when the broker's store was lost."""
    bus = await hospital.bus(grants.WATCHLIST_RECORD)
    for each in [each async for each in replica.messages(bus, "KEYRING")]:
        await bus.delete("KEYRING", each.sequence)


async def command(hospital: Hospital, *words: str) -> Output:
    """Run `wardwatch keys ...`."""
    owner = urlsplit(hospital.database.owner)
    password = hospital.home / "wardwatch_owner.password"
    for url, file in (
        (hospital.database.owner, password),
        (hospital.database.audit, hospital.home / "wardwatch_audit.password"),
    ):
        await asyncio.to_thread(file.write_text, unquote(urlsplit(url).password or ""))
    address = hospital.database.owner.replace(f":{owner.password}@", "@")
    ended = await asyncio.to_thread(
        forked.command,
        "keys",
        *words,
        environment={
            **{name: text for name, text in os.environ.items() if not name.startswith("WARDWATCH_")},
            "WARDWATCH_HOME": str(hospital.home),
            "WARDWATCH_NATS_URL": hospital.nats.url,
            "WARDWATCH_CREDENTIALS_DIR": str(hospital.nats.credentials_dir),
            "WARDWATCH_KEYS_DIR": str(hospital.nats.credentials_dir),
            "WARDWATCH_DATABASE_URL": address,
            "WARDWATCH_DATABASE_PASSWORD_FILE": str(password),
        },
    )
    return Output(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(autouse=True)
async def ana(hospital: Hospital) -> None:
    """An administrator who has signed in on this machine."""
    token = hospital.home / "accounts" / "ana.ruiz.token"
    await asyncio.to_thread(token.parent.mkdir)
    await asyncio.to_thread(token.write_text, await hospital.sign_in("ana.ruiz", "administrator"))


async def test_a_rotation_needs_no_restart_and_leaves_one_wrapping_key(hospital: Hospital) -> None:
    former = read_wrapping_keys(hospital.wrapping_keys_file).current
    async with watchlist(hospital) as keyring, watchlist(hospital) as other:
        keys = {owner: await keyring.make(owner) for owner in (uuid4() for _ in range(20))}

        report = (await command(hospital, "rotate", "--as", "ana.ruiz", "--json")).json()

        current = read_wrapping_keys(hospital.wrapping_keys_file)
        assert report == {"current": current.current, "former": [former], "rewrapped": 20, "resumed": False}
        assert list(current.keys) == [current.current]
        assert {each.key_id for each in await on_stream(hospital)} == {current.current}
        assert len(await on_stream(hospital)) == 20
        late = await other.make(uuid4())
        assert late not in keys.values()
    async with watchlist(hospital) as fresh:
        assert {owner: fresh.key(owner) for owner in keys} == keys
        assert (await command(hospital, "verify", "--as", "ana.ruiz")).code == 0


async def test_without_a_matcher_a_rotation_changes_nothing(hospital: Hospital) -> None:
    before = hospital.wrapping_keys_file.read_text()

    output = await command(hospital, "rotate", "--as", "ana.ruiz")

    assert (output.code, output.out) == (1, "")
    assert "nobody answers desk.watchlist.rewrap_keys" in output.err
    assert hospital.wrapping_keys_file.read_text() == before


async def test_a_restored_keyring_lacks_what_was_destroyed(hospital: Hospital) -> None:
    file = hospital.home / "keys.backup"
    stays, destroyed, erased = uuid4(), uuid4(), uuid4()
    keys: dict[UUID, DataKey] = {}
    async with watchlist(hospital) as keyring:
        for owner in (stays, destroyed, erased):
            keys[owner] = await keyring.make(owner)
        assert (await command(hospital, "backup", str(file), "--json")).json() == {
            "file": str(file),
            "keys": 3,
            "destroyed": 0,
        }
        await keyring.destroy(destroyed)
    await lose_the_keyring(hospital)
    # What is left of the two: a tombstone that outlived, and the record's word.
    async with watchlist(hospital) as keyring:
        await keyring.destroy(destroyed)
    await record_erased(hospital, erased)

    report = (await command(hospital, "restore", str(file), "--json")).json()

    assert report == {"restored": 1, "already_there": 0, "destroyed": 2, "unreadable": 0, "tombstones": 0}
    async with watchlist(hospital) as keyring:
        assert keyring.key(stays) == keys[stays]
        for owner in (destroyed, erased):
            with pytest.raises(KeyGone):
                keyring.key(owner)
    assert (await command(hospital, "restore", str(file), "--json")).json()["already_there"] == 1


async def test_a_backup_during_rewrapping_and_destroying_has_all_live_keys(
    hospital: Hospital,
) -> None:
    bus = await hospital.bus(grants.OPERATOR)
    async with watchlist(hospital) as keyring, watchlist(hospital) as other:
        owners = [uuid4() for _ in range(600)]
        for start in range(0, 600, 50):
            await asyncio.gather(*(keyring.make(owner) for owner in owners[start : start + 50]))
        destroyed, alive = owners[::7], set(owners) - set(owners[::7])
        await eventually(lambda: all(other.knows(owner) for owner in owners))
        secrets = WrappingSecrets.parse(hospital.wrapping_keys_file.read_text()).with_new(os.urandom(32))
        await asyncio.to_thread(store.write_secret, hospital.wrapping_keys_file, secrets.text())

        async def destroy() -> None:
            for owner in destroyed:
                await other.destroy(owner)

        changes = asyncio.gather(keyring.rewrap(), destroy())
        backups = [await key_backup.read(bus, lambda _done, _total: None)]
        while not changes.done():
            backups.append(await key_backup.read(bus, lambda _done, _total: None))
        await changes

        for backup in backups:
            assert alive <= {owner for owner, stored in backup.items() if not stored.message.destroyed}
        left = await on_stream(hospital)
        assert {UUID(message.owner_id) for message in left if message.destroyed} == set(destroyed)
        assert {UUID(message.owner_id): message.key_id for message in left if not message.destroyed} == dict.fromkeys(
            alive, secrets.current
        )
        assert len(left) == len(owners)


async def test_a_backup_is_recorded_with_who_made_it_and_of_how_many_keys(hospital: Hospital) -> None:
    async with watchlist(hospital) as keyring:
        for owner in (uuid4(), gone := uuid4()):
            await keyring.make(owner)
        await keyring.destroy(gone)

    assert (await command(hospital, "backup", str(hospital.home / "keys.backup"))).code == 0

    assert not (hospital.home / "backed-up").exists()  # it is none of the record
    auditor = await asyncpg.connect(hospital.database.audit)
    (event,) = await auditor.fetch("SELECT * FROM audit.event WHERE subject_kind = 'keys'")
    await auditor.close()
    assert (event["action"], event["through"]) == ("keys.backed_up", "wardwatch_audit")
    assert (event["actor_id"], event["actor_name"]) == (None, getpass.getuser())
    assert (event["subject_kind"], json.loads(event["details"])) == ("keys", {"keys": 1, "destroyed": 1})


async def test_a_backup_that_cannot_be_recorded_is_not_made(hospital: Hospital) -> None:
    superuser = await asyncpg.connect(hospital.database.superuser)
    await superuser.execute("UPDATE audit.action SET noted_through = '{}' WHERE code = 'keys.backed_up'")
    await superuser.close()

    output = await command(hospital, "backup", str(hospital.home / "keys.backup"))

    assert (output.code, "cannot be recorded, so it is not made" in output.err) == (1, True)
    assert not (hospital.home / "keys.backup").exists()


async def test_a_backup_s_tombstones_outlive_the_keyring_too(hospital: Hospital) -> None:
    first, second, owner = hospital.home / "first", hospital.home / "second", uuid4()
    async with watchlist(hospital) as keyring:
        await keyring.make(owner)
        await command(hospital, "backup", str(first))
        await keyring.destroy(owner)
        await command(hospital, "backup", str(second))
    await lose_the_keyring(hospital)

    later = (await command(hospital, "restore", str(second), "--json")).json()
    earlier = (await command(hospital, "restore", str(first), "--json")).json()

    assert (later["tombstones"], earlier["restored"], earlier["destroyed"]) == (1, 0, 1)


async def test_a_backup_is_its_owner_s_alone_and_holds_no_bare_key(hospital: Hospital) -> None:
    file, owner = hospital.home / "keys.backup", uuid4()
    async with watchlist(hospital) as keyring:
        key = await keyring.make(owner)

        await command(hospital, "backup", str(file))

    assert file.stat().st_mode & 0o777 == 0o600
    secrets = read_wrapping_keys(hospital.wrapping_keys_file)
    for secret in (key, *secrets.keys.values()):
        assert secret.hex() not in file.read_text()
        assert bytes(secret) not in file.read_bytes()


async def test_a_backup_from_before_a_rotation_brings_nothing_back_and_says_so(hospital: Hospital) -> None:
    file = hospital.home / "keys.backup"
    async with watchlist(hospital) as keyring:
        await keyring.make(uuid4())
        await command(hospital, "backup", str(file))
        await command(hospital, "rotate", "--as", "ana.ruiz")
    await lose_the_keyring(hospital)

    report = (await command(hospital, "restore", str(file), "--json")).json()

    assert (report["restored"], report["unreadable"]) == (0, 1)
    assert await on_stream(hospital) == []


async def test_what_cannot_be_opened_is_exit_code_1_with_the_reason(hospital: Hospital) -> None:
    entry = uuid4()
    await record_entry(hospital, entry)
    async with watchlist(hospital):
        output = await command(hospital, "verify", "--as", "ana.ruiz", "--json")

    assert output.code == 1
    assert json.loads(output.out)["unreadable"] == [str(entry)]
    assert f"1 of 1 cannot be opened ({entry})" in output.err


async def record_entry(hospital: Hospital, entry: UUID) -> None:
    """An entry whose label no key opens."""
    connection = await asyncpg.connect(hospital.database.importer)
    await connection.execute(
        "INSERT INTO watchlist.entry (id, sealed_label, category, basis, evidence, instruction, scope, expires_at,"
        " author_id, author_name, changed_by_id, changed_by_name)"
        " VALUES ($1, $2, 'violence', 'decision', 'file', 'call', 'network', now() + interval '90 days',"
        " $3, 'li.wei', $3, 'li.wei')",
        entry,
        bytes(40),
        UUID(int=1),
    )
    await connection.close()


async def record_erased(hospital: Hospital, entry: UUID) -> None:
    """An entry that the record knows as erased."""
    await record_entry(hospital, entry)
    connection = await asyncpg.connect(hospital.database.importer)
    await connection.execute("UPDATE watchlist.entry SET state = 'erased', revision = 2 WHERE id = $1", entry)
    await connection.close()

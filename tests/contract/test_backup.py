"""Backups over a real PostgreSQL and a real broker: made, brought back into empty ones, and refused anywhere else."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg
import pytest

from access import database as preparation
from access import grants, wrapping
from cli.audit import anchors, verification
from cli.audit.anchors import Broker
from cli.audit.record import AuditRecord
from cli.backup import (
    choosing,
    ending,
    files,
    key_files,
    ledger,
    making,
    restoring,
    schedule,
    snapshot,
    streams,
    tables,
)
from cli.backup.choosing import Chosen
from cli.backup.key_files import Opening
from cli.backup.making import Made, Order, Places
from cli.backup.restore_command import report_lines
from cli.backup.restoring import Admin, Brought
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import crop_owner
from services.alerts.anchor import Anchor
from services.alerts.database import Database
from services.alerts.incidents.crops import CropKeys, parse_secret
from services.chassis import replica
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters
from services.watchlist.keys.key_files import read_wrapping_keys
from services.watchlist.keys.key_stream import KeyStream
from services.watchlist.keys.keyring import Keyring
from tests import buses, servers
from tests.contract import acts, clock
from tests.contract.acts import ANA, LI
from tests.contract.record import Record
from tests.fakes import quiet_repairs

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

pytestmark = pytest.mark.timeout(60)

LISTED = "select id, state::text, revision, sealed_label, sites, expires_at from watchlist.entry order by id"
THRESHOLDS = "select number, min_similarity, approved_by_name, approved_at from watchlist.threshold order by number"
TEMPLATES = "select photo_id, sealed_vector from watchlist.template order by 1"


@dataclass(frozen=True, slots=True)
class Site:
    """One installation: a database, a broker, and the folder of its secrets."""

    database: servers.Database
    nats: servers.Nats
    here: Context

    @classmethod
    def of(cls, database: servers.Database, nats: servers.Nats, home: Path) -> "Site":
        """With the files that commands read."""
        home.mkdir()
        roles = {role: getattr(database, _FIELDS[role]) for role in preparation.ROLES}
        for role, url in roles.items():
            (home / f"{role}.password").write_text(unquote(urlsplit(url).password or ""), encoding="utf-8")
        owner = urlsplit(database.owner)
        values = {
            "nats_url": nats.url,
            "credentials_dir": str(nats.credentials_dir),
            "keys_dir": str(nats.credentials_dir),
            "database_url": database.owner.replace(f":{owner.password}@", "@"),
            "database_password_file": str(home / f"{preparation.OWNER}.password"),
            "backup_maker_file": str(home / "backup.maker.json"),
        }
        return cls(database, nats, Context(home, values))

    @property
    def admin(self) -> Admin:
        """As the superuser is named to `wardwatch restore`."""
        url = urlsplit(self.database.superuser)
        plain = self.database.superuser.replace(f":{url.password}@", "@")
        passwords = {role: self.here.password_of(role) for role in preparation.ROLES}
        return Admin(plain, unquote(url.password or ""), passwords)

    async def rows(self, query: str) -> list[asyncpg.Record]:
        """What a query says, as the superuser."""
        connection = await asyncpg.connect(self.database.superuser)
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    async def run(self, statement: str, *values: object) -> None:
        """A statement as the superuser."""
        connection = await asyncpg.connect(self.database.superuser)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    @asynccontextmanager
    async def keyring(self) -> AsyncIterator[Keyring]:
        """As the watchlist service has it."""
        async with buses.connected(self.nats, grants.WATCHLIST_RECORD) as bus:
            wrapping_keys = partial(read_wrapping_keys, self.nats.credentials_dir / wrapping.WRAPPING_KEYS)
            keyring = Keyring(
                KeyStream(bus, random=os.urandom), wrapping_keys, Meters(), random=os.urandom, repairs=quiet_repairs()
            )
            async for each in replica.messages(bus, "KEYRING"):
                await keyring.apply(each)
            keyring.caught_up.set()
            yield keyring

    async def publish_head(self) -> None:
        """As alerts does."""
        async with (
            Database.open(self.database.alerts, None, connections=1) as database,
            buses.connected(self.nats, "alerts") as bus,
        ):
            await Anchor(database, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())()

    async def faults(self) -> tuple[list[str], int]:
        """What `wardwatch audit verify` finds, and how many published heads it compared."""
        broker = await asyncio.to_thread(Broker.of, self.here)
        published = await anchors.published(broker)
        assert published.unsigned == 0
        async with AuditRecord.open(self.here) as record:
            verdict = await verification.verify(record, published.anchors, lambda _done, _total: None)
        return [f"{fault.where} {fault.what}" for fault in verdict.faults], verdict.compared


_FIELDS = {
    preparation.OWNER: "owner", preparation.MATCHER: "matcher", preparation.IMPORT: "importer",
    preparation.ALERTS: "alerts", preparation.AUDIT: "audit", preparation.DELIVERY: "delivery",
    preparation.FEDERATION: "federation", preparation.BACKUP: "backup",
}  # fmt: skip


@pytest.fixture
def site(database: servers.Database, nats_with_streams: servers.Nats, tmp_path: Path) -> Site:
    """Where backups are made."""
    return Site.of(database, nats_with_streams, tmp_path / "site")


@pytest.fixture
def elsewhere(cluster: servers.Cluster, broker_files: servers.BrokerFiles, tmp_path: Path) -> Iterator[Site]:
    """An empty installation with the same secrets, as after they were put back."""
    clone = cluster.clone()
    with servers.running_nats(broker_files.with_streams) as nats:
        yield Site.of(clone, nats, tmp_path / "elsewhere")
    cluster.drop(clone)


@pytest.fixture
def opening(site: Site, tmp_path: Path) -> Opening:
    """What opens the backups that the site makes."""
    return key_files.make(site.here.backup_maker_file, tmp_path / "private.json").opening()


async def backup(site: Site, folder: Path, *, keep: int = 7) -> Made:
    return await making.make(site.here, Order(Places.below(folder), keep))


async def bring(site: Site, folder: Path, opening: Opening) -> Brought:
    chosen = await asyncio.to_thread(choosing.choose, [folder])
    return await restoring.restore(site.here, chosen, opening, await asyncio.to_thread(lambda: site.admin))


async def write_ledger(site: Site, folder: Path) -> None:
    """As the schedule does when something has ended."""
    async with snapshot.connected(site.here) as connection:
        ended = await ledger.read(connection)
    keys = await asyncio.to_thread(key_files.read_maker, site.here.backup_maker_file)
    await asyncio.to_thread(ledger.write, folder, ended, keys)


async def confirmed_incident(site: Site, entry: UUID, *, outcome: str | None) -> tuple[str, bytes]:
    """An incident with a sealed face; returns its sighting and the face."""
    face = secrets.token_bytes(40)
    alerts = await asyncpg.connect(site.database.alerts)
    try:
        incident = await acts.raise_incident(alerts, entry=entry)
        async with buses.connected(site.nats, "alerts") as bus:
            secret = parse_secret((site.nats.credentials_dir / "crops.key").read_text())
            sealed = await CropKeys(bus, secret).seal(str(incident), face)
        superuser = await asyncpg.connect(site.database.superuser)
        try:
            await superuser.execute(
                "update alerts.sighting set picture = $2, picture_sealed = true where incident_id = $1",
                incident,
                sealed,
            )
        finally:
            await superuser.close()
        if outcome is not None:
            await acts.review(alerts, incident, LI, {"confirmed": "same"}[outcome], outcome)
    finally:
        await alerts.close()
    return str(incident), face


async def test_a_backup_brings_back_list_audit_threshold_and_keys(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        entries = [await record.active(photos=2) for _ in range(3)]
        await acts.approve_threshold(record.connection, await acts.request_threshold(record.connection, 0.61))
        keys = {entry: keyring.key(entry) for entry in entries}
    await site.publish_head()
    made = await backup(site, tmp_path / "to")

    brought = await bring(elsewhere, tmp_path / "to", opening)

    for query in (LISTED, THRESHOLDS, TEMPLATES):
        assert await elsewhere.rows(query) == await site.rows(query)
    assert (brought.rows, brought.keys.restored, brought.heads) == (made.rows, 3, 1)
    assert await elsewhere.faults() == ([], 1)
    async with elsewhere.keyring() as keyring:
        assert {entry: keyring.key(entry) for entry in entries} == keys
    # The restoration itself is the only news in the audit.
    ours = {row["action"] for row in await site.rows("select action from audit.event")}
    theirs = {row["action"] for row in await elsewhere.rows("select action from audit.event")}
    assert theirs - ours == {"backup.restored"}


async def test_what_ended_after_the_backup_stays_ended(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        stays, erased, revoked = [await record.active() for _ in range(3)]
        await clock.answerer(site.database, "li")
        await clock.answerer(site.database, "eva", "supervisor")
        await clock.answerer(site.database, "ana", "administrator")
        await backup(site, tmp_path / "to")
        await record.revoke(erased, revoked)
        await record.erase(erased)
    owner = await asyncpg.connect(site.database.owner)
    await owner.execute("select accounts.sign_out('li')")
    await owner.execute("select accounts.disable('ana', 'left the house', true)")
    await owner.close()
    await write_ledger(site, tmp_path / "to")

    brought = await bring(elsewhere, tmp_path / "to", opening)

    ended = brought.ended
    # Ana's session ended with her account; eva's had not ended.
    assert (ended.erased, ended.suspended, ended.signed_out, ended.disabled, ended.refused) == (1, 1, 2, 1, ())
    states = {row["id"]: row["state"] for row in await elsewhere.rows(LISTED)}
    assert states == {stays: "active", erased: "erased", revoked: "suspended"}
    assert len(await elsewhere.rows(TEMPLATES)) == 2
    async with elsewhere.keyring() as keyring:
        assert keyring.knows(stays)
        assert not keyring.knows(erased)
    living = await elsewhere.rows("select name from accounts.open_session")
    assert [row["name"] for row in living] == ["eva"]
    assert (await elsewhere.faults())[0] == []


async def test_a_key_destroyed_after_the_record_was_copied_erases_the_entry(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        entry = await record.active()
        first = await backup(site, tmp_path / "to")
        await keyring.destroy(entry)
        await backup(site, tmp_path / "later")
    record_file, keys = first.paths[0], next((tmp_path / "later" / "keys").iterdir())

    chosen = Chosen(record_file, keys)
    brought = await restoring.restore(elsewhere.here, chosen, opening, await asyncio.to_thread(lambda: elsewhere.admin))

    assert (brought.ended.erased, brought.keys.restored, brought.keys.tombstones) == (1, 0, 1)
    assert [row["state"] for row in await elsewhere.rows(LISTED)] == ["erased"]


async def test_what_the_record_keeps_is_stopped_and_its_key_stays_away(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        entry = await record.active()
        await backup(site, tmp_path / "to")
        await record.revoke(entry)
        await record.erase(entry)
    await write_ledger(site, tmp_path / "to")
    # As for an entry of another hospital's list.
    await elsewhere.run(
        "create function watchlist.keep() returns trigger language plpgsql as $$ begin"
        " if new.state in ('revoked', 'erased') then raise exception 'kept' using errcode = 'check_violation'; end if;"
        " return new; end $$"
    )
    await elsewhere.run(
        "create trigger keep before update on watchlist.entry for each row execute function watchlist.keep()"
    )

    brought = await bring(elsewhere, tmp_path / "to", opening)

    assert (brought.ended.erased, brought.ended.refused, brought.keys.restored) == (0, (entry,), 0)
    assert [row["state"] for row in await elsewhere.rows(LISTED)] == ["suspended"]
    assert "cannot be opened" in report_lines(brought)[-2]


async def test_only_faces_of_confirmed_alerts_are_in_a_backup(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        entry = await record.active()
    owner = await asyncpg.connect(site.database.owner)
    for person in (LI, ANA):
        await owner.execute(
            "insert into accounts.account (id, name, role) values ($1, $2, 'supervisor')", person.id, person.name
        )
        await owner.execute(
            "insert into accounts.session (token_sha256, account_id, expires_at)"
            " values ($1, $2, now() + interval '1h')",
            sha256(acts.token(person).encode()).digest(),
            person.id,
        )
    await owner.close()
    confirmed, face = await confirmed_incident(site, entry, outcome="confirmed")
    undecided, _ = await confirmed_incident(site, entry, outcome=None)
    await site.run(
        "insert into alerts.sighting select (jsonb_populate_record(s, jsonb_build_object('sighting_id', 'waits',"
        " 'incident_id', null))).* from alerts.sighting s limit 1"
    )
    await backup(site, tmp_path / "to")

    assert (await bring(elsewhere, tmp_path / "to", opening)).crops == 1

    rows = await elsewhere.rows("select sighting_id, picture from alerts.sighting order by 1")
    kept = {row["sighting_id"]: row["picture"] for row in rows}
    assert kept.keys() == {confirmed, undecided}
    assert kept[undecided] is None
    async with buses.connected(elsewhere.nats, "alerts") as bus:
        secret = parse_secret((elsewhere.nats.credentials_dir / "crops.key").read_text())
        assert await CropKeys(bus, secret).open(confirmed, kept[confirmed]) == face
    async with streams.read_as_backup(elsewhere.here) as bus:
        stored = [each async for each in replica.messages(bus, subjects.CROPS_STREAM.name)]
    assert [KeyPublished.decode(each.payload).owner_id for each in stored] == [str(crop_owner(confirmed))]


async def test_nothing_is_brought_back_where_something_is(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        await record.active()
    await backup(site, tmp_path / "to")

    with pytest.raises(StartupError, match="has accounts, entries, alerts or an audit already"):
        await bring(site, tmp_path / "to", opening)
    async with elsewhere.keyring() as keyring:
        await keyring.make(UUID(int=7))
    with pytest.raises(StartupError, match="holds 1 keys that are not in this backup"):
        await bring(elsewhere, tmp_path / "to", opening)
    assert await elsewhere.rows(LISTED) == []
    connection = await asyncpg.connect(elsewhere.database.alerts)
    with pytest.raises(StartupError, match="in use by wardwatch_alerts: stop the services first"):
        await bring(elsewhere, tmp_path / "to", opening)
    await connection.close()


@pytest.mark.long
async def test_a_restoration_that_was_killed_goes_on_when_run_again(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        await record.active()
    await site.publish_head()
    await backup(site, tmp_path / "to")

    async def fail(*_: object) -> ending.Outcome:
        raise asyncpg.PostgresConnectionError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(ending, "end", fail)
        with pytest.raises(StartupError, match="has nothing of it"):
            await bring(elsewhere, tmp_path / "to", opening)
    assert await elsewhere.rows(LISTED) == []

    brought = await bring(elsewhere, tmp_path / "to", opening)

    assert (brought.keys.restored, brought.keys.already_there, brought.heads) == (0, 1, 0)
    assert await elsewhere.rows(LISTED) == await site.rows(LISTED)
    assert (await elsewhere.faults())[0] == []


@pytest.mark.long
async def test_a_backup_of_an_older_version_is_migrated_when_it_is_back(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    newest = max(preparation.MIGRATIONS.glob("*.sql"))
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        await record.active()
    # The version before, but that backups can be noted.
    version = newest.name.partition("_")[0]
    await site.run("delete from public.schema_migrations where version = $1", version)
    await backup(site, tmp_path / "to")

    brought = await bring(elsewhere, tmp_path / "to", opening)

    assert brought.migrated == 1
    assert await elsewhere.rows(LISTED) == await site.rows(LISTED)
    connection = await asyncpg.connect(elsewhere.database.superuser)
    assert version in await tables.migrations(connection)
    await connection.close()


async def test_a_backup_of_a_newer_version_is_refused(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    await site.run("insert into public.schema_migrations values ('29990101000000')")
    await backup(site, tmp_path / "to")

    with pytest.raises(StartupError, match="made by a newer version: it has the migration 29990101000000"):
        await bring(elsewhere, tmp_path / "to", opening)


async def test_keys_older_than_the_record_are_refused(
    site: Site, elsewhere: Site, tmp_path: Path, opening: Opening
) -> None:
    first = await backup(site, tmp_path / "to")
    second = await backup(site, tmp_path / "to")

    with pytest.raises(StartupError, match="these keys are older than this record"):
        await restoring.restore(
            elsewhere.here,
            Chosen(second.paths[0], first.paths[1]),
            opening,
            await asyncio.to_thread(lambda: elsewhere.admin),
        )


async def test_backups_are_let_go_of_but_the_newest_ones(site: Site, tmp_path: Path, opening: Opening) -> None:
    made = [await backup(site, tmp_path / "to", keep=2) for _ in range(3)]

    left = {path.name for path in (tmp_path / "to").iterdir() if path.is_file()}
    assert left == {*(each.paths[0].name for each in made[1:]), "ledger.wwbackup"}
    assert {path.name for path in (tmp_path / "to" / "keys").iterdir()} == {each.paths[1].name for each in made[1:]}
    assert (await asyncio.to_thread(site.here.backup_file.read_text)).startswith("20")
    assert opening.maker


async def test_a_backup_that_cannot_be_recorded_or_opened_is_not_made(site: Site, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="no backup was set up"):
        await backup(site, tmp_path / "to")
    await asyncio.to_thread(key_files.make, site.here.backup_maker_file, tmp_path / "private.json")
    await site.run("update audit.action set noted_through = '{}' where code = 'backup.made'")
    with pytest.raises(StartupError, match="cannot be recorded, so it is not done"):
        await backup(site, tmp_path / "to")

    assert not (tmp_path / "to").exists()
    assert not site.here.backup_file.exists()


async def test_the_words_say_that_the_database_is_away(site: Site, tmp_path: Path, opening: Opening) -> None:
    gone = replace(
        site, here=Context(site.here.home, {**site.here.values, "database_url": "postgresql://o@127.0.0.1:9/w"})
    )

    with pytest.raises(StartupError, match="the database cannot be reached"):
        await backup(gone, tmp_path / "to")
    assert opening.maker


async def test_the_role_of_backups_reads_everything_and_writes_nothing(site: Site) -> None:
    connection = await asyncpg.connect(site.database.backup)
    refused = 0
    every = await tables.tables(connection)
    for table in every:
        assert await connection.fetch(f"select from {table.quoted} limit 1") is not None
        for statement in (f"delete from {table.quoted}", f"truncate {table.quoted}"):  # noqa: S608
            try:
                await connection.execute(statement)
            except asyncpg.InsufficientPrivilegeError:
                refused += 1
    await connection.close()

    assert refused == 2 * len(every) > 80


async def test_one_is_made_when_due_and_the_ledger_when_something_ends(site: Site, tmp_path: Path) -> None:
    said: list[str] = []
    order = Order(Places.below(tmp_path / "to"))
    keeping = schedule.Keeping(lambda: site.here, order, timedelta(hours=24), said.append, tmp_path / "alive")

    await keeping.look()
    await keeping.look()
    assert [text.partition(":")[0] for text in said] == ["the ledger of backups is not written"]  # once
    opening = (await asyncio.to_thread(key_files.make, site.here.backup_maker_file, tmp_path / "key.json")).opening()
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        entry = await record.active()
        await keeping.look()
        await keeping.look()
        assert len(await asyncio.to_thread(files.stored, tmp_path / "to")) == 1
        await record.revoke(entry)
        await record.erase(entry)
    await keeping.look()

    assert len(await asyncio.to_thread(files.stored, tmp_path / "to")) == 1
    assert [text.partition(" ")[0] for text in said[1:]] == ["backup"]
    ended, _ = await asyncio.to_thread(ledger.read_file, tmp_path / "to" / files.LEDGER_FILE, opening)
    assert ended.erased == {entry}
    assert (tmp_path / "alive").exists()

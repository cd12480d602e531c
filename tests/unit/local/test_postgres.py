"""PostgreSQL's launcher and the preparation of the database."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from access import database as preparation
from local import postgres
from services.chassis.errors import StartupError
from tests.servers import Database

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]

FAST = {"fsync": "off", "shared_buffers": "16MB"}


@pytest.fixture
def place() -> Iterator[postgres.Place]:
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
    folder.chmod(0o711)
    yield postgres.Place(folder / "data", folder / "s", folder / "password", folder / "log")
    shutil.rmtree(folder, ignore_errors=True)


async def setting(place: postgres.Place, name: str) -> str:
    password = place.password_file.read_text()
    address = postgres.url(place.socket, role=postgres.SUPERUSER, database="postgres", password=password)
    connection = await asyncpg.connect(address)
    value = await connection.fetchval("select current_setting($1)", name)
    await connection.close()
    return str(value)


def test_server_keeps_to_a_private_socket_and_checks_its_pages(place: postgres.Place) -> None:
    server = postgres.start(place, settings=FAST)

    assert asyncio.run(setting(place, "data_checksums")) == "on"
    assert asyncio.run(setting(place, "listen_addresses")) == ""
    assert asyncio.run(setting(place, "password_encryption")) == "scram-sha-256"
    assert place.data.stat().st_mode & 0o077 == 0
    assert place.socket.stat().st_mode & 0o077 == 0
    assert "trust" not in [
        line.split()[-1] for line in (place.data / "pg_hba.conf").read_text().splitlines() if line[:1].isalpha()
    ]
    server.stop()


def test_server_does_not_run_as_root(place: postgres.Place) -> None:
    server = postgres.start(place, settings=FAST)

    assert Path(f"/proc/{server.process.pid}").stat().st_uid != 0
    server.stop()


def test_wrong_password_is_refused_in_one_sentence(place: postgres.Place) -> None:
    server = postgres.start(place, settings=FAST)
    address = postgres.url(place.socket, role=postgres.SUPERUSER, database="postgres", password="wrong")

    with pytest.raises(StartupError, match="refuses: password authentication failed"):
        asyncio.run(preparation.connect(address))
    server.stop()


def test_server_that_was_killed_recovers_and_keeps_its_data(place: postgres.Place) -> None:
    first = postgres.start(place, settings=FAST)
    first.process.kill()
    first.process.wait()

    second = postgres.start(place, settings=FAST)

    assert asyncio.run(setting(place, "server_version")).startswith("18")
    second.stop()


def test_stale_lock_file_naming_another_process_is_no_obstacle(place: postgres.Place) -> None:
    postgres.start(place, settings=FAST).stop()
    # As after a crash in a container: the number now belongs to somebody else, here to this test.
    stale = f"{os.getpid()}\n{place.data}\n"
    (place.data / "postmaster.pid").write_text(stale)
    (place.socket / ".s.PGSQL.5432.lock").write_text(stale)

    server = postgres.start(place, settings=FAST)

    server.stop()


def test_unfit_data_folder_is_one_sentence(place: postgres.Place) -> None:
    place.data.mkdir(parents=True)
    (place.data / "something").write_text("else")

    with pytest.raises(StartupError, match=r"PostgreSQL's data folder could not be made: .*not empty"):
        postgres.start(place)


def test_long_home_gets_a_short_socket_folder() -> None:
    deep = Path("/tmp", *["very-long-folder-name"] * 8)

    assert len(str(postgres.place_for(deep).socket)) < 90


def test_folder_with_marks_that_mean_something_in_an_address_is_reached(place: postgres.Place) -> None:
    odd = place.data.parent / "a+b & c%20"
    place = replace(place, data=odd / "data", socket=odd / "s")
    server = postgres.start(place, settings=FAST)
    address = postgres.url(
        place.socket, role=postgres.SUPERUSER, database="postgres", password=place.password_file.read_text()
    )
    passwords = dict.fromkeys(preparation.ROLES, "a password")

    assert asyncio.run(preparation.prepare_and_migrate(address, passwords)) > 0
    assert preparation.where(address) == f"{place.socket}/postgres"
    server.stop()


def test_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    address = postgres.url(tmp_path, role="wardwatch_owner", database="wardwatch")

    with pytest.raises(StartupError, match="the database cannot be reached at"):
        asyncio.run(preparation.connect(address))
    with pytest.raises(StartupError, match="migration failed at"):
        preparation.migrate(address)


def test_migrating_again_applies_nothing(database: Database) -> None:
    assert preparation.migrate(database.owner) == 0


def test_broken_migration_says_why(database: Database, tmp_path: Path) -> None:
    (tmp_path / "20990101000000_broken.sql").write_text(
        "-- migrate:up\nselect nothing from nowhere;\n-- migrate:down\n"
    )

    with pytest.raises(StartupError, match=r"migration failed at .*nowhere"):
        preparation.migrate(database.owner, folder=tmp_path)


async def test_services_cannot_change_the_schema(database: Database) -> None:
    for address in (database.matcher, database.alerts):
        connection = await asyncpg.connect(address)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create table public.more ()")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create schema more")
        await connection.close()

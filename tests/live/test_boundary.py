"""S1: a service on the wrong side of the privacy boundary says so in one line and does not start."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nats.js.api import StreamConfig

from access import store
from local import nats_server
from proto.wardwatch.v1.subjects import NEVER_STORED, Account, Author
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from tests import buses, servers
from tests.live.processes import signing_settings

pytestmark = pytest.mark.live


@dataclass(frozen=True, slots=True)
class Careless:
    """Where the careless broker is, and a video credential of it."""

    url: str
    seed_file: Path


async def connect(url: str, seed_file: Path, user: str, account: Account) -> None:
    async with buses.connected_at(url, seed_file, user, account=account):
        return


@pytest.mark.parametrize(
    ("user", "account", "actual"),
    [
        pytest.param("detector", Account.RECORD, "VIDEO", id="a video credential where records are kept"),
        pytest.param("alerts", Account.VIDEO, "RECORD", id="a record credential where passers-by travel"),
        pytest.param("federation", Account.RECORD, "FED", id="a credential of links where records are kept"),
    ],
)
async def test_a_credential_of_the_wrong_account_is_refused(
    nats_with_streams: servers.Nats, user: str, account: Account, actual: str
) -> None:
    with pytest.raises(StartupError, match=f"belongs to account {actual}, but the service works in account {account}"):
        await connect(nats_with_streams.url, nats_with_streams.seed_file(user), user, account)


@pytest.mark.parametrize("subject", NEVER_STORED)
async def test_a_stream_over_what_is_never_stored_stops_the_start(
    nats_with_streams: servers.Nats, subject: str, operator: Bus
) -> None:
    # Whoever holds the operator's credential can widen a stream by mistake.
    await operator.stream.update_stream(StreamConfig(name="POISON", subjects=["poison.>", subject]))

    with pytest.raises(StartupError, match=f"stream POISON overlaps {subject}: passers-by would be stored"):
        await connect(nats_with_streams.url, nats_with_streams.seed_file("alerts"), "alerts", Account.RECORD)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        pytest.param("LIST_city", "frames.>", id="passers-by in a list"),
        pytest.param("SIGHTINGS", "fed.city.head", id="a stream that is no list"),
        pytest.param("LIST_City", "fed.city.head", id="a list of another name"),
    ],
)
async def test_federation_does_not_start_where_anything_else_is_stored(
    nats: servers.Nats, name: str, subject: str
) -> None:
    async with buses.connected(nats, "federation") as bus:
        await bus.stream.add_stream(StreamConfig(name="LIST_fine", subjects=["fed.fine.head"]))
        await bus.stream.add_stream(StreamConfig(name=name, subjects=[subject]))

    with pytest.raises(StartupError, match=r"of account FED stores .*: links to others end there"):
        await connect(nats.url, nats.seed_file("federation"), "federation", Account.FED)


async def test_federation_does_not_start_without_jetstream(nats: servers.Nats) -> None:
    accounts = nats.credentials.accounts_file()
    text = await asyncio.to_thread(accounts.read_text)
    before, _, after = text.partition("  FED {\n    jetstream: enabled\n")
    await asyncio.to_thread(accounts.write_text, f"{before}  FED {{\n{after}")
    await asyncio.to_thread(nats.restart)

    with pytest.raises(StartupError, match="account FED has no JetStream"):
        await connect(nats.url, nats.seed_file("federation"), "federation", Account.FED)


async def test_jetstream_in_the_video_account_stops_the_start(careless_broker: Careless) -> None:
    with pytest.raises(StartupError, match="account VIDEO has JetStream enabled"):
        await connect(careless_broker.url, careless_broker.seed_file, "detector", Account.VIDEO)


async def test_an_unknown_credential_is_refused_in_words(nats: servers.Nats, stranger: store.Credentials) -> None:
    with pytest.raises(StartupError, match="refuses the credential of detector"):
        await connect(nats.url, stranger.seed_file("detector"), "detector", Account.VIDEO)


async def test_a_missing_seed_file_is_named(nats: servers.Nats, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"nowhere\.nk of user detector does not exist"):
        await connect(nats.url, tmp_path / "nowhere.nk", "detector", Account.VIDEO)


# A whole process starts, and waits five seconds for an answer that may not come to it.
@pytest.mark.timeout(60)
def test_the_alerts_client_itself_ends_with_one_clear_line(nats_with_streams: servers.Nats) -> None:
    signing = signing_settings(nats_with_streams, Author.ALERTS)
    environ = {
        **os.environ,
        "WARDWATCH_ALERTS_NATS_URL": nats_with_streams.url,
        "WARDWATCH_ALERTS_RECORD_SEED_FILE": str(nats_with_streams.seed_file("detector")),
        "WARDWATCH_ALERTS_DATABASE_URL": "postgresql://nobody@/nothing?host=/nowhere",
        "WARDWATCH_ALERTS_CROPS_KEY_FILE": str(nats_with_streams.credentials_dir / store.CROPS_KEY),
        **{f"WARDWATCH_ALERTS_{name}": text for name, text in signing.items()},
    }
    ended = subprocess.run(
        [sys.executable, "-m", "services.alerts"], env=environ, capture_output=True, text=True, timeout=45, check=False
    )

    assert ended.returncode == 1
    assert "the broker does not answer alerts: this credential is another user's" in ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.fixture
def stranger(tmp_path: Path) -> store.Credentials:
    """Credentials that no broker here knows."""
    return store.initialise(tmp_path / "strangers")


@pytest.fixture
def careless_broker(tmp_path: Path) -> Iterator[Careless]:
    """A broker whose administrator enabled JetStream where passers-by travel."""
    credentials = store.initialise(tmp_path / "credentials")
    accounts = credentials.accounts_file().read_text()
    credentials.accounts_file().write_text(accounts.replace("  VIDEO {\n", "  VIDEO {\n    jetstream: enabled\n"))
    server = nats_server.start(tmp_path / "nats", credentials)
    try:
        yield Careless(server.url, credentials.seed_file("detector"))
    finally:
        server.stop()


@pytest.fixture
async def operator(nats_with_streams: servers.Nats) -> AsyncIterator[Bus]:
    async with buses.connected(nats_with_streams, "operator") as bus:
        yield bus

"""Federation: lists that are published to other hospitals, and lists that were joined."""

import asyncio
import os
import secrets
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

from proto.wardwatch.v1.subjects import FEDERATION_USER, Account, Author
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.federation_keys import FederationPublic
from services.chassis.loop_lag import watch_loop
from services.chassis.service_beats import tell_alive
from services.chassis.settings import read_keys, read_secret
from services.chassis.signing import read_signatures
from services.chassis.tasks import LongRunning, Running
from services.chassis.telemetry import Meters
from services.federation.broker.hub import Hub
from services.federation.database import Database
from services.federation.door.answers import Answering
from services.federation.door.record import DoorRecord
from services.federation.joined import JoinedLists
from services.federation.keys_file import KeysFile
from services.federation.publishing.duty import Installation, Publishing
from services.federation.settings import Settings

# While the watchlist service hangs, each entry of a round waits for its answer.
_PUBLISHING_SECONDS: Final = 300.0


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Open what is needed, in order, and run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_FEDERATION_")
    logs.configure("federation", settings.log_level)
    meters, running = Meters(), Running()
    keys = KeysFile(settings.keys_file)
    public = read_keys(settings.public_file, FederationPublic.parse, what="the public key of links")
    async with AsyncExitStack() as stack:
        password = read_secret(settings.database_password_file)
        database = await stack.enter_async_context(Database.open(settings.database_url, password, connections=8))
        fed = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user=FEDERATION_USER,
                user_seed_file=settings.seed_file,
                account=Account.FED,
                meters=meters,
            )
        )
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user="federation-record",
                user_seed_file=settings.record_seed_file,
                account=Account.RECORD,
                meters=meters,
                signatures=read_signatures(Author.FEDERATION, settings.signing_key_file, settings.authors_file),
            )
        )
        publishing = Publishing(
            database,
            Hub(fed),
            bus.request,
            Installation(keys.present, public.domain),
            meters,
            now=_now,
            monotonic=time.monotonic,
        )
        record = DoorRecord(database.pool)
        joined = JoinedLists(
            settings.nats_url, settings.joined_folder, record, bus.request, keys.present, meters, _now, time.monotonic
        )
        answering = Answering(record, keys.present, title=settings.title, link_key=joined.link_key(public.link_key))
        ready = {"fed": fed.check, "bus": bus.check, "database": database.check, "tasks": running.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        )
        async with LongRunning(stop, running) as tasks:
            tasks.start("loop-lag", watch_loop(meters, stop))
            tasks.start("alive", tell_alive("federation", secrets.token_hex(8), bus.publish, stop))
            tasks.start("keys", keys.watch(stop))
            tasks.start("publishing", publishing.run(stop), within_seconds=_PUBLISHING_SECONDS)
            tasks.start("answers", answering.run(stop))
            tasks.start("joined", joined.run(stop))
            tasks.start("fed", fed.until(stop))
            tasks.start("bus", bus.until(stop))


if __name__ == "__main__":
    process.run(main, service="federation")

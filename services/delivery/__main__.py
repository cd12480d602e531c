"""Delivery: alerts of the record out to phones, chats and other systems, and on to the next person."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from pydantic import Field, model_validator

from proto.wardwatch.v1.delivery import push_hosts
from proto.wardwatch.v1.subjects import Account, Author
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.delivery_keys import DeliveryKeys
from services.chassis.loop_lag import watch_loop
from services.chassis.owed import pause
from services.chassis.settings import USUAL_TIME_ZONE, ServiceSettings, read_keys, read_secret
from services.chassis.signing import read_signatures
from services.chassis.tasks import LongRunning, Running, beat, periods
from services.delivery.chat import ChatPath
from services.delivery.core import Pace
from services.delivery.database import Database, StoreAway
from services.delivery.delivery_store import DeliveryStore
from services.delivery.handler import Paths, SendDeliveries
from services.delivery.ladder import ClimbLadders
from services.delivery.ladder_store import LadderStore
from services.delivery.messages import Language
from services.delivery.outside import Outside
from services.delivery.paths import NatsPath, NtfyPath, PushPath, WebhookPath
from services.delivery.ways import WatchWays
from services.delivery.ways_store import WaysStore

log = structlog.get_logger(__name__)

# The ladder, the sender, and what a sender notes while it takes more; which ways fail.
_CONNECTIONS: Final = 7
_FORGET_SECONDS: Final = 3600.0
_USUAL: Final = Pace()


class Settings(ServiceSettings):
    """Environment variables ``WARDWATCH_DELIVERY_<NAME>``."""

    record_seed_file: Path
    # What this service signs with, and the public keys of all authors (docs/adr/0071).
    signing_key_file: Path
    authors_file: Path
    keys_file: Path  # VAPID, sealing and receipts: this service's alone
    database_url: str
    database_password_file: Path | None = None
    time_zone: ZoneInfo = USUAL_TIME_ZONE  # the hospital's: hours and days of rules are of it
    language: Language = "zh-CN"  # of what is pushed: the person it goes to is not known to a push service
    page_url: str = ""  # where messages of channels lead; phones know the page they subscribed on
    push_hosts: str = ""  # comma-separated push services, *. for any host below; empty: those of the known browsers
    push_contact: str = ""  # mailto: or https: address that push services may write to; Apple's takes none without
    ntfy_after_seconds: float = Field(_USUAL.ntfy.total_seconds(), ge=0, le=600)
    chat_after_seconds: float = Field(_USUAL.chat.total_seconds(), ge=0, le=600)
    next_guard_after_seconds: float = Field(_USUAL.next_guard.total_seconds(), ge=5, le=600)
    supervisor_after_seconds: float = Field(_USUAL.supervisor.total_seconds(), ge=5, le=1800)
    everybody_after_seconds: float = Field(_USUAL.everybody.total_seconds(), ge=5, le=3600)
    give_up_minutes: float = Field(_USUAL.give_up.total_seconds() / 60, ge=5, le=240)
    request_seconds: float = Field(10, ge=1, le=60)  # for one message, answer included
    lease_seconds: float = Field(40, ge=10, le=600)  # then what was taken and not noted is sent again
    ca_file: Path | None = None  # authorities of the hospital's own servers, trusted beside the system's
    concurrency: int = Field(16, ge=1, le=128)

    @model_validator(mode="after")
    def _leases_outlast_requests(self) -> Self:
        if self.lease_seconds < 2 * self.request_seconds:
            raise ValueError("a lease must last at least twice as long as a request")
        return self

    @model_validator(mode="after")
    def _page_is_an_address(self) -> Self:
        if self.page_url and urlsplit(self.page_url).scheme not in ("https", "http"):
            raise ValueError("page_url begins with https://")
        return self


async def main(stop: asyncio.Event) -> None:
    """Open what is needed, in order, and run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_DELIVERY_")
    logs.configure("delivery", settings.log_level)
    meters, running = telemetry.Meters(), Running()
    keys = read_keys(settings.keys_file, DeliveryKeys.parse, what="the keys of deliveries")
    async with AsyncExitStack() as stack:
        password = read_secret(settings.database_password_file)
        database = await stack.enter_async_context(
            Database.open(settings.database_url, password, connections=_CONNECTIONS)
        )
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user="delivery",
                user_seed_file=settings.record_seed_file,
                account=Account.RECORD,
                meters=meters,
                signatures=read_signatures(Author.DELIVERY, settings.signing_key_file, settings.authors_file),
            )
        )
        outside = await stack.enter_async_context(
            Outside.opened(within_seconds=settings.request_seconds, authorities=settings.ca_file)
        )
        chat = stack.enter_context(ChatPath.opened(within_seconds=1.5 * settings.request_seconds))
        hosts = push_hosts(settings.push_hosts)
        paths = Paths(
            push=PushPath(outside.post, keys, hosts, settings.push_contact, _now_seconds),
            ntfy=NtfyPath(outside.post),
            chat=chat,
            webhook=WebhookPath(outside.post, _now_seconds),
            nats=NatsPath(bus.publish_owed),
        )
        deliveries = DeliveryStore(database, keys, timedelta(seconds=settings.lease_seconds))
        send = SendDeliveries(
            deliveries, paths, meters, settings.page_url.rstrip("/"), settings.language, settings.concurrency
        )
        ways = WatchWays(WaysStore(database, keys, hosts), outside.ask, time.monotonic)
        climb = ClimbLadders(LadderStore(database, settings.time_zone), _pace(settings), meters)
        ready = {"bus": bus.check, "database": database.check, "tasks": running.check, "ladders": climb.check}
        await stack.enter_async_context(
            telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        )
        async with LongRunning(stop, running) as tasks:
            tasks.start("loop-lag", watch_loop(meters, stop))
            tasks.start("ladders", climb.run(stop))
            tasks.start("sender", send.run(stop))
            tasks.start("ways", ways.run(stop))
            tasks.start("forgetting", forgetting(deliveries, stop), within_seconds=periods(_FORGET_SECONDS))
            tasks.start("bus", bus.until(stop))


async def forgetting(deliveries: DeliveryStore, stop: asyncio.Event) -> None:
    """Delete what was told long ago, now and then until *stop*."""
    while not stop.is_set():
        beat()
        try:
            await deliveries.forget()
        except StoreAway as error:
            log.warning("old deliveries stay for now", reason=str(error))
        await pause(stop, _FORGET_SECONDS)


def _pace(settings: Settings) -> Pace:
    return Pace(
        ntfy=timedelta(seconds=settings.ntfy_after_seconds),
        chat=timedelta(seconds=settings.chat_after_seconds),
        next_guard=timedelta(seconds=settings.next_guard_after_seconds),
        supervisor=timedelta(seconds=settings.supervisor_after_seconds),
        everybody=timedelta(seconds=settings.everybody_after_seconds),
        give_up=timedelta(minutes=settings.give_up_minutes),
    )


def _now_seconds() -> int:
    return int(time.time())


if __name__ == "__main__":
    process.run(main, service="delivery")

"""Alerts: sightings in, incidents and notifications out."""

import asyncio
import os
import secrets
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.delivery import push_hosts
from proto.wardwatch.v1.messages import MatchingControl, PersonSighted
from proto.wardwatch.v1.subjects import Account, Author, SiteId
from services.alerts.accounts import oidc as oidc_client
from services.alerts.accounts.directory import SessionDirectory
from services.alerts.accounts.oidc import Oidc
from services.alerts.accounts.register import AccountRegister
from services.alerts.accounts.store import Sessions
from services.alerts.accounts.tickets import Tickets
from services.alerts.anchor import Anchor
from services.alerts.camera_states import CameraStates
from services.alerts.control import Controls, RecordControl, SetMatching
from services.alerts.control_watch import ControlWatch, RecordedControls
from services.alerts.database import Database, StoreAway
from services.alerts.database_probe import DatabaseProbe
from services.alerts.delivery.store import DeliveryStore
from services.alerts.desk import Desk
from services.alerts.edge import authority, pages, plain, server
from services.alerts.edge.account_api import AccountApi
from services.alerts.edge.admission import Admission
from services.alerts.edge.api import Api
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.compared import ComparedPairs
from services.alerts.edge.connections import Connections
from services.alerts.edge.delivery import DeliveryApi
from services.alerts.edge.file_limit import connections_within_limit
from services.alerts.edge.first_steps import FirstSteps, Premises
from services.alerts.edge.hub import Hub, PostgresEventLog
from services.alerts.edge.incident_views import IncidentViews
from services.alerts.edge.line import LineApi
from services.alerts.edge.pairs import PairApi
from services.alerts.edge.photos import PhotoReader
from services.alerts.edge.places import PlaceApi
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.senders import Senders, trusted_networks
from services.alerts.edge.sign_in import SignInPace
from services.alerts.edge.state import StateEdge
from services.alerts.edge.stream import EventStream
from services.alerts.edge.stream_slots import StreamSlots
from services.alerts.edge.watchlist import UploadSlots, Watchlist
from services.alerts.edge.ways_api import WaysApi
from services.alerts.first_hour.record import FirstHourRecord
from services.alerts.handler import RecordSighting
from services.alerts.incidents.cards import DeskCards
from services.alerts.incidents.judgements import Judgements
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import Retention, Sweep, end_alerts
from services.alerts.incidents.store import Incidents
from services.alerts.line.line import Line
from services.alerts.line.tellings import Tellings
from services.alerts.pairs.store import Pairs
from services.alerts.places import Places
from services.alerts.repairs import RecentRepairs, RepairStore
from services.alerts.state.wiring import Files, alert_state
from services.chassis import logs, owed, process, replica, telemetry
from services.chassis.bus import Bus
from services.chassis.clocks import ClockGuard, broker_time
from services.chassis.delivery_keys import DeliveryPublic
from services.chassis.disk_watch import DiskWatch, parse_disks
from services.chassis.errors import StartupError
from services.chassis.loop_lag import watch_loop
from services.chassis.repairs import Repairs
from services.chassis.service_beats import tell_alive
from services.chassis.settings import USUAL_TIME_ZONE, ServiceSettings, read_keys, read_secret
from services.chassis.signing import read_signatures
from services.chassis.store_probe import StoreProbe
from services.chassis.tasks import LongRunning, Running, beat, periods

log = structlog.get_logger(__name__)

# How often entries are looked at that have ended: a guard must not go for somebody who is no longer listed.
END_SECONDS: Final = 1.0
# Connections beside those that record sightings: events, sessions, endings, sweep, controls, probe, the audit's head.
_OTHER_WORK: Final = 7
_USUAL: Final = EvidencePolicy()


class Settings(ServiceSettings):
    """Environment variables ``WARDWATCH_ALERTS_<NAME>``."""

    record_seed_file: Path
    # What this service signs with, and by whose keys it believes what it reads (docs/adr/0071).
    signing_key_file: Path
    authors_file: Path
    database_url: str
    database_password_file: Path | None = None
    database_connections: int = Field(12, ge=4, le=100)  # for requests; alerts have theirs besides
    web_host: str = "127.0.0.1"  # where the page and the API answer; several by comma
    web_port: int = Field(0, ge=0, le=65535)  # 0 takes a free port and logs it
    connections: int = Field(4096, ge=128, le=65536)  # open at one time, as far as the limit of files allows
    connections_of_sender: int = Field(256, ge=16, le=65536)  # of these from one address (IPv6: /64)
    trusted_proxies: str = ""  # comma-separated addresses and networks whose X-Forwarded-For is believed
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    command: str = "wardwatch"  # how the command line is called, for people to paste
    plain_port: int = Field(0, ge=0, le=65535)  # with TLS: where phones get the authority without it; 0: nowhere
    sites: str = ""  # comma-separated: sites whose stop button shows before anything happened there
    strong_similarity: float = Field(_USUAL.strong, gt=0, le=1)  # one walk of this cosine is enough
    corroborating_similarity: float = Field(_USUAL.corroborating, gt=0, le=1)  # else two different walks of this one
    evidence_seconds: float = Field(_USUAL.evidence.total_seconds(), gt=0)  # within this time
    window_seconds: float = Field(_USUAL.window.total_seconds(), gt=0)  # an open incident takes other walks
    reviewers: int = Field(2, ge=1, le=2)  # different people who must agree
    single_reviewer_sites: str = ""  # comma-separated: sites with one reviewer
    pending_minutes: float = Field(15, ge=1)  # then a sighting that raised nothing is deleted
    undecided_hours: float = Field(72, ge=1)  # then an incident ends unresolved and its pictures are deleted
    session_hours: float = Field(12, gt=0, le=24)  # a shift
    sweep_seconds: float = Field(60, gt=0)
    anchor_seconds: float = Field(10, gt=0, le=3600)  # how often the audit's head is published, when it has changed
    time_zone: ZoneInfo = USUAL_TIME_ZONE  # the hospital's: the page shows days and times of it
    page_url: str = ""  # the page's own address, as people type it; passkeys are bound to its name
    oidc_issuer: str = ""  # the hospital's own sign-in (OpenID Connect); without it there is none
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None  # none for a public client
    oidc_claim: str = "sub"  # which claim says whose account it is
    oidc_label: str = Field("OpenID Connect", min_length=1, max_length=40)  # what the button says
    oidc_ca_file: Path | None = None  # the authority of the issuer's certificate, where the system has it not
    beat_seconds: float = Field(3, gt=0)  # how often an open page gets a sign of life
    concurrency: int = Field(4, ge=1, le=64)  # sightings recorded at a time
    delivery_public_file: Path | None = None  # public keys of the delivery service; without it nothing is pushed
    push_hosts: str = ""  # push services that phones may subscribe with, as the delivery service has them
    certificate_file: Path | None = None  # another one whose end is looked at beside that of tls_certificate
    backup_file: Path | None = None  # written anew after each backup; none: no backup is looked for
    backup_hours: float = Field(48, gt=0)  # then a backup is old
    disks: str = ""  # comma-separated NAME=PATH: a folder on each disk that must not fill up, or a report of its room


def now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Open what is needed, in order, and run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_ALERTS_")
    logs.configure("alerts", settings.log_level)
    meters, running, controls = telemetry.Meters(), Running(), Controls()
    policy = evidence_policy(settings)
    senders, most_connections = _senders(settings), connections_within_limit(settings.connections)
    tls = await server.tls_context(settings.tls_certificate, settings.tls_key)
    oidc, page_host = _oidc_client(settings), urlsplit(settings.page_url).netloc
    async with AsyncExitStack() as stack:
        # Alerts have connections of their own: whoever keeps those of requests busy delays none.
        database, of_requests = [
            await stack.enter_async_context(
                Database.open(settings.database_url, read_secret(settings.database_password_file), connections=count)
            )
            for count in (settings.concurrency + _OTHER_WORK, settings.database_connections)
        ]
        bus = await stack.enter_async_context(
            Bus.connect(
                settings.nats_url,
                user="alerts",
                user_seed_file=settings.record_seed_file,
                account=Account.RECORD,
                meters=meters,
                signatures=read_signatures(Author.ALERTS, settings.signing_key_file, settings.authors_file),
            )
        )
        hub, repair_store = Hub(PostgresEventLog(database)), RepairStore(database)
        repairs, recent = Repairs(repair_store.write, meters), RecentRepairs(repair_store)
        directory = SessionDirectory(of_requests, database, hub.wake)
        sessions = Sessions(of_requests, directory, timedelta(hours=settings.session_hours))
        query_timeout = QueryTimeout()
        authorisation, desk = Authorisation(sessions, query_timeout), Desk(bus.request_watched, bus.check)
        set_matching = SetMatching(bus.publish_owed, bus.ask_all, controls, now)
        photos, judgements = await stack.enter_async_context(PhotoReader()), Judgements(meters)
        incidents, pairs = Incidents(of_requests, policy, judgements.offer), Pairs(of_requests)
        api = Api(
            authorisation=authorisation,
            sessions=sessions,
            query_timeout=query_timeout,
            incidents=incidents,
            incident_views=IncidentViews(DeskCards(desk)),
            controls=controls,
            set_site_matching=set_matching,
            sites=_sites(settings.sites),
            sign_in_pace=SignInPace(now),
            senders=senders,
            new_token=lambda: secrets.token_urlsafe(32),
            now=now,
            compared=ComparedPairs(pairs, incidents),
            time_zone=settings.time_zone,
        )
        beat = timedelta(seconds=settings.beat_seconds)
        probe = StoreProbe(bus)
        database_probe = DatabaseProbe(database)
        disks = DiskWatch(parse_disks(settings.disks), meters)
        # The disks first: their words say what the others only suffer from.
        receiving = telemetry.all_of(disks.check, bus.check, probe.check, database_probe.check)
        ask_broker = partial(broker_time, bus, subjects.CONTROL_STREAM.name)
        clock = ClockGuard(database.clock, database.believe_clock, ask_broker, meters)
        own_checks = {
            "bus": bus.check,
            "stores": probe.check,
            "database": database.check,
            "database_writes": database_probe.check,
            "events": hub.check,
            "control": controls.check,
            "sessions": directory.check,
            "tasks": running.check,
            "clock": clock.check,
        }
        own = secrets.token_hex(8)
        state = alert_state(
            own, database, controls, disks, own_checks, _sites(settings.sites), _files(settings), meters
        )
        state.keeper.changed = hub.wake
        await stack.enter_async_context(state.heard(bus))
        slots = StreamSlots(most=most_connections // 2)
        cameras = CameraStates(meters, time.monotonic, state.hearing.camera)
        # Each replica hears all of them: each has pages of its own.
        await stack.enter_async_context(bus.listen(subjects.CAMERAS.pattern, queue="", offer=cameras.offer))
        tellings = Tellings(meters, time.monotonic, hub.wake)
        line = Line(meters, now, tellings.proven)
        await stack.enter_async_context(bus.listen(subjects.DRILLS.pattern, queue="", offer=line.offer))
        stream = EventStream(
            authorisation,
            hub,
            controls,
            receiving,
            meters,
            now,
            beat,
            disks.short,
            slots,
            recent,
            cameras,
            state.keeper,
            lambda: tellings.newest,
        )
        state_edge = StateEdge(authorisation, state)
        hour = FirstSteps(
            authorisation,
            FirstHourRecord(of_requests),
            state.sending,
            state.matching,
            slots,
            Premises(_sites(settings.sites), settings.command, tls is not None or bool(settings.trusted_proxies)),
        )
        upload_slots = UploadSlots()
        watchlist = Watchlist(authorisation, desk, photos.read, upload_slots)
        places = PlaceApi(authorisation, Places(of_requests), photos.read, upload_slots)
        made = await asyncio.to_thread(authority.files_of, settings.tls_certificate)
        page = await asyncio.to_thread(pages.load, more=made)
        connections = Connections(senders, meters, most_connections, settings.connections_of_sender)
        admission = Admission(authorisation.recognised, senders, connections.vouch)
        register = AccountRegister(of_requests)
        ways = WaysApi(
            authorisation=authorisation,
            sessions=sessions,
            register=register,
            tickets=Tickets.of(bytes.fromhex(read_secret(settings.signing_key_file) or "")),
            pace=api.sign_in_pace,
            senders=senders,
            new_token=api.new_token,
            random=secrets.token_bytes,
            now=now,
            time_zone=settings.time_zone.key,
            oidc=await stack.enter_async_context(Oidc.open(oidc, settings.oidc_ca_file)) if oidc is not None else None,
            oidc_label=settings.oidc_label,
            page_host=page_host,
        )
        delivery = DeliveryApi(
            authorisation,
            DeliveryStore(of_requests, settings.time_zone),
            api.incidents,
            _delivery_keys(settings.delivery_public_file),
            push_hosts(settings.push_hosts),
            uuid4,
        )
        supervised = LineApi(authorisation, line, tellings, now)
        served = (
            api,
            watchlist,
            stream,
            places,
            delivery,
            state_edge,
            supervised,
            hour,
            ways,
            PairApi(authorisation, pairs, photos.read, upload_slots, uuid4, secrets.SystemRandom().random),
            AccountApi(authorisation, register),
        )
        app = server.application(served, page, admission, meters, secure=tls is not None)
        ledger = PostgresLedger(
            database,
            settings.reviewers,
            _sites(settings.single_reviewer_sites),
            stop,
            is_clock_believed=clock.is_believed,
        )
        record = RecordSighting(ledger, policy, meters)
        sweep = Sweep(
            database,
            Retention(timedelta(minutes=settings.pending_minutes), timedelta(hours=settings.undecided_hours)),
            clock.may_destroy,
        )
        await stack.enter_async_context(
            telemetry.serve(
                settings.http_host,
                settings.http_port,
                ready={**own_checks, "disks": disks.check},
                warn={"disks": disks.warnings},
                meters=meters,
                pages={"/state": state_edge.page},
            )
        )
        port = await stack.enter_async_context(
            server.serve(app, connections, settings.web_host, settings.web_port, tls=tls)
        )
        if tls is not None and settings.plain_port:
            aside = plain.application(made, admission.middleware(), page_port=port)
            await stack.enter_async_context(
                server.serve(aside, connections, settings.web_host, settings.plain_port, tls=None)
            )
        async with LongRunning(stop, running) as tasks:
            tasks.start("loop-lag", watch_loop(meters, stop))
            tasks.start("hub", hub.run(stop))
            tasks.start("repairs", recent.run(stop))
            tasks.start("tellings", tellings.run(stop))
            tasks.start("state", state.keeper.run(stop))
            tasks.start("cameras", state.remembered.run(stop))
            tasks.start("alive", tell_alive("alerts", own, bus.publish, stop))
            tasks.start("stops", set_matching.run(stop))
            tasks.start("judgements", judgements.run(bus.publish, stop))
            tasks.start("store-probe", probe.run(stop))
            tasks.start("disks", disks.run(stop))
            tasks.start("database-probe", database_probe.run(stop))
            tasks.start("sessions", directory.run(stop))
            tasks.start("listener", database.listen([hub.listener, directory.listener], stop=stop))
            tasks.start(
                "sweep",
                sweeping(sweep, sessions, every_seconds=settings.sweep_seconds, stop=stop),
                within_seconds=periods(settings.sweep_seconds),
            )
            tasks.start("ending", ending(database, clock, stop=stop))
            tasks.start(
                "anchor",
                Anchor(database, bus.publish_owed, bus.last_of, repairs, meters).run(
                    every_seconds=settings.anchor_seconds, stop=stop
                ),
                within_seconds=periods(settings.anchor_seconds),
            )
            watch = ControlWatch(controls, RecordedControls(database), bus, repairs, set_matching.unstored.__contains__)
            tasks.start("control-watch", watch.run(stop))
            tasks.start(
                "control",
                replica.follow(
                    bus, subjects.CONTROL_STREAM.name, controls.apply, caught_up=controls.caught_up, stop=stop
                ),
            )
            tasks.start(
                "control-record",
                owed.consume(
                    bus,
                    subjects.CONTROL_STREAM.name,
                    "alerts-audit",
                    MatchingControl.decode,
                    RecordControl(database, now),
                    concurrency=1,
                    stop=stop,
                ),
            )
            tasks.start(
                "sightings",
                owed.consume(
                    bus,
                    subjects.SIGHTINGS_STREAM.name,
                    "alerts",
                    PersonSighted.decode,
                    record,
                    concurrency=settings.concurrency,
                    stop=stop,
                ),
            )
            tasks.start("bus", bus.until(stop))


async def sweeping(sweep: Sweep, sessions: Sessions, *, every_seconds: float, stop: asyncio.Event) -> None:
    """Delete what must not be kept and compare the sessions in memory, again and again until *stop*."""
    while not stop.is_set():
        beat()
        try:
            deleted = await sweep()
            await sessions.note_use()
            sessions.directory.recheck()
        except StoreAway as error:
            log.warning("sweep is late", reason=str(error))
        else:
            log.debug("sweep is done", rows=deleted)
        await owed.pause(stop, every_seconds)


async def ending(database: Database, clock: ClockGuard, *, stop: asyncio.Event) -> None:
    """End the alerts of entries that have ended, again and again until *stop*."""
    while not stop.is_set():
        beat()
        try:
            ended = await end_alerts(database, clock.may_destroy)
        except StoreAway as error:
            log.warning("alerts of ended entries stay open", reason=str(error))
        else:
            if ended:
                log.info("alerts are ended with their entries", rows=ended)
        await owed.pause(stop, END_SECONDS)


def _delivery_keys(path: Path | None) -> DeliveryPublic | None:
    return None if path is None else read_keys(path, DeliveryPublic.parse, what="the public keys of deliveries")


def evidence_policy(settings: Settings) -> EvidencePolicy:
    """The rule that raises incidents. Raises StartupError for figures that contradict each other."""
    if settings.evidence_seconds >= settings.pending_minutes * 60:
        raise StartupError(
            f"EVIDENCE_SECONDS ({settings.evidence_seconds:g}) must be less than PENDING_MINUTES"
            f" ({settings.pending_minutes:g} minutes): a sighting would be deleted before another one could join it"
        )
    try:
        return EvidencePolicy(
            strong=settings.strong_similarity,
            corroborating=settings.corroborating_similarity,
            evidence=timedelta(seconds=settings.evidence_seconds),
            window=timedelta(seconds=settings.window_seconds),
        )
    except ValueError as error:
        raise StartupError(str(error)) from error


def _oidc_client(settings: Settings) -> oidc_client.Client | None:
    if not settings.oidc_issuer:
        return None
    try:
        return oidc_client.Client(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.page_url,
            settings.oidc_claim,
            read_secret(settings.oidc_client_secret_file),
        )
    except ValueError as error:
        raise StartupError(f"the hospital's sign-in cannot be used: {error}") from error


def _files(settings: Settings) -> Files:
    certificates = dict.fromkeys(path for path in (settings.tls_certificate, settings.certificate_file) if path)
    return Files(tuple(certificates), settings.backup_file, settings.backup_hours)


def _senders(settings: Settings) -> Senders:
    try:
        return Senders(trusted_networks(settings.trusted_proxies))
    except ValueError as error:
        raise StartupError(f"WARDWATCH_ALERTS_TRUSTED_PROXIES: {error}") from error


def _sites(text: str) -> frozenset[SiteId]:
    try:
        return frozenset(subjects.site_id(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise StartupError(str(error)) from error


if __name__ == "__main__":
    process.run(main, service="alerts")

"""What people reach: the operations, the page, and the ports they are served on."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from services.alerts.accounts.oidc import Oidc
from services.alerts.accounts.register import AccountRegister
from services.alerts.accounts.tickets import Tickets
from services.alerts.audit.reading import AuditReading
from services.alerts.control import SetMatching
from services.alerts.delivery.store import DeliveryStore
from services.alerts.desk import Desk
from services.alerts.edge import authority, pages, plain, server
from services.alerts.edge.account_api import AccountApi
from services.alerts.edge.admission import Admission
from services.alerts.edge.api import Api
from services.alerts.edge.audit import AuditApi
from services.alerts.edge.compared import ComparedPairs
from services.alerts.edge.connections import Connections
from services.alerts.edge.delivery import DeliveryApi
from services.alerts.edge.first_steps import FirstSteps, Premises
from services.alerts.edge.incident_views import IncidentViews
from services.alerts.edge.line import LineApi
from services.alerts.edge.notice import Notice
from services.alerts.edge.notice_pages import NoticePages
from services.alerts.edge.pairs import PairApi
from services.alerts.edge.photos import PhotoReader
from services.alerts.edge.places import PlaceApi
from services.alerts.edge.proof import ProofApi
from services.alerts.edge.reports import ReportApi
from services.alerts.edge.running import RunningApi
from services.alerts.edge.search import SearchApi
from services.alerts.edge.sign_in import SignInPace
from services.alerts.edge.state import StateEdge
from services.alerts.edge.stream import EventStream
from services.alerts.edge.watchlist import UploadSlots, Watchlist
from services.alerts.edge.ways_api import WaysApi
from services.alerts.first_hour.record import FirstHourRecord
from services.alerts.incidents.cards import DeskCards
from services.alerts.incidents.judgements import Judgements
from services.alerts.incidents.reviewers import Reviewers
from services.alerts.incidents.store import Incidents
from services.alerts.pairs.store import Pairs
from services.alerts.places import Places
from services.alerts.proof.proving import Proving
from services.alerts.proof.store import ProofStore
from services.alerts.reports.store import Exports
from services.alerts.running import Running
from services.alerts.settings import Given, Settings
from services.alerts.wiring.people import People
from services.alerts.wiring.record import Process, Record
from services.alerts.wiring.working import Working
from services.chassis import telemetry, version
from services.chassis.settings import read_secret
from services.chassis.signed_reports import fingerprint


@dataclass(frozen=True, slots=True)
class Edge:
    """The operations that others need too."""

    set_matching: SetMatching
    state: StateEdge
    judgements: Judgements
    parts: Iterable[server.Part]
    proof: ProofApi
    notice: NoticePages


@asynccontextmanager
async def operations(
    settings: Settings, given: Given, process: Process, record: Record, people: People, working: Working
) -> AsyncIterator[Edge]:
    """Every operation until left, by who serves it."""
    desk, authorisation = Desk(record.bus.request_watched, record.bus.check), people.authorisation
    set_matching = SetMatching(record.bus.publish_owed, record.bus.ask_all, record.controls, process.now)
    state, uploads = StateEdge(authorisation, working.state), UploadSlots()
    premises = Premises(given.sites, settings.command, secure=given.secure, delivers=given.delivery_keys is not None)
    judgements, pairs = Judgements(process.meters), Pairs(record.of_requests)
    incidents = Incidents(
        record.of_requests,
        given.policy,
        judgements.offer,
        record.crops.open,
        raised=lambda site: process.meters.count("wardwatch_incidents_raised_total", site=site),
    )
    api = _api(settings, given, process, record, people, desk, set_matching, incidents, pairs)
    software = await asyncio.to_thread(version.current)
    async with AsyncExitStack() as stack:
        photos = await stack.enter_async_context(PhotoReader())
        oidc = (
            None
            if given.oidc is None
            else await stack.enter_async_context(Oidc.open(given.oidc, settings.oidc_ca_file))
        )
        proof = ProofApi(
            Proving(ProofStore(record.of_requests, settings.time_zone.key), record.bus.last_of, process.monotonic),
            software,
            settings.hospital,
            settings.time_zone,
            fingerprint(record.reports.public),
        )
        notice = NoticePages(_notice(settings, given), Reviewers(record.of_requests), process.monotonic)
        yield Edge(
            set_matching,
            state,
            judgements,
            (
                api,
                state,
                _stream(settings, process, record, people, working),
                Watchlist(authorisation, desk, photos.read, uploads),
                PlaceApi(authorisation, Places(record.of_requests), photos.read, uploads),
                DeliveryApi(
                    authorisation,
                    DeliveryStore(record.of_requests, settings.time_zone),
                    incidents,
                    given.delivery_keys,
                    given.push_hosts,
                    uuid4,
                ),
                _line(process, people, working),
                FirstSteps(
                    authorisation,
                    FirstHourRecord(record.of_requests),
                    working.state.sending,
                    working.state.matching,
                    people.slots,
                    working.drilled.tellings.answered_by,
                    premises,
                ),
                _ways(settings, given, record, people, api, oidc),
                PairApi(authorisation, pairs, photos.read, uploads, uuid4, secrets.SystemRandom().random),
                SearchApi(authorisation, incidents, api.incident_views, DeskCards(desk), settings.time_zone),
                ReportApi(
                    authorisation,
                    incidents,
                    Exports(record.of_requests),
                    Places(record.of_requests),
                    DeskCards(desk),
                    record.reports,
                    uuid4,
                    settings.hospital,
                    software,
                    settings.time_zone.key,
                ),
                AccountApi(authorisation, AccountRegister(record.of_requests)),
                _running(given, process, record, people, working, state),
                AuditApi(authorisation, AuditReading(record.of_requests), record.bus.last_of, settings.time_zone),
                proof,
            ),
            proof,
            notice,
        )


@asynccontextmanager
async def served(
    settings: Settings, given: Given, process: Process, people: People, edge: Edge, most_connections: int
) -> AsyncIterator[None]:
    """Serve the page and its operations until left."""
    made = await asyncio.to_thread(authority.files_of, settings.tls_certificate)
    page = await asyncio.to_thread(pages.load, more=made)
    connections = Connections(given.senders, process.meters, most_connections, settings.connections_of_sender)
    admission = Admission(people.authorisation.recognised, given.senders, connections.vouch)
    app = server.application(
        edge.parts,
        page,
        admission,
        process.meters,
        secure=given.tls is not None,
        made={**edge.proof.pages(), **edge.notice.pages()},
    )
    async with server.serve(app, connections, settings.web_host, settings.web_port, tls=given.tls) as port:
        if given.tls is None or not settings.plain_port:
            yield
            return
        aside = plain.application(made, admission.middleware(), page_port=port)
        async with server.serve(aside, connections, settings.web_host, settings.plain_port, tls=None):
            yield


def _notice(settings: Settings, given: Given) -> Notice:
    return Notice(
        hospital=settings.hospital,
        contact=settings.privacy_contact,
        address=settings.page_url,
        sites=given.sites,
        policy=given.policy,
        pending_minutes=settings.pending_minutes,
        undecided_hours=settings.undecided_hours,
    )


def _api(
    settings: Settings,
    given: Given,
    process: Process,
    record: Record,
    people: People,
    desk: Desk,
    set_matching: SetMatching,
    incidents: Incidents,
    pairs: Pairs,
) -> Api:
    return Api(
        authorisation=people.authorisation,
        sessions=people.sessions,
        query_timeout=people.query_timeout,
        incidents=incidents,
        incident_views=IncidentViews(DeskCards(desk)),
        controls=record.controls,
        set_site_matching=set_matching,
        sites=given.sites,
        sign_in_pace=SignInPace(process.now),
        senders=given.senders,
        new_token=_new_token,
        now=process.now,
        compared=ComparedPairs(pairs, incidents),
        time_zone=settings.time_zone,
    )


def _ways(settings: Settings, given: Given, record: Record, people: People, api: Api, oidc: Oidc | None) -> WaysApi:
    return WaysApi(
        authorisation=people.authorisation,
        sessions=people.sessions,
        register=AccountRegister(record.of_requests),
        tickets=Tickets.of(bytes.fromhex(read_secret(settings.signing_key_file) or "")),
        pace=api.sign_in_pace,
        senders=given.senders,
        new_token=_new_token,
        random=secrets.token_bytes,
        now=api.now,
        time_zone=settings.time_zone.key,
        oidc=oidc,
        oidc_label=settings.oidc_label,
        page_host=given.page_host,
    )


def _running(
    given: Given, process: Process, record: Record, people: People, working: Working, state: StateEdge
) -> RunningApi:
    hears = working.state.hearing
    running = Running(process.name, hears.hour, hears.clock_us, record.of_requests)
    delivers = given.delivery_keys is not None
    return RunningApi(people.authorisation, running, state.replicas, record.disks, given.files, delivers)


def _line(process: Process, people: People, working: Working) -> LineApi:
    drilled = working.drilled
    return LineApi(people.authorisation, drilled.line, drilled.tellings, drilled.pages.of, process.now)


def _stream(settings: Settings, process: Process, record: Record, people: People, working: Working) -> EventStream:
    # The disks first: their words say what the others only suffer from.
    receiving = telemetry.all_of(record.disks.check, record.bus.check, record.stores.check, record.writes.check)
    return EventStream(
        people.authorisation,
        people.hub,
        record.controls,
        receiving,
        process.meters,
        process.now,
        timedelta(seconds=settings.beat_seconds),
        record.disks.short,
        people.slots,
        record.recent,
        working.cameras,
        working.state.keeper,
        working.drilled.tellings,
    )


def _new_token() -> str:
    return secrets.token_urlsafe(32)

"""What the operator sets for alerts, and what it means: files read, contradictions refused before anything opens."""

import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.delivery import push_hosts
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.accounts.oidc import Client
from services.alerts.edge import server
from services.alerts.edge.senders import Senders, trusted_networks
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.state.wiring import Files
from services.chassis.delivery_keys import DeliveryPublic
from services.chassis.errors import StartupError
from services.chassis.settings import USUAL_TIME_ZONE, ServiceSettings, read_keys, read_secret

_USUAL: Final = EvidencePolicy()


class Settings(ServiceSettings):
    """Environment variables ``WARDWATCH_ALERTS_<NAME>``."""

    record_seed_file: Path
    # What this service signs with, and by whose keys it believes what it reads (docs/adr/0071).
    signing_key_file: Path
    authors_file: Path
    crops_key_file: Path  # the secret that keys of alerts' faces are wrapped by (docs/adr/0095)
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
    pending_minutes: float = Field(15, ge=1)  # then a sighting that raised nothing is deleted
    undecided_hours: float = Field(72, ge=1)  # then an incident ends unresolved and its pictures are deleted
    session_hours: float = Field(12, gt=0, le=24)  # a shift
    sweep_seconds: float = Field(60, gt=0)
    anchor_seconds: float = Field(10, gt=0, le=3600)  # how often the audit's head is published, when it has changed
    time_zone: ZoneInfo = USUAL_TIME_ZONE  # the hospital's: the page shows days and times of it
    hospital: str = Field("", max_length=100)  # its name, as the notice for visitors has it
    privacy_contact: str = Field("", max_length=200)  # whom visitors ask about what is held of them
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


@dataclass(frozen=True, slots=True)
class Given:
    """What :class:`Settings` mean. ``page_host`` is the page's name with its port, as people type it."""

    policy: EvidencePolicy
    sites: frozenset[SiteId]
    senders: Senders
    tls: ssl.SSLContext | None
    oidc: Client | None
    page_host: str
    files: Files
    delivery_keys: DeliveryPublic | None
    push_hosts: tuple[str, ...]

    @property
    def secure(self) -> bool:
        """Whether browsers speak TLS with this service, or with a proxy before it."""
        return self.tls is not None or bool(self.senders.trusted)


async def given(settings: Settings) -> Given:
    """Read what *settings* name. Raises StartupError for what cannot be used."""
    return Given(
        policy=evidence_policy(settings),
        sites=_sites(settings.sites),
        senders=_senders(settings),
        tls=await server.tls_context(settings.tls_certificate, settings.tls_key),
        oidc=_oidc_client(settings),
        page_host=urlsplit(settings.page_url).netloc,
        files=_files(settings),
        delivery_keys=_delivery_keys(settings.delivery_public_file),
        push_hosts=push_hosts(settings.push_hosts),
    )


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


def _oidc_client(settings: Settings) -> Client | None:
    if not settings.oidc_issuer:
        return None
    try:
        return Client(
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
    # An empty text is none.
    backup = settings.backup_file if settings.backup_file is not None and settings.backup_file.name else None
    return Files(tuple(certificates), backup, settings.backup_hours)


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


def _delivery_keys(path: Path | None) -> DeliveryPublic | None:
    return None if path is None else read_keys(path, DeliveryPublic.parse, what="the public keys of deliveries")

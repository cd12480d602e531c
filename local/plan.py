"""The programs that make up Wardwatch on one machine, and their settings. Pure."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from access import database, grants, store, wrapping
from local import context, postgres
from local.addresses import Address
from local.page_tls import TlsFiles
from proto.wardwatch.v1.subjects import Author
from services.chassis import delivery_keys, federation_keys, hints, signing
from services.chassis.errors import StartupError
from services.chassis.settings import machine_name

# Memory that these give back is written over at once: what was erased must not lie in it (docs/adr/0040), nor whoever
# passed by (docs/adr/0080). The small caches of each thread are passed over by that, so there are none. glibc's; other
# C libraries ignore it.
FORGETFUL: Final = "glibc.malloc.perturb=255:glibc.malloc.tcache_count=0"
_MEMORY: Final[Mapping[str, Mapping[str, str]]] = {
    service: {"GLIBC_TUNABLES": FORGETFUL} for service in ("detector", "embedder", "matcher", "watchlist")
}

# When the processors are busy, whoever is later in the pipeline goes first: what comes to it has cost the stages before
# it their work, and a frame that is not looked at costs nobody anything. So the detector, which takes all it can get,
# gives way to the embedder, and both to everybody else.
_NICE: Final[Mapping[str, int]] = {"detector": 5, "embedder": 2}
_NICEST: Final = 10

CHECKOUT: Final = Path(__file__).resolve().parents[1]
TIME_ZONE: Final = "WARDWATCH_TIME_ZONE"
PUSH_HOSTS: Final = "WARDWATCH_PUSH_HOSTS"
# Where backups are made to by themselves, and what else is said of them.
BACKUP_TO: Final = "WARDWATCH_BACKUP_TO"
_BACKUP: Final = "WARDWATCH_BACKUP_"
_BACKUP_FOLDERS: Final = (BACKUP_TO, "WARDWATCH_BACKUP_KEYS_TO", "WARDWATCH_BACKUP_SECRETS_TO")
SERVICES: Final = ("detector", "embedder", "matcher", "watchlist", "alerts", "drill", "delivery")
# Run beside them once there is something for them to do: cameras whose pictures are fetched here, and lists that are
# shared with other hospitals.
CAMERA: Final = "camera"
FEDERATION: Final = "federation"
ONCE_WANTED: Final = (CAMERA, FEDERATION)
# How many of each run: the same variables as in compose.yaml.
REPLICATED: Final[Mapping[str, str]] = {
    "detector": "WARDWATCH_DETECTORS",
    "embedder": "WARDWATCH_EMBEDDERS",
    "matcher": "WARDWATCH_MATCHERS",
}
_MOST_REPLICAS: Final = 64
# The prepared file of a second recogniser beside the list's: its embedder runs while it is named (docs/adr/0105).
SECOND_MODEL: Final = "WARDWATCH_SECOND_MODEL"
SECOND_EMBEDDER: Final = "embedder-second"
# Instead of an address to listen on: this machine's private ones, by TLS.
LAN: Final = "lan"
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Installation:
    """The folders of one Wardwatch and where people reach it."""

    home: Path
    site: str
    listen: str
    port: int
    nats_url: str
    models: Mapping[str, Path]  # prepared model file by role
    addresses: tuple[Address, ...] = ()  # with LAN: where phones reach it, the likeliest first

    @property
    def credentials(self) -> Path:
        """Seeds and passwords of services; 0700."""
        return self.home / "credentials"

    @property
    def logs(self) -> Path:
        """One file per program."""
        return self.home / "logs"

    @property
    def is_on_the_network(self) -> bool:
        """Whether phones reach the page by TLS, with a certificate of the machine's own authority."""
        return self.listen == LAN

    @property
    def url(self) -> str:
        """Where this machine reaches the page."""
        if self.is_on_the_network:
            return _url("https", _LOOPBACK, self.port)
        return _url("http", _LOOPBACK if self.listen in {"0.0.0.0", "::"} else self.listen, self.port)  # noqa: S104 - compared, not bound

    @property
    def page_url(self) -> str:
        """Where people open the page, phones too: what a QR code carries."""
        return _url("https", str(self.addresses[0]), self.port) if self.is_on_the_network else self.url

    @property
    def install_url(self) -> str:
        """Where a phone gets the authority's certificate before it trusts the page."""
        return _url("http", str(self.addresses[0]), self.plain_port)

    @property
    def plain_port(self) -> int:
        """Where the authority's certificate is had without TLS, and nothing else."""
        return self.port + 1

    @property
    def hosts(self) -> tuple[str, ...]:
        """What the page listens on."""
        return (*map(str, self.addresses), _LOOPBACK) if self.is_on_the_network else (self.listen,)


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@dataclass(frozen=True, slots=True)
class Program:
    """One service: the words it is started with, its own settings, and how much it gives way to others."""

    name: str
    argv: tuple[str, ...]
    settings: Mapping[str, str]
    nice: int = 0


def services(home: Path) -> tuple[str, ...]:
    """What runs in *home*: all services, and what is wanted beside them, cameras first: they end first."""
    # Where hospitals are let in or a list was joined.
    shares = [FEDERATION] if (home / "credentials" / store.FEDERATION).exists() else []
    reads = [CAMERA] if (home / context.SOURCES).exists() else []
    return (*reads, *SERVICES, *shares)


def password_file(home: Path, role: str) -> Path:
    """Where the password of a database role is kept."""
    return home / "credentials" / f"{role}.password"


def database_url(home: Path, role: str) -> str:
    """The database's address for *role*, without a password."""
    return postgres.url(postgres.place_for(home).socket, role=role, database=database.DATABASE)


def replicas(services: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the programs that run of *services*: ``matcher``, ``matcher-2`` and so on.

    Raises StartupError when a number of them makes no sense.
    """
    return tuple(name for service in services for name in _replicas_of(service, environ))


def _replicas_of(service: str, environ: Mapping[str, str]) -> list[str]:
    variable = REPLICATED.get(service, "")
    wanted = environ.get(variable) or "1"
    if not wanted.isdecimal() or not 1 <= int(wanted) <= _MOST_REPLICAS:
        raise StartupError(f"{variable} is {wanted!r}; it must be a number from 1 to {_MOST_REPLICAS}")
    several = [service, *(f"{service}-{number}" for number in range(2, int(wanted) + 1))]
    return [*several, SECOND_EMBEDDER] if service == "embedder" and environ.get(SECOND_MODEL) else several


def program(replica: str, at: Installation, environ: Mapping[str, str]) -> Program:
    """The program *replica* of a service; a variable of the caller's with its prefix wins over what is planned."""
    name, _, number = replica.partition("-")
    prefix = f"WARDWATCH_{name.upper()}_"
    settings = _settings(name, at)
    if name in {"watchlist", "alerts"}:
        settings["disks"] = f"broker={at.home / 'nats'},database={postgres.place_for(at.home).data.parent}"
    # One variable for everybody whose days must be the same ones.
    if name in {"watchlist", "alerts", "delivery"} and (zone := environ.get(TIME_ZONE)):
        settings["time_zone"] = zone
    # Who subscribes a phone and who pushes to it believe the same push services.
    if name in {"alerts", "delivery"} and (hosts := environ.get(PUSH_HOSTS)):
        settings["push_hosts"] = hosts
    if replica == SECOND_EMBEDDER:
        settings |= {"second": "true", "model_path": str(Path(environ[SECOND_MODEL]).absolute())}
    if name == "alerts" and environ.get(BACKUP_TO):
        settings["backup_file"] = str(at.home / context.BACKED_UP)
    planned = {f"{prefix}{key.upper()}": text for key, text in settings.items()}
    # WARDWATCH_ALERTS_URL is where the command line finds the page, not a setting of the service.
    own = {key: text for key, text in environ.items() if key.startswith(prefix) and key != "WARDWATCH_ALERTS_URL"}
    if name == "matcher" and number:
        # Two matchers must not have one name; the first has the machine's, or what it was given.
        own[f"{prefix}NAME"] = f"{own.get(f'{prefix}NAME') or machine_name('matcher')}-{number}"
    return Program(
        replica,
        (sys.executable, "-m", f"services.{name}"),
        {**_MEMORY.get(name, {}), **planned, **own},
        _NICE.get(name, 0),
    )


def backups(at: Installation, environ: Mapping[str, str]) -> Program | None:
    """What makes backups by itself, where a folder is named for them; it gives way to everybody else."""
    if not environ.get(BACKUP_TO):
        return None
    said = {key: text for key, text in environ.items() if key.startswith(_BACKUP)}
    folders = {key: str(Path(text).absolute()) for key, text in said.items() if key in _BACKUP_FOLDERS}
    settings = {"WARDWATCH_HOME": str(at.home), **said, **folders}
    return Program("backup", (sys.executable, "-m", "cli", "backup", "run"), settings, _NICEST)


def environment(settings: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """A process's environment: the caller's without Wardwatch's own variables, and the service's settings."""
    inherited = {key: text for key, text in environ.items() if not key.startswith("WARDWATCH_")}
    return {**inherited, "PYTHONUNBUFFERED": "1", **settings}


def _settings(name: str, at: Installation) -> dict[str, str]:
    shared = {"nats_url": at.nats_url}
    match name:
        case "camera":
            return {**shared, "sources_file": str(at.home / context.SOURCES)}
        case "detector":
            own = {
                "model_path": str(at.models["detector"]),
                "cameras_file": str(at.home / context.CAMERAS),
                "authors_file": str(at.credentials / signing.AUTHORS_FILE),
            }
            return {**shared, "video_seed_file": _seed(at, grants.DETECTOR), **own}
        case "embedder":
            return {**shared, "video_seed_file": _seed(at, grants.EMBEDDER), "model_path": str(at.models["embedder"])}
        case "drill":
            signs = {"signing_key_file": str(at.credentials / signing.key_file(Author.DRILL))}
            return {**shared, "video_seed_file": _seed(at, grants.DRILL), **signs}
        case _:
            return {**shared, **_of_the_record(name, at)}


def _of_the_record(name: str, at: Installation) -> dict[str, str]:
    """The settings of those that are in RECORD. Raises ValueError for a name that is none."""
    match name:
        case "matcher":
            seeds = _seeds(at, grants.MATCHER_VIDEO, grants.MATCHER_RECORD)
            keys = {"wrapping_keys_file": str(at.credentials / wrapping.WRAPPING_KEYS)}
            return {**seeds, **keys, **_signing(at, Author.MATCHER)}
        case "watchlist":
            secret = {
                **_seeds(at, grants.WATCHLIST_VIDEO, grants.WATCHLIST_RECORD),
                "wrapping_keys_file": str(at.credentials / wrapping.WRAPPING_KEYS),
                "identity_key_file": str(at.credentials / store.IDENTITY_KEY),
            }
            desk = {f"desk_{key}": text for key, text in _database(at, database.IMPORT).items()}
            return {**secret, **_signing(at, Author.WATCHLIST), **_database(at, database.MATCHER), **desk}
        case "alerts":
            reach = {
                "command": hints.PROGRAM,
                "web_host": ",".join(at.hosts),
                "web_port": str(at.port),
                "sites": at.site,
                **_tls(at),
            }
            signs = {"record_seed_file": _seed(at, grants.ALERTS), **_signing(at, Author.ALERTS)}
            seals = {
                "delivery_public_file": str(at.credentials / delivery_keys.PUBLIC_FILE),
                "crops_key_file": str(at.credentials / store.CROPS_KEY),
            }
            # Who has made one backup is told when it is old.
            backup = at.home / context.BACKED_UP
            known = {"backup_file": str(backup)} if backup.exists() else {}
            return {**signs, **seals, **_database(at, database.ALERTS), **reach, **known}
        case "delivery":
            signs = {"record_seed_file": _seed(at, grants.DELIVERY), **_signing(at, Author.DELIVERY)}
            opens = {"keys_file": str(at.credentials / delivery_keys.PRIVATE_FILE), "page_url": at.url}
            return {**signs, **opens, **_database(at, database.DELIVERY)}
        case "federation":
            seeds = {"seed_file": _seed(at, grants.FEDERATION), "record_seed_file": _seed(at, grants.FEDERATION_RECORD)}
            keys = {
                "joined_folder": str(at.credentials / store.JOINED),
                "keys_file": str(at.credentials / federation_keys.PRIVATE_FILE),
                "public_file": str(at.credentials / federation_keys.PUBLIC_FILE),
                "title": at.site,
            }
            return {**seeds, **keys, **_signing(at, Author.FEDERATION), **_database(at, database.FEDERATION)}
        case _:
            raise ValueError(f"no service is named {name}")


def _seeds(at: Installation, video: str, record: str) -> dict[str, str]:
    return {"video_seed_file": _seed(at, video), "record_seed_file": _seed(at, record)}


def _seed(at: Installation, user: str) -> str:
    return str(at.credentials / f"{user}.nk")


def _tls(at: Installation) -> dict[str, str]:
    if not at.is_on_the_network:
        return {}
    files = TlsFiles.of(at.home)
    return {
        "tls_certificate": str(files.certificate),
        "tls_key": str(files.key),
        "plain_port": str(at.plain_port),
    }


def _signing(at: Installation, author: Author) -> dict[str, str]:
    return {
        "signing_key_file": str(at.credentials / signing.key_file(author)),
        "authors_file": str(at.credentials / signing.AUTHORS_FILE),
    }


def _database(at: Installation, role: str) -> dict[str, str]:
    return {
        "database_url": database_url(at.home, role),
        "database_password_file": str(password_file(at.home, role)),
    }

"""Where the running Wardwatch is: read from ``<home>/connection.json``, each value overridable by environment."""

import json
import os
import pwd
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from access.wrapping import WRAPPING_KEYS
from proto.wardwatch.v1 import sources
from proto.wardwatch.v1.subjects import Author
from services.chassis import hints
from services.chassis.errors import StartupError
from services.chassis.federation_keys import PRIVATE_FILE
from services.chassis.settings import USUAL_TIME_ZONE, read_keys, read_secret
from services.chassis.signing import AUTHORS_FILE, Authors, Signatures, key_file, read_signatures

CONNECTION = "connection.json"
CAMERAS = "cameras.json"
SOURCES = Path("sources") / sources.FILE
BACKED_UP = "backed-up"
BACKUP_MAKER = "backup.maker.json"
LOCK = "supervisor.lock"
CHECKOUT = Path(__file__).resolve().parents[1]
_PREFIX = "WARDWATCH_"
_HOME = f"{_PREFIX}HOME"
_FOLDER = ".wardwatch"
# Beside what the supervisor writes down.
_BY_ENVIRONMENT = (
    "cameras_file",
    "sources_file",
    "signing_dir",
    "telemetry",
    "backup_file",
    "backup_maker_file",
    "secrets_dir",
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a command needs to reach the running Wardwatch. Every property raises StartupError when it is unknown."""

    home: Path
    values: Mapping[str, str]

    @property
    def nats_url(self) -> str:
        """Address of the broker."""
        return self._get("nats_url")

    @property
    def alerts_url(self) -> str:
        """Address of the page and the HTTP interface, without a slash at the end."""
        return self._get("alerts_url").rstrip("/")

    @property
    def page_url(self) -> str:
        """The page's address for people, phones too."""
        return self.values.get("page_url", self.alerts_url).rstrip("/")

    @property
    def ca_file(self) -> Path | None:
        """The authority of the page's certificate where that is no public one: the hospital's, or this machine's."""
        return Path(self.values["ca_file"]) if self.values.get("ca_file") else None

    @property
    def cameras_file(self) -> Path:
        """The file of each camera's settings beside its credential; detectors read it."""
        return Path(self.values.get("cameras_file") or self.home / CAMERAS)

    @property
    def sources_file(self) -> Path:
        """The file of the cameras that one publisher reads, with their addresses; a secret."""
        return Path(self.values.get("sources_file") or self.home / SOURCES)

    @property
    def backup_file(self) -> Path:
        """What is written anew when a backup is complete; its age is the backup's."""
        return Path(self.values.get("backup_file") or self.home / BACKED_UP)

    @property
    def credentials_dir(self) -> Path:
        """Folder of the broker users' seeds."""
        return Path(self._get("credentials_dir"))

    @property
    def wrapping_keys_file(self) -> Path:
        """The secrets that data keys are wrapped by."""
        return Path(self._get("keys_dir")) / WRAPPING_KEYS

    @property
    def federation_keys_file(self) -> Path:
        """The keys that lists are signed by and opened with: the federation service's alone."""
        return self._signing_dir / PRIVATE_FILE

    def signatures(self, author: Author = Author.OPERATOR) -> Signatures:
        """How the command line signs, by itself or in the name of *author*, and whom it believes."""
        folder = self._signing_dir
        return read_signatures(author, folder / key_file(author), folder / AUTHORS_FILE)

    def believed(self) -> Signatures:
        """Whom the command line believes where it signs nothing."""
        return Signatures(read_keys(self._signing_dir / AUTHORS_FILE, Authors.parse, what="the authors' keys"), None)

    @property
    def backup_maker_file(self) -> Path:
        """What backups are signed by, and whom they are sealed to."""
        if text := self.values.get("backup_maker_file"):
            return Path(text)
        made = self.values.get("signing_dir") or self.values.get("credentials_dir") or self.home / "credentials"
        return Path(made) / BACKUP_MAKER

    @property
    def secrets_dir(self) -> Path:
        """The folder that the secrets lie below, as a backup has them."""
        return Path(self.values.get("secrets_dir") or self.home)

    @property
    def _signing_dir(self) -> Path:
        return Path(self.values.get("signing_dir") or self._get("credentials_dir"))

    @property
    def database_url(self) -> str:
        """Address of the database for its owner, without a password."""
        return self._get("database_url")

    @property
    def site(self) -> str:
        """The site it was started for."""
        return self._get("site")

    @property
    def time_zone(self) -> ZoneInfo:
        """The hospital's time zone: days that people type and read are days there."""
        name = self.values.get("time_zone", USUAL_TIME_ZONE.key)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise StartupError(f"{_PREFIX}TIME_ZONE: {name!r} is no time zone such as Asia/Shanghai") from error

    @property
    def listen(self) -> str:
        """The address the page answers on."""
        return self._get("listen")

    @property
    def port(self) -> int:
        """The port the page answers on."""
        return int(self._get("port"))

    @property
    def database_password(self) -> str:
        """The owner's password."""
        return read_secret(Path(self._get("database_password_file"))) or ""

    def password_of(self, role: str) -> str:
        """The password of a database role, from the file ``<role>.password`` beside the owner's."""
        return read_secret(Path(self._get("database_password_file")).with_name(f"{role}.password")) or ""

    def seed_file(self, user: str) -> Path:
        """The seed of a broker user."""
        path = self.credentials_dir / f"{user}.nk"
        if not path.is_file():
            raise StartupError(f"there is no credential for {user} in {self.credentials_dir}")
        return path

    def token_file(self, account: str) -> Path:
        """Where the session of *account* is kept."""
        return self.home / "accounts" / f"{account}.token"

    def token(self, account: str) -> str:
        """The session of *account*, who signed in here with ``wardwatch login``."""
        path = self.token_file(account)
        if not path.is_file():
            raise StartupError(
                f"{account} is not signed in here; get a code with: {hints.command('account', 'code', account)}, and"
                f" sign in with: {hints.command('login', 'CODE')}"
            )
        return read_secret(path) or ""

    def _get(self, name: str) -> str:
        if name in self.values:
            return self.values[name]
        usual = default_home()
        elsewhere = f"; one runs in {usual}: unset {_HOME} to reach it" if _runs_beside(self.home, usual) else ""
        raise StartupError(
            f"no Wardwatch is running in {self.home}{elsewhere}; start it there with: {hints.command('up')}, or set"
            f" {_HOME} to the folder of one that runs, or {_PREFIX}{name.upper()} to where it is"
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """What the supervisor writes into the connection file for the commands."""

    nats_url: str
    alerts_url: str
    credentials_dir: str
    keys_dir: str
    database_url: str
    database_password_file: str
    site: str
    listen: str
    port: str
    time_zone: str = USUAL_TIME_ZONE.key
    page_url: str = ""  # with TLS on the network: where people open it
    ca_file: str = ""  # and by whose certificate it is trusted

    def write(self, home: Path) -> None:
        """Write it to where :func:`load` reads it."""
        known = {name: text for name, text in asdict(self).items() if text}
        (home / CONNECTION).write_text(json.dumps(known, indent=2), encoding="utf-8")


def home_of(environ: Mapping[str, str]) -> Path:
    """The folder of the installation: ``WARDWATCH_HOME``, else the checkout's own, from whichever folder one calls."""
    configured = environ.get(_HOME)
    # Absolute but not resolved: a link to another disk stays a link.
    return Path(configured).absolute() if configured else default_home()


def default_home() -> Path:
    """The one that this program lies beside; see :func:`beside`."""
    return beside(CHECKOUT, Path(sys.prefix), users_home())


def beside(code: Path, environment: Path, users: Path) -> Path:
    """Where a program whose *code* and whose Python *environment* lie there keeps everything.

    In a checkout that is its own folder, as ``make up`` has it; beside an environment into which a package was
    installed, the folder that was begun there; else *users*.
    """
    if (code / "Makefile").is_file():
        return code / _FOLDER
    installed = environment.parent / _FOLDER
    return installed if installed.is_dir() else users


def users_home() -> Path:
    """The folder below the user's home, which former versions used for a checkout too."""
    return Path.home() / ".local" / "share" / "wardwatch"


def owner_of(home: Path) -> str:
    """Whose folder *home* is, or of the nearest folder above it that is there."""
    for each in (home, *home.parents):
        try:
            uid = each.stat().st_uid
        except OSError:
            continue
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:  # an account that this machine has no name for
            return f"user {uid}"
    return "another account"


def _left_by_a_crash(home: Path) -> bool:
    """Whether the process that wrote the connection file is gone without having removed it."""
    try:
        os.kill(int((home / LOCK).read_text(encoding="ascii")), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _runs_beside(home: Path, usual: Path) -> bool:
    try:
        return home != usual and (usual / CONNECTION).exists()
    except OSError:
        return False  # another account's


def load(environ: Mapping[str, str] = os.environ) -> Context:
    """The context of this command. A missing value raises only when it is read."""
    home = home_of(environ)
    path = home / CONNECTION
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        written = {}
    except PermissionError as error:
        raise StartupError(
            f"{home} belongs to {owner_of(home)} and cannot be read by you: use that account, or name the folder of"
            f" another installation with {_HOME}"
        ) from error
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StartupError(f"{path} cannot be read: {error}") from error
    values = {} if written and _left_by_a_crash(home) else {str(name): str(text) for name, text in written.items()}
    for name in (*Connection.__dataclass_fields__, *_BY_ENVIRONMENT):
        if text := environ.get(f"{_PREFIX}{name.upper()}"):
            values[name] = text
    return Context(home, values)

"""Where the running Wardwatch is: read from ``<home>/connection.json``, each value overridable by environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.chassis.errors import StartupError
from services.chassis.settings import USUAL_TIME_ZONE, read_secret
from services.cli.access.wrapping import WRAPPING_KEYS

CONNECTION = "connection.json"
_PREFIX = "WARDWATCH_"


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
    def ca_file(self) -> Path | None:
        """The hospital's own certificate authority, where the page's certificate is of no public one."""
        return Path(self.values["ca_file"]) if "ca_file" in self.values else None

    @property
    def credentials_dir(self) -> Path:
        """Folder of the broker users' seeds."""
        return Path(self._get("credentials_dir"))

    @property
    def wrapping_keys_file(self) -> Path:
        """The secrets that data keys are wrapped by."""
        return Path(self._get("keys_dir")) / WRAPPING_KEYS

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
        """The hospital's: days that people type and read are days there."""
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
            raise StartupError(f"{account} is not signed in here; sign in with: wardwatch login CODE")
        return read_secret(path) or ""

    def _get(self, name: str) -> str:
        if name in self.values:
            return self.values[name]
        raise StartupError(
            f"no Wardwatch is running in {self.home}; start it with: wardwatch up, or set {_PREFIX}{name.upper()}"
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """What the supervisor writes down for the commands."""

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

    def write(self, home: Path) -> None:
        """Leave it where :func:`load` looks."""
        (home / CONNECTION).write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")


def home_of(environ: Mapping[str, str]) -> Path:
    """The folder of the installation: ``WARDWATCH_HOME``, else below the user's own."""
    given = environ.get("WARDWATCH_HOME")
    # Absolute but not resolved: a link to another disk stays a link.
    return (Path(given) if given else Path.home() / ".local" / "share" / "wardwatch").absolute()


def load(environ: Mapping[str, str] = os.environ) -> Context:
    """The context of this command. Missing values are only missed when they are asked for."""
    home = home_of(environ)
    path = home / CONNECTION
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        written = {}
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StartupError(f"{path} cannot be read: {error}") from error
    values = {str(name): str(text) for name, text in written.items()}
    for name in (*Connection.__dataclass_fields__, "ca_file"):
        if text := environ.get(f"{_PREFIX}{name.upper()}"):
            values[name] = text
    return Context(home, values)

"""Settings from environment variables with the service's own prefix; a misspelt one stops the start."""

import re
import socket
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from services.chassis.errors import StartupError

# Where nobody says where the hospital is. One variable, WARDWATCH_TIME_ZONE, tells all programs of an installation.
USUAL_TIME_ZONE: Final = ZoneInfo("Asia/Shanghai")

# scheme://user:PASSWORD@host, up to the last @ because a password may hold anything; and password= in the query.
_PASSWORD: Final = re.compile(r"(?<=://)(?P<user>[^/@:\s]*):\S*@")
# nats://TOKEN@host: there a name alone is a secret too.
_TOKEN: Final = re.compile(r"(?<=nats://)[^/@:\s]+(?=@)|(?<=tls://)[^/@:\s]+(?=@)")
_PARAMETER: Final = re.compile(r"(?<=[?&]password=)[^&\s]*")

T = TypeVar("T")


class ServiceSettings(BaseModel):
    """The settings that all services share. Secrets come from files and never appear here."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    nats_url: str = "nats://nats:4222"
    http_host: str = "127.0.0.1"  # where /healthz, /readyz and /metrics answer
    http_port: int = Field(0, ge=0, le=65535)  # 0 takes a free port and logs it
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, prefix: str) -> Self:
        """Read ``<prefix><FIELD>`` from *environ*. Raises StartupError naming each variable that is wrong."""
        given = {name: text for name, text in environ.items() if name.startswith(prefix)}
        values = {name.removeprefix(prefix).lower(): text for name, text in given.items()}
        for field in values.keys() - cls.model_fields.keys():
            raise StartupError(_unknown(f"{prefix}{field.upper()}", [f"{prefix}{f.upper()}" for f in cls.model_fields]))
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            # The value itself is left out: it may be a secret put in the wrong place.
            faults = "; ".join(f"{prefix}{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
            raise StartupError(faults) from None

    def shown(self, *, prefix: str) -> dict[str, JsonValue]:
        """Every setting by the name of its variable; a password in an address is replaced by ``***``."""
        values = self.model_dump(mode="json")
        return {
            f"{prefix}{name.upper()}": without_password(value) if isinstance(value, str) else value
            for name, value in values.items()
        }


def machine_name(otherwise: str) -> str:
    """The machine's name as one token of a subject, with room for a number behind it; *otherwise* where it has none."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:56] or otherwise


def read_secret(path: Path | None) -> str | None:
    """Return the text of a secret file without its line end. Raises StartupError when it cannot be read."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StartupError(f"secret file {path} cannot be read: {error.strerror}") from error


def read_keys(path: Path, parse: Callable[[str], T], *, what: str) -> T:
    """What *parse* makes of the secret file *path*, which holds *what*. Raises StartupError when it cannot be used."""
    try:
        return parse(read_secret(path) or "")
    except ValueError as error:
        raise StartupError(f"{what} in {path} cannot be used: {error}; put it back from its backup") from error


def without_password(text: str) -> str:
    """*text* with ``***`` for the password of an address, in front of its host or in its query."""
    return _PARAMETER.sub("***", _TOKEN.sub("***", _PASSWORD.sub(r"\g<user>:***@", text)))


def _unknown(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"unknown setting {name}" + (f"; did you mean {close[0]}?" if close else "")

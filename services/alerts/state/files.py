"""What files say: how long the certificate is good, how old the last backup is. Paths are settings."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from services.alerts.state.reasons import Reason, Working

_DAY_SECONDS: Final = 86_400
# Long enough to have a new one made and put in place.
_WARN_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate in a file, the first of a chain. ``now`` is the wall clock in Unix seconds."""

    path: Path
    now: Callable[[], float] = time.time

    async def ask(self) -> Sequence[Reason]:
        """A reason from two weeks before its end."""
        try:
            ends = await asyncio.to_thread(end_of, self.path)
        except (OSError, ValueError):
            return [Reason("certificate_unreadable", Working.DEGRADED, None, {"file": self.path.name})]
        return certificate_reasons(self.path.name, ends - self.now())


@dataclass(frozen=True, slots=True)
class Backup:
    """A file that whoever makes a backup writes anew when it is complete; its time is the backup's."""

    path: Path
    most_hours: float
    now: Callable[[], float] = time.time

    async def ask(self) -> Sequence[Reason]:
        """A reason when there is none, or it is old."""
        try:
            made = (await asyncio.to_thread(self.path.stat)).st_mtime
        except OSError:
            return [Reason("backup_missing", Working.DEGRADED)]
        hours = (self.now() - made) / 3600
        return [Reason("backup_old", Working.DEGRADED, None, {"hours": int(hours)})] if hours > self.most_hours else []


def certificate_reasons(file: str, seconds_left: float) -> list[Reason]:
    """What follows of how long the certificate *file* is good. Pure."""
    if seconds_left <= 0:
        return [Reason("certificate_expired", Working.NO, None, {"file": file})]
    days = int(seconds_left // _DAY_SECONDS)
    return (
        [Reason("certificate_ends", Working.DEGRADED, None, {"file": file, "days": days})] if days < _WARN_DAYS else []
    )


def end_of(path: Path) -> float:
    """When the first certificate in *path* ends, in Unix seconds. Raises OSError, or ValueError for what is none."""
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp()

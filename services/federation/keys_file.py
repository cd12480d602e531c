"""The file with this service's keys, which an operator renews while it runs."""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from services.chassis.errors import StartupError
from services.chassis.federation_keys import FederationKeys
from services.chassis.owed import pause
from services.chassis.settings import read_keys
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0


class KeysFile:
    """Raises StartupError where the file cannot be used at first; later what was read stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = _read(path)
        self._text = self._keys.text()

    def present(self) -> FederationKeys:
        """As the file was read last; another object once it has changed."""
        return self._keys

    async def watch(self, stop: asyncio.Event) -> None:
        """Read it again and again until *stop*."""
        while not stop.is_set():
            beat()
            await self.look()
            await pause(stop, _EVERY_SECONDS)

    async def look(self) -> None:
        """Read it again."""
        try:
            read = await asyncio.to_thread(_read, self._path)
        except StartupError as error:
            log.warning("keys cannot be read again, the former ones are used", reason=str(error))
            return
        if (text := read.text()) != self._text:
            self._keys, self._text = read, text
            log.info("keys of federation are read anew")


def _read(path: Path) -> FederationKeys:
    return read_keys(path, FederationKeys.parse, what="the keys of federation")

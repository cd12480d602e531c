"""Open the templates of a published entry: on the stream, and on the broker's disk, they are sealed."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.values import uuid_or_none, vector_from
from services.chassis.owed import first_of, pause
from services.chassis.telemetry import Meters
from services.matcher.keys import seals
from services.matcher.keys.sealing import DataKey, NotOpened, unseal

log = structlog.get_logger(__name__)

# A key is on its stream before anything is sealed under it, but two streams do not arrive in one order.
_PATIENCE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.05


class Keys(Protocol):
    """The data keys; see ``Keyring``. ``caught_up`` is set once every key that there was at the start is known."""

    caught_up: asyncio.Event

    def knows(self, owner: UUID) -> bool: ...
    def is_destroyed(self, owner: UUID) -> bool: ...
    def key(self, owner: UUID) -> DataKey: ...


@dataclass(frozen=True, slots=True)
class OpenTemplates:
    """What does not open is left out, counted and complained about: the entry is known and cannot match by it."""

    keys: Keys
    meters: Meters
    stop: asyncio.Event

    async def __call__(self, entry: EntryPublished) -> EntryPublished:
        """*entry* with its vectors open."""
        if all(template.vector is not None for template in entry.templates):
            return entry

        key = await self._key(entry)
        opened = [self._open(template, key) for template in entry.templates]
        kept = tuple(template for template in opened if template is not None)
        if len(kept) < len(entry.templates):
            self.meters.count("wardwatch_templates_unopened_total", len(entry.templates) - len(kept))
            log.error("templates do not open and are left out", entry_id=entry.entry_id, revision=entry.revision)
        return replace(entry, templates=kept)

    async def _key(self, entry: EntryPublished) -> DataKey | None:
        owner = uuid_or_none(entry.entry_id)
        if owner is None:
            return None
        await first_of(self.keys.caught_up, self.stop)
        for _ in range(int(_PATIENCE_SECONDS / _LOOK_SECONDS)):
            if self.keys.knows(owner):
                return self.keys.key(owner)
            if self.keys.is_destroyed(owner) or self.stop.is_set():
                return None
            await pause(self.stop, _LOOK_SECONDS)
        return None

    def _open(self, template: Template, key: DataKey | None) -> Template | None:
        if template.vector is not None:
            return template
        if key is None:
            return None
        try:
            about = seals.vector(UUID(template.photo_id), template.model.sha256)
            return replace(template, vector=vector_from(unseal(key, template.sealed, about=about)), sealed=b"")
        except (NotOpened, ValueError):
            return None

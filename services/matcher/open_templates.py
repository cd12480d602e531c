"""Open the templates of a published entry: on the stream, and on the broker's disk, they are sealed."""

from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal, vector_about
from proto.wardwatch.v1.values import uuid_or_none, vector_from
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)


class Keys(Protocol):
    """The data keys; see ``Keyring``."""

    def knows(self, owner: UUID) -> bool: ...
    def is_destroyed(self, owner: UUID) -> bool: ...
    def key(self, owner: UUID) -> DataKey: ...


@dataclass(frozen=True, slots=True)
class OpenTemplates:
    """While an entry's key cannot be used its templates stay sealed. What its key does not open is left out, counted
    and complained about: the entry is known and cannot match by it.
    """

    keys: Keys
    meters: Meters

    def __call__(self, entry: EntryPublished) -> EntryPublished:
        """*entry* with its vectors open, or as it is while its key may still come."""
        if all(template.vector is not None for template in entry.templates):
            return entry

        owner = _owner(entry)
        known = owner is not None and self.keys.knows(owner)
        if owner is not None and not known and not self.keys.is_destroyed(owner):
            return entry

        key = self.keys.key(owner) if owner is not None and known else None
        opened = [_open(template, key) for template in entry.templates]
        kept = tuple(template for template in opened if template is not None)
        if len(kept) < len(entry.templates):
            self.meters.count("wardwatch_templates_unopened_total", len(entry.templates) - len(kept))
            log.error("templates do not open and are left out", entry_id=entry.entry_id, revision=entry.revision)
        return replace(entry, templates=kept)


def _owner(entry: EntryPublished) -> UUID | None:
    """The owner of an entry's key; None for an id that no key can have."""
    owner = uuid_or_none(entry.entry_id)
    return owner if str(owner) == entry.entry_id else None


def _open(template: Template, key: DataKey | None) -> Template | None:
    if template.vector is not None:
        return template
    if key is None:
        return None
    try:
        about = vector_about(UUID(template.photo_id), template.model.sha256)
        return replace(template, vector=vector_from(unseal(key, template.sealed, about=about)), sealed=b"")
    except (NotOpened, ValueError):
        return None

"""The keyring in a file: wrapped keys and tombstones, one JSON object in a line, never a wrapping key.

The first line says how many follow, so that a file that was cut off is known as such.
"""

import asyncio
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from cli import broker
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from services.chassis.bus import Bus
from services.chassis.errors import NotStored, Overtaken
from services.chassis.replica import messages

log = structlog.get_logger(__name__)

_KIND: Final = "wardwatch keyring 1"
_STREAM: Final = subjects.KEYRING_STREAM.name
_AT_ONCE: Final = 16

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An owner's newest message and its sequence on the stream."""

    message: KeyPublished
    sequence: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of the keys of a backup."""

    restored: int
    already_there: int
    destroyed: int  # destroyed since, here or by the record: not brought back
    unreadable: int  # wrapped by a key that is not in the file any more: not brought back
    tombstones: int  # destroyed keys of the backup that were made known here


async def read(bus: Bus, progress: Progress) -> dict[UUID, StoredKey]:
    """Every owner's newest message on the stream. Raises NoAnswer."""
    total = await broker.message_count(bus, _STREAM)
    found: dict[UUID, StoredKey] = {}
    seen = 0
    async for each in messages(bus, _STREAM):
        seen += 1
        progress(seen, max(seen, total))
        try:
            message = KeyPublished.decode(each.payload)
            found[UUID(message.owner_id)] = StoredKey(message, each.sequence)
        except ValueError as error:
            log.error("a message of the keyring is no key", subject=each.subject, reason=str(error))
    return found


def written(keys: Mapping[UUID, StoredKey], now: datetime) -> str:
    """The content of the file."""
    head = {"kind": _KIND, "made_at": now.isoformat(), "count": len(keys)}
    rows = (
        {"owner": str(owner), "key_id": stored.message.key_id, "wrapped": b64encode(stored.message.wrapped).decode()}
        for owner, stored in keys.items()
    )
    return "".join(json.dumps(row) + "\n" for row in (head, *rows))


def parsed(text: str) -> dict[UUID, KeyPublished]:
    """The keys in a file. Raises ValueError in words."""
    head, *rows = [json.loads(line) for line in text.splitlines()] or [{}]
    if not isinstance(head, dict) or head.get("kind") != _KIND:
        raise ValueError("it is no backup of a keyring")
    if head.get("count") != len(rows):
        raise ValueError(f"it should hold {head.get('count')} keys and holds {len(rows)}: it was cut off")
    try:
        keys = [
            KeyPublished(str(UUID(row["owner"])), str(row["key_id"]), b64decode(row["wrapped"], validate=True))
            for row in rows
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError("a line of it is no key") from error
    return {UUID(message.owner_id): message for message in keys}


@dataclass(frozen=True, slots=True)
class Restoring:
    """Bring back what the stream lacks.

    ``here`` is what it has, ``erased`` are the entries whose record says so, ``wrapping`` the ids of the wrapping keys.
    """

    bus: Bus
    here: Mapping[UUID, StoredKey]
    erased: Collection[UUID]
    wrapping: Collection[str]

    async def run(self, keys: Mapping[UUID, KeyPublished], progress: Progress) -> Restored:
        """Publish what may be brought back. Raises NotStored; what was published stays, and it can be run again."""
        tombstones = {o: message for o, message in keys.items() if message.destroyed and not self._is_destroyed(o)}
        living = {owner: message for owner, message in keys.items() if not message.destroyed}
        destroyed = {owner for owner in living if self._is_destroyed(owner) or owner in self.erased}
        there = {owner for owner in living if owner in self.here} - destroyed
        unreadable = {o for o, message in living.items() if message.key_id not in self.wrapping} - destroyed - there
        missing = {o: message for o, message in living.items() if o not in destroyed | there | unreadable}
        stored = await self._publish({**tombstones, **missing}, progress)
        restored = len(stored & missing.keys())
        return Restored(
            restored,
            len(there) + len(missing) - restored,  # one may have been made meanwhile
            len(destroyed),
            len(unreadable),
            len(stored & tombstones.keys()),
        )

    def _is_destroyed(self, owner: UUID) -> bool:
        return owner in self.here and self.here[owner].message.destroyed

    async def _publish(self, wanted: Mapping[UUID, KeyPublished], progress: Progress) -> set[UUID]:
        rows, stored, failed = iter(wanted.items()), set[UUID](), list[NotStored]()

        async def work() -> None:
            for owner, message in rows:
                try:
                    await self._store(owner, message)
                except Overtaken:  # another change was first: it is newer
                    continue
                except NotStored as error:
                    failed.append(error)
                    return
                stored.add(owner)
                progress(len(stored), len(wanted))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(work())
        if failed:
            raise failed[0]
        return stored

    async def _store(self, owner: UUID, message: KeyPublished) -> None:
        known = self.here.get(owner)
        await self.bus.publish_owed(
            subjects.keys(message.owner_id),
            message.encode(),
            message_id=f"key/{message.owner_id}/{secrets.token_hex(16)}",
            expected_last_sequence_of_subject=known.sequence if known else 0,
        )

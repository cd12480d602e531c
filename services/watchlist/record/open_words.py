"""What a search reads of each entry, opened once and kept in memory: docs/adr/0108.

Letters come one by one, and each is a search. Nothing of this is written down anywhere.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Row
from services.watchlist.rules import search

# How long after the last search nothing is kept open any more.
KEPT_SECONDS: Final = 600.0
_LOOK_SECONDS: Final = 10.0

SealedName = tuple[UUID, bytes]  # a photo, and the sealed name of its file


@dataclass(frozen=True, slots=True)
class Words:
    """Of one entry: its label, and label and names of files as they are compared (``rules/search.py``)."""

    label: str
    folded_label: str
    folded_names: str


NOTHING: Final = Words("", "", "")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Words, and what they were opened from: they are the entry's as long as that is what the record says."""

    sealed_label: bytes | None
    sealed_names: Sequence[SealedName]
    words: Words


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as a search reads it: its row, its words, and everything that is sought in, folded."""

    row: Row
    words: Words
    text: str


# What changes with every change of the list, also with one that was begun before another and ends after it.
Stamp = tuple[int, int, int]


class OpenWords:
    """Words by entry, and the list as it was read last.

    An entry's words are let go of with its key, and all of it when nobody has searched for ``KEPT_SECONDS``.

    :meth:`of` may be called in a thread.
    """

    def __init__(self) -> None:
        self._kept: dict[UUID, _Kept] = {}
        self._lock = Lock()
        self._used_at = 0.0
        self._list: tuple[Stamp, Sequence[Listed]] | None = None
        self._forgotten = 0  # how often something was let go of

    @property
    def forgotten(self) -> int:
        """How often something was let go of: what was opened before is not kept after it."""
        return self._forgotten

    def listed(self, stamp: Stamp) -> Sequence[Listed] | None:
        """The whole list as it was read at *stamp*, if that is what is kept."""
        kept = self._list
        return kept[1] if kept is not None and kept[0] == stamp else None

    def keep(self, stamp: Stamp, entries: Sequence[Listed], *, forgotten: int) -> None:
        """Keep the list that was read at *stamp*, or later, unless something was let go of since *forgotten*."""
        with self._lock:
            if forgotten == self._forgotten:
                self._list = (stamp, entries)

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, opener: Seals, entry: UUID, label: bytes | None, names: Sequence[SealedName] | None) -> Words:
        """What label and names of *entry* say; empty where its key is not here. *names* is None: they are not asked."""
        if not opener.keys.knows(entry):
            return NOTHING
        kept = self._kept.get(entry)
        if kept is not None and kept.sealed_label == label and (names is None or kept.sealed_names == names):
            return kept.words
        words = _opened(opener, entry, label, names or ())
        with self._lock:
            # The key may have gone meanwhile; from then on nothing is kept.
            if opener.keys.knows(entry):
                self._kept[entry] = _Kept(label, names or (), words)
        return words

    def forget(self, entry: UUID) -> None:
        """Let go of an entry's words: its key is another one now, or destroyed."""
        with self._lock:
            self._kept.pop(entry, None)
            self._list = None
            self._forgotten += 1

    def used(self, now: float) -> None:
        """Somebody searches at *now*, in seconds of a clock that never goes back."""
        self._used_at = now

    def let_go(self, now: float) -> None:
        """Forget all that nobody has looked for in the last ``KEPT_SECONDS``."""
        if now - self._used_at >= KEPT_SECONDS:
            with self._lock:
                self._kept.clear()
                self._list = None
                self._forgotten += 1

    async def run(self, stop: asyncio.Event) -> None:
        """Let go of what is not looked for, until *stop*."""
        while not stop.is_set():
            beat()
            self.let_go(asyncio.get_running_loop().time())
            await pause(stop, _LOOK_SECONDS)


def _opened(opener: Seals, entry: UUID, label: bytes | None, names: Sequence[SealedName]) -> Words:
    said = opener.text_or_nothing(entry, label, about=seals.label(entry))
    files = (opener.text_or_nothing(entry, sealed, about=seals.name(entry, photo)) for photo, sealed in names)
    return Words(said, search.folded(said), search.text(files))

"""Which generation of the index is the first without a removed entry, and waiting until it is the only one left."""

import asyncio

from proto.wardwatch.v1.subjects import EntryId


class Departures:
    """Removed entries by the number of the first generation begun after they were removed. Event loop only."""

    def __init__(self) -> None:
        self._first: dict[EntryId, int] = {}
        self._begun = 0
        self._swept = 0
        self._sweep = asyncio.Event()

    def left(self, entry_id: EntryId) -> None:
        """The entry's rows were removed: a generation already begun may still hold them."""
        self._first[entry_id] = self._begun + 1

    def returned(self, entry_id: EntryId) -> None:
        """The entry has rows again."""
        self._first.pop(entry_id, None)

    def begun(self, generation: int) -> None:
        """A build of *generation* begins with the rows of this moment."""
        self._begun = generation

    def swept(self, generation: int) -> None:
        """*generation* is in use and the memory of everything before it is overwritten or released."""
        self._swept = generation
        self._sweep.set()
        self._sweep = asyncio.Event()

    def is_gone(self, entry_id: EntryId) -> bool:
        """Whether no memory of the index holds a removed vector of the entry; True for one that was never there."""
        return self._first.get(entry_id, 0) <= self._swept

    async def gone(self, entry_id: EntryId) -> int:
        """Wait until that is so; number of the first generation built without the entry (0 when never there)."""
        first = self._first.get(entry_id, 0)
        while self._swept < first:
            await self._sweep.wait()
        return first

"""How an import ends: checked, then committed and approved, or undone, or discarded."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.imports import BatchView, CommitSaid
from services.chassis.errors import NotStored
from services.watchlist.imports.import_check import BatchComparison
from services.watchlist.imports.import_end import ImportEnd
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.keys.seals import Keys
from services.watchlist.record.records import StoreAway
from services.watchlist.rules.holder import Holder

log = structlog.get_logger(__name__)


class FollowUp(Protocol):
    """Destroys the key of an entry that was just erased; see ``ErasureFollowUp``."""

    async def follow_up(self, entry_id: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class ImportCompletion:
    """Who may approve is the database's to say.

    Everything raises StoreAway, NotStored, Forbidden, Unreadable and Refusal (404, 409, 503), in words.
    """

    imports: ImportStore
    end: ImportEnd
    comparison: BatchComparison
    erasures: FollowUp
    keys: Keys
    model_sha256: str

    async def check(self, batch_id: UUID) -> BatchView:
        """Compare everybody with everybody, and name people without a photo."""
        view, _ = await self._checked(batch_id)
        return view

    async def commit(self, batch_id: UUID, said: CommitSaid, holder: Holder) -> BatchView:
        """Check once more, and submit everybody in one transaction."""
        checked = ""
        if (await self.imports.show(batch_id)).state == "open":
            _, checked = await self._checked(batch_id)
        view = await self.end.commit(batch_id, said, holder, checked=checked)
        await self._destroy_keys(batch_id)
        log.info("import committed", generation=view.generation, entries=view.pending)
        return view

    async def approve(self, batch_id: UUID, holder: Holder, *, seen: int) -> BatchView:
        """Let everybody match, if the import is still as *seen*: a revision."""
        view = await self.end.approve(batch_id, holder, seen=seen)
        log.info("import approved", entries=view.active)
        return view

    async def undo(self, batch_id: UUID, holder: Holder, reason: str) -> BatchView:
        """Take everybody back, within a day of the commit."""
        view = await self.end.undo(batch_id, holder, reason)
        await self._destroy_keys(batch_id)
        return view

    async def discard(self, batch_id: UUID, holder: Holder) -> BatchView:
        """Throw an open import away."""
        view = await self.end.discard(batch_id, holder)
        await self._destroy_keys(batch_id)
        return view

    async def _checked(self, batch_id: UUID) -> tuple[BatchView, str]:
        """Where the import stands, and the drafts that were checked, as ``ImportEnd.commit`` wants to be told."""
        vectors = await self.end.vectors(batch_id, self.model_sha256)
        compared = await self.comparison.of(vectors.own, vectors.others)
        return await self.end.record(batch_id, compared, await self.keys.make(batch_id)), vectors.drafts

    async def _destroy_keys(self, batch_id: UUID) -> None:
        # They are erased from now on, whatever becomes of this: the background finds them in the record.
        for entry_id in await self.end.erased(batch_id):
            try:
                await self.erasures.follow_up(entry_id)
            except (NotStored, StoreAway) as error:
                log.warning("erasure goes on in the background", entry_id=str(entry_id), reason=str(error))
                return

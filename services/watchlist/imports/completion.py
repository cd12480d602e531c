"""How an import ends: checked, then committed and approved, or undone, or discarded."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.imports import BatchView, CommitRequest
from services.chassis.errors import NotStored
from services.watchlist.imports.comparison import ImportComparison
from services.watchlist.imports.end_store import ImportEndStore
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.keys.seals import Keys
from services.watchlist.record.errors import StoreAway
from services.watchlist.rules.holder import Holder

log = structlog.get_logger(__name__)


class FollowUp(Protocol):
    """Destroys the key of an entry that was just erased; see ``ErasureFollowUp``."""

    async def after_erasure(self, entry_id: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class ImportCompletion:
    """Who may approve is the database's to say.

    Everything raises StoreAway, NotStored, Forbidden, Unreadable and Refusal (404, 409, 503), in words.
    """

    imports: ImportStore
    end: ImportEndStore
    comparison: ImportComparison
    erasures: FollowUp
    keys: Keys
    model_sha256: str

    async def check(self, import_id: UUID) -> BatchView:
        """Compare everybody with everybody, and name people without a photo."""
        view, _ = await self._checked(import_id)
        return view

    async def commit(self, import_id: UUID, options: CommitRequest, holder: Holder) -> BatchView:
        """Check once more, and submit everybody in one transaction."""
        checked = ""
        if (await self.imports.show(import_id)).state == "open":
            _, checked = await self._checked(import_id)
        view = await self.end.commit(import_id, options, holder, checked=checked)
        await self._destroy_keys(import_id)
        log.info("import committed", generation=view.generation, entries=view.pending)
        return view

    async def approve(self, import_id: UUID, holder: Holder, *, seen: int) -> BatchView:
        """Let everybody match, if the import is still as *seen*: a revision."""
        view = await self.end.approve(import_id, holder, seen=seen)
        log.info("import approved", entries=view.active)
        return view

    async def undo(self, import_id: UUID, holder: Holder, reason: str) -> BatchView:
        """Take everybody back, within a day of the commit."""
        view = await self.end.undo(import_id, holder, reason)
        await self._destroy_keys(import_id)
        return view

    async def discard(self, import_id: UUID, holder: Holder) -> BatchView:
        """Throw an open import away."""
        view = await self.end.discard(import_id, holder)
        await self._destroy_keys(import_id)
        return view

    async def _checked(self, import_id: UUID) -> tuple[BatchView, str]:
        """The import after the check, and the digest of its checked drafts, for ``ImportEndStore.commit``."""
        vectors = await self.end.vectors(import_id, self.model_sha256)
        compared = await self.comparison.of(vectors.own, vectors.others)
        return await self.end.record(import_id, compared, await self.keys.make(import_id)), vectors.drafts

    async def _destroy_keys(self, import_id: UUID) -> None:
        # They count as erased already; what fails here the erasure follow-up of some replica does later.
        for entry_id in await self.end.erased(import_id):
            try:
                await self.erasures.after_erasure(entry_id)
            except (NotStored, StoreAway) as error:
                log.warning("erasure goes on in the background", entry_id=str(entry_id), reason=str(error))
                return

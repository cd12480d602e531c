"""The end of an import at the desk: checked, reported, committed, approved, undone or discarded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ApprovalSaid, ReasonSaid
from proto.wardwatch.v1.imports import BatchView, CommitSaid, ItemPage, LikenessPage
from services.chassis.errors import NotStored
from services.watchlist.desk import asked
from services.watchlist.desk.erasure import Custody
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.enrolment import rules
from services.watchlist.enrolment.rules import Unacceptable
from services.watchlist.imports.import_check import BatchComparison
from services.watchlist.imports.import_end import ImportEnd
from services.watchlist.imports.import_likenesses import ImportLikenesses
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.keys.seals import Keys
from services.watchlist.record.records import StoreAway

log = structlog.get_logger(__name__)

_VERDICTS: Final = ("ready", "warning", "rejected")


@dataclass(frozen=True, slots=True)
class ImportEndDesk:
    """Who may approve is the database's to say."""

    imports: ImportStore
    end: ImportEnd
    likenesses: ImportLikenesses
    comparison: BatchComparison
    custody: Custody
    keys: Keys
    model_sha256: str

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "check_import": self.check,
            "list_items": self.items,
            "list_likenesses": self.list_likenesses,
            "commit_import": self.commit,
            "approve_import": self.approve,
            "undo_import": self.undo,
            "discard_import": self.discard,
        }

    async def check(self, asking: Asking) -> Given:
        """Compare everybody with everybody, and name people without a photo."""
        view, _ = await self._checked(asking.id("import"))
        return Given(view)

    async def items(self, asking: Asking) -> Given:
        """A page of the report."""
        batch_id, verdict = asking.id("import"), asking.target.get("verdict", "")
        if verdict and verdict not in _VERDICTS:
            raise Unacceptable(refusals.UNKNOWN_VERDICT.filled(text=verdict, known=", ".join(_VERDICTS)))
        limit = asked.page_length(asking.target.get("limit", ""))
        after = asked.item_cursor(asking.target.get("cursor", ""))
        await self.imports.show(batch_id)
        rows, more = await self.imports.items(batch_id, verdict or None, after, limit, asking.holder)
        last = f"{rows[-1][1].verdict.value}.{rows[-1][0].hex()}" if more else None
        return Given(ItemPage(items=[item for _, item in rows], next=last))

    async def list_likenesses(self, asking: Asking) -> Given:
        """A page of who looks like whom, undecided first."""
        batch_id = asking.id("import")
        await self.imports.show(batch_id)
        limit = asked.page_length(asking.target.get("limit", ""))
        after = asked.offset(asking.target.get("cursor", ""))
        found, more = await self.likenesses.page(batch_id, after, limit, asking.holder)
        return Given(LikenessPage(likenesses=found, next=str(after + limit) if more else None))

    async def commit(self, asking: Asking) -> Given:
        """Check once more, and put everybody forward in one transaction."""
        batch_id, said = asking.id("import"), asking.body(CommitSaid)
        checked = ""
        if (await self.imports.show(batch_id)).state == "open":
            _, checked = await self._checked(batch_id)
        view = await self.end.commit(batch_id, said, asking.holder, checked=checked)
        await self._destroy_keys(batch_id)
        log.info("import committed", generation=view.generation, entries=view.pending)
        return Given(view)

    async def approve(self, asking: Asking) -> Given:
        """Let everybody match, as whoever asks has seen the import."""
        seen = asking.body(ApprovalSaid).revision
        view = await self.end.approve(asking.id("import"), asking.holder, seen=seen)
        log.info("import approved", entries=view.active)
        return Given(view)

    async def undo(self, asking: Asking) -> Given:
        """Take everybody back."""
        batch_id = asking.id("import")
        reason = rules.words("reason", asking.body(ReasonSaid).reason)
        view = await self.end.undo(batch_id, asking.holder, reason)
        await self._destroy_keys(batch_id)
        return Given(view)

    async def discard(self, asking: Asking) -> Given:
        """Throw it away."""
        batch_id = asking.id("import")
        view = await self.end.discard(batch_id, asking.holder)
        await self._destroy_keys(batch_id)
        return Given(view)

    async def _checked(self, batch_id: UUID) -> tuple[BatchView, str]:
        """Where the import stands, and the drafts that were checked, as ``ImportEnd.commit`` wants to be told."""
        vectors = await self.end.vectors(batch_id, self.model_sha256)
        compared = await self.comparison.of(vectors.own, vectors.others)
        return await self.end.record(batch_id, compared, await self.keys.make(batch_id)), vectors.drafts

    async def _destroy_keys(self, batch_id: UUID) -> None:
        # They are erased from now on, whatever becomes of this: the background finds them in the record.
        for entry_id in await self.end.erased(batch_id):
            try:
                await self.custody.follow_up(entry_id)
            except (NotStored, StoreAway) as error:
                log.warning("erasure goes on in the background", entry_id=str(entry_id), reason=str(error))
                return

"""Imports at the desk: opened, given people.csv and photos, looked at, and ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ApprovalSaid, ReasonSaid
from proto.wardwatch.v1.imports import (
    TEMPLATE,
    BatchPage,
    CommitSaid,
    ItemPage,
    Known,
    KnownSaid,
    LikenessPage,
    PurposeSaid,
)
from services.watchlist.desk import asked
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.imports.completion import ImportCompletion
from services.watchlist.imports.import_likenesses import ImportLikenesses
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.imports.intake import ImportIntake
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import Unacceptable

_VERDICTS: Final = ("ready", "warning", "rejected")
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """Translates; ``intake`` and ``completion`` do the work."""

    imports: ImportStore
    likenesses: ImportLikenesses
    intake: ImportIntake
    completion: ImportCompletion

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "open_import": self.open_import,
            "list_imports": self.list_imports,
            "show_import": self.show_import,
            "import_people": self.import_people,
            "people_template": self.people_template,
            "known_photos": self.known_photos,
            "import_photo": self.import_photo,
            "check_import": self.check,
            "list_items": self.items,
            "list_likenesses": self.list_likenesses,
            "commit_import": self.commit,
            "approve_import": self.approve,
            "undo_import": self.undo,
            "discard_import": self.discard,
        }

    async def open_import(self, asking: Asking) -> Given:
        """Begin an import under the request's id, so that the same request begins it once."""
        return Given(await self.intake.open(asking.request_id, asking.body(PurposeSaid), asking.holder))

    async def list_imports(self, asking: Asking) -> Given:
        """A page of imports."""
        after = asked.moment_cursor(asking.target.get("cursor", ""))
        found, more = await self.imports.page(after, asked.page_length(asking.target.get("limit", "")))
        last = asked.moment_after(found[-1].opened_at, found[-1].id) if more else None
        return Given(BatchPage(batches=found, next=last))

    async def show_import(self, asking: Asking) -> Given:
        """Where an import stands."""
        return Given(await self.imports.show(asking.id("import")))

    async def import_people(self, asking: Asking) -> Given:
        """Take people.csv over."""
        return Given(await self.intake.take_people(asking.id("import"), asking.attachment, asking.holder))

    async def people_template(self, _asking: Asking) -> Given:
        """A people.csv to fill in."""
        return Given(attachment=TEMPLATE.encode())

    async def known_photos(self, asking: Asking) -> Given:
        """Which files were assessed already."""
        digests = [bytes.fromhex(each) for each in asking.body(KnownSaid).sha256]
        known = await self.imports.known(asking.id("import"), digests)
        return Given(Known(sha256=[each.hex() for each in known]))

    async def import_photo(self, asking: Asking) -> Given:
        """Assess a photo and keep its face unless it is rejected."""
        batch_id, name = asking.id("import"), asking.target.get("file", "")
        if not 1 <= len(name) <= _LONGEST_NAME or "\x00" in name:
            raise Unacceptable(refusals.PHOTO_NAME.filled(most=_LONGEST_NAME))
        digest, upload = asked.digest(asking.target), asked.upload(asking.target, asking.attachment)
        return Given(await self.intake.take_photo(batch_id, name, digest, upload, asking.holder))

    async def check(self, asking: Asking) -> Given:
        """Compare everybody with everybody, and name people without a photo."""
        return Given(await self.completion.check(asking.id("import")))

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
        """Check once more, and submit everybody in one transaction."""
        return Given(await self.completion.commit(asking.id("import"), asking.body(CommitSaid), asking.holder))

    async def approve(self, asking: Asking) -> Given:
        """Let everybody match, as whoever asks has seen the import."""
        seen = asking.body(ApprovalSaid).revision
        return Given(await self.completion.approve(asking.id("import"), asking.holder, seen=seen))

    async def undo(self, asking: Asking) -> Given:
        """Take everybody back."""
        batch_id = asking.id("import")
        reason = entry_rules.words("reason", asking.body(ReasonSaid).reason)
        return Given(await self.completion.undo(batch_id, asking.holder, reason))

    async def discard(self, asking: Asking) -> Given:
        """Throw it away."""
        return Given(await self.completion.discard(asking.id("import"), asking.holder))

"""Imports at the desk: opened, given people.csv and photos, looked at, and ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ApprovalRequest, ReasonRequest
from proto.wardwatch.v1.imports import (
    TEMPLATE,
    BatchPage,
    CommitRequest,
    ItemPage,
    Known,
    KnownRequest,
    LikenessPage,
    PurposeRequest,
)
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.imports.completion import ImportCompletion
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.imports.intake import ImportIntake
from services.watchlist.imports.likenesses import ImportLikenessStore
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import Unacceptable

_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """Translates requests; ``intake`` and ``completion`` do the work."""

    imports: ImportStore
    likenesses: ImportLikenessStore
    intake: ImportIntake
    completion: ImportCompletion

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
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

    async def open_import(self, request: Request) -> Response:
        """Begin an import under the request's id, so that the same request begins it once."""
        return Response(await self.intake.open(request.request_id, request.body(PurposeRequest), request.holder))

    async def list_imports(self, request: Request) -> Response:
        """A page of imports."""
        after = queries.moment_cursor(request.target.get("cursor", ""))
        found, more = await self.imports.page(after, queries.page_length(request.target.get("limit", "")))
        last = queries.moment_after(found[-1].opened_at, found[-1].id) if more else None
        return Response(BatchPage(batches=found, next=last))

    async def show_import(self, request: Request) -> Response:
        """An import's state and counts."""
        return Response(await self.imports.show(request.id("import")))

    async def import_people(self, request: Request) -> Response:
        """Take people.csv over."""
        return Response(await self.intake.take_people(request.id("import"), request.attachment, request.holder))

    async def people_template(self, _request: Request) -> Response:
        """A people.csv to fill in."""
        return Response(attachment=TEMPLATE.encode())

    async def known_photos(self, request: Request) -> Response:
        """Which files were assessed already."""
        digests = [bytes.fromhex(each) for each in request.body(KnownRequest).sha256]
        known = await self.imports.known(request.id("import"), digests)
        return Response(Known(sha256=[each.hex() for each in known]))

    async def import_photo(self, request: Request) -> Response:
        """Assess a photo and keep its face unless it is rejected."""
        import_id, name = request.id("import"), request.target.get("file", "")
        if not 1 <= len(name) <= _LONGEST_NAME or "\x00" in name:
            raise Unacceptable(refusals.PHOTO_NAME.filled(most=_LONGEST_NAME))
        digest, upload = queries.digest(request.target), queries.upload(request.target, request.attachment)
        return Response(await self.intake.take_photo(import_id, name, digest, upload, request.holder))

    async def check(self, request: Request) -> Response:
        """Compare everybody with everybody, and name people without a photo."""
        return Response(await self.completion.check(request.id("import")))

    async def items(self, request: Request) -> Response:
        """A page of the report."""
        import_id, wanted = request.id("import"), queries.wanted_items(request.target)
        await self.imports.show(import_id)
        rows, more = await self.imports.items(import_id, wanted, request.holder)
        last = queries.item_after(rows[-1][0]) if more else None
        return Response(ItemPage(items=[item for _, item in rows], next=last))

    async def list_likenesses(self, request: Request) -> Response:
        """A page of who looks like whom, undecided first."""
        import_id = request.id("import")
        await self.imports.show(import_id)
        limit = queries.page_length(request.target.get("limit", ""))
        after = queries.offset(request.target.get("cursor", ""))
        found, more = await self.likenesses.page(import_id, after, limit, request.holder)
        return Response(LikenessPage(likenesses=found, next=str(after + limit) if more else None))

    async def commit(self, request: Request) -> Response:
        """Check once more, and submit everybody in one transaction."""
        return Response(await self.completion.commit(request.id("import"), request.body(CommitRequest), request.holder))

    async def approve(self, request: Request) -> Response:
        """Let everybody match, as whoever asks has seen the import."""
        seen = request.body(ApprovalRequest).revision
        return Response(await self.completion.approve(request.id("import"), request.holder, seen=seen))

    async def undo(self, request: Request) -> Response:
        """Take everybody back."""
        import_id = request.id("import")
        reason = entry_rules.words("reason", request.body(ReasonRequest).reason)
        return Response(await self.completion.undo(import_id, request.holder, reason))

    async def discard(self, request: Request) -> Response:
        """Throw it away."""
        return Response(await self.completion.discard(request.id("import"), request.holder))

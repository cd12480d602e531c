"""Drafts written anew, and what is sent back to become one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from proto.wardwatch.v1.entries import EntryView, ReasonRequest, Until, WordsRequest
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.draft_store import DraftStore, DraftWords
from services.watchlist.record.list_store import ListStore
from services.watchlist.rules import days, entry_rules
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import Category, existing


@dataclass(frozen=True, slots=True)
class DraftDesk:
    """``now`` tells the time by this process's clock; the database allows its own a minute's difference."""

    drafts: DraftStore
    listed: ListStore
    now: Callable[[], datetime]
    days: Days

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {"rewrite_entry": self.rewrite_entry, "return_entry": self.return_entry}

    async def rewrite_entry(self, request: Request) -> Response:
        """Say other words, another ground or scope in a draft, as whoever asks has seen it."""
        entry_id, body = request.id("entry"), request.body(WordsRequest)
        shown = existing(await self.drafts.show(entry_id, request.holder), entry_id)
        words = await self._words(shown, body)
        view = await self.drafts.rewrite(entry_id, words, request.holder, revision=body.revision)
        return Response(existing(view, entry_id))

    async def return_entry(self, request: Request) -> Response:
        """Send what waits for approval back to its author, who amends it."""
        entry_id = request.id("entry")
        comment = entry_rules.words("reason", request.body(ReasonRequest).reason)
        return Response(existing(await self.drafts.send_back(entry_id, request.holder, comment), entry_id))

    async def _words(self, shown: EntryView, body: WordsRequest) -> DraftWords:
        ground = entry_rules.category(body.category or shown.category, await self.listed.categories())
        scope = body.scope or shown.scope
        return DraftWords(
            label=_said("label", body.label, shown.label),
            note=shown.note if body.note is None else body.note.strip(),
            category=ground.code,
            basis=_said("basis", body.basis, shown.basis),
            evidence=_said("evidence", body.evidence, shown.evidence),
            instruction=_said("instruction", body.instruction, shown.instruction),
            scope=scope.kind,
            group=scope.group,
            sites=await self.listed.sites(scope),
            expires_at=self._end(shown, body, ground),
        )

    def _end(self, shown: EntryView, body: WordsRequest, ground: Category) -> datetime:
        now = self.now()
        if body.last_day is not None:
            return days.expiry(self.days, Until(last_day=body.last_day), ground, now)
        # A ground that allows less shortens it.
        return min(shown.expires_at, self.days.end_of(days.choice(self.days, ground, now).latest))


def _said(name: str, text: str | None, before: str) -> str:
    return before if text is None else entry_rules.words(name, text)

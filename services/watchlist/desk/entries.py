"""Entries: the grounds, the list, beginning one, one as a whole, and its history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Categories, CategoryView, EntryPage, EntryRequest, History, SearchRequest
from services.chassis.errors import Refusal
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.keys.seals import Keys
from services.watchlist.record.drafts import Draft
from services.watchlist.record.entry_search import EntrySearch
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.list_store import ListStore
from services.watchlist.record.waiting_store import WaitingStore
from services.watchlist.rules import days, entry_rules, identity_numbers
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import Category, existing

# An entry that ended so short a time ago may still be renewed by who forgot it.
_RECENTLY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class EntryDesk:
    """``now`` tells the time by this process's clock; the database allows its own a minute's difference."""

    entries: EntryStore
    listed: ListStore
    search: EntrySearch
    waiting: WaitingStore
    keys: Keys
    now: Callable[[], datetime]
    days: Days

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "list_categories": self.list_categories,
            "list_entries": self.list_entries,
            "search_entries": self.search_entries,
            "show_waiting": self.show_waiting,
            "show_endings": self.show_endings,
            "draft_entry": self.draft_entry,
            "show_entry": self.show_entry,
            "show_history": self.show_history,
        }

    async def list_categories(self, _: Request) -> Response:
        """The closed list of grounds."""
        grounds, now = await self.listed.categories(), self.now()
        return Response(Categories(categories=[_category(self.days, ground, now) for ground in grounds]))

    async def list_entries(self, request: Request) -> Response:
        """A page of the list."""
        found = await self.listed.entries(queries.list_query(request.target), request.holder)
        following = queries.cursor_after(found.rows[-1]) if found.more else None
        return Response(EntryPage(entries=found.rows, next=following, counts=found.counts))

    async def search_entries(self, request: Request) -> Response:
        """A page of what is looked for."""
        return Response(await self.search.page(request.body(SearchRequest), request.holder))

    async def show_waiting(self, request: Request) -> Response:
        """How much waits for who asks, and whether the list has changed."""
        return Response(await self.waiting.waiting(request.holder))

    async def show_endings(self, _: Request) -> Response:
        """Which entries end when, those that ended in the last month too."""
        return Response(await self.waiting.endings(self.now() - _RECENTLY))

    async def draft_entry(self, request: Request) -> Response:
        """Begin an entry under the request's id, so that the same request begins it once."""
        entry_id, content = request.request_id, request.body(EntryRequest).model_dump_json(exclude_defaults=True)
        begun = await self.entries.begun(entry_id, content, request.holder)
        if begun is not None:
            return Response(begun)

        draft = await self._draft(request)
        # The key is on the broker's disk before anything is sealed under it.
        key = await self.keys.make(entry_id)
        return Response(existing(await self.entries.draft(draft, key, content), entry_id))

    async def show_entry(self, request: Request) -> Response:
        """An entry with its photos and those it resembles."""
        entry_id = request.id("entry")
        return Response(existing(await self.entries.show(entry_id, request.holder), entry_id))

    async def show_history(self, request: Request) -> Response:
        """Everything that was done to an entry."""
        entry_id = request.id("entry")
        changes = await self.listed.history(entry_id, request.holder)
        if not changes:
            raise Refusal(404, refusals.NO_ENTRY.filled(entry=entry_id))
        return Response(History(changes=changes))

    async def _draft(self, request: Request) -> Draft:
        body, now = request.body(EntryRequest), self.now()
        ground = entry_rules.category(body.category, await self.listed.categories())
        return Draft(
            entry_id=request.request_id,
            author=request.holder,
            label=entry_rules.words("label", body.label),
            note=body.note.strip(),
            category=ground.code,
            basis=entry_rules.words("basis", body.basis),
            evidence=entry_rules.words("evidence", body.evidence),
            instruction=entry_rules.words("instruction", body.instruction),
            scope=body.scope.kind,
            group=body.scope.group,
            sites=await self.listed.sites(body.scope),
            begins_at=now,
            expires_at=days.expiry(self.days, body, ground, now),
            number=None if body.identity_number is None else identity_numbers.normalised(body.identity_number),
            external_id=body.external_id,
        )


def _category(of: Days, ground: Category, now: datetime) -> CategoryView:
    choice = days.choice(of, ground, now)
    return CategoryView(
        code=ground.code,
        title=ground.title,
        longest_days=ground.longest.days,
        usual_last_day=choice.usual,
        latest_last_day=choice.latest,
    )

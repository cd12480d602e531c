"""Serves the notice for visitors and the sign for the door as the settings are now; two of them live in the record."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from services.alerts.database import StoreAway
from services.alerts.edge.notice import ADDRESSES, Notice
from services.alerts.edge.pages import File
from services.alerts.edge.plain import sending
from services.alerts.incidents.reviewers import Reviewing

# However many ask: the record is asked so often.
_FRESH_SECONDS: Final = 5.0


@dataclass(slots=True)
class NoticePages:
    """Makes the pages anew when ``held`` says something else. *monotonic* gives seconds.

    While the record is away they say what was known last, and before anything was known what a hospital begins with.
    """

    notice: Notice
    held: Callable[[], Awaitable[Reviewing]]
    monotonic: Callable[[], float]
    _files: Mapping[str, File] = field(init=False, default_factory=dict)
    _until: float = field(init=False, default=0.0)
    _turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    def pages(self) -> Mapping[str, Handler]:
        """The pages and their style, by address."""
        return {address: self._page(address) for address in ADDRESSES}

    def _page(self, address: str) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            return await sending((await self._now())[address])(request)

        return show

    async def _now(self) -> Mapping[str, File]:
        async with self._turn:
            if not self._files or self.monotonic() >= self._until:
                try:
                    reviewing = await self.held()
                except StoreAway:
                    reviewing = self.notice.reviewing
                if not self._files or reviewing != self.notice.reviewing:
                    self.notice = replace(self.notice, reviewing=reviewing)
                    self._files = await asyncio.to_thread(self.notice.files)
                self._until = self.monotonic() + _FRESH_SECONDS
            return self._files

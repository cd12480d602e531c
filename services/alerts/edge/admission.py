"""How fast requests are let in: of somebody without a session by their address, of an account, and of all strangers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Final, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.holder import Holder
from services.alerts.edge.pace import Pace
from services.alerts.edge.problems import Refused
from services.alerts.edge.senders import Senders

# A request waits at most so long for its turn, which is less than a page waits for an answer.
_LONGEST_TURN_SECONDS: Final = 8.0
_API: Final = "/api/"


class Vouch(Protocol):
    """Told of each request that came with a valid session."""

    def __call__(self, request: web.Request, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets requests in one after another where somebody sends more than any page does; nobody is shut out.

    Strangers have a pace for each sender and one for all. Who has a session has another one, which they do not touch;
    the page's own files, of which one load is a hundred, are counted apart from what is asked for by it. So are files
    that are sent (PUT): an import sends as fast as photos are judged, and few are taken at one time (``UploadSlots``).
    """

    recognised: Callable[[web.Request], Holder | None]
    senders: Senders
    vouch: Vouch
    of_sender: Pace = field(default_factory=lambda: Pace(per_second=300, burst=1500))
    of_strangers: Pace = field(default_factory=lambda: Pace(per_second=600, burst=3000))
    of_account: Pace = field(default_factory=lambda: Pace(per_second=30, burst=300))
    of_files: Pace = field(default_factory=lambda: Pace(per_second=300, burst=1500))
    of_uploads: Pace = field(default_factory=lambda: Pace(per_second=300, burst=300))

    def middleware(self) -> Middleware:
        """Applies it to every request."""

        @web.middleware
        async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
            holder = self.recognised(request)
            if holder is None:
                await self._in_turn(*self._strangers(request))
            else:
                self.vouch(request)
                await self._in_turn((self._of_account(request), str(holder.account_id)))
            return await handler(request)

        return admit

    def _of_account(self, request: web.Request) -> Pace:
        if not request.path.startswith(_API):
            return self.of_files
        return self.of_uploads if request.method == "PUT" else self.of_account

    def _strangers(self, request: web.Request) -> tuple[tuple[Pace, str], tuple[Pace, str]]:
        sender = self.senders.of_request(request.remote, request.headers.getall("X-Forwarded-For", []))
        return (self.of_sender, sender), (self.of_strangers, "")

    async def _in_turn(self, *paces: tuple[Pace, str]) -> None:
        """Wait for one's turn by each of *paces*. Raises Refused (429) when it is too far off."""
        now, waits = asyncio.get_running_loop().time(), [0.0]
        for pace, key in paces:
            wait = pace.turn(key, now, within_seconds=_LONGEST_TURN_SECONDS)
            if wait is None:
                seconds = ceil(pace.late(key, now))
                raise Refused(429, "Too many requests", refusals.SLOW_DOWN.filled(seconds=seconds), retry_after=seconds)
            waits.append(wait)
        if (longest := max(waits)) > 0:
            await asyncio.sleep(longest)

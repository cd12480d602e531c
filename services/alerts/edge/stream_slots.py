"""How many event streams may be open: of one session, of one account, and in all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from services.alerts.edge.problems import Refused

# Tabs of one browser; phones and desks that share an account.
MOST_OF_SESSION: Final = 8
MOST_OF_ACCOUNT: Final = 40


@dataclass(eq=False, slots=True)
class Slot:
    """One open stream. ``replaced``: a newer one of the same session or account has taken its place."""

    session: str
    account: UUID
    news: asyncio.Event
    replaced: bool = False
    is_heard: bool = False  # the page said that its sound is on


@dataclass(slots=True)
class StreamSlots:
    """The newest stream is always let in: a phone that lost its network must not wait for its own dead streams.

    What has to go for it is the oldest of the same session, or of the same account. In all there are *most* at once.
    """

    most: int = 2048
    most_of_session: int = MOST_OF_SESSION
    most_of_account: int = MOST_OF_ACCOUNT
    _open: dict[Slot, None] = field(default_factory=dict)  # oldest first

    @contextmanager
    def slot(self, session: str, account: UUID, news: asyncio.Event) -> Iterator[Slot]:
        """Occupy a slot; *news* is set when it is taken away. Raises Refused (503) when all are taken by others."""
        mine = [slot for slot in self._open if slot.account == account]
        same = [slot for slot in mine if slot.session == session]
        for slots, most in ((same, self.most_of_session), (mine, self.most_of_account)):
            for oldest in slots[: max(0, len(slots) - most + 1)]:
                self._replace(oldest)
        if len(self._open) >= self.most:
            raise Refused(503, "Too many pages", refusals.TOO_MANY_PAGES.filled(), retry_after=5)

        slot = Slot(session, account, news)
        self._open[slot] = None
        try:
            yield slot
        finally:
            self._open.pop(slot, None)

    def report(self, session: str, *, is_heard: bool) -> None:
        """A page of *session* says whether alerts can be heard from it; forgotten when its stream ends."""
        for slot in self._open:
            if slot.session == session:
                slot.is_heard = is_heard

    def heard(self) -> frozenset[UUID]:
        """The accounts that have an open page which can be heard."""
        return frozenset(slot.account for slot in self._open if slot.is_heard)

    def _replace(self, slot: Slot) -> None:
        slot.replaced = True
        slot.news.set()
        self._open.pop(slot, None)

"""The desk's key operations: verifying that everything opens, and wrapping every key under the current secret."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.imports import KeysRewrapped, KeysView
from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.keyring import KeyGone
from services.watchlist.record.key_store import Sample
from services.watchlist.rules.holder import Holder

# A page's labels are opened between two looks at the event loop: a few milliseconds.
_PAGE: Final = 250
_ASKED_AT_ONCE: Final = 10_000
# Keys wrapped anew in one request: a few seconds at most, so that the caller can show its progress.
_REWRAP_AT_MOST: Final = 500
_NAMED: Final = 100
_BEFORE_ALL: Final = UUID(int=0)

Read = Callable[[UUID, int], Awaitable[list[Sample]]]


class Keys(Protocol):
    """Data keys; see ``Keyring``."""

    @property
    def current(self) -> str: ...
    async def check(self) -> str | None: ...
    def key(self, owner: UUID) -> DataKey: ...
    def owners(self) -> frozenset[UUID]: ...
    def wrapped_by(self) -> Mapping[str, int]: ...
    async def to_rewrap(self) -> int: ...
    async def rewrap(self, *, at_most: int | None = None) -> int: ...


class SealedRecord(Protocol):
    """What keys must open, and where work on them is noted; see ``KeyStore``. Raises StoreAway."""

    async def entries(self, after: UUID, count: int) -> list[Sample]: ...
    async def imports(self, after: UUID, count: int) -> list[Sample]: ...
    async def recorded(self, owners: Collection[UUID]) -> Mapping[UUID, bool]: ...
    async def note(
        self,
        actor: Holder,
        action: Literal["keys.verified", "keys.rewrapped"],
        *,
        current: str,
        details: Mapping[str, int],
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """Serves administrators and auditors. The audit is told of a request before it is carried out."""

    keys: Keys
    record: SealedRecord
    identity: IdentityKeys

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {"verify_keys": self.verify, "rewrap_keys": self.rewrap}

    async def verify(self, request: Request) -> Response:
        """Open a value of every entry and import, and look for keys that belong to nobody."""
        await self._check()
        unused, unreadable = set(self.keys.owners()), list[UUID]()
        counts = {"entries": 0, "imports": 0}
        for kind, read in (("entries", self.record.entries), ("imports", self.record.imports)):
            async for page in _pages(read):
                counts[kind] += len(page)
                unused.difference_update(sample.owner for sample in page)
                unreadable += [sample.owner for sample in page if not self._opens(sample)]
        # What was erased while this was read has rightly lost its key.
        unreadable = [owner for owner, erased in (await self._recorded(unreadable)).items() if not erased]
        recorded = await self._recorded(unused)
        view = KeysView(
            current=self.keys.current,
            wrapped_by=dict(self.keys.wrapped_by()),
            entries=counts["entries"],
            imports=counts["imports"],
            unreadable_count=len(unreadable),
            unreadable=sorted(unreadable)[:_NAMED],
            not_destroyed=sum(recorded.values()),
            orphans=len(unused) - len(recorded),
        )
        found = {
            **counts,
            "unreadable": view.unreadable_count,
            "not_destroyed": view.not_destroyed,
            "orphans": view.orphans,
        }
        await self.record.note(request.holder, "keys.verified", current=view.current, details=found)
        return Response(view)

    async def rewrap(self, request: Request) -> Response:
        """Wrap some keys under the current secret, and return how many are left for further requests."""
        await self._check()
        # Recorded before it is done: what is wrapped anew stays so, even if the database fails afterwards.
        if waiting := await self.keys.to_rewrap():
            details = {"waiting": waiting, "at_most": _REWRAP_AT_MOST}
            await self.record.note(request.holder, "keys.rewrapped", current=self.keys.current, details=details)
        done = await self.keys.rewrap(at_most=_REWRAP_AT_MOST)
        current = self.keys.current
        left = sum(count for key_id, count in self.keys.wrapped_by().items() if key_id != current)
        return Response(KeysRewrapped(current=current, rewrapped=done, left=left))

    async def _check(self) -> None:
        if (reason := await self.keys.check()) is not None:
            raise Refusal(503, refusals.KEYS_NOT_READ.filled(detail=reason))

    def _opens(self, sample: Sample) -> bool:
        try:
            key = self.keys.key(sample.owner)
            unseal(key, sample.sealed, about=sample.about)
            if sample.number is not None:
                unseal(self.identity.number_key(key), sample.number, about=f"number/{sample.owner}")
        except (KeyGone, NotOpened):
            return False
        return True

    async def _recorded(self, owners: Collection[UUID]) -> dict[UUID, bool]:
        found: dict[UUID, bool] = {}
        for some in _pieces(owners):
            found |= await self.record.recorded(some)
        return found


async def _pages(read: Read) -> AsyncIterator[list[Sample]]:
    after = _BEFORE_ALL
    while page := await read(after, _PAGE):
        yield page
        after = page[-1].owner


def _pieces(owners: Collection[UUID]) -> Iterator[list[UUID]]:
    rest = iter(owners)
    while piece := list(islice(rest, _ASKED_AT_ONCE)):
        yield piece

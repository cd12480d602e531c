"""The desk's answers about the matchers: where a change is live, who they are, and comparing stream and record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.custody import MatcherPresence, RollCall
from proto.wardwatch.v1.entries import ReasonSaid
from proto.wardwatch.v1.imports import Liveness, MatcherView, ReconcileSaid, ReconciliationView
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Refusal
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.replication.custody_store import Generation
from services.watchlist.replication.reconcile_store import Asker

_ROLL_SECONDS: Final = 1.0
# The edge waits for an answer about so long; a comparison of a large list goes on behind it.
_RECONCILE_SECONDS: Final = 5.0


class AskAll(Protocol):
    """Asks everybody; see ``Bus.ask_all``."""

    async def __call__(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]: ...


class Store(Protocol):
    """See ``custody_store.CustodyStore``; raises StoreAway."""

    async def generation(self, number: int | None) -> Generation | None: ...
    async def replicas(self) -> list[MatcherView]: ...
    async def record_presence(self, presence: MatcherPresence) -> None: ...
    async def mark_live(self) -> list[float]: ...
    async def give_up(self, name: str, *, by_id: UUID, by_name: str, reason: str) -> bool: ...


class Comparisons(Protocol):
    """See ``reconcile_store.ReconcileStore``; raises StoreAway."""

    async def latest(self) -> ReconciliationView | None: ...


class Compares(Protocol):
    """Has stream and record compared; see ``upkeep.Upkeep``."""

    async def reconcile(self, asker: Asker, *, bury_unknown: bool, within_seconds: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class CustodyDesk:
    """Four views and two requests."""

    store: Store
    comparisons: Comparisons
    upkeep: Compares
    ask_all: AskAll

    def works(self) -> Mapping[str, Work]:
        """What the front serves."""
        return {
            "show_liveness": self.show_liveness,
            "list_matchers": self.list_matchers,
            "end_matcher": self.end_matcher,
            "reconcile_list": self.reconcile_list,
            "show_reconciliation": self.show_reconciliation,
        }

    async def show_liveness(self, asking: Asking) -> Given:
        """On how many matchers a change of the list is live, as they say themselves now."""
        text = asking.target.get("generation", "")
        number = int(text) if text.isdecimal() and len(text) <= 18 else 0
        return Given(await self._liveness(number, missing=refusals.NOT_FOUND.filled(kind="generation", text=text)))

    async def list_matchers(self, _asking: Asking) -> Given:
        """The matchers, and how far they are with the last change."""
        return Given(await self._liveness(None, missing=refusals.NOT_FOUND.filled(kind="generation", text="")))

    async def end_matcher(self, asking: Asking) -> Given:
        """Count a silent matcher as ended: an erasure waits for its receipt no longer."""
        name = asking.target.get("matcher", "")
        holder, reason = asking.holder, asking.body(ReasonSaid).reason
        if not await self.store.give_up(name, by_id=holder.account_id, by_name=holder.name, reason=reason):
            raise Refusal(409, refusals.NO_SILENT_MATCHER.filled(matcher=name))
        return await self.list_matchers(asking)

    async def reconcile_list(self, asking: Asking) -> Given:
        """Compare now; the answer may come while it goes on."""
        asker = Asker(asking.holder.account_id, asking.holder.name)
        over = await self.upkeep.reconcile(
            asker, bury_unknown=asking.body(ReconcileSaid).bury_unknown, within_seconds=_RECONCILE_SECONDS
        )
        latest = await self.comparisons.latest()
        if latest is None or (not over and (latest.ended_at is not None or latest.broken_off)):
            raise Refusal(503, refusals.COMPARISON_WAITS.filled())
        return Given(latest)

    async def show_reconciliation(self, _asking: Asking) -> Given:
        """The comparison that began last."""
        latest = await self.comparisons.latest()
        if latest is None:
            raise Refusal(404, refusals.NEVER_COMPARED.filled())
        return Given(latest)

    async def _liveness(self, number: int | None, *, missing: RefusalText) -> Liveness:
        generation = await self.store.generation(number)
        if generation is None and number is not None:
            raise Refusal(404, missing)
        await self._call_the_roll()
        replicas = await self.store.replicas()
        generation = await self.store.generation(number)  # it may have become live with the roll call
        return _liveness(generation, replicas)

    async def _call_the_roll(self) -> None:
        """Have every matcher say where it is, and write it down; who does not answer is shown as last heard."""
        expected = sum(not replica.silent for replica in await self.store.replicas())
        answers = await self.ask_all(
            subjects.ROLL.pattern, RollCall().encode(), within_seconds=_ROLL_SECONDS, expected=expected
        )
        for answer in answers:
            await self.store.record_presence(MatcherPresence.decode(answer))
        await self.store.mark_live()


def _liveness(generation: Generation | None, matchers: list[MatcherView]) -> Liveness:
    published = None if generation is None else generation.published_sequence
    if generation is None:
        return Liveness(
            generation=0, committed_at=None, published_at=None, live=len(matchers), matchers=matchers, seconds=None
        )
    live_at = generation.live_at
    return Liveness(
        generation=generation.number,
        committed_at=generation.committed_at,
        published_at=generation.published_at,
        live=sum(published is not None and each.applied_sequence >= published for each in matchers),
        matchers=matchers,
        seconds=None if live_at is None else (live_at - generation.committed_at).total_seconds(),
    )

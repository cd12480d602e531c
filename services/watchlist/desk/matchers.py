"""The desk's operations on matchers: where a change is live, who they are, and comparing stream and record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.entries import ReasonRequest
from proto.wardwatch.v1.imports import Liveness, MatcherView, ReconcileRequest, ReconciliationView
from proto.wardwatch.v1.refusals import RefusalText
from proto.wardwatch.v1.replication import MatcherPresence, RollCall
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.replication.reconcile_store import Requester
from services.watchlist.replication.replica_store import Generation

_ROLL_SECONDS: Final = 1.0
# The edge waits about so long for a response; a comparison of a large list goes on after it.
_RECONCILE_SECONDS: Final = 5.0


class AskAll(Protocol):
    """Asks everybody; see ``Bus.ask_all``."""

    async def __call__(self, subject: str, payload: bytes, *, within_seconds: float, expected: int) -> list[bytes]: ...


class Store(Protocol):
    """See ``replica_store.ReplicaStore``; raises StoreAway."""

    async def generation(self, number: int | None) -> Generation | None: ...
    async def replicas(self) -> list[MatcherView]: ...
    async def record_presence(self, presence: MatcherPresence) -> None: ...
    async def mark_live(self) -> list[float]: ...
    async def give_up(self, name: str, *, by_id: UUID, by_name: str, reason: str) -> bool: ...


class Comparisons(Protocol):
    """See ``reconcile_store.ReconcileStore``; raises StoreAway."""

    async def latest(self) -> ReconciliationView | None: ...


class Compares(Protocol):
    """Has stream and record compared. See ``jobs.ScheduledJobs``."""

    async def reconcile(self, requester: Requester, *, tombstone_unknown: bool, within_seconds: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class MatcherDesk:
    """Shows where a change is live and what the last comparison found; ends silent matchers, has the list compared."""

    replicas: Store
    comparisons: Comparisons
    jobs: Compares
    ask_all: AskAll

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "show_liveness": self.show_liveness,
            "list_matchers": self.list_matchers,
            "end_matcher": self.end_matcher,
            "reconcile_list": self.reconcile_list,
            "show_reconciliation": self.show_reconciliation,
        }

    async def show_liveness(self, request: Request) -> Response:
        """On how many matchers a change of the list is live, as they say themselves now."""
        text = request.target.get("generation", "")
        number = int(text) if text.isdecimal() and len(text) <= 18 else 0
        return Response(await self._liveness(number, missing=refusals.NOT_FOUND.filled(kind="generation", text=text)))

    async def list_matchers(self, _request: Request) -> Response:
        """The matchers, and how far they are with the last change."""
        return Response(await self._liveness(None, missing=refusals.NOT_FOUND.filled(kind="generation", text="")))

    async def end_matcher(self, request: Request) -> Response:
        """Count a silent matcher as ended: an erasure waits for its receipt no longer."""
        name = request.target.get("matcher", "")
        holder, reason = request.holder, request.body(ReasonRequest).reason
        if not await self.replicas.give_up(name, by_id=holder.account_id, by_name=holder.name, reason=reason):
            raise Refusal(409, refusals.NO_SILENT_MATCHER.filled(matcher=name))
        return await self.list_matchers(request)

    async def reconcile_list(self, request: Request) -> Response:
        """Compare now; the answer may come while it goes on."""
        requester = Requester(request.holder.account_id, request.holder.name)
        over = await self.jobs.reconcile(
            requester, tombstone_unknown=request.body(ReconcileRequest).bury_unknown, within_seconds=_RECONCILE_SECONDS
        )
        latest = await self.comparisons.latest()
        if latest is None or (not over and (latest.ended_at is not None or latest.broken_off)):
            raise Refusal(503, refusals.COMPARISON_WAITS.filled())
        return Response(latest)

    async def show_reconciliation(self, _request: Request) -> Response:
        """The comparison that began last."""
        latest = await self.comparisons.latest()
        if latest is None:
            raise Refusal(404, refusals.NEVER_COMPARED.filled())
        return Response(latest)

    async def _liveness(self, number: int | None, *, missing: RefusalText) -> Liveness:
        generation = await self.replicas.generation(number)
        if generation is None and number is not None:
            raise Refusal(404, missing)
        await self._call_the_roll()
        replicas = await self.replicas.replicas()
        generation = await self.replicas.generation(number)  # it may have become live with the roll call
        return _liveness(generation, replicas)

    async def _call_the_roll(self) -> None:
        """Ask every matcher for its presence, and record it; one that does not answer is shown as last heard."""
        expected = sum(not replica.silent for replica in await self.replicas.replicas())
        answers = await self.ask_all(
            subjects.ROLL.pattern, RollCall().encode(), within_seconds=_ROLL_SECONDS, expected=expected
        )
        for answer in answers:
            await self.replicas.record_presence(MatcherPresence.decode(answer))
        await self.replicas.mark_live()


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

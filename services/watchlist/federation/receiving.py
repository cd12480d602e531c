"""Writes down what publishers say of entries: by their signatures, in the names of the two who joined their lists."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals, statements, subjects
from proto.wardwatch.v1.federation import ListSilence, Received, ReceiveOutcome, ReceiveRequest
from proto.wardwatch.v1.listed import ListedEntry
from proto.wardwatch.v1.sealing import NotOpened
from proto.wardwatch.v1.statements import SIGNATURE_BYTES, NotAuthentic
from services.chassis.errors import NoAnswer, NotStored, Refusal
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.watchlist.federation import opening
from services.watchlist.federation.batches import Batches
from services.watchlist.federation.opening import FaceEmbedder, Locked, NotUsable
from services.watchlist.federation.received_store import Beginning, Begun, OnList, ReceivedStore, Said, Subscription
from services.watchlist.federation.stopping import Stops
from services.watchlist.federation.subscriptions import SubscriptionStore
from services.watchlist.keys.keyring import KeyGone
from services.watchlist.keys.seals import Keys, Unreadable
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.rules.constraints import REFUSALS
from services.watchlist.rules.listed_elsewhere import Known, Verdict, judged, needs_key

log = structlog.get_logger(__name__)

Answer = Callable[[bytes], Awaitable[bytes]]

_MOST: Final = 2**63 - 1
_REMEMBER_SECONDS: Final = 15.0
_WRITTEN: Final = frozenset({Verdict.KNOWN, Verdict.NOTE, Verdict.FOLLOW, Verdict.ERASE, Verdict.BEGIN})


class FollowUp(Protocol):
    """Destroys the key of an entry that was just erased; see ``ErasureFollowUp``."""

    async def after_erasure(self, entry_id: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class Receiving:
    """Answers the federation service, which carries statements and is not believed by itself."""

    store: ReceivedStore
    batches: Batches
    subscriptions: SubscriptionStore
    embedder: FaceEmbedder
    keys: Keys
    erasures: FollowUp
    stops: Stops

    async def remember(self, stop: asyncio.Event) -> None:
        """Know until *stop* which lists are joined, for as long as the record says so."""
        while not stop.is_set():
            beat()
            try:
                self.stops.remember(await self.store.subscriptions())
            except StoreAway:
                log.debug("joined lists are known from before")
            await pause(stop, _REMEMBER_SECONDS)

    def answers(self) -> Mapping[str, Answer]:
        """What to serve on which subject. Raises Refusal: 400 for nonsense, 503 where the same may succeed later."""
        return {
            subjects.federation("receive"): self._receive,
            subjects.federation("silence"): self._silence,
        }

    async def receive(self, request: ReceiveRequest) -> Received:
        """Write a statement down unless something is against it. Raises StoreAway, NotStored, Unreadable, Refusal."""
        try:
            # Of whom it speaks, only its own content says; that it is the publisher's is checked below.
            entry = ListedEntry.decode(request.statement[:-SIGNATURE_BYTES])
            found = await self.batches.on_list(request.list_, UUID(entry.entry_id))
            if found is None:
                return _refused("nobody here has joined the list")
            subscription = found.subscription
            said, key = authentic(request, subscription)
        except (NotAuthentic, ValueError) as error:
            return _refused(f"its publisher has not signed this: {error}")
        if key == subscription.next_publisher:
            await self.store.follow_key(request.list_, key)
            log.info("publisher signs by its renewed key", list=request.list_)
        try:
            verdict = await self._written(request, said, found)
        except Locked as error:
            return Received(ReceiveOutcome.LOCKED, str(error))
        except NotUsable as error:
            return _refused(str(error))
        except Forbidden as error:
            words = REFUSALS.get(error.rule)
            return _refused(f"the record refuses it ({error.rule}): {words or ''}")
        if verdict is Verdict.ERASE:
            await self.erasures.after_erasure(said.local_id)
        return _received(verdict)

    async def _written(self, request: ReceiveRequest, said: Said, found: OnList) -> Verdict:
        subscription = found.subscription

        def judge(known: Known | None, now: datetime) -> Verdict:
            return judged(said.entry, said.statement_sha256, known, subscription.hospital, now)

        verdict = judge(found.known, found.now)
        person = None
        if verdict in (Verdict.BEGIN, Verdict.FOLLOW) and needs_key(said.entry, subscription.hospital):
            person = opening.opened(said.list_, said.entry, request.travel_key)
        if verdict is Verdict.BEGIN and person is not None:
            faces = opening.pictures(said.list_, said.entry, person, request.travel_key, request.faces)
            enrolled = await self.embedder.enrolled(person, faces)
            # The key is on the broker's disk before anything is sealed under it.
            begun = Begun(person, enrolled, await self.keys.make(said.local_id))
            written = await self.batches.begin(Beginning(said, judge, subscription, begun))
        else:
            above = await self.stops.above(said.local_id) if verdict is Verdict.FOLLOW and person is not None else 0
            written = await self.store.write(said, judge, person, above)
        if written in (Verdict.BEGIN, Verdict.FOLLOW) and written is not verdict:
            raise Refusal(503, refusals.CHANGED_MEANWHILE.filled())  # another replica came between: it is asked again
        if written not in (Verdict.KNOWN, Verdict.OLDER):
            log.info(
                "statement of a list received",
                list=said.list_,
                entry_id=str(said.local_id),
                number=said.entry.number,
                verdict=written.name.lower(),
            )
        return written

    async def _receive(self, payload: bytes) -> bytes:
        try:
            request = ReceiveRequest.decode(payload)
        except ValueError as error:
            raise Refusal(400, refusals.NOT_VALID.filled(faults=error, fields=[])) from error
        try:
            return (await self.receive(request)).encode()
        except (Unreadable, KeyGone, NotOpened) as error:
            raise Refusal(503, refusals.KEY_AWAY.filled()) from error
        except StoreAway as error:
            await self._stop(request)
            raise Refusal(503, refusals.RECORD_AWAY.filled()) from error
        except (NotStored, NoAnswer) as error:
            raise Refusal(503, refusals.NOT_STORED.filled()) from error

    async def _stop(self, request: ReceiveRequest) -> None:
        """The record is away: what takes away takes effect all the same, and is written down when it is asked again."""
        subscription = self.stops.known.get(request.list_)
        if subscription is None:
            return
        try:
            said, _ = authentic(request, subscription)
        except (NotAuthentic, ValueError):
            return
        if not needs_key(said.entry, subscription.hospital):
            await self.stops.stop(said.local_id)

    async def _stop_all(self, request: ListSilence) -> None:
        """The same of everybody on a list of which nothing is heard; of nobody else, whatever the request names."""
        subscription = self.stops.known.get(request.list_)
        if subscription is None or not request.silent:
            return
        for entry_id in request.entries:
            await self.stops.stop(statements.local_entry_id(subscription.named_by, request.list_, entry_id))

    async def _silence(self, payload: bytes) -> bytes:
        try:
            request = ListSilence.decode(payload)
        except ValueError as error:
            raise Refusal(400, refusals.NOT_VALID.filled(faults=error, fields=[])) from error
        try:
            await self.subscriptions.silence(request.list_, silent=request.silent)
        except StoreAway as error:
            await self._stop_all(request)
            raise Refusal(503, refusals.RECORD_AWAY.filled()) from error
        return b""


def authentic(request: ReceiveRequest, subscription: Subscription) -> tuple[Said, bytes]:
    """What was said, if the publisher of the list has signed it for this entry, and by which of its keys.

    Raises NotAuthentic and ValueError.
    """
    # Of whom it speaks, only its own content says: the signature holds on that subject alone.
    entry = ListedEntry.decode(request.statement[:-SIGNATURE_BYTES])
    subject = subjects.fed_entry(request.list_, entry.entry_id)
    publishers = (subscription.publisher, subscription.next_publisher)
    _, key = statements.verified_by([each for each in publishers if each], subject, request.statement)
    if max(entry.number, entry.revision) > _MOST:
        raise ValueError("its number is higher than any can be")
    said = Said(
        request.list_,
        entry,
        statements.statement_digest(request.statement),
        statements.local_entry_id(subscription.named_by, request.list_, entry.entry_id),
        entry.is_for(subscription.hospital),
    )
    return said, key


def _received(verdict: Verdict) -> Received:
    if verdict in _WRITTEN:
        kept = "" if verdict is not Verdict.NOTE else "nothing of the person is kept here"
        return Received(ReceiveOutcome.WRITTEN, kept)
    if verdict is Verdict.OLDER:
        return Received(ReceiveOutcome.OLDER, "the record follows a later statement")
    return _refused("it goes back behind what its publisher has said before, or the list was left")


def _refused(detail: str) -> Received:
    return Received(ReceiveOutcome.REFUSED, detail)

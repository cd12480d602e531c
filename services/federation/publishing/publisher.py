"""Says of each list what is due, one replica at a time, and every five seconds how the list stands.

Each step is written down before it is published, and noted once the broker has stored it. Killed anywhere, the next
replica decides the same again from the record: a statement goes out with the same bytes, a key with a later number.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Final

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.federation import ListedContent, ListedContentRequest
from proto.wardwatch.v1.listed import ListHead
from proto.wardwatch.v1.statements import NotAuthentic, public_bytes, verified_by
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import NoAnswer, Refusal
from services.chassis.telemetry import Meters
from services.federation.publishing import core
from services.federation.publishing.adopting import said_before
from services.federation.publishing.composing import Composer, Kept, Made, Message
from services.federation.publishing.core import EntryFacts, Found, Hospital, ListFacts, Plan
from services.federation.publishing.ports import Ask, Hub, Note, Record, Saying

log = structlog.get_logger(__name__)

MOST_IN_A_BATCH: Final = 500
# Sealing for them takes a fraction of a second, which is how long a stop waits behind them.
_MOST_MESSAGES: Final = 480
_MOST_ENTRIES: Final = 64
_MOST_LOOKED_AT: Final = 2 * _MOST_ENTRIES
_ASKED_AT_ONCE: Final = 16
# Pictures wait for the broker's disk, each for milliseconds.
_FACES_AT_ONCE: Final = 8
_CONTENT_SECONDS: Final = 20.0
HEAD_SECONDS: Final = 5.0
# Between two looks at every entry: what was noted is said at once, and this finds what nobody noted.
_ALL_SECONDS: Final = 60.0
# Before an entry whose content was refused is asked for again.
_REFUSED_SECONDS: Final = 10.0
# Before a stream that lost something, once more, is made anew again.
_REFILL_SECONDS: Final = 60.0
# Somebody waits for a repair; what is not said again by then has a reason of its own.
_REPAIR_SECONDS: Final = 120.0
_LOST: Final = 409

# By entry; None: it is refused, and waiting does not help.
Contents = dict[str, ListedContent | None]


@dataclass
class _Place:
    """What this replica knows of a list since it began; lost with it, and found again."""

    hospitals: frozenset[str] | None = None  # to whom the broker delivers
    compared: bool = False
    believed: bool = False  # a hospital that said it has more than the stream
    looked_at: float = float("-inf")  # at every entry
    looked_for: tuple[tuple[Hospital, ...], int] | None = None  # hospitals, by their keys, and generation at that look
    head_at: float = float("-inf")
    refilled_at: float = float("-inf")
    refused: dict[str, float] = field(default_factory=dict)  # until when an entry is left alone
    ahead: Contents = field(default_factory=dict, repr=False)  # given while those before were published
    behind: list[str] = field(default_factory=list)  # entries of a look that are still to be said
    repairing: Found | None = None  # as somebody asked: what was found before
    repairing_since: float = 0.0


class Publisher:
    """*still_alone* raises StoreAway once another replica may be at work; it is asked before anything is published.

    *now* tells the time, *monotonic* gives seconds that never go back. The last head on the stream may be signed by
    *former*, the publisher's key before it was renewed.
    """

    def __init__(
        self,
        record: Record,
        hub: Hub,
        ask: Ask,
        composer: Composer,
        meters: Meters,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        still_alone: Callable[[], Awaitable[None]],
        former: bytes = b"",
    ) -> None:
        self._record = record
        self._hub = hub
        self._ask = ask
        self._composer = composer
        self._meters = meters
        self._now = now
        self._monotonic = monotonic
        self._still_alone = still_alone
        self._publics = tuple(each for each in (public_bytes(composer.key), former) if each)
        self._places: dict[str, _Place] = {}

    async def round(self, list_: ListFacts) -> bool:
        """Say what is due of a list; returns whether more is. Raises StoreAway, NotStored and NoAnswer."""
        place = self._places.setdefault(list_.name, _Place())
        try:
            return await self._round(list_, place)
        except BaseException:
            # What was written down and not published is found by looking; the broker may have lost its consumers.
            place.looked_at, place.hospitals = float("-inf"), None
            raise

    async def _round(self, list_: ListFacts, place: _Place) -> bool:
        if place.hospitals != list_.admitted:
            await self._hub.ensure_list(list_.name, list_.admitted)
            place.hospitals = list_.admitted
        if not place.compared or self._monotonic() - place.head_at >= HEAD_SECONDS:
            list_ = await self._compare(list_, place)
        if list_.repair_asked and place.repairing is None:
            place.repairing, place.repairing_since = await self._found(list_.name), self._monotonic()
            await self._make_anew(list_, place)
        more = await self._say(list_, place)
        if self._monotonic() - place.head_at >= HEAD_SECONDS:
            await self._say_head(list_.name, place)
        if place.repairing is not None and not more:
            await self._end_repair(list_.name, place, place.repairing)
        return more

    # -- whether the stream has what the record says it has

    async def _compare(self, list_: ListFacts, place: _Place) -> ListFacts:
        hellos = await self._record.hello_numbers(list_.name)
        on_stream = await self._on_stream(list_.name)
        judged = core.judge(list_.number, list_.head_number, on_stream, hellos, self._now())
        if judged.number > list_.number:
            log.warning("numbers of the record were put back", list=list_.name, count=judged.number - list_.number)
            await self._adopt(list_.name, place)
            await self._record.raise_number(list_.name, judged.number)
        # On hospitals' words only once: else one of them could have the stream made anew at will.
        refill = judged.lost or (judged.behind and not place.believed)
        if refill and self._monotonic() - place.refilled_at >= _REFILL_SECONDS:
            await self._make_anew(list_, place)
            place.believed = place.believed or judged.behind
        place.compared = True
        return next((each for each in await self._record.lists() if each.name == list_.name), list_)

    async def _adopt(self, list_: str, place: _Place) -> None:
        """The record may have been put back: what was said since is ended or said anew, as the record has it now."""
        said = said_before(list_, self._publics, await self._hub.statements(list_))
        if count := await self._record.adopt(list_, said):
            log.warning("record does not know what was said of entries", list=list_, count=count)
        place.looked_at = float("-inf")

    async def _make_anew(self, list_: ListFacts, place: _Place) -> None:
        """An empty stream in the place of this one; everything is said again."""
        log.warning("stream of a list is made anew", list=list_.name)
        self._meters.count("wardwatch_federation_refills_total")
        # First and last in the record: killed in between, the next one makes it anew once more.
        await self._record.begin_anew(list_.name)
        await self._hub.refill(list_.name, list_.admitted)
        await self._record.emptied(list_.name)
        place.refilled_at, place.looked_at = self._monotonic(), float("-inf")

    async def _found(self, list_: str) -> Found:
        said, keys = await self._record.on_stream(list_)
        held = await self._hub.held(list_)
        return core.found(said, keys, {subject: each.sha256 for subject, each in held.items()})

    async def _end_repair(self, list_: str, place: _Place, before: Found) -> None:
        """Tell whoever asked what was found, once all is said again, or it takes too long."""
        late = self._monotonic() - place.repairing_since > _REPAIR_SECONDS
        if place.behind and not late:
            return
        agrees = not place.behind and (await self._found(list_)).is_whole
        await self._record.repaired(list_, before, agrees=agrees)
        place.repairing = None
        log.info("stream of a list was made anew as somebody asked", list=list_, entries=before.entries)

    async def _on_stream(self, list_: str) -> int:
        """The number of the last head that the broker has, 0: none. One that we have not signed is none."""
        last = await self._hub.last_head(list_)
        if last is None:
            return 0
        try:
            message, _ = verified_by(self._publics, subjects.fed_head(list_), last.payload)
            return ListHead.decode(message).number
        except (NotAuthentic, ValueError):
            self._meters.count("wardwatch_federation_refused_total", kind="head")
            return 0

    # -- entries

    async def _say(self, list_: ListFacts, place: _Place) -> bool:
        """Say some of what is due, stops first; returns whether more is."""
        notes = await self._record.notes(list_.name)
        await self._look(list_, place)
        now = self._monotonic()
        noted, behind = (
            [each for each in waiting if place.refused.get(each, now) <= now]
            for waiting in ([note.entry_id for note in notes], place.behind)
        )
        # Stops are first in both. To ask of thousands each time takes longer than what is said in between.
        asked = [*dict.fromkeys([*noted[:_MOST_LOOKED_AT], *behind[:_MOST_LOOKED_AT]])]
        due = await self._due(list_, asked)
        stops = [each for each in due if each[1].is_stop]
        parts = iter(core.rounds(stops or due, _MOST_MESSAGES, _MOST_ENTRIES))
        some, following = next(parts, []), next(parts, [])
        idle = set(asked) - {facts.entry_id for facts, _ in due}
        contents = await self._contents(list_, some, place)
        said, place.ahead = await asyncio.gather(
            self._publish(list_, some, contents, [n for n in notes if n.entry_id in idle], notes),
            self._contents(list_, following, place),
        )
        done = idle | said
        place.behind = [each for each in place.behind if each not in done]
        for facts, _ in some:
            if facts.entry_id not in done:  # it changed meanwhile, or its content is not given
                place.refused.setdefault(facts.entry_id, self._monotonic() + HEAD_SECONDS / 5)
        is_all = max(len(noted), len(behind)) <= _MOST_LOOKED_AT
        return (bool(said) and len(due) > len(some)) or (bool(done) and not is_all)

    async def _look(self, list_: ListFacts, place: _Place) -> None:
        """Look at every entry where that may find something: at the beginning, for a new hospital, and now and then."""
        present = (list_.hospitals, list_.generation)
        if place.looked_for != present or self._monotonic() - place.looked_at >= _ALL_SECONDS:
            place.behind = await self._record.unsettled(list_.name)
            place.looked_for, place.looked_at = present, self._monotonic()

    async def _due(self, list_: ListFacts, entries: Sequence[str]) -> list[tuple[EntryFacts, Plan]]:
        facts = await self._record.entries(list_.name, entries) if entries else []
        planned = [(each, core.plan(each, list_.admitted, list_.generation)) for each in facts]
        return [(each, what) for each, what in planned if not what.is_nothing]

    async def _contents(self, list_: ListFacts, some: Sequence[tuple[EntryFacts, Plan]], place: _Place) -> Contents:
        """What the watchlist service gives of them; who is missing is asked for again."""
        ahead = place.ahead
        contents: Contents = {
            each.entry_id: given for each, what in some if (given := _enough(ahead.get(each.entry_id), what))
        }
        slots = asyncio.Semaphore(_ASKED_AT_ONCE)

        async def fetch(entry_id: str, what: Plan) -> None:
            place.refused.pop(entry_id, None)
            async with slots:
                try:
                    contents[entry_id] = await self._content(list_, entry_id, key_only=not what.needs_words)
                except (Refusal, NoAnswer, ValueError) as error:
                    log.warning("content is not given", list=list_.name, entry_id=entry_id, reason=str(error))
                    self._meters.count("wardwatch_federation_refused_total", kind="content")
                    place.refused[entry_id] = self._monotonic() + _REFUSED_SECONDS
                    if isinstance(error, Refusal) and error.code == _LOST:
                        contents[entry_id] = None

        wanted = [(each.entry_id, what) for each, what in some if what.needs_content and each.entry_id not in contents]
        await asyncio.gather(*(fetch(*each) for each in wanted))
        return contents

    async def _content(self, list_: ListFacts, entry_id: str, *, key_only: bool) -> ListedContent:
        asked = ListedContentRequest(list_.name, EntryId(entry_id), list_.generation, key_only)
        answer = await self._ask(subjects.federation("content"), asked.encode(), timeout_seconds=_CONTENT_SECONDS)
        return ListedContent.decode(answer)

    async def _publish(
        self,
        list_: ListFacts,
        some: Sequence[tuple[EntryFacts, Plan]],
        contents: Contents,
        idle: Sequence[Note],
        notes: Sequence[Note],
    ) -> set[str]:
        """Write down what is said of *some*, then publish it; returns of whom something was said."""
        if not some and not idle:
            return set()
        head: Message | None = None
        async with self._record.saying(list_.name) as saying:
            made, number = await self._made(saying, some, contents)
            await saying.write(made, number)
            if made:
                # In every batch, so that the last head has the highest number that hospitals know.
                number += 1
                head = self._composer.head(saying.facts, await saying.lines(), self._now(), number)
                await saying.write((), number)
            said = {each.entry_id for each in made}
            await saying.drop([*idle, *(note for note in notes if note.entry_id in said)])
        if made:
            await self._send(list_.name, made, head, number)
        return said

    async def _made(
        self, saying: Saying, some: Sequence[tuple[EntryFacts, Plan]], contents: Contents
    ) -> tuple[list[Made], int]:
        """What is said of *some*, as they are in this transaction, and the last number that was given."""
        ids = [facts.entry_id for facts, _ in some]
        now, kept = await saying.entries(ids), await saying.kept(ids)
        # All of them at once: a busy machine lets each thread wait, and the transaction with it.
        return await asyncio.to_thread(self._composed, saying.facts, now, kept, contents)

    def _composed(
        self, of: ListFacts, entries: Sequence[EntryFacts], kept: Mapping[str, Kept], contents: Contents
    ) -> tuple[list[Made], int]:
        last = of.number
        numbers = count(core.next_number(last, self._now()))

        def number() -> int:
            nonlocal last
            last = next(numbers)
            return last

        made = []
        for facts in entries:
            wanted = core.plan(facts, of.admitted, of.generation)
            given = _enough(contents.get(facts.entry_id), wanted) if wanted.needs_content else None
            content = _fitting(given, facts)
            what, settled = wanted, True
            if wanted.needs_content and content is None:
                lost = facts.entry_id in contents and contents[facts.entry_id] is None
                stands = facts.said is not None and facts.said.generation == of.generation
                what = wanted.without_content(stands=stands, for_good=lost)
                settled = lost or not wanted.faces
            if not what.is_nothing:
                composed = self._composer.entry(of, facts, what, content, kept.get(facts.entry_id), number)
                made.append(replace(composed, settled=settled))
        return made, last

    async def _send(self, list_: str, made: Sequence[Made], head: Message | None, number: int) -> None:
        await self._still_alone()
        await self._send_faces([face for each in made for face in each.faces])
        groups = [each.messages for each in made] + ([] if head is None else [[head]])
        for batch in core.batches(groups, MOST_IN_A_BATCH):
            await self._hub.publish_batch(list_, batch)
        for each in made:
            if each.plan.purge:
                await self._hub.purge_faces(list_, each.entry_id)
        await self._record.stored(list_, made, 0 if head is None else number)
        self._meters.count("wardwatch_federation_published_total", sum(map(len, groups)))
        if head is not None:
            self._places[list_].head_at = self._monotonic()

    async def _send_faces(self, faces: Sequence[Message]) -> None:
        for start in range(0, len(faces), _FACES_AT_ONCE):
            some = faces[start : start + _FACES_AT_ONCE]
            # All of them end before one that failed is told of: none is under way when the round begins anew.
            for done in await asyncio.gather(*(self._hub.publish(*each) for each in some), return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done

    # -- heads

    async def _say_head(self, list_: str, place: _Place) -> None:
        """How the list stands."""
        async with self._record.saying(list_) as saying:
            number = core.next_number(saying.facts.number, self._now())
            subject, statement = self._composer.head(saying.facts, await saying.lines(), self._now(), number)
            await saying.write((), number)
        await self._still_alone()
        await self._hub.publish(subject, statement)
        await self._record.stored(list_, (), number)
        place.head_at = self._monotonic()


def _enough(content: ListedContent | None, what: Plan) -> ListedContent | None:
    """*content* unless *what* needs more of it than was asked for: the entry may have been changed meanwhile."""
    return None if content is None or (what.needs_words and not content.sealed) else content


def _fitting(content: ListedContent | None, facts: EntryFacts) -> ListedContent | None:
    """*content* if it is of the revision that *facts* have: the entry may have been changed meanwhile."""
    if content is None or facts.shared is None:
        return None
    same = (content.revision, content.state) == (facts.shared.revision, facts.shared.state)
    return content if same else None

"""What has to be said of a shared list, from what was said and who holds what. Pure.

What was said last of each entry is in the record, and so is which hospital has a key of it. From both, and from how the
record has the entry now, follows what is due: whoever was killed in between, the next one decides the same again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from proto.wardwatch.v1.federation import HospitalHello, HospitalReceipt
from proto.wardwatch.v1.values import EntryState, to_microseconds

T = TypeVar("T")

# A hospital has fewer matchers; more receipts of one entry are not kept.
MOST_RECEIPTS: Final = 256
BEING_GIVEN: Final = -1
# A hospital's receipts and hellos are a few hundred bytes.
MOST_BYTES: Final = 2048
_MOST_NUMBER: Final = 2**62
_MOST_COUNTED: Final = 2**31
_NEVER_SAID: Final = frozenset({EntryState.ACTIVE, EntryState.SUSPENDED})
_SAID: Final = _NEVER_SAID | {EntryState.EXPIRED, EntryState.REVOKED}
_CLOCK: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital of a list by its keys. ``admitted``: two people let it in, and nobody has put it out.

    By ``former_signing_key``, if it has one, what it said before its keys were renewed is still believed.
    """

    name: str
    signing_key: bytes
    sealing_key: bytes
    admitted: bool
    former_signing_key: bytes = b""

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """By which it is believed."""
        return tuple(each for each in (self.signing_key, self.former_signing_key) if each)


@dataclass(frozen=True, slots=True)
class ListFacts:
    """How the record has a list; ``head_number`` is of the last head that the broker has stored, 0: none."""

    name: str
    title: str
    silent_days: int
    number: int
    head_number: int
    generation: int
    hospitals: tuple[Hospital, ...]
    repair_asked: bool = False  # by somebody who waits for it

    @property
    def admitted(self) -> frozenset[str]:
        """Who is on the list."""
        return frozenset(hospital.name for hospital in self.hospitals if hospital.admitted)


@dataclass(frozen=True, slots=True)
class Shared:
    """How the record has an entry that two people put on the list; no ``hospitals``: it is for all of them."""

    revision: int
    state: EntryState
    expires_at: datetime
    min_similarity: float
    hospitals: frozenset[str]
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of an entry last; ``published``: the broker has stored it, with its keys and faces.

    ``ours``: it is signed by the publisher's present key.
    """

    number: int
    revision: int
    state: EntryState
    generation: int
    published: bool
    hospitals: frozenset[str] = frozenset()
    ours: bool = True


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry of a list. ``held``: each hospital that ever had a key, and the generation of the one it has now.

    0: it has none. BEING_GIVEN: one was about to be published, and the broker may have it.
    """

    entry_id: str
    shared: Shared | None
    said: Said | None
    held: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say of an entry: ``make`` a statement of this state, or ``repeat`` the last one, and which keys.

    ``faces``: the pictures go before it; ``purge``: none is left behind it.
    """

    make: EntryState | None = None
    repeat: bool = False
    seal_for: frozenset[str] = frozenset()
    empty_for: frozenset[str] = frozenset()
    faces: bool = False
    purge: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is due."""
        return self == Plan()

    @property
    def messages(self) -> int:
        """How many there are at the most, pictures aside."""
        return 1 + len(self.seal_for) + len(self.empty_for)

    @property
    def needs_content(self) -> bool:
        """Whether the watchlist service must be asked: for what a person is looked for, or for the travel key."""
        return bool(self.seal_for) or self.faces or self.make is EntryState.ACTIVE

    @property
    def needs_words(self) -> bool:
        """Whether the content is more than the travel key, which is all that another hospital's key takes."""
        return self.faces or self.make is not None

    @property
    def is_stop(self) -> bool:
        """Whether somebody must not be looked for any more. It goes first, with the words that were said before."""
        return self.make is not None and self.make is not EntryState.ACTIVE

    def without_content(self, *, stands: bool, for_good: bool) -> "Plan":
        """What of it can be said while no content is given: stops, and what only takes away.

        *stands*: something was said under keys of this generation; *for_good*: its content is lost, so that waiting
        would keep the statement back for ever.
        """
        if self.make is EntryState.ERASED or not self.needs_content:
            return self
        stop = self.make if self.is_stop and stands else None
        return Plan(stop, self.repeat and for_good, empty_for=self.empty_for)


def plan(entry: EntryFacts, admitted: Collection[str], generation: int) -> Plan:
    """What is due of *entry* on a list whose travel keys are of *generation*."""
    shared, said, held = entry.shared, entry.said, entry.held
    holds = frozenset(hospital for hospital, given in held.items() if given)
    if said is not None and said.state is EntryState.ERASED:
        # The last word, whatever the record says by now.
        if not said.ours:
            return Plan(make=EntryState.ERASED, empty_for=frozenset(held), purge=True)
        if not said.published:
            return Plan(repeat=True, empty_for=frozenset(held), purge=True)
        return Plan(empty_for=holds)
    if shared is None or shared.withdrawn or shared.state is EntryState.ERASED:
        if said is None:
            return Plan()
        return Plan(make=EntryState.ERASED, empty_for=frozenset(held), purge=True)
    if shared.state not in (_NEVER_SAID if said is None else _SAID):
        return Plan()
    return _living(shared, said, held, holds, admitted, generation)


def _living(
    shared: Shared,
    said: Said | None,
    held: Mapping[str, int],
    holds: frozenset[str],
    admitted: Collection[str],
    generation: int,
) -> Plan:
    scope = frozenset(each for each in admitted if not shared.hospitals or each in shared.hospitals)
    outside = holds - scope
    lacking = frozenset(each for each in scope if held.get(each, 0) != generation)
    if said is None or said.generation != generation or not said.ours:
        return Plan(make=shared.state, seal_for=scope, empty_for=outside, faces=True)
    changed = (said.revision, said.state, said.hospitals) != (shared.revision, shared.state, shared.hospitals)
    make = shared.state if changed else None
    if not said.published:
        return Plan(make, not changed, seal_for=scope, empty_for=outside, faces=True)
    return Plan(make, seal_for=lacking, empty_for=outside)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How record, stream and hospitals stand: numbers go on above ``number``.

    ``lost``: the stream has not what the broker had stored. ``behind``: a hospital says it has more than the stream.
    """

    number: int
    lost: bool
    behind: bool


def reached(now: datetime) -> int:
    """The number that the clock has reached at *now*, and that every number given before it is below: microseconds."""
    return to_microseconds(now)


def next_number(number: int, now: datetime) -> int:
    """The number behind *number* that is given at *now*.

    Above whatever was ever given before, also where record and stream were both put back from backups and know nothing
    of it: to give one takes longer than the microsecond by which the clock goes on.
    """
    return max(number, reached(now)) + 1


def judge(number: int, head_number: int, on_stream: int, hellos: Iterable[int], now: datetime) -> Judgement:
    """Compare the record's *number* and the last head it knows to be stored with the head *on_stream* and *hellos*.

    A hospital that says more than the clock has reached is not believed at all: whoever lies takes no number away. A
    head is signed by ourselves.
    """
    most = max(number, on_stream, reached(now))
    believed = max((heard for heard in hellos if heard <= most), default=0)
    return Judgement(max(number, on_stream, believed), on_stream < head_number, on_stream < believed)


@dataclass(frozen=True, slots=True)
class Found:
    """How a list's stream compares with the record: ``entries`` should be there, and the keys of hospitals."""

    entries: int
    missing: int
    differing: int

    @property
    def is_whole(self) -> bool:
        """Whether the stream holds what the record says, and nothing else of an entry."""
        return not self.missing and not self.differing


def found(said: Mapping[str, bytes], keys: Collection[str], held: Mapping[str, bytes]) -> Found:
    """Compare what was *said*, digests by subject, and the subjects of *keys* with what a stream has *held*."""
    missing = sum(subject not in held for subject in [*said, *keys])
    other = sum(subject in held and held[subject] != digest for subject, digest in said.items())
    stray = sum(subject.split(".")[2:3] == ["entry"] and subject not in said for subject in held)
    return Found(len(said), missing, other + stray)


def rounds(due: Sequence[tuple[EntryFacts, Plan]], messages: int, entries: int) -> list[list[tuple[EntryFacts, Plan]]]:
    """*due* in parts of at most so many *messages* and *entries*, in their order; one entry is never torn apart."""
    parts: list[list[tuple[EntryFacts, Plan]]] = []
    filled = messages
    for each in due:
        filled += each[1].messages
        if filled > messages or len(parts[-1]) == entries:
            parts.append([])
            filled = each[1].messages
        parts[-1].append(each)
    return parts


def batches(groups: Iterable[Sequence[T]], most: int) -> list[list[T]]:
    """*groups* in their order, at most *most* a batch. One that fits into a batch is never torn apart."""
    made: list[list[T]] = [[]]
    for group in groups:
        if made[-1] and len(made[-1]) + len(group) > most:
            made.append([])
        for each in group:
            if len(made[-1]) == most:
                made.append([])
            made[-1].append(each)
    return [batch for batch in made if batch]


def is_possible(hello: HospitalHello) -> bool:
    """Whether what a hospital says of itself can be kept: a number of a list, and counts of people and machines."""
    counts = (
        hello.entries,
        hello.locked,
        hello.suspended,
        hello.matchers,
        hello.matchers_current,
        hello.owed,
    )
    return hello.number < _MOST_NUMBER and max(counts) < _MOST_COUNTED


def is_closed(receipts: Iterable[HospitalReceipt]) -> bool:
    """Whether a hospital has closed an erasure: it says so, and as many matchers have signed as it counts."""
    closing, matchers = None, set[str]()
    for receipt in receipts:
        if receipt.closes:
            closing = receipt
        else:
            matchers.add(receipt.matcher)
    return closing is not None and len(matchers) >= closing.signed


def is_news(hello: HospitalHello, known_at: datetime | None, now: datetime) -> bool:
    """Whether *hello* is later than the last one, of *known_at* by the hospital's clock; the broker may repeat any.

    A clock that was ahead and has been put right is believed again.
    """
    return known_at is None or hello.at > known_at or known_at > now + _CLOCK

"""What a search has opened stays open in memory: while the record says it, and the entry's key is there."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.keys import seals
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.seals import Seals
from services.watchlist.record.open_words import KEPT_SECONDS, NOTHING, OpenWords, SealedName

KEY = DataKey(bytes(32))


@dataclass
class Keys:
    """Data keys in memory, and how often one was taken to open something; ``gone`` after so many more questions."""

    held: set[UUID] = field(default_factory=set)
    opened: int = 0
    gone_after: int | None = None

    async def make(self, owner: UUID) -> DataKey:
        self.held.add(owner)
        return KEY

    def key(self, owner: UUID) -> DataKey:
        assert owner in self.held
        self.opened += 1
        return KEY

    def knows(self, owner: UUID) -> bool:
        if self.gone_after is not None:
            self.gone_after -= 1
            if self.gone_after < 0:
                self.held.discard(owner)
        return owner in self.held


@dataclass
class Entry:
    """An entry of one key, its label and its file names sealed."""

    keys: Keys = field(default_factory=Keys)
    id: UUID = field(default_factory=uuid4)
    words: OpenWords = field(default_factory=OpenWords)

    def __post_init__(self) -> None:
        self.keys.held.add(self.id)
        self.seals = Seals(self.keys, IdentityKeys(bytes(32), bytes(32)), lambda: uuid4().bytes[:12])

    def label(self, text: str) -> bytes:
        return self.seals.close(KEY, text.encode(), about=seals.label(self.id))

    def names(self, *names: str) -> tuple[SealedName, ...]:
        photos = [(uuid4(), name) for name in names]
        return tuple(
            (photo, self.seals.close(KEY, name.encode(), about=seals.name(self.id, photo))) for photo, name in photos
        )


def test_what_did_not_change_is_opened_once() -> None:
    entry = Entry()
    label, names = entry.label("Wang FANG"), entry.names("Gate.jpg", "b.jpg")

    first = entry.words.of(entry.seals, entry.id, label, names)
    again = entry.words.of(entry.seals, entry.id, label, names)

    assert (first.label, first.folded_label, first.folded_names) == ("Wang FANG", "wang fang", "gate.jpg\0b.jpg")
    assert again is first
    assert entry.keys.opened == 3


def test_another_label_or_other_photos_are_opened_anew() -> None:
    entry = Entry()
    label, names = entry.label("Wang"), entry.names("a.jpg", "b.jpg")
    entry.words.of(entry.seals, entry.id, label, names)

    assert entry.words.of(entry.seals, entry.id, entry.label("Li"), names).label == "Li"
    assert entry.words.of(entry.seals, entry.id, label, names[:1]).folded_names == "a.jpg"
    assert entry.words.of(entry.seals, entry.id, None, ()) == NOTHING


def test_names_that_were_not_asked_for_are_opened_when_they_are() -> None:
    entry = Entry()
    label, names = entry.label("Wang"), entry.names("a.jpg")

    assert entry.words.of(entry.seals, entry.id, label, None).folded_names == ""
    assert entry.words.of(entry.seals, entry.id, label, names).folded_names == "a.jpg"
    assert entry.words.of(entry.seals, entry.id, label, None).label == "Wang"
    assert entry.keys.opened == 3


def test_what_was_moved_to_another_place_is_not_opened() -> None:
    entry = Entry()
    names = entry.names("a.jpg", "b.jpg")
    entry.words.of(entry.seals, entry.id, None, names)

    swapped = ((names[0][0], names[1][1]), (names[1][0], names[0][1]))
    assert entry.words.of(entry.seals, entry.id, None, swapped).folded_names == "\0"


def test_without_its_key_nothing_is_said_of_an_entry() -> None:
    entry = Entry()
    label = entry.label("Wang")
    entry.words.of(entry.seals, entry.id, label, ())

    entry.keys.held.clear()
    assert entry.words.of(entry.seals, entry.id, label, ()) == NOTHING

    entry.words.forget(entry.id)
    assert not len(entry.words)


def test_what_is_opened_while_its_key_is_destroyed_is_not_kept() -> None:
    entry = Entry(Keys(gone_after=2))  # asked before it is opened, and by who opens it

    assert entry.words.of(entry.seals, entry.id, entry.label("Wang"), ()).label == "Wang"
    assert not len(entry.words)


@pytest.mark.parametrize(("idle_seconds", "kept"), [(KEPT_SECONDS - 1, 1), (KEPT_SECONDS, 0)])
def test_nothing_stays_open_when_nobody_searches(idle_seconds: float, kept: int) -> None:
    entry = Entry()
    entry.words.used(1000.0)
    entry.words.of(entry.seals, entry.id, entry.label("Wang"), ())

    entry.words.let_go(1000.0 + idle_seconds)
    assert len(entry.words) == kept


def test_the_list_is_kept_as_long_as_nothing_changed_or_was_let_go() -> None:
    words, stamp = OpenWords(), (7, 9, 3)
    words.keep(stamp, [], forgotten=words.forgotten)

    assert (words.listed(stamp), words.listed((8, 9, 3)), words.listed((7, 10, 3))) == ([], None, None)

    before = words.forgotten
    words.forget(uuid4())
    assert words.listed(stamp) is None
    words.keep(stamp, [], forgotten=before)  # read before it was let go of
    assert words.listed(stamp) is None

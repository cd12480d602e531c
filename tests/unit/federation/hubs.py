"""A publisher's broker in memory: it keeps the last message of each subject, and a batch whole or not at all."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from services.chassis.errors import NoAnswer, NotStored
from services.federation.broker.hub import Held
from services.federation.publishing.composing import Message


@dataclass(frozen=True, slots=True)
class Lies:
    """A message as it lies on a stream."""

    subject: str
    payload: bytes


def _nothing() -> None:
    """No step ends the process."""


@dataclass
class FakeHub:
    """``history`` is everything that was ever stored, in its order; ``away``: the broker does not answer.

    ``step`` is called before and after whatever takes effect; it may end the process.
    """

    lists: dict[str, dict[str, bytes]] = field(default_factory=dict)
    faces: dict[str, dict[str, bytes]] = field(default_factory=dict)
    delivered_to: dict[str, frozenset[str]] = field(default_factory=dict)
    said: dict[str, list[Lies]] = field(default_factory=dict)  # by hospitals, by the kind and the list
    history: list[Message] = field(default_factory=list)
    batches: list[list[Message]] = field(default_factory=list)
    refills: int = 0
    away: bool = False
    step: Callable[[], None] = _nothing
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def ensure_list(self, list_: str, hospitals: Collection[str]) -> None:
        self._check()
        self.lists.setdefault(list_, {})
        self.faces.setdefault(list_, {})
        self.delivered_to[list_] = frozenset(hospitals)
        self.step()

    async def publish(self, subject: str, statement: bytes) -> int:
        list_ = subject.split(".")[1]
        self._check(NotStored)
        there = self.faces if ".face." in subject else self.lists
        if list_ not in there:
            raise NotStored(subject)
        self._store(there, list_, subject, statement)
        self.step()
        return len(self.history)

    async def publish_batch(self, list_: str, statements: Sequence[Message]) -> int:
        assert 1 <= len(statements) <= 500
        self._check(NotStored)
        if list_ not in self.lists:
            raise NotStored(list_)
        self.batches.append(list(statements))
        for subject, statement in statements:
            self._store(self.lists, list_, subject, statement)
        self.step()
        return len(self.history)

    async def last_head(self, list_: str) -> Lies | None:
        self._check()
        subject = f"fed.{list_}.head"
        head = self.lists.get(list_, {}).get(subject)
        return None if head is None else Lies(subject, head)

    async def held(self, list_: str) -> Mapping[str, Held]:
        self._check()
        there = {**self.lists.get(list_, {}), **self.faces.get(list_, {})}
        return {subject: Held(0, sha256(statement).digest()) for subject, statement in there.items()}

    async def statements(self, list_: str) -> Mapping[str, bytes]:
        self._check()
        return dict(self.lists.get(list_, {}))

    async def purge_faces(self, list_: str, entry: str) -> None:
        self._check()
        for subject in [each for each in self.faces[list_] if each.startswith(f"fed.{list_}.face.{entry}.")]:
            del self.faces[list_][subject]

    async def refill(self, list_: str, hospitals: Collection[str]) -> None:
        self._check()
        self.refills += 1
        self.lists[list_], self.faces[list_] = {}, {}
        await self.ensure_list(list_, hospitals)

    def receipts(self, list_: str, stop: asyncio.Event) -> AsyncGenerator[Lies, None]:
        return self._following(f"receipt/{list_}", stop)

    def hellos(self, list_: str, stop: asyncio.Event) -> AsyncGenerator[Lies, None]:
        return self._following(f"hello/{list_}", stop)

    def hear(self, kind: str, list_: str, subject: str, payload: bytes) -> None:
        """A hospital says something."""
        self.said.setdefault(f"{kind}/{list_}", []).append(Lies(subject, payload))
        self.changed.set()
        self.changed = asyncio.Event()

    def backup(self) -> "FakeHub":
        """What a backup of the store holds now."""
        return replace(
            self,
            lists={name: dict(held) for name, held in self.lists.items()},
            faces={name: dict(held) for name, held in self.faces.items()},
        )

    def put_back(self, backup: "FakeHub") -> None:
        """The store is as it was; what was ever said stays in ``history``."""
        self.lists = {name: dict(held) for name, held in backup.lists.items()}
        self.faces = {name: dict(held) for name, held in backup.faces.items()}

    async def _following(self, kind: str, stop: asyncio.Event) -> AsyncGenerator[Lies, None]:
        read = 0
        while not stop.is_set():
            while read < len(said := self.said.get(kind, [])):
                read += 1
                yield said[read - 1]
            changed, stopped = (asyncio.create_task(each.wait()) for each in (self.changed, stop))
            await asyncio.wait((changed, stopped), return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            stopped.cancel()

    def _check(self, error: type[Exception] = NoAnswer) -> None:
        self.step()
        if self.away:
            raise error("the broker is away")

    def _store(self, there: dict[str, dict[str, bytes]], list_: str, subject: str, statement: bytes) -> None:
        there[list_][subject] = statement
        self.history.append((subject, statement))

"""What the stream KEYRING says: each owner's data key as its newest message has it. Pure.

Messages may come twice or late; the newest wins, and a destroyed key stays destroyed.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import KeyPublished
from proto.wardwatch.v1.sealing import DataKey, NotOpened, WrappingKeys


def key_from(subject: str, payload: bytes) -> tuple[UUID, KeyPublished]:
    """The owner and the content of a message of the stream. Raises ValueError when it is none."""
    message = KeyPublished.decode(payload)
    owner = UUID(message.owner_id)
    if subject != subjects.keys(str(owner)):
        raise ValueError("it is not on its owner's subject")
    return owner, message


@dataclass(frozen=True, slots=True)
class Held:
    """A key as the message *sequence* has it, wrapped by the secret ``key_id``."""

    key_id: str
    sequence: int
    key: DataKey | None = field(repr=False)  # None: no secret here opens it
    wrapped: bytes = field(default=b"", repr=False)  # only while it is not open

    def opened(self, owner: UUID, secrets: WrappingKeys) -> "Held":
        """The same, open when *secrets* open it."""
        try:
            return Held(self.key_id, self.sequence, secrets.unwrap(str(owner), self.key_id, self.wrapped))
        except NotOpened:
            return self


class HeldKeys:
    """Keys by owner, the tombstones, and the messages that later ones have replaced.

    *settled* is called with each owner whose key can be used from now on, or is destroyed.
    """

    def __init__(self, settled: Callable[[UUID], None] = lambda _owner: None) -> None:
        self._settled = settled
        # Owner and sequence of messages that may still be on the stream, and should not be.
        self.replaced: list[tuple[UUID, int]] = []
        self._held: dict[UUID, Held] = {}
        self._destroyed: set[UUID] = set()
        self._waiting: set[UUID] = set()  # owners whose key no secret opens yet

    def get(self, owner: UUID) -> Held | None:
        """The owner's key, if there is one."""
        return self._held.get(owner)

    def is_destroyed(self, owner: UUID) -> bool:
        """Whether the owner's tombstone was seen."""
        return owner in self._destroyed

    def take(self, owner: UUID, held: Held) -> Held | None:
        """Keep *held* unless something newer is known; returns what it replaced."""
        if owner in self._destroyed:
            self.replaced.append((owner, held.sequence))  # late, or put back
            return None
        before = self._held.get(owner)
        if before is not None and before.sequence >= held.sequence:
            return None
        if held.key is None and before is not None and before.key is not None:
            # A key is wrapped anew, but never another one: also while the new secret is not here yet it can be used.
            held = Held(held.key_id, held.sequence, before.key)
        self._held[owner] = held
        if held.key is None:
            self._waiting.add(owner)
        else:
            self._waiting.discard(owner)
            self._settled(owner)
        return before

    def correct(self, owner: UUID, held: Held) -> None:
        """Keep *held*, the owner's last message as the stream was just asked for it.

        A lower sequence than the one known means that the stream was made anew. What does not open there is no reason
        to let go of a key.
        """
        before = self._held.get(owner)
        if before is not None and before.sequence > held.sequence and held.key is not None:
            del self._held[owner]
        self.take(owner, held)

    def forget(self, owner: UUID) -> Held | None:
        """Take over the owner's tombstone; returns the key that was known. Its message has to go as well."""
        self._waiting.discard(owner)
        self._destroyed.add(owner)
        before = self._held.pop(owner, None)
        self._settled(owner)
        return before

    def open(self, secrets: WrappingKeys) -> None:
        """Open what waits for a secret."""
        for owner in list(self._waiting):
            opened = self._held[owner] = self._held[owner].opened(owner, secrets)
            if opened.key is not None:
                self._waiting.discard(owner)
                self._settled(owner)

    def not_under(self, key_id: str) -> list[UUID]:
        """Whose open keys another secret than *key_id* wraps."""
        return [owner for owner, held in self._held.items() if held.key_id != key_id and held.key is not None]

    def owners(self) -> frozenset[UUID]:
        """All who have a key, open or not."""
        return frozenset(self._held)

    def destroyed(self) -> frozenset[UUID]:
        """All whose tombstone was seen."""
        return frozenset(self._destroyed)

    def wrapped_by(self) -> Mapping[str, int]:
        """How many keys each secret wraps, by its id."""
        return Counter(held.key_id for held in self._held.values())

    def counts(self) -> Mapping[str, int]:
        """Keys by what can be done with them."""
        waiting = len(self._waiting)
        return {"open": len(self._held) - waiting, "not_open": waiting, "destroyed": len(self._destroyed)}

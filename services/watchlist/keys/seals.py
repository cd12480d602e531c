"""The record's sealed columns: what each is sealed about, and opening them with the keys that this process holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from proto.wardwatch.v1 import sealing
from proto.wardwatch.v1.sealing import DataKey, NotOpened, seal, unseal
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.rules import external_ids


class Keys(Protocol):
    """Data keys by the entry or import they belong to; see ``Keyring``. ``make`` raises NotStored."""

    async def make(self, owner: UUID) -> DataKey: ...
    def key(self, owner: UUID) -> DataKey: ...
    def knows(self, owner: UUID) -> bool: ...


class Unreadable(Exception):
    """A sealed value cannot be opened here: its key has not arrived or is gone, or the value was changed."""


# -- what is sealed: authenticated with the content, so that it opens nowhere else --


def label(entry: UUID) -> str:
    return f"label/{entry}"


def note(entry: UUID) -> str:
    return f"note/{entry}"


def number(entry: UUID) -> str:
    return f"number/{entry}"


def name(entry: UUID, photo: UUID) -> str:
    return f"name/{entry}/{photo}"


def picture(entry: UUID, photo: UUID) -> str:
    return f"picture/{entry}/{photo}"


def item(import_id: UUID) -> str:
    return f"item/{import_id}"


vector: Final = sealing.vector_about


@dataclass(frozen=True, slots=True)
class Seals:
    """Seals and opens columns. ``nonce`` gives 12 random bytes, other ones each time."""

    keys: Keys
    identity: IdentityKeys
    nonce: Callable[[], bytes]

    def close(self, key: DataKey, content: bytes, *, about: str) -> bytes:
        """*content* sealed under an entry's *key*."""
        return seal(key, content, about=about, nonce=self.nonce())

    def open(self, owner: UUID, sealed: bytes, *, about: str) -> bytes:
        """What was sealed under the key of *owner*. Raises Unreadable."""
        return _opened(self._key(owner), sealed, about)

    def text(self, owner: UUID, sealed: bytes | None, *, about: str) -> str:
        """The words that were sealed; none when the column is empty. Raises Unreadable."""
        return "" if sealed is None else self.open(owner, sealed, about=about).decode()

    def text_or_nothing(self, owner: UUID, sealed: bytes | None, *, about: str) -> str:
        """The words that were sealed, or none when they cannot be opened: one lost key must not hide a whole list."""
        try:
            return self.text(owner, sealed, about=about)
        except Unreadable:
            return ""

    def close_number(self, key: DataKey, entry: UUID, text: str) -> bytes:
        """An identity number sealed under both secrets; *key* is the entry's."""
        return self.close(self.identity.number_key(key), text.encode(), about=number(entry))

    def open_number(self, entry: UUID, sealed: bytes) -> str:
        """The identity number of *entry*. Raises Unreadable."""
        return _opened(self.identity.number_key(self._key(entry)), sealed, number(entry)).decode()

    def person(self, external_id: str) -> bytes:
        """Keyed digest by which a person is found under an external id, however it is spelled."""
        return self.identity.lookup("external", external_ids.normal(external_id))

    def _key(self, owner: UUID) -> DataKey:
        if not self.keys.knows(owner):
            raise Unreadable(str(owner))
        return self.keys.key(owner)


def _opened(key: DataKey, sealed: bytes, about: str) -> bytes:
    try:
        return unseal(key, sealed, about=about)
    except NotOpened as error:
        raise Unreadable(about) from error

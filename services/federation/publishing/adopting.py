"""What a publisher finds of its own on a stream that its record, put back from a backup, may not know of. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proto.wardwatch.v1.listed import ListedEntry, ListedKey
from proto.wardwatch.v1.statements import NotAuthentic, verified_by
from services.federation.publishing.composing import Kept


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """``statements``: of an entry, and the key, 32 bytes, that has signed it.

    ``keys``: hospital and entry, and the generation of the travel key that lies there for it; 0: it was taken back.
    """

    statements: dict[str, tuple[Kept, bytes]] = field(default_factory=dict)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)


def said_before(list_: str, publics: Iterable[bytes], held: Mapping[str, bytes]) -> SaidBefore:
    """Read what a stream has *held*, statements by their subjects; what none of *publics* has signed is left out."""
    found, believed = SaidBefore(), tuple(publics)
    for subject, statement in held.items():
        try:
            message, public = verified_by(believed, subject, statement)
            match subject.split("."):
                case ["fed", of, "entry", entry_id] if of == list_:
                    found.statements[entry_id] = _kept(ListedEntry.decode(message), statement), public
                case ["fed", of, "key", hospital, entry_id] if of == list_:
                    key = ListedKey.decode(message)
                    found.keys[hospital, entry_id] = key.generation if key.sealed else 0
        except (NotAuthentic, ValueError):
            continue
    return found


def _kept(entry: ListedEntry, statement: bytes) -> Kept:
    return Kept(entry.number, entry.revision, entry.state, entry.generation, statement, entry.hospitals)

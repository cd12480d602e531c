"""How installations believe each other: signed statements, sealed travel keys, a digest of a list, fingerprints. Pure.

The broker between them is not trusted: it may delay, drop and repeat, and never add, alter or go back.
"""

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from proto.wardwatch.v1.sealing import KEY_BYTES, DataKey, NotOpened

SIGNATURE_BYTES: Final = 64
# The only way in which a travel key is sealed so far: HPKE of RFC 9180 in base mode.
SUITE: Final = 1
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_CONTEXT: Final = b"wardwatch federation 1\0"
_INVITATION: Final = "invitation"
_ANSWER: Final = "answer"
_NAMESPACE: Final = UUID("7c1f5a2e-0d3b-5b52-9d0e-6f3a1c9b8e40")
# Characters that people read out by telephone: 80 bits. A second text with the same last 40 bits is found in hours.
_READ_OUT: Final = 16
_ID_CHARACTERS: Final = 8
# In place of a subject, what an installation's next keys are signed for.
PUBLISHER_RENEWAL: Final = "renewal.publisher"
HOSPITAL_RENEWAL: Final = "renewal.hospital"


class NotAuthentic(Exception):
    """Nobody who may say it has signed it, or not at this place."""


def sign(key: Ed25519PrivateKey, subject: str, message: bytes) -> bytes:
    """*message* as it travels: with the signature behind it, which holds on *subject* alone."""
    return message + key.sign(_signed(subject, message))


def verified(public: bytes, subject: str, statement: bytes) -> bytes:
    """The message of a *statement* on *subject*, by whoever holds the key to *public*. Raises NotAuthentic."""
    message, signature = statement[:-SIGNATURE_BYTES], statement[-SIGNATURE_BYTES:]
    try:
        # libsodium: OpenSSL takes three times as long, and a list is thousands of statements.
        VerifyKey(public).verify(_signed(subject, message), signature)
    except (BadSignatureError, ValueError) as error:
        raise NotAuthentic(subject) from error
    return message


def invitation_subject(list_: str, hospital: str) -> str:
    """In place of a subject, what an invitation is signed for."""
    return f"{_INVITATION}.{list_}.{hospital}"


def answer_subject(list_: str, hospital: str) -> str:
    """In place of a subject, what the answer to an invitation is signed for."""
    return f"{_ANSWER}.{list_}.{hospital}"


def key_id(public: bytes) -> str:
    """How a public key is called: the begin of its digest, eight hexadecimal digits."""
    return sha256(public).hexdigest()[:_ID_CHARACTERS]


def verified_by(publics: Iterable[bytes], subject: str, statement: bytes) -> tuple[bytes, bytes]:
    """The message, and which of *publics* has signed it. Raises NotAuthentic."""
    for public in publics:
        try:
            return verified(public, subject, statement), public
        except NotAuthentic:
            continue
    raise NotAuthentic(subject)


def public_bytes(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    """The public half, 32 bytes."""
    return key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class TravelPlace:
    """Whose travel key is sealed for whom: authenticated with it, so that it opens nowhere else."""

    list_: str
    hospital: str
    entry_id: str
    generation: int

    def info(self) -> bytes:
        """The info of RFC 9180."""
        return f"wardwatch data key 1/{self.list_}/{self.hospital}/{self.entry_id}/{self.generation}".encode()


def seal_travel_key(key: DataKey, to: bytes, place: TravelPlace) -> bytes:
    """*key* so that only the hospital with the private half of *to* (X25519, 32 bytes) reads it: 80 bytes."""
    return _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(to), info=place.info())


def open_travel_key(sealed: bytes, key: X25519PrivateKey, place: TravelPlace) -> DataKey:
    """What was sealed. Raises NotOpened."""
    try:
        opened = _SUITE.decrypt(sealed, key, info=place.info())
    except (InvalidTag, ValueError) as error:
        raise NotOpened(f"the travel key of {place.entry_id}") from error
    if len(opened) != KEY_BYTES:
        raise NotOpened(f"the travel key of {place.entry_id}")
    return DataKey(opened)


def person_about(list_: str, entry_id: str) -> str:
    """What the words and templates of an entry are sealed about, under its travel key."""
    return f"listed/{list_}/{entry_id}"


def face_about(list_: str, entry_id: str, photo_id: str) -> str:
    """The same of an enrolled face."""
    return f"listed/{list_}/{entry_id}/{photo_id}"


def travel_owner(list_: str, entry_id: str, generation: int) -> UUID:
    """Under which name the publisher's keyring keeps a travel key."""
    return uuid5(_NAMESPACE, f"travel/{list_}/{entry_id}/{generation}")


def local_entry_id(publisher: bytes, list_: str, entry_id: str) -> UUID:
    """What a hospital calls a received entry: no publisher can name one of the hospital's own, or another's."""
    return uuid5(_NAMESPACE, f"received/{publisher.hex()}/{list_}/{entry_id}")


def local_photo_id(local_entry: UUID, photo_id: str) -> UUID:
    """The same of a photo."""
    return uuid5(local_entry, photo_id)


@dataclass(frozen=True, slots=True)
class DigestLine:
    """An entry as a list's digest knows it; *statement_sha256* is of the statement, 32 bytes."""

    entry_id: str
    revision: int
    statement_sha256: bytes

    def text(self) -> str:
        """As it is digested."""
        return f"{self.entry_id} {self.revision} {self.statement_sha256.hex()}\n"


def digest(lines: Iterable[DigestLine]) -> bytes:
    """SHA-256 over all entries of a list that are not erased, 32 bytes, in whatever order they are given."""
    return digest_of_lines(each.text() for each in lines)


def digest_of_lines(texts: Iterable[str]) -> bytes:
    """The same of the texts of the lines."""
    return sha256("".join(sorted(texts)).encode()).digest()


def statement_digest(statement: bytes) -> bytes:
    """What a digest says of a statement."""
    return sha256(statement).digest()


def fingerprint(content: bytes) -> str:
    """What people compare of an invitation or an answer: SHA-256 in base32, in groups of four."""
    text = b32encode(sha256(content).digest()).decode("ascii").rstrip("=")
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def is_read_out(content: bytes, typed: str) -> bool:
    """Whether *typed* are the last sixteen characters of the fingerprint, as somebody heard them by telephone."""
    return _bare(typed) == _bare(fingerprint(content))[-_READ_OUT:]


def _bare(text: str) -> str:
    # 0, 1 and 8 are not in base32, and are what people write for these.
    return "".join(text.upper().split()).replace("-", "").replace("0", "O").replace("1", "I").replace("8", "B")


def _signed(subject: str, message: bytes) -> bytes:
    return _CONTEXT + subject.encode() + b"\0" + message

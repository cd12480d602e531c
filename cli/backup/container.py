"""The file of one part of a backup: sealed, so that only a holder of a key reads it, and any change of it shows.

A file key of 32 random bytes is sealed to each recipient: by HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM), or
under a passphrase by Argon2id (RFC 9106). The header names them and is signed by who made the backup (Ed25519), so
nobody who only knows a public key can make a file that is believed. The content goes in chunks, each sealed by
AES-256-GCM under a key that depends on the whole header; a chunk's nonce is its number, and whether it is the last.
That is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as age has it: chunks that are cut off,
changed, doubled, left out or put in another order do not open.
"""

import json
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK_BYTES: Final = 64 * 1024
_MAGIC: Final = b"wardwatch backup 1\n"
_LENGTH_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_MOST_HEADER_BYTES: Final = 64 * 1024
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_FILE_KEY: Final = b"wardwatch backup 1 file key"
_CHUNKS: Final = b"wardwatch backup 1 chunks"
# RFC 9106, the second recommended choice; what a file may ask of whoever opens it is bounded.
_ITERATIONS: Final = 3
_LANES: Final = 4
_MEMORY_KIB: Final = 64 * 1024
_MOST_ITERATIONS: Final = 16
_MOST_LANES: Final = 16
_MOST_MEMORY_KIB: Final = 1024 * 1024

Facts = Mapping[str, str | int | list[str]]


class Faulty(ValueError):
    """A file that is no part of a backup, was cut off or changed, or is for another key: one sentence."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who can open a file: holders of the private halves of ``keys`` (32 bytes each), and who knows ``passphrase``."""

    keys: Sequence[bytes] = ()
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Opener:
    """What a file is opened with; either may be missing."""

    private: X25519PrivateKey | None = field(default=None, repr=False)
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself to everybody: ``facts``, and by which key it is signed (64 hexadecimal digits)."""

    facts: Facts
    maker: str
    recipients: Sequence[Mapping[str, str | int]]
    raw: bytes = field(repr=False)


def fingerprint(public: bytes) -> str:
    """What a recipient's key is called in a header and to people."""
    return sha256(public).hexdigest()[:16]


class Sealing:
    """Writes a part into *file*; :meth:`finish` seals the last chunk, without which nothing of it is whole."""

    def __init__(self, file: BinaryIO, facts: Facts, recipients: Recipients, maker: Ed25519PrivateKey) -> None:
        self.file_key = secrets.token_bytes(_KEY_BYTES)
        self._file = file
        self._waiting = bytearray()
        self._number = 0
        self._digest = sha256()
        public = maker.public_key().public_bytes_raw().hex()
        stated = {"facts": dict(facts), "maker": public, "recipients": _sealed_to(recipients, self.file_key)}
        raw = json.dumps(stated, sort_keys=True).encode()
        self._chunks = AESGCM(_chunk_key(self.file_key, raw))
        file.write(_MAGIC + len(raw).to_bytes(_LENGTH_BYTES, "big") + raw + maker.sign(_MAGIC + raw))

    def write(self, content: bytes) -> None:
        """Take *content*; what fills a chunk is sealed and written. Raises OSError."""
        self._digest.update(content)
        self._waiting += content
        # A full chunk waits until something follows it: the last one is sealed as such.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> bytes:
        """Seal the last chunk; returns the SHA-256 of all content. Raises OSError."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()
        return self._digest.digest()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._chunks.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


def read_header(file: BinaryIO) -> Header:
    """The header of *file*, which then stands at the first chunk. Raises Faulty; who signed it is for the caller."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise Faulty("it is no part of a backup")
    length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
    raw = file.read(length) if length <= _MOST_HEADER_BYTES else b""
    signature = file.read(_SIGNATURE_BYTES)
    if not raw or len(raw) != length or len(signature) != _SIGNATURE_BYTES:
        raise Faulty("its header was cut off or changed")
    header = _parsed(raw)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(header.maker)).verify(signature, _MAGIC + raw)
    except (ValueError, InvalidSignature) as error:
        raise Faulty("its header was changed: the signature is not that of who made it") from error
    return header


def file_key(header: Header, opener: Opener) -> bytes:
    """What the chunks behind *header* open with. Raises Faulty when *opener* is none of its recipients."""
    for recipient in header.recipients:
        try:
            found = _opened(recipient, opener)
        except (Base64Error, KeyError, TypeError, ValueError, InvalidTag):
            continue
        if found is not None:
            return found
    named = ", ".join(str(each.get("key", "a passphrase")) for each in header.recipients)
    raise Faulty(f"the key that was given does not open it; it is for: {named}")


def chunks(file: BinaryIO, header: Header, key: bytes) -> Iterator[bytes]:
    """The content behind *header*, chunk by chunk; what was given is only whole once it ends. Raises Faulty."""
    opened = AESGCM(_chunk_key(key, header.raw))
    number, sealed = 0, file.read(CHUNK_BYTES + _TAG_BYTES)
    while True:
        following = file.read(CHUNK_BYTES + _TAG_BYTES)
        last = not following
        try:
            yield opened.decrypt(_nonce(number, last=last), sealed, None)
        except InvalidTag as error:
            raise Faulty(_what_happened(opened, number, sealed, last=last)) from error
        if last:
            return
        number, sealed = number + 1, following


def _what_happened(opened: AESGCM, number: int, sealed: bytes, *, last: bool) -> str:
    # What ends behind a whole chunk that was not the last one was cut there, and so is what is shorter than a tag.
    try:
        opened.decrypt(_nonce(number, last=not last), sealed, None)
    except InvalidTag:
        return "it was cut off" if len(sealed) < _TAG_BYTES else f"it was cut off or changed, in chunk {number + 1}"
    return "it was cut off" if last else "something was added behind its end"


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _chunk_key(key: bytes, header: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=sha256(header).digest(), info=_CHUNKS).derive(key)


def _sealed_to(recipients: Recipients, key: bytes) -> list[dict[str, str | int]]:
    sealed: list[dict[str, str | int]] = []
    for public in recipients.keys:
        box = _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(public), _FILE_KEY)
        sealed.append({"kind": "x25519", "key": fingerprint(public), "sealed": b64encode(box).decode()})
    if recipients.passphrase:
        salt = secrets.token_bytes(_SALT_BYTES)
        wrapping = _stretched(recipients.passphrase, salt, _ITERATIONS, _LANES, _MEMORY_KIB)
        box = AESGCM(wrapping).encrypt(bytes(12), key, _FILE_KEY)
        sealed.append(
            {
                "kind": "argon2id", "salt": b64encode(salt).decode(), "iterations": _ITERATIONS, "lanes": _LANES,
                "memory_kib": _MEMORY_KIB, "sealed": b64encode(box).decode(),
            }
        )  # fmt: skip
    if not sealed:
        raise ValueError("a backup that nobody can open is none")
    return sealed


def _opened(recipient: Mapping[str, str | int], opener: Opener) -> bytes | None:
    """The file key, or None where *opener* has nothing for a recipient of this kind. Raises ValueError and the like."""
    box = b64decode(str(recipient["sealed"]), validate=True)
    if recipient["kind"] == "x25519" and opener.private is not None:
        return _SUITE.decrypt(box, opener.private, _FILE_KEY)
    if recipient["kind"] == "argon2id" and opener.passphrase:
        iterations, lanes, memory = (int(recipient[name]) for name in ("iterations", "lanes", "memory_kib"))
        if not (iterations <= _MOST_ITERATIONS and lanes <= _MOST_LANES and memory <= _MOST_MEMORY_KIB):
            raise ValueError("it asks for too much work")
        salt = b64decode(str(recipient["salt"]), validate=True)
        return AESGCM(_stretched(opener.passphrase, salt, iterations, lanes, memory)).decrypt(bytes(12), box, _FILE_KEY)
    return None


def _stretched(passphrase: str, salt: bytes, iterations: int, lanes: int, memory_kib: int) -> bytes:
    return Argon2id(salt=salt, length=_KEY_BYTES, iterations=iterations, lanes=lanes, memory_cost=memory_kib).derive(
        passphrase.encode()
    )


def _parsed(raw: bytes) -> Header:
    try:
        stated = json.loads(raw)
        return Header(dict(stated["facts"]), str(stated["maker"]), [dict(each) for each in stated["recipients"]], raw)
    except (KeyError, TypeError, ValueError) as error:
        raise Faulty("its header was changed") from error

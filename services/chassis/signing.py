"""Signatures of messages that decide something: made by their author, checked by every reader (docs/adr/0071).

The broker sees neither these keys nor anything they could be mistaken for: a user's nkey signs the broker's challenge,
which may be whatever a hostile broker likes, and so signs nothing else.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Author
from services.chassis.settings import read_keys

AUTHORS_FILE: Final = "authors.json"
KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
# Part of what is signed, so that no signature made for another purpose is one of these.
_CONTEXT: Final = b"wardwatch message 1"


def key_file(author: Author) -> str:
    """The name of the file with the signing key of *author*."""
    return f"{author}.signing.key"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs as *author*."""

    author: Author
    key: SigningKey = field(repr=False)

    @classmethod
    def parse(cls, author: Author, text: str) -> "Signer":
        """Read a key of 64 hexadecimal digits. Raises ValueError."""
        return cls(author, SigningKey(_key_bytes(text)))

    @property
    def public(self) -> str:
        """What readers know the author by, as hexadecimal digits."""
        return self.key.verify_key.encode().hex()

    def sign(self, subject: str, payload: bytes) -> str:
        """The value of the header. Raises ValueError when the author may not write on *subject*."""
        if self.author not in subjects.authors_of(subject):
            raise ValueError(f"{self.author} does not write on {subject}")
        signature = self.key.sign(_signed(self.author, subject, payload)).signature
        return f"{self.author}:{b64encode(signature).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Authors:
    """What readers know the authors by."""

    keys: Mapping[Author, VerifyKey]

    @classmethod
    def parse(cls, text: str) -> "Authors":
        """Read ``{"watchlist": "<64 hexadecimal digits>", ...}``. Raises ValueError."""
        read = json.loads(text)
        if not isinstance(read, dict):
            raise ValueError("it must hold a key for each author")
        return cls({Author(name): VerifyKey(_key_bytes(str(key))) for name, key in read.items()})

    def wrote(self, subject: str, payload: bytes, signature: str) -> bool:
        """Whether *signature* is that of somebody who may write on *subject*, over this subject and payload."""
        name, _, encoded = signature.partition(":")
        author = next((each for each in subjects.authors_of(subject) if each == name), None)
        key = self.keys.get(author) if author is not None else None
        if author is None or key is None:
            return False
        try:
            raw = b64decode(encoded, validate=True)
            if len(raw) != _SIGNATURE_BYTES:
                return False
            key.verify(_signed(author, subject, payload), raw)
        except (Base64Error, ValueError, BadSignatureError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signatures:
    """How a connection signs what it says, and by whose keys it believes what it hears."""

    authors: Authors
    signer: Signer | None

    def headers(self, subject: str, payload: bytes, others: Mapping[str, str] | None) -> dict[str, str]:
        """*others*, and the signature where *subject* needs one. Raises ValueError when it cannot be given here."""
        headers = dict(others or {})
        if subjects.authors_of(subject):
            if self.signer is None:
                raise ValueError(f"this connection has no key to sign what is on {subject}")
            headers[subjects.HEADER_SIGNATURE] = self.signer.sign(subject, payload)
        return headers

    def believes(self, subject: str, payload: bytes, headers: Mapping[str, str]) -> bool:
        """Whether somebody who may write on *subject* signed *payload*, or the subject needs no signature."""
        if not subjects.authors_of(subject):
            return True
        return self.authors.wrote(subject, payload, headers.get(subjects.HEADER_SIGNATURE, ""))


# Signs nothing, and believes nothing that must be signed: for connections that deal with other subjects.
NO_SIGNATURES: Final = Signatures(Authors({}), None)


def read_signatures(author: Author, key: Path, authors: Path) -> Signatures:
    """The signing key of *author* in the file *key*, and the public keys of all. Raises StartupError."""
    signer = read_keys(key, partial(Signer.parse, author), what=f"the signing key of {author}")
    return Signatures(read_keys(authors, Authors.parse, what="the authors' public keys"), signer)


def _signed(author: Author, subject: str, payload: bytes) -> bytes:
    """What is signed: each part behind its length, so that no two messages have the same bytes."""
    parts = (_CONTEXT, author.encode("ascii"), subject.encode("utf-8"), payload)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _key_bytes(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {2 * KEY_BYTES} hexadecimal digits")
    return key

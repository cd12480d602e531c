"""Files that leave the hospital and that anybody can check: signed by the alerts service as JOSE does it.

A JSON file is a flattened JWS (RFC 7515, 8037). A PDF is followed by one line of comment with a JWS whose payload is
the file before that line (RFC 7515, appendix F): readers of PDF pass it over. What checks either needs the public key
and nothing of Wardwatch; docs/incident-reports.md has the commands.
"""

import json
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

# Says in every signature what was signed, so that nothing signed for another purpose is a report.
TYPE: Final = "wardwatch-incident-report"
_PDF_MARK: Final = b"%wardwatch-signature "
# What RFC 8410 puts before the 32 bytes of an Ed25519 key.
_SPKI: Final = bytes.fromhex("302a300506032b6570032100")


class NotGenuine(Exception):
    """The file is no report, was changed, or was signed by another key; the text says which."""


@dataclass(frozen=True, slots=True)
class ReportSigner:
    """Signs reports with the key by which the alerts service signs what it says."""

    key: SigningKey = field(repr=False)

    @property
    def public(self) -> VerifyKey:
        """By what others check it."""
        return self.key.verify_key

    def json(self, content: bytes) -> bytes:
        """*content*, UTF-8 of JSON, as a signed file."""
        protected, signature = self._sign(content)
        return json.dumps({"payload": _encoded(content), "protected": protected, "signature": signature}).encode()

    def pdf(self, content: bytes) -> bytes:
        """*content*, a PDF, as a signed file."""
        protected, signature = self._sign(content)
        return content + b"\n" + _PDF_MARK + f"{protected}..{signature}\n".encode()

    def _sign(self, content: bytes) -> tuple[str, str]:
        header = {"alg": "EdDSA", "kid": fingerprint(self.public), "typ": TYPE}
        protected = _encoded(json.dumps(header, separators=(",", ":")).encode())
        return protected, _encoded(self.key.sign(_input(protected, content)).signature)


def verified(file: bytes, key: VerifyKey) -> bytes:
    """The JSON or PDF that *key* signed in *file*. Raises NotGenuine."""
    content, protected, signature = _pdf_parts(file) if file.startswith(b"%PDF-") else _json_parts(file)
    try:
        header = json.loads(_decoded(protected))
    except (ValueError, RecursionError) as error:
        raise NotGenuine("its signature cannot be read") from error
    if not isinstance(header, dict) or header.get("typ") != TYPE or header.get("alg") != "EdDSA":
        raise NotGenuine("it is no report of an incident")
    if header.get("kid") != fingerprint(key):
        raise NotGenuine(f"it was signed by another key, {header.get('kid')}, and not by {fingerprint(key)}")
    try:
        key.verify(_input(protected, content), _decoded(signature))
    except (BadSignatureError, ValueError) as error:
        raise NotGenuine("its signature is wrong: it was changed after it was signed") from error
    return content


def fingerprint(key: VerifyKey) -> str:
    """SHA-256 of the 32 bytes of *key*, as hexadecimal digits."""
    return sha256(key.encode()).hexdigest()


def pem(key: VerifyKey) -> str:
    """*key* as a file that openssl and others read."""
    return f"-----BEGIN PUBLIC KEY-----\n{b64encode(_SPKI + key.encode()).decode()}\n-----END PUBLIC KEY-----\n"


def read_pem(text: str) -> VerifyKey:
    """The key in such a file. Raises ValueError."""
    found = re.fullmatch(r"\s*-----BEGIN PUBLIC KEY-----\s*([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*", text)
    raw = b"" if found is None else urlsafe_b64decode("".join(found[1].split()).translate(_URL_SAFE))
    if not raw.startswith(_SPKI) or len(raw) != len(_SPKI) + 32:
        raise ValueError("no Ed25519 public key as PEM")
    return VerifyKey(raw[len(_SPKI) :])


_URL_SAFE: Final = str.maketrans("+/", "-_")


def _json_parts(file: bytes) -> tuple[bytes, str, str]:
    try:
        read = json.loads(file)
        payload, protected, signature = read["payload"], read["protected"], read["signature"]
        return _decoded(payload), str(protected), str(signature)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotGenuine("it is no signed report") from error


def _pdf_parts(file: bytes) -> tuple[bytes, str, str]:
    content, mark, line = file.rpartition(b"\n" + _PDF_MARK)
    found = re.fullmatch(rb"([\w-]+)\.\.([\w-]+)\n", line)
    if not mark or found is None:
        raise NotGenuine("it is a PDF without a signature at its end")
    return content, found[1].decode(), found[2].decode()


def _input(protected: str, content: bytes) -> bytes:
    return f"{protected}.{_encoded(content)}".encode()


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Raises ValueError for what base64url of RFC 7515 is not, also for another way to write the same."""
    content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _encoded(content) != text:
        raise ValueError("not base64url")
    return content

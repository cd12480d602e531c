"""A camera that gives a JPEG for each request: over HTTP or HTTPS, with a basic or digest password."""

import hashlib
import http.client
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib import error, request
from urllib.parse import unquote, urlsplit, urlunsplit

from services.camera.core import MAX_JPEG_BYTES, Source
from services.camera.video import SourceFault

_JPEG_BEGINS: Final = b"\xff\xd8"
_DIGESTS: Final = {"MD5": "md5", "SHA": "sha1", "SHA-256": "sha256"}
_PICTURES: Final = ("image/jpeg", "image/jpg", "image/pjpeg")


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Asks *source* for pictures; each answer may take *seconds*."""

    source: Source
    seconds: float
    _opener: request.OpenerDirector = field(init=False, repr=False)
    _url: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.source.address)
        url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))
        # These and no more: no redirection to elsewhere, no file, no proxy that the environment names.
        handlers: list[request.BaseHandler] = [
            request.HTTPHandler(),
            request.HTTPSHandler(context=_unverified()),
            request.HTTPErrorProcessor(),
            request.HTTPDefaultErrorHandler(),
        ]
        if parts.username is not None:
            known = request.HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, url, unquote(parts.username), unquote(parts.password or ""))
            handlers += [_Digest(known), request.HTTPBasicAuthHandler(known)]
        opener = request.OpenerDirector()
        for handler in handlers:
            opener.add_handler(handler)
        object.__setattr__(self, "_opener", opener)
        object.__setattr__(self, "_url", url)

    def are_given(self) -> bool:
        """Whether the camera answers with a picture and not with a stream. Raises SourceFault when it does not."""
        with self._answer() as answer:
            return answer.headers.get_content_type() in _PICTURES

    def take(self) -> bytes:
        """The camera's picture of now, of MAX_JPEG_BYTES + 1 at most. Raises SourceFault."""
        with self._answer() as answer:
            body: bytes = answer.read(MAX_JPEG_BYTES + 1)
        if not body.startswith(_JPEG_BEGINS):
            raise SourceFault(f"{self.source.shown} answers with something that is no JPEG")
        return body

    @contextmanager
    def _answer(self) -> Iterator[http.client.HTTPResponse]:
        try:
            with self._opener.open(self._url, timeout=self.seconds) as answer:
                yield answer
        except (error.URLError, OSError, http.client.HTTPException, ValueError) as fault:
            # ValueError: a digest of a kind that the library does not know.
            raise SourceFault(f"{self.source.shown} gives no picture: {_words(fault)}") from fault


class _Digest(request.HTTPDigestAuthHandler):
    """The library's, for passwords with any signs (RFC 7616 takes them as UTF-8), and with SHA-256."""

    def get_algorithm_impls(self, algorithm: str) -> tuple[Callable[[str], str], Callable[[str, str], str]]:
        """The functions H and KD of the RFC. Raises ValueError for an algorithm that is not known here."""
        name = _DIGESTS.get(algorithm.upper())
        if name is None:
            raise ValueError("a digest of that kind is not known here")

        def hashed(text: str) -> str:
            return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

        return hashed, lambda secret, text: hashed(f"{secret}:{text}")


def _unverified() -> ssl.SSLContext:
    """Cameras have certificates of their own making; FFmpeg does not look at them either."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _words(fault: Exception) -> str:
    """Our own words: the library's repeat the address."""
    match fault:
        case error.HTTPError(code=401 | 403):
            return "the user name or password is refused"
        case error.HTTPError(code=404):
            return "there is no such page"
        case error.HTTPError(code=code):
            return f"it answers with status {code}"
        case TimeoutError() | error.URLError(reason=TimeoutError()):
            return "it does not answer in time"
        case error.URLError(reason=OSError(strerror=str(text))) | OSError(strerror=str(text)):
            return text[:1].lower() + text[1:]
        case ValueError():
            return "it asks for a password in a way that is not known here"
        case _:
            return "its answer is not HTTP"

"""The watchlist over HTTP: one handler, made from each row of the desk's table that has an address.

A request whose role is not allowed is refused before its body is read. Others are forwarded with the session's token:
the desk looks up the role again, in the same table, and applies all other rules.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol
from unicodedata import category

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import desk, refusals
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from services.alerts.accounts.holder import Holder
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.http import file_response, json_response, read_body, request_id
from services.alerts.edge.photos import UnusablePhoto
from services.alerts.edge.problems import Refused

# Largest upload by media type.
MOST_FILE_BYTES: Final = {desk.PICTURE: 15 * 1024 * 1024, desk.CSV: 4 * 1024 * 1024}
# The longest JSON is a thousand digests, or an entry whose every character is written as an escape.
MOST_JSON_BYTES: Final = 128 * 1024

_FILE_SECONDS: Final = 60.0
_JSON_SECONDS: Final = 10.0
_LONGEST_WORD: Final = 500
# Control characters, and what stands for bytes that are no UTF-8.
_NO_TEXT: Final = frozenset({"Cc", "Cs"})


class DeskPort(Protocol):
    """Calls an operation of the desk. Raises Refusal with its words, or NoAnswer."""

    async def ask(self, operation: DeskOperation, call: DeskCall) -> DeskAnswer: ...


class UprightPhotos(Protocol):
    """Makes the upright JPEG of a photo's file, of a size that the bus takes. Raises UnusablePhoto."""

    async def __call__(self, content: bytes) -> bytes: ...


@dataclass(slots=True)
class UploadSlots:
    """Limits concurrent uploads: each file stays in memory until the desk has answered."""

    limit: int = 8
    used: int = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Occupy a slot while one file is handled. Raises Refused (503) when none is free: the client retries."""
        if self.used >= self.limit:
            raise Refused(503, "Too many files at once", refusals.TOO_MANY_FILES.filled(most=self.limit), retry_after=1)
        self.used += 1
        try:
            yield
        finally:
            self.used -= 1


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Every operation of the desk that has an address."""

    authorisation: Authorisation
    desk: DeskPort
    photos: UprightPhotos
    upload_slots: UploadSlots

    def handlers(self) -> dict[str, Handler]:
        """A handler for each operation by its name."""
        return {row.name: self._handler(row) for row in desk.OPERATIONS if row.path is not None}

    def _handler(self, row: DeskOperation) -> Handler:
        async def handle(request: web.Request, _holder: Holder) -> web.Response:
            token, target, key = token_of(request), _target(row, request), request_id(request) or ""
            if row.upload is None:
                call = DeskCall(token, await _body(row, request), idempotency_key=key, target=target)
                return _response(row, await self.desk.ask(row, call))
            with self.upload_slots.slot():
                attachment = await self._file(row.upload, request, target)
                call = DeskCall(token, attachment=attachment, idempotency_key=key, target=target)
                return _response(row, await self.desk.ask(row, call))

        return self.authorisation.protect(row.name, handle)

    async def _file(self, takes: str, request: web.Request, target: dict[str, str]) -> bytes:
        """Read the uploaded file in the form the desk takes; adds its digest and findings to *target*."""
        digest = sha256()
        content = await read_body(
            request, most_bytes=MOST_FILE_BYTES[takes], within_seconds=_FILE_SECONDS, seen=digest.update
        )
        # Of the original file, so that the same file is recognised when it is sent again.
        target["sha256"] = digest.hexdigest()
        if takes != desk.PICTURE:
            return content
        try:
            return await self.photos(content)
        except UnusablePhoto as error:
            target.update(unusable=error.code, detail=error.text)
            return b""


def _target(row: DeskOperation, request: web.Request) -> dict[str, str]:
    """The parameters in path and query. Raises Refused (422) for a name that the operation does not know."""
    query = request.query
    unknown = sorted(set(query) - set(row.query))
    if unknown or len(query) > len(set(query)):
        known = ", ".join(row.query) or "nothing"
        raise Refused(422, "Not a valid request", refusals.UNKNOWN_QUERY.filled(known=known))
    target = {**query, **request.match_info}
    for name, text in target.items():
        if len(text) > _LONGEST_WORD or any(category(sign) in _NO_TEXT for sign in text):
            raise Refused(422, "Not a valid request", refusals.BAD_ADDRESS.filled(field=name))
    return target


async def _body(row: DeskOperation, request: web.Request) -> bytes:
    """The JSON body, validated. Raises Refused and ValidationError (422)."""
    content = await read_body(request, most_bytes=MOST_JSON_BYTES, within_seconds=_JSON_SECONDS)
    if row.request is None:
        if content.strip() not in (b"", b"{}"):
            raise Refused(422, "Not a valid request", refusals.NO_BODY_TAKEN.filled())
        return b""
    return row.request.model_validate_json(content).model_dump_json().encode()


def _response(row: DeskOperation, answer: DeskAnswer) -> web.Response:
    if row.download is not None:
        return file_response(answer.attachment, row.download)
    return json_response(answer.body, status=row.status)

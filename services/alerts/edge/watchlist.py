"""The watchlist over HTTP: one handler, made from each row of the desk's table that has an address.

Whose role does not allow it is refused before anything is read. The rest is passed on with the session's token: the
desk looks the role up again, in the same table, and decides what else there is to decide.
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
from proto.wardwatch.v1.desk import DeskOperation
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from services.alerts.accounts.store import Holder
from services.alerts.edge.asked import body, file_answer, json_answer, request_id
from services.alerts.edge.gate import Gate, token_of
from services.alerts.edge.photos import UnusablePhoto
from services.alerts.edge.problems import Refused

# What may be sent as a file, by its media type.
MOST_FILE_BYTES: Final = {desk.PICTURE: 15 * 1024 * 1024, desk.CSV: 4 * 1024 * 1024}
# The longest JSON is a thousand digests, or an entry whose every character is written as an escape.
MOST_JSON_BYTES: Final = 128 * 1024

_FILE_SECONDS: Final = 60.0
_JSON_SECONDS: Final = 10.0
_LONGEST_WORD: Final = 500
# Control characters, and what stands for bytes that are no UTF-8.
_NO_TEXT: Final = frozenset({"Cc", "Cs"})


class DeskPort(Protocol):
    """Answers for an operation. Raises Refusal with its words, or NoAnswer."""

    async def ask(self, operation: DeskOperation, call: DeskCall) -> DeskAnswer: ...


class UprightPhotos(Protocol):
    """Makes the upright JPEG of a photo's file, of a size that the bus takes. Raises UnusablePhoto."""

    async def __call__(self, content: bytes) -> bytes: ...


@dataclass(slots=True)
class Hands:
    """How many files may be in hand at once: each is held in memory until the desk has answered for it."""

    most: int = 8
    held: int = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a file. Raises Refused (503) when no hand is free: its sender waits better than this process."""
        if self.held >= self.most:
            raise Refused(503, "Too many files at once", refusals.TOO_MANY_FILES.filled(most=self.most), retry_after=1)
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Every operation of the desk that has an address."""

    gate: Gate
    desk: DeskPort
    photos: UprightPhotos
    hands: Hands

    def handlers(self) -> dict[str, Handler]:
        """A handler for each operation by its name."""
        return {row.name: self._handler(row) for row in desk.OPERATIONS if row.path is not None}

    def _handler(self, row: DeskOperation) -> Handler:
        async def handle(request: web.Request, _holder: Holder) -> web.Response:
            token, target, key = token_of(request), _target(row, request), request_id(request) or ""
            if row.takes is None:
                call = DeskCall(token, await _said(row, request), idempotency_key=key, target=target)
                return _answer(row, await self.desk.ask(row, call))
            with self.hands.one():
                attachment = await self._file(row.takes, request, target)
                call = DeskCall(token, attachment=attachment, idempotency_key=key, target=target)
                return _answer(row, await self.desk.ask(row, call))

        return self.gate.guard(row.name, handle)

    async def _file(self, takes: str, request: web.Request, target: dict[str, str]) -> bytes:
        """What was sent, as the desk takes it; *target* is told what it was."""
        digest = sha256()
        content = await body(
            request, most_bytes=MOST_FILE_BYTES[takes], within_seconds=_FILE_SECONDS, seen=digest.update
        )
        # Of the file as its sender has it, so that the same file is known again.
        target["sha256"] = digest.hexdigest()
        if takes != desk.PICTURE:
            return content
        try:
            return await self.photos(content)
        except UnusablePhoto as error:
            target.update(unusable=error.code, detail=error.text)
            return b""


def _target(row: DeskOperation, request: web.Request) -> dict[str, str]:
    """What address and query name. Raises Refused (422) for a name that the operation does not know."""
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


async def _said(row: DeskOperation, request: web.Request) -> bytes:
    """The JSON that was said, checked. Raises Refused and ValidationError (422)."""
    content = await body(request, most_bytes=MOST_JSON_BYTES, within_seconds=_JSON_SECONDS)
    if row.said is None:
        if content.strip() not in (b"", b"{}"):
            raise Refused(422, "Not a valid request", refusals.NO_BODY_TAKEN.filled())
        return b""
    return row.said.model_validate_json(content).model_dump_json().encode()


def _answer(row: DeskOperation, given: DeskAnswer) -> web.Response:
    if row.gives is not None:
        return file_answer(given.attachment, row.gives)
    return json_answer(given.answer, status=row.status)

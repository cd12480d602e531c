"""A client of the watchlist service's desk, over the bus."""

from dataclasses import dataclass
from typing import Final, Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import ReadyCheck

# The broker forwards a reply for a minute after its request.
ANSWER_SECONDS: Final = 55.0


class Request(Protocol):
    """Sends a request on the bus. Raises Refusal with the words of who refused, or NoAnswer."""

    async def __call__(self, subject: str, payload: bytes, /, *, timeout_seconds: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Calls operations of ``proto/wardwatch/v1/desk.py``."""

    request: Request
    bus_check: ReadyCheck

    async def ask(
        self, operation: DeskOperation, call: DeskCall, *, within_seconds: float = ANSWER_SECONDS
    ) -> DeskAnswer:
        """Call *operation*. Raises Refusal with the desk's words, or NoAnswer."""
        # While the broker is away the client would buffer requests in memory, photos included.
        if (reason := await self.bus_check()) is not None:
            raise NoAnswer(reason, nobody_listens=True)
        reply = await self.request(subjects.desk(operation.name), call.encode(), timeout_seconds=within_seconds)
        try:
            return DeskAnswer.decode(reply)
        except ValueError as error:
            raise NoAnswer(f"the desk's answer to {operation.name} cannot be read") from error

"""The desk of the watchlist, which the watchlist service keeps, asked over the bus."""

from dataclasses import dataclass
from typing import Final, Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.desk import DeskOperation
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import ReadyCheck

# The broker lets an answer pass for a minute after its question.
ANSWER_SECONDS: Final = 55.0


class Request(Protocol):
    """Asks on the bus. Raises Refusal with the answerer's words, or NoAnswer."""

    async def __call__(self, subject: str, payload: bytes, /, *, timeout_seconds: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Asks for an operation of ``proto/wardwatch/v1/desk.py``."""

    request: Request
    bus_check: ReadyCheck

    async def ask(
        self, operation: DeskOperation, call: DeskCall, *, within_seconds: float = ANSWER_SECONDS
    ) -> DeskAnswer:
        """What the desk answers. Raises Refusal with its words, or NoAnswer."""
        # While the broker is away a question would wait in the client's memory, photos and all.
        if (reason := await self.bus_check()) is not None:
            raise NoAnswer(reason, nobody_listens=True)
        answered = await self.request(subjects.desk(operation.name), call.encode(), timeout_seconds=within_seconds)
        try:
            return DeskAnswer.decode(answered)
        except ValueError as error:
            raise NoAnswer(f"the desk's answer to {operation.name} cannot be read") from error

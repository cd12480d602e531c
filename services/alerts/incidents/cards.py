"""Label and enrolled face of listed people, requested from the desk in the reader's name."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from proto.wardwatch.v1 import desk
from proto.wardwatch.v1.entries import Cards, CardsRequest, EntryPage, SearchRequest
from proto.wardwatch.v1.requests import DeskCall
from services.alerts.desk import Desk
from services.chassis.errors import NoAnswer, Refusal

log = structlog.get_logger(__name__)

# A list without labels is better than none: a page waits no longer for them.
_PATIENCE_SECONDS: Final = 2.0
# Every phone asks for the face of a new alert at once. So many are asked of the desk at a time, for it shows each in a
# few milliseconds and none of a crowd within its patience; and so long a face waits for its turn.
_AT_ONCE: Final = 16
_TURN_SECONDS: Final = 8.0
# Of so many people incidents are looked for at once. More are found by a word that says little.
_MOST_FOUND: Final = 100


@dataclass(frozen=True, slots=True)
class DeskCards:
    """Requests with the reader's token, so that the desk records who read."""

    desk: Desk
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), repr=False)

    async def labels(self, token: str, entries: Collection[UUID], incident: UUID | None) -> Mapping[UUID, str]:
        """The label of each person. Erased people are left out, and everybody while the desk does not reply."""
        body = CardsRequest(entries=sorted(entries), incident=incident)
        call = DeskCall(token, body.model_dump_json().encode())
        try:
            answered = await self.desk.ask(desk.BY_NAME["cards"], call, within_seconds=_PATIENCE_SECONDS)
        except (Refusal, NoAnswer) as error:
            log.warning("labels are not known", error=type(error).__name__)
            return {}
        return _labels(answered.body)

    async def found(self, token: str, text: str) -> Collection[UUID] | None:
        """The entries of any state that say *text*; None for more than a hundred. Raises Refusal and NoAnswer."""
        body = SearchRequest(text=text, state="all", limit=_MOST_FOUND)
        call = DeskCall(token, body.model_dump_json().encode())
        answered = await self.desk.ask(desk.BY_NAME["search_entries"], call)
        try:
            page = EntryPage.model_validate_json(answered.body)
        except ValidationError as error:
            raise NoAnswer("the desk's answer to search_entries cannot be read") from error
        return None if page.next is not None else [row.id for row in page.entries]

    async def picture(self, token: str, entry: UUID, incident: UUID) -> bytes:
        """JPEG of the enrolled face. Raises Refusal (404 when it is erased) and NoAnswer."""
        call = DeskCall(token, target={"entry": str(entry), "incident": str(incident)})
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await self.turns.acquire()
        except TimeoutError as error:
            raise NoAnswer("too many faces are asked of the desk") from error
        try:
            answered = await self.desk.ask(desk.BY_NAME["card_picture"], call, within_seconds=_PATIENCE_SECONDS)
        finally:
            self.turns.release()
        return answered.attachment


def _labels(answer: bytes) -> Mapping[UUID, str]:
    try:
        return Cards.model_validate_json(answer).labels
    except ValidationError:
        log.warning("labels are not known", error="the desk's answer cannot be read")
        return {}

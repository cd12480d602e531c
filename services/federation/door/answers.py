"""Signs the answer to an invitation, once two people here have joined the list."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.federation import InvitationAnswer, ListInvitation
from proto.wardwatch.v1.statements import SIGNATURE_BYTES
from services.chassis.federation_keys import FederationKeys
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.federation.door.ports import RecordAway

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0


class Invitations(Protocol):
    """Invitations to be answered; see ``record.DoorRecord``. Raises RecordAway."""

    async def unanswered(self) -> list[tuple[str, bytes]]: ...
    async def write_answer(self, list_: str, answer: bytes) -> None: ...


def answer_to(invitation: bytes, keys: FederationKeys, *, title: str, link_key: str) -> bytes:
    """The signed answer: by which keys this hospital, called *title*, is known. Raises ValueError."""
    invited = ListInvitation.decode(invitation[:-SIGNATURE_BYTES])
    answer = InvitationAnswer(
        invited.list_,
        invited.hospital,
        sha256(invitation).digest(),
        title,
        link_key,
        statements.public_bytes(keys.signing),
        statements.public_bytes(keys.sealing[keys.current]),
    )
    return statements.sign(keys.signing, statements.answer_subject(invited.list_, invited.hospital), answer.encode())


class Answering:
    """``link_key`` gives the public nkey of a list's link, or None while it has none yet."""

    def __init__(
        self,
        record: Invitations,
        keys: Callable[[], FederationKeys],
        *,
        title: str,
        link_key: Callable[[str], str | None],
    ) -> None:
        self._record = record
        self._keys = keys
        self._title = title
        self._link_key = link_key

    async def run(self, stop: asyncio.Event) -> None:
        """Sign until *stop* what two people asked for."""
        while not stop.is_set():
            beat()
            try:
                await self.round()
            except RecordAway as error:
                log.debug("answers wait", reason=str(error))
            await pause(stop, _EVERY_SECONDS)

    async def round(self) -> int:
        """Sign all that wait and whose link has a key; returns how many. Raises RecordAway."""
        signed = 0
        for list_, invitation in await self._record.unanswered():
            if (link_key := self._link_key(list_)) is None:
                continue
            await self._record.write_answer(
                list_, answer_to(invitation, self._keys(), title=self._title, link_key=link_key)
            )
            log.info("answer to an invitation signed", list=list_)
            signed += 1
        return signed

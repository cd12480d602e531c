"""Two recognisers side by side: brought together by one account, decided between by two (docs/adr/0105)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.requests import PhotoEmbedReply
from proto.wardwatch.v1.rolls import ModelsView, RollRequest, SwitchRequest
from proto.wardwatch.v1.values import ALIGNED_SHAPE, Aligned, Model
from services.chassis.errors import Refusal
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.enrolment.photo_client import NoTemplate
from services.watchlist.rules.holder import Holder

# Nobody's face, of which every network makes something: only who answers is asked.
_PROBE: Final = np.random.default_rng(0).integers(0, 256, ALIGNED_SHAPE, np.uint8)


class Rolls(Protocol):
    """The record of it; see ``RollStore``."""

    async def view(self) -> ModelsView: ...
    async def start(self, second: Model, by: Holder, reason: str) -> ModelsView: ...
    async def finish(self, by: Holder) -> ModelsView: ...
    async def ask(self, by: Holder, body: SwitchRequest) -> ModelsView: ...
    async def approve(self, number: int, by: Holder) -> ModelsView: ...
    async def withdraw(self, number: int, by: Holder) -> ModelsView: ...


class Second(Protocol):
    """The embedder beside the list's; see ``PhotoClient`` for what is raised."""

    async def embed_second(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply: ...


@dataclass(frozen=True, slots=True)
class RollDesk:
    """Answers about rolls. The database says who may not approve, and what is too low or not measured."""

    rolls: Rolls
    second: Second

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "show_models": self.show,
            "start_roll": self.start,
            "finish_roll": self.finish,
            "ask_switch": self.ask,
            "approve_switch": self.approve,
            "withdraw_switch": self.withdraw,
        }

    async def show(self, _request: Request) -> Response:
        """The roll, and which recogniser decides where."""
        return Response(await self.rolls.view())

    async def start(self, request: Request) -> Response:
        """Begin with the recogniser of the second embedder, which must be there to say who it is."""
        body = request.body(RollRequest)
        try:
            who = await self.second.embed_second((_PROBE,))
        except (Refusal, NoTemplate) as error:
            raise Refusal(503, refusals.NO_SECOND_EMBEDDER.filled()) from error
        return Response(await self.rolls.start(who.model, request.holder, body.reason))

    async def finish(self, request: Request) -> Response:
        """Let the other recogniser go."""
        return Response(await self.rolls.finish(request.holder))

    async def ask(self, request: Request) -> Response:
        """Ask that a recogniser decides at a site."""
        return Response(await self.rolls.ask(request.holder, request.body(SwitchRequest)))

    async def approve(self, request: Request) -> Response:
        """Approve it, as another account than the one that asked."""
        return Response(await self.rolls.approve(_number(request), request.holder))

    async def withdraw(self, request: Request) -> Response:
        """Take it back."""
        return Response(await self.rolls.withdraw(_number(request), request.holder))


def _number(request: Request) -> int:
    return queries.number(request.target, refusals.NO_SWITCH.filled(text=request.target.get("number", "")))

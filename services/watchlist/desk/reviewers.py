"""How many people must agree on an alert (safeguard S7): asked for by one account, approved by another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.reviewers import ReviewersRequest, ReviewersView
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.rules.holder import Holder


class Reviewers(Protocol):
    """The record of them; see ``ReviewersStore``."""

    async def view(self) -> ReviewersView: ...
    async def ask(self, by: Holder, body: ReviewersRequest) -> ReviewersView: ...
    async def approve(self, number: int, by: Holder) -> ReviewersView: ...
    async def withdraw(self, number: int, by: Holder) -> ReviewersView: ...


@dataclass(frozen=True, slots=True)
class ReviewersDesk:
    """The database says who may not approve."""

    reviewers: Reviewers

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "show_reviewers": self.show,
            "ask_reviewers": self.ask,
            "approve_reviewers": self.approve,
            "withdraw_reviewers": self.withdraw,
        }

    async def show(self, _request: Request) -> Response:
        """The numbers that hold, and the one that waits for approval."""
        return Response(await self.reviewers.view())

    async def ask(self, request: Request) -> Response:
        """Ask for another number."""
        return Response(await self.reviewers.ask(request.holder, request.body(ReviewersRequest)))

    async def approve(self, request: Request) -> Response:
        """Approve it, as another account than the one that asked."""
        return Response(await self.reviewers.approve(_number(request), request.holder))

    async def withdraw(self, request: Request) -> Response:
        """Take it back."""
        return Response(await self.reviewers.withdraw(_number(request), request.holder))


def _number(request: Request) -> int:
    return queries.number(request.target, refusals.NO_REVIEWERS.filled(text=request.target.get("number", "")))

"""What the list is held to: the threshold, changed by two people (safeguard S13), and what to look at again (S6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.policy import ReviewRow, Reviews, ThresholdRequest, ThresholdView
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.rules.holder import Holder


class Thresholds(Protocol):
    """The record of thresholds; see ``ThresholdStore``."""

    async def view(self) -> ThresholdView: ...
    async def ask(self, by: Holder, body: ThresholdRequest) -> ThresholdView: ...
    async def approve(self, number: int, by: Holder) -> ThresholdView: ...
    async def withdraw(self, number: int, by: Holder) -> ThresholdView: ...


class ReviewList(Protocol):
    """What somebody should look at; see ``ReviewStore``."""

    async def reviews(self, reader: Holder) -> list[ReviewRow]: ...


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """Answers about the threshold. The database says what is too low and who may not approve."""

    thresholds: Thresholds
    review_list: ReviewList

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "show_threshold": self.show,
            "ask_threshold": self.ask,
            "approve_threshold": self.approve,
            "withdraw_threshold": self.withdraw,
            "list_reviews": self.reviews,
        }

    async def show(self, _request: Request) -> Response:
        """The threshold that holds, the one that waits for approval, and the floor."""
        return Response(await self.thresholds.view())

    async def ask(self, request: Request) -> Response:
        """Ask for another threshold."""
        return Response(await self.thresholds.ask(request.holder, request.body(ThresholdRequest)))

    async def approve(self, request: Request) -> Response:
        """Approve it, as another account than the one that requested it."""
        return Response(await self.thresholds.approve(_number(request), request.holder))

    async def withdraw(self, request: Request) -> Response:
        """Take it back."""
        return Response(await self.thresholds.withdraw(_number(request), request.holder))

    async def reviews(self, request: Request) -> Response:
        """Entries with false alerts or suspended photos, and those that end soon."""
        return Response(Reviews(reviews=await self.review_list.reviews(request.holder)))


def _number(request: Request) -> int:
    return queries.number(request.target, refusals.NO_THRESHOLD.filled(text=request.target.get("number", "")))

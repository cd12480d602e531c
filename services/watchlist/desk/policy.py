"""What the list is held to: the threshold, changed by two people (safeguard S13), and what to look at again (S6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.policy import ReviewRow, Reviews, ThresholdSaid, ThresholdView
from services.chassis.errors import Refusal
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.rules.holder import Holder


class Thresholds(Protocol):
    """The record of thresholds; see ``ThresholdStore``."""

    async def view(self) -> ThresholdView: ...
    async def ask(self, by: Holder, said: ThresholdSaid) -> ThresholdView: ...
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

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {
            "show_threshold": self.show,
            "ask_threshold": self.ask,
            "approve_threshold": self.approve,
            "withdraw_threshold": self.withdraw,
            "list_reviews": self.reviews,
        }

    async def show(self, _asking: Asking) -> Given:
        """What holds, what waits, and the floor."""
        return Given(await self.thresholds.view())

    async def ask(self, asking: Asking) -> Given:
        """Ask for another threshold."""
        return Given(await self.thresholds.ask(asking.holder, asking.body(ThresholdSaid)))

    async def approve(self, asking: Asking) -> Given:
        """Let it hold, as another account than the one that asked."""
        return Given(await self.thresholds.approve(_number(asking), asking.holder))

    async def withdraw(self, asking: Asking) -> Given:
        """Take it back."""
        return Given(await self.thresholds.withdraw(_number(asking), asking.holder))

    async def reviews(self, asking: Asking) -> Given:
        """Entries with false alerts or suspended photos, and those that end soon."""
        return Given(Reviews(reviews=await self.review_list.reviews(asking.holder)))


def _number(asking: Asking) -> int:
    text = asking.target.get("number", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Refusal(404, refusals.NO_THRESHOLD.filled(text=text))
    return int(text)

"""How well people are recognised here: reports that two people install (safeguard S14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.accuracy import AccuracyInstalled, AccuracyRequest
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.rules.holder import Holder


class Reports(Protocol):
    """The record of reports; see ``AccuracyStore``."""

    async def view(self) -> AccuracyInstalled: ...
    async def ask(self, by: Holder, body: AccuracyRequest) -> AccuracyInstalled: ...
    async def approve(self, number: int, by: Holder) -> AccuracyInstalled: ...
    async def withdraw(self, number: int, by: Holder) -> AccuracyInstalled: ...


@dataclass(frozen=True, slots=True)
class AccuracyDesk:
    """Answers about reports. The database says who may not approve, and writes down which one holds."""

    reports: Reports

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "show_accuracy": self.show,
            "ask_accuracy": self.ask,
            "approve_accuracy": self.approve,
            "withdraw_accuracy": self.withdraw,
        }

    async def show(self, _request: Request) -> Response:
        """The reports that hold, and the one that waits."""
        return Response(await self.reports.view())

    async def ask(self, request: Request) -> Response:
        """Ask for a report to be installed."""
        return Response(await self.reports.ask(request.holder, request.body(AccuracyRequest)))

    async def approve(self, request: Request) -> Response:
        """Approve it, as another account than the one that asked."""
        return Response(await self.reports.approve(_number(request), request.holder))

    async def withdraw(self, request: Request) -> Response:
        """Take it back."""
        return Response(await self.reports.withdraw(_number(request), request.holder))


def _number(request: Request) -> int:
    return queries.number(request.target, refusals.NO_REPORT.filled(text=request.target.get("number", "")))

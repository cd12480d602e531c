"""What is held about somebody who asks (docs/adr/0104): by two people, with consent, from a photo nobody keeps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.access_requests import AccessAnswer, AccessRequestBody
from proto.wardwatch.v1.entries import FindRequest
from proto.wardwatch.v1.values import Vector
from services.chassis.telemetry import Meters
from services.watchlist.desk import queries
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.enrolment.assessment import Assess, assess_upload
from services.watchlist.record.access_store import AccessStore
from services.watchlist.rules import identity_numbers


class Resembled(Protocol):
    """Finds entries of any state whose photos resemble a face; see ``LookAlikes``."""

    async def by(self, vector: Vector) -> Collection[UUID]: ...


@dataclass(frozen=True, slots=True)
class AccessDesk:
    """The database holds the order of steps, the two people and the pace; nothing of a photo outlives its request."""

    store: AccessStore
    assess: Assess
    resembled: Resembled
    meters: Meters

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "list_access": self.newest,
            "ask_access": self.ask,
            "approve_access": self.approve,
            "withdraw_access": self.withdraw,
            "answer_access": self.answer,
            "answer_access_number": self.answer_number,
        }

    async def newest(self, _request: Request) -> Response:
        """The newest requests."""
        return Response(await self.store.newest())

    async def ask(self, request: Request) -> Response:
        """Ask to answer somebody."""
        made = await self.store.ask(request.holder, request.body(AccessRequestBody))
        self.meters.count("wardwatch_access_requests_total", step="unusual" if made.unusual else "asked")
        return Response(made)

    async def approve(self, request: Request) -> Response:
        """Approve it, as another account."""
        return Response(await self.store.approve(_number(request), request.holder))

    async def withdraw(self, request: Request) -> Response:
        """Take it back."""
        return Response(await self.store.withdraw(_number(request), request.holder))

    async def answer(self, request: Request) -> Response:
        """Look for a photo. It is no draft's: neither it nor its vector is given to anything that keeps."""
        number = _number(request)
        await self.store.begin(number, "photo", request.holder)
        assessment = await assess_upload(queries.upload(request.target, request.attachment), self.assess)
        if assessment.face is None:
            return Response(AccessAnswer(request=None, findings=list(assessment.findings), entries=[]))
        found = await self.resembled.by(assessment.face.vector)
        self.meters.count("wardwatch_access_requests_total", step="answered")
        return Response(await self.store.end_with(number, found, request.holder))

    async def answer_number(self, request: Request) -> Response:
        """Look for an identity number."""
        number, sought = _number(request), identity_numbers.normalised(request.body(FindRequest).number)
        await self.store.begin(number, "number", request.holder)
        self.meters.count("wardwatch_access_requests_total", step="answered")
        return Response(await self.store.end_with_number(number, sought, request.holder))


def _number(request: Request) -> int:
    return queries.number(request.target, refusals.NO_ACCESS_REQUEST.filled(text=request.target.get("number", "")))

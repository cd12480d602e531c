"""What the alerts service shows beside an incident, read in the name of who looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Cards, CardsRequest
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.card_store import CardStore


@dataclass(frozen=True, slots=True)
class CardDesk:
    """Labels and faces of people who were seen; nobody else's."""

    store: CardStore

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {"cards": self.cards, "card_picture": self.card_picture}

    async def cards(self, request: Request) -> Response:
        """Labels for incidents."""
        body = request.body(CardsRequest)
        return Response(Cards(labels=await self.store.labels(body.entries, body.incident, request.holder)))

    async def card_picture(self, request: Request) -> Response:
        """The enrolled face for an incident."""
        entry_id, incident = request.id("entry"), request.id("incident")
        picture = await self.store.picture(entry_id, incident, request.holder)
        if picture is None:
            raise Refusal(404, refusals.NO_ENROLLED_FACE.filled(incident=incident))
        return Response(attachment=picture)

"""What the alerts service shows beside an incident, read in the name of who looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Cards, CardsSaid
from services.chassis.errors import Refusal
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.record.card_store import CardStore


@dataclass(frozen=True, slots=True)
class CardDesk:
    """Labels and faces of people who were seen; nobody else's."""

    store: CardStore

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {"cards": self.cards, "card_picture": self.card_picture}

    async def cards(self, asking: Asking) -> Given:
        """Labels for incidents."""
        said = asking.body(CardsSaid)
        return Given(Cards(labels=await self.store.labels(said.entries, said.incident, asking.holder)))

    async def card_picture(self, asking: Asking) -> Given:
        """The enrolled face for an incident."""
        entry_id, incident = asking.id("entry"), asking.id("incident")
        picture = await self.store.picture(entry_id, incident, asking.holder)
        if picture is None:
            raise Refusal(404, refusals.NO_ENROLLED_FACE.filled(incident=incident))
        return Given(attachment=picture)

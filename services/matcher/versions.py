"""What is done with a face of each recogniser: compared, drilled, or asked about, always in the gallery of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from proto.wardwatch.v1.messages import FaceEmbedded
from proto.wardwatch.v1.requests import AlikeRequest
from services.chassis.bus import Delivery
from services.chassis.errors import Poison
from services.matcher.alike import AnswerAlike
from services.matcher.drills import ByKind, Template
from services.matcher.galleries import ModelGallery
from services.matcher.walks import Walks


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """All that works with one gallery. Walks of two recognisers live side by side, so a switch begins none anew."""

    gallery: ModelGallery
    template: Template
    walks: Walks
    faces: ByKind
    alike: AnswerAlike


class Versions:
    """The versions by their recogniser, made by *make* for each gallery. Event loop only."""

    def __init__(self, make: Callable[[ModelGallery], Version]) -> None:
        self._make = make
        self._by_model: dict[str, Version] = {}

    def add(self, gallery: ModelGallery) -> None:
        """Another gallery is there."""
        self._by_model[gallery.policy.model_sha256] = self._make(gallery)

    def walks(self) -> Iterator[Walks]:
        """The walks of each."""
        return (each.walks for each in tuple(self._by_model.values()))

    @property
    def drills_known(self) -> int:
        """How many galleries have the template of drills."""
        return sum(each.template.known for each in self._by_model.values())

    def offer_template(self, delivery: Delivery) -> None:
        """Take in what the face of drills is like by one of them; returns at once."""
        for each in self._by_model.values():
            each.template.offer(delivery)

    async def __call__(self, face: FaceEmbedded) -> None:
        """Compare a face. Raises Poison when the list has no template of its recogniser."""
        version = self._by_model.get(face.model.sha256)
        if version is None:
            raise Poison(f"vector of model {face.model}, of which the list holds no template")
        await version.faces(face)

    async def alike(self, payload: bytes) -> bytes:
        """Answer which entries faces resemble, by the recogniser of their vectors."""
        first, *_ = self._by_model.values()
        try:
            asked = self._by_model.get(AlikeRequest.decode(payload).model_sha256, first)
        except ValueError:
            asked = first  # which refuses it in words
        return await asked.alike(payload)

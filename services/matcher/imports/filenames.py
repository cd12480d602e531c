"""What the name of an import's photo says: whose it is and which one. Pure."""

import re
from dataclasses import dataclass
from typing import Final

# The number may be left out where a person has one photo.
_NAME: Final = re.compile(
    r"(?!_)(?P<external_id>[^\x00-\x1f/\\]{1,64}?)(?:__(?P<number>\d{1,3}))?\.(?:jpe?g|png|webp|hei[cf])", re.I
)


@dataclass(frozen=True, slots=True)
class PhotoName:
    """The list owner's id of the person, and the number among that person's photos."""

    external_id: str
    number: int


def parse(name: str) -> PhotoName | None:
    """Read ``externalId__1.jpg``; None when *name* does not say whose photo it is."""
    found = _NAME.fullmatch(name)
    if found is None or not found["external_id"].strip():
        return None
    return PhotoName(found["external_id"].strip(), int(found["number"] or 1))

"""What the name of an import's photo says: whose it is and which one. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from services.watchlist.rules import external_ids

# The number may be left out where a person has one photo.
_NAME: Final = re.compile(
    r"(?!_)(?P<external_id>[^/\\]+?)(?:__(?P<number>\d{1,6}))?\.(?:jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|gif|jp2)", re.I
)


@dataclass(frozen=True, slots=True)
class PhotoName:
    """The list owner's id of the person, and the number among that person's photos."""

    external_id: str
    number: int


def parse(name: str) -> PhotoName | None:
    """Read ``externalId__1.jpg``; None when *name* does not say whose photo it is."""
    found = _NAME.fullmatch(name)
    whose = "" if found is None else external_ids.cleaned(found["external_id"])
    if found is None or not external_ids.is_one(whose):
        return None
    return PhotoName(whose, int(found["number"] or 1))

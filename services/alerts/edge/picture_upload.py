"""A picture that somebody sends, as the upright JPEG that is kept of it."""

from typing import Final

from aiohttp import web

from proto.wardwatch.v1 import desk, refusals
from proto.wardwatch.v1.refusals import Sentence
from services.alerts.edge.http import read_body
from services.alerts.edge.photos import UnusablePhoto
from services.alerts.edge.problems import Refused
from services.alerts.edge.watchlist import MOST_FILE_BYTES, UploadSlots, UprightPhotos

_FILE_SECONDS: Final = 60.0


async def read_picture(
    request: web.Request, photos: UprightPhotos, slots: UploadSlots, *, most_bytes: int, title: str, unusable: Sentence
) -> bytes:
    """The picture in the body of *request*, of *most_bytes* at most as a JPEG.

    Raises Refused, with *title* and *unusable* (which takes a detail) where it is no picture.
    """
    with slots.slot():
        most = MOST_FILE_BYTES[desk.PICTURE]
        content = await read_body(request, most_bytes=most, within_seconds=_FILE_SECONDS)
        try:
            jpeg = await photos(content)
        except UnusablePhoto as error:
            raise Refused(422, title, unusable.filled(detail=error)) from error
    if len(jpeg) > most_bytes:
        raise Refused(413, "Too large", refusals.TOO_LARGE.filled(most=f"{most_bytes:,}"))
    return jpeg

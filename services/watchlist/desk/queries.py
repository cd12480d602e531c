"""Parameters of requests as values: pages, cursors, days, digests. Pure; everything raises Unacceptable, in words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import SOUGHT, EntryRow
from proto.wardwatch.v1.imports import OUTCOMES
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Refusal
from services.watchlist.enrolment.assessment import Upload
from services.watchlist.imports.import_store import ItemPlace, WantedItems
from services.watchlist.record import views
from services.watchlist.record.entry_reader import Cursor, ListQuery
from services.watchlist.rules import entry_rules, identity_numbers
from services.watchlist.rules.days import Days
from services.watchlist.rules.entry_rules import MOST_PHOTOS, Unacceptable

T = TypeVar("T")
Target = Mapping[str, str]

_USUAL_PAGE: Final = 50
_LONGEST_PAGE: Final = 100
_NUMBER_DIGITS: Final = 18
_NO_CURSOR: Final = refusals.BAD_CURSOR.filled()
_VERDICTS: Final = ("ready", "warning", "rejected")
_ITEM_SORTS: Final = ("need", "name")
_ITEM_CURSOR: Final = re.compile(r"([0-5])\.([0-9]{1,10})\.([0-9a-f]{64})")
_LAST_PLACE: Final = 2**31 - 1
ID_PREFIX: Final = re.compile(r"[0-9a-f]{4,32}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def number(target: Target, unknown: RefusalText) -> int:
    """The number of what waits for two people. Raises Refusal (404) with *unknown* where it is none."""
    text = target.get("number", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _NUMBER_DIGITS):
        raise Refusal(404, unknown)
    return int(text)


def position(target: Target) -> int:
    """A photo's place in its entry, from 0."""
    text = target.get("position", "")
    if not (text.isascii() and text.isdecimal() and int(text) < MOST_PHOTOS):
        raise Unacceptable(refusals.PHOTO_POSITION.filled(most=MOST_PHOTOS - 1))
    return int(text)


@dataclass(frozen=True, slots=True)
class PhotoDescription:
    """What a request says about a photo's file."""

    name: str = field(repr=False)
    source: str
    taken_at: datetime | None
    sha256: bytes


def photo_description(target: Target, days: Days, now: datetime) -> PhotoDescription:
    """What the request says about a photo. ``taken`` is a day, or a time whose day in the hospital is meant."""
    return PhotoDescription(
        _words(target, "name", 255),
        _words(target, "source", 500),
        _taken(target.get("taken", ""), days, now),
        _digest(target.get("sha256", "")),
    )


def list_query(target: Target) -> ListQuery:
    """Which page of the list is asked for."""
    state, import_id, limit = target.get("state", ""), target.get("batch", ""), target.get("limit", "")
    if state and state not in SOUGHT:
        raise Unacceptable(refusals.UNKNOWN_STATE.filled(text=state, known=", ".join(SOUGHT)))
    return ListQuery(
        limit=page_length(limit),
        state=state or "living",
        import_id=_read(UUID, import_id, refusals.NO_IMPORT.filled(import_=import_id)) if import_id else None,
        after=_cursor(target.get("cursor", "")),
        id_prefix=_id_prefix(target.get("id_prefix", "")),
    )


def _id_prefix(text: str) -> str:
    if text and not ID_PREFIX.fullmatch(text):
        raise Unacceptable(refusals.BAD_ID_PREFIX.filled(text=text))
    return text


def page_length(text: str) -> int:
    """How many rows a page has."""
    if not text:
        return _USUAL_PAGE
    length = _read(int, text, refusals.NOT_A_NUMBER.filled(text=text))
    if not 1 <= length <= _LONGEST_PAGE:
        raise Unacceptable(refusals.BAD_PAGE_LENGTH.filled(most=_LONGEST_PAGE))
    return length


def cursor_after(row: EntryRow) -> str:
    """Where the page after *row* begins."""
    return moment_after(row.changed_at, row.id)


def moment_after(moment: datetime, row_id: UUID) -> str:
    """Where the page after a row of this moment and id begins."""
    return f"{(moment - _EPOCH) // timedelta(microseconds=1)}.{row_id}"


def moment_cursor(text: str) -> tuple[datetime, UUID] | None:
    """The moment and id of the row before the page."""
    if not text:
        return None
    microseconds, _, row_id = text.partition(".")
    moment = _read(lambda digits: _EPOCH + timedelta(microseconds=int(digits)), microseconds, _NO_CURSOR)
    return moment, _read(UUID, row_id, _NO_CURSOR)


def wanted_items(target: Target) -> WantedItems:
    """Which rows of an import's report are asked for."""
    verdict, outcome, sort = target.get("verdict", ""), target.get("outcome", ""), target.get("sort", "")
    if verdict and verdict not in _VERDICTS:
        raise Unacceptable(refusals.UNKNOWN_VERDICT.filled(text=verdict, known=", ".join(_VERDICTS)))
    chosen = next((each for each in OUTCOMES if each == outcome), None)
    if outcome and chosen is None:
        raise Unacceptable(refusals.UNKNOWN_OUTCOME.filled(text=outcome, known=", ".join(OUTCOMES)))
    if sort and sort not in _ITEM_SORTS:
        raise Unacceptable(refusals.UNKNOWN_ORDER.filled(text=sort, known=", ".join(_ITEM_SORTS)))
    return WantedItems(
        limit=page_length(target.get("limit", "")),
        verdict=verdict or None,
        outcome=chosen,
        by_name=sort == "name",
        after=_item_cursor(target.get("cursor", "")),
    )


def item_after(place: ItemPlace) -> str:
    """Where the page after a row of an import's report begins."""
    return f"{place.rank}.{place.place}.{place.item_lookup.hex()}"


def _item_cursor(text: str) -> ItemPlace | None:
    if not text:
        return None
    found = _ITEM_CURSOR.fullmatch(text)
    if found is None or int(found[2]) > _LAST_PLACE:
        raise Unacceptable(_NO_CURSOR)
    return ItemPlace(int(found[1]), int(found[2]), bytes.fromhex(found[3]))


def offset(text: str) -> int:
    """How many rows are before the page."""
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Unacceptable(_NO_CURSOR)
    return int(text)


def digest(target: Target) -> bytes:
    """SHA-256 of the file as it was sent to the edge."""
    return _digest(target.get("sha256", ""))


def upload(target: Target, attachment: bytes) -> Upload:
    """The photo that was sent, or what the edge says is wrong with it."""
    return Upload(attachment, target.get("unusable", ""), target.get("detail", ""))


def _cursor(text: str) -> Cursor | None:
    found = moment_cursor(text)
    return None if found is None else Cursor(*found)


def _read(read: Callable[[str], T], text: str, words: RefusalText) -> T:
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        raise Unacceptable(words) from error


def _words(target: Target, name: str, longest: int) -> str:
    text = entry_rules.words(name, target.get(name, ""))
    if len(text) > longest or "\x00" in text:
        raise Unacceptable(refusals.TOO_MANY_CHARACTERS.filled(field=name, most=longest))
    identity_numbers.check_absent(text, name)
    return text


def _taken(text: str, days: Days, now: datetime) -> datetime | None:
    if not text:
        return None
    words = refusals.NOT_A_DAY.filled(text=text)
    moment = _read(datetime.fromisoformat, text, words)
    day = _read(lambda _: days.of(moment) if moment.tzinfo else moment.date(), text, words)
    return views.taken_at(entry_rules.taken(day, days.of(now)))


def _digest(text: str) -> bytes:
    read = _read(bytes.fromhex, text, refusals.NO_DIGEST.filled())
    if len(read) != 32:
        raise Unacceptable(refusals.NO_DIGEST.filled())
    return read

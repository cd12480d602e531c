"""What the desk asks of an entry, of its photos and of who asks: pure, and answered in words."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.requests import EntryAddRequest, EntryPhoto, PhotoDetectReply, PhotoFace
from proto.wardwatch.v1.subjects import SiteId
from proto.wardwatch.v1.values import Model, Quality, Vector

# Who may put people on the list and take them off.
DESK_ROLES: Final = frozenset({"supervisor", "administrator"})
# No entry stands longer, whatever its category allows (safeguard S3).
LONGEST: Final = timedelta(days=1827)
MOST_PHOTOS: Final = 10

# The database refuses the same; these are the words for it.
REFUSALS: Final[dict[str, str]] = {
    "entry_approver_is_not_the_author": "the approver must not be the author; ask another supervisor",
    "entry_state_order": "the entry is not in a state that allows this; list the entries to see where it stands",
    "entry_expiry_is_ahead": "the entry's expiry has passed; put it forward again with a later one",
    "entry_never_over_five_years": "an entry may stand for at most five years",
    "entry_ends_with_a_reason": "a reason is needed",
    "entry_category_cap": "the category does not allow so late an expiry",
    "photo_entry_id_file_sha256_key": "the same photo was given twice",
}


class Unacceptable(ValueError):
    """What was asked for breaks a rule; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Category:
    """A ground an entry may stand on, and the longest time it may."""

    code: str
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Holder:
    """The account behind a token."""

    account_id: UUID
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class PhotoGate:
    """How good an enrolment photo's face must be; see ``Quality`` for the measures."""

    min_face_px: float
    max_yaw_degrees: float
    min_sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledPhoto:
    """A photo that passed: the cut-out face, what was measured, and its vector."""

    photo_id: UUID
    filename: str
    source: str
    taken_at: datetime | None
    file_sha256: bytes
    picture: bytes  # JPEG
    quality: Quality
    model: Model
    vector: Vector


@dataclass(frozen=True, slots=True, eq=False)
class NewEntry:
    """An entry to put forward, with everything the record asks for."""

    entry_id: UUID
    label: str
    category: str
    basis: str
    instruction: str
    expires_at: datetime
    sites: frozenset[SiteId]
    author: Holder
    photos: tuple[EnrolledPhoto, ...]


def check_entry(request: EntryAddRequest, categories: Collection[Category], now: datetime) -> None:
    """Raise Unacceptable when the entry breaks a rule."""
    _check_words(request)
    _check_expiry(request, categories, now)
    _check_photos(request.photos)


def _check_words(request: EntryAddRequest) -> None:
    for name, text, longest in (
        ("label", request.label, 200),
        ("basis", request.basis, 2000),
        ("instruction", request.instruction, 1000),
    ):
        if not text.strip():
            raise Unacceptable(f"the {name} is missing")
        if len(text) > longest:
            raise Unacceptable(f"the {name} has {len(text)} characters, at most {longest} are kept")


def _check_expiry(request: EntryAddRequest, categories: Collection[Category], now: datetime) -> None:
    by_code = {category.code: category for category in categories}
    if request.category not in by_code:
        raise Unacceptable(f"category {request.category!r} is not one of {', '.join(sorted(by_code))}")

    longest = min(by_code[request.category].longest, LONGEST)
    if request.expires_at <= now:
        raise Unacceptable("the expiry is in the past")
    if request.expires_at - now > longest:
        raise Unacceptable(f"category {request.category} allows at most {longest.days} days until the expiry")


def _check_photos(photos: tuple[EntryPhoto, ...]) -> None:
    if not 1 <= len(photos) <= MOST_PHOTOS:
        raise Unacceptable(f"1 to {MOST_PHOTOS} photos are needed, {len(photos)} were given")
    if len({file_digest(photo) for photo in photos}) < len(photos):
        raise Unacceptable(REFUSALS["photo_entry_id_file_sha256_key"])
    for photo in photos:
        if not 1 <= len(photo.filename) <= 255 or not 1 <= len(photo.source.strip()) <= 500:
            raise Unacceptable("every photo needs a file name and, in up to 500 characters, where it is from")


def chosen_face(photo: EntryPhoto, found: PhotoDetectReply, gate: PhotoGate) -> PhotoFace:
    """The one face of a photo that may be enrolled. Raises Unacceptable with measure, limit and remedy."""
    if not found.faces:
        raise Unacceptable(f"{photo.filename}: no face was found; use a photo that shows the face from the front")
    if len(found.faces) > 1:
        raise Unacceptable(f"{photo.filename}: {len(found.faces)} faces; cut the photo to the one person")

    (face,) = found.faces
    q = face.quality
    if not q.face_px >= gate.min_face_px:
        raise Unacceptable(
            f"{photo.filename}: face {q.face_px:.0f} px wide, needs {gate.min_face_px:.0f}; use a larger photo"
        )
    if not abs(q.yaw_degrees) <= gate.max_yaw_degrees:
        raise Unacceptable(
            f"{photo.filename}: face turned by {abs(q.yaw_degrees):.0f} degrees, at most {gate.max_yaw_degrees:.0f};"
            " use a photo from the front"
        )
    if not q.sharpness >= gate.min_sharpness:
        raise Unacceptable(
            f"{photo.filename}: sharpness {q.sharpness:.0f}, needs {gate.min_sharpness:.0f}; use a sharper photo"
        )
    return face


def file_digest(photo: EntryPhoto) -> bytes:
    """SHA-256 of the photo's file."""
    return sha256(photo.jpeg).digest()


class Pace:
    """At most ``most`` requests of one asker within ``seconds``, counted by this replica alone."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._taken: dict[str, deque[float]] = {}

    def admits(self, asker: str, monotonic: float) -> bool:
        """Count a request of *asker*; False when it comes too soon, and then it does not count."""
        taken = self._taken.setdefault(asker, deque())
        while taken and monotonic - taken[0] >= self._seconds:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(monotonic)
        return True

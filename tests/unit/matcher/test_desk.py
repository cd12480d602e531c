"""The watchlist desk: who may ask, what is refused in which words, and what is recorded."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.requests import (
    EntryAddRequest,
    EntryApproveRequest,
    EntryListReply,
    EntryListRequest,
    EntryPhoto,
    EntryRevokeRequest,
    EntrySummary,
    PhotoDetectReply,
    PhotoEmbedReply,
    PhotoFace,
)
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import ALIGNED_SHAPE, Aligned, EntryState, Model, Quality
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.matcher.desk import DeskRules, WatchlistDesk
from services.matcher.records import Forbidden, StoreAway
from services.matcher.rules import Category, Holder, NewEntry, Pace, PhotoGate
from tests.unit.matcher.builders import MODEL, NOW, quality, unit

AUTHOR = Holder(UUID(int=1), "li.wei", "supervisor")
APPROVER = Holder(UUID(int=2), "ana.ruiz", "administrator")
GUARD = Holder(UUID(int=3), "guard.1", "guard")
TOKENS = {sha256(h.name.encode()).digest(): h for h in (AUTHOR, APPROVER, GUARD)}


@dataclass
class Book:
    """A record in memory that keeps the one rule the desk relies on: nobody approves an own entry."""

    entries_by_id: dict[UUID, tuple[NewEntry, EntryState, Holder | None]] = field(default_factory=dict)
    away: bool = False

    async def holder(self, token_sha256: bytes) -> Holder | None:
        if self.away:
            raise StoreAway("gone")
        return TOKENS.get(token_sha256)

    async def categories(self) -> list[Category]:
        return [Category("violence", timedelta(days=1827)), Category("ban", timedelta(days=731))]

    async def add(self, entry: NewEntry) -> EntrySummary:
        self.entries_by_id[entry.entry_id] = (entry, EntryState.PENDING, None)
        return self._summary(entry.entry_id)

    async def approve(self, entry_id: UUID, approver: Holder) -> EntrySummary | None:
        if entry_id not in self.entries_by_id:
            return None
        entry, state, _ = self.entries_by_id[entry_id]
        if state is not EntryState.PENDING:
            raise Forbidden("entry_state_order")
        if approver == entry.author:
            raise Forbidden("entry_approver_is_not_the_author")
        self.entries_by_id[entry_id] = (entry, EntryState.ACTIVE, approver)
        return self._summary(entry_id)

    async def revoke(self, entry_id: UUID, holder: Holder, reason: str) -> EntrySummary | None:
        if entry_id not in self.entries_by_id:
            return None
        entry, _, approver = self.entries_by_id[entry_id]
        self.entries_by_id[entry_id] = (entry, EntryState.REVOKED, approver)
        return self._summary(entry_id)

    async def entries(self, *, with_ended: bool) -> tuple[EntrySummary, ...]:
        found = [self._summary(entry_id) for entry_id in self.entries_by_id]
        return tuple(e for e in found if with_ended or e.state is not EntryState.REVOKED)

    def _summary(self, entry_id: UUID) -> EntrySummary:
        entry, state, approver = self.entries_by_id[entry_id]
        return EntrySummary(
            entry_id=EntryId(str(entry_id)),
            revision=2,
            state=state,
            label=entry.label,
            category=entry.category,
            instruction=entry.instruction,
            basis=entry.basis,
            expires_at=entry.expires_at,
            sites=entry.sites,
            author=entry.author.name,
            approver=approver.name if approver else "",
            photos=len(entry.photos),
            changed_at=NOW,
        )


@dataclass
class Studio:
    """Finds in every photo the faces it was told to find."""

    faces: tuple[Quality, ...] = (quality(face_px=150),)
    model: Model = MODEL

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        aligned = np.zeros(ALIGNED_SHAPE, np.uint8)
        return PhotoDetectReply(tuple(PhotoFace(q, aligned, b"cut-out") for q in self.faces), 640, 480)

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        return PhotoEmbedReply(self.model, (unit(1),) * len(aligned))


def desk(book: Book, studio: Studio | None = None, *, most: int = 100) -> WatchlistDesk:
    numbers = iter(range(100, 200))
    return WatchlistDesk(
        book,
        studio or Studio(),
        DeskRules(MODEL.sha256, PhotoGate(80, 35, 40), Pace(most, 60)),
        Meters(),
        now=lambda: NOW,
        monotonic=lambda: 0.0,
        new_id=lambda: UUID(int=next(numbers)),
    )


def request(by: Holder = AUTHOR) -> EntryAddRequest:
    return EntryAddRequest(
        by.name,
        "Visitor with a knife",
        "violence",
        "decision 2026/17",
        "Call 8811",
        NOW + timedelta(days=30),
        frozenset(),
        (EntryPhoto("a.jpg", "incident report", None, b"a"),),
    )


async def ask(given: WatchlistDesk, subject: subjects.Subject, payload: bytes) -> bytes:
    return await given.answers()[subject.pattern](payload)


async def test_an_entry_is_recorded_with_its_author_photo_and_vector() -> None:
    book = Book()

    reply = EntrySummary.decode(await ask(desk(book), subjects.DESK_ADD, request().encode()))

    ((entry, state, _),) = book.entries_by_id.values()
    assert (reply.state, state, entry.author) == (EntryState.PENDING, EntryState.PENDING, AUTHOR)
    (photo,) = entry.photos
    assert (photo.picture, photo.file_sha256, photo.model) == (b"cut-out", sha256(b"a").digest(), MODEL)
    np.testing.assert_array_equal(photo.vector, unit(1))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda r: replace(r, label=" "), "the label is missing", id="no label"),
        pytest.param(lambda r: replace(r, basis=""), "the basis is missing", id="no basis"),
        pytest.param(lambda r: replace(r, instruction="x" * 1001), "1001 characters", id="long instruction"),
        pytest.param(lambda r: replace(r, category="grudge"), "not one of ban, violence", id="category"),
        pytest.param(lambda r: replace(r, expires_at=NOW), "in the past", id="expired"),
        pytest.param(lambda r: replace(r, expires_at=NOW + timedelta(days=1828)), "at most 1827 days", id="too long"),
        pytest.param(lambda r: replace(r, category="ban", expires_at=NOW + timedelta(732)), "731 days", id="cap"),
        pytest.param(lambda r: replace(r, photos=()), "1 to 10 photos", id="no photo"),
        pytest.param(lambda r: replace(r, photos=r.photos * 11), "11 were given", id="too many photos"),
        pytest.param(lambda r: replace(r, photos=r.photos * 2), "given twice", id="one photo twice"),
        pytest.param(
            lambda r: replace(r, photos=(replace(r.photos[0], source=" "),)), "where it is from", id="no source"
        ),
    ],
)
async def test_an_entry_that_breaks_a_rule_is_refused_in_words(
    change: Callable[[EntryAddRequest], EntryAddRequest], words: str
) -> None:
    book = Book()

    with pytest.raises(Refusal, match=words) as refused:
        await ask(desk(book), subjects.DESK_ADD, change(request()).encode())

    assert refused.value.code == 422
    assert book.entries_by_id == {}


@pytest.mark.parametrize(
    ("faces", "words"),
    [
        pytest.param((), "no face was found", id="nobody"),
        pytest.param((quality(), quality()), "2 faces; cut the photo", id="two people"),
        pytest.param((quality(face_px=41),), "face 41 px wide, needs 80; use a larger photo", id="small"),
        pytest.param((quality(yaw=-50),), "turned by 50 degrees", id="turned"),
        pytest.param((quality(sharpness=12),), "sharpness 12, needs 40", id="blurred"),
    ],
)
async def test_a_photo_that_is_not_good_enough_is_refused_with_measure_and_remedy(
    faces: tuple[Quality, ...], words: str
) -> None:
    book = Book()

    with pytest.raises(Refusal, match=f"a.jpg: .*{words}|a.jpg: {words}"):
        await ask(desk(book, Studio(faces)), subjects.DESK_ADD, request().encode())

    assert book.entries_by_id == {}


async def test_nothing_is_enrolled_with_another_model() -> None:
    with pytest.raises(Refusal, match="another model") as refused:
        await ask(desk(Book(), Studio(model=Model("x", "cd" * 32))), subjects.DESK_ADD, request().encode())

    assert refused.value.code == 503


async def test_another_account_approves_and_the_author_does_not() -> None:
    book = Book()
    given = desk(book)
    added = EntrySummary.decode(await ask(given, subjects.DESK_ADD, request().encode()))

    with pytest.raises(Refusal, match="the approver must not be the author") as refused:
        await ask(given, subjects.DESK_APPROVE, EntryApproveRequest(AUTHOR.name, added.entry_id).encode())
    approved = await ask(given, subjects.DESK_APPROVE, EntryApproveRequest(APPROVER.name, added.entry_id).encode())

    assert refused.value.code == 409
    assert EntrySummary.decode(approved).approver == "ana.ruiz"


async def test_a_revocation_needs_a_reason() -> None:
    given = desk(Book())
    added = EntrySummary.decode(await ask(given, subjects.DESK_ADD, request().encode()))

    with pytest.raises(Refusal, match="a reason is needed"):
        await ask(given, subjects.DESK_REVOKE, EntryRevokeRequest(AUTHOR.name, added.entry_id, " ").encode())
    revoked = await ask(given, subjects.DESK_REVOKE, EntryRevokeRequest(AUTHOR.name, added.entry_id, "error").encode())
    listed = await ask(given, subjects.DESK_LIST, EntryListRequest(AUTHOR.name).encode())

    assert EntrySummary.decode(revoked).state is EntryState.REVOKED
    assert EntryListReply.decode(listed).entries == ()


@pytest.mark.parametrize("entry_id", [str(UUID(int=9)), "no-uuid"])
async def test_an_unknown_entry_is_not_found(entry_id: str) -> None:
    with pytest.raises(Refusal, match="there is no entry") as refused:
        await ask(desk(Book()), subjects.DESK_APPROVE, EntryApproveRequest(AUTHOR.name, EntryId(entry_id)).encode())

    assert refused.value.code == 404


@pytest.mark.parametrize(
    ("token", "code"), [pytest.param("guessed", 401, id="no session"), pytest.param("guard.1", 403, id="a guard")]
)
async def test_only_supervisors_and_administrators_work_here(token: str, code: int) -> None:
    book = Book()
    given = desk(book)
    added = replace(request(), token=token)

    for subject, payload in (
        (subjects.DESK_ADD, added.encode()),
        (subjects.DESK_LIST, EntryListRequest(token).encode()),
        (subjects.DESK_APPROVE, EntryApproveRequest(token, EntryId(str(UUID(int=9)))).encode()),
        (subjects.DESK_REVOKE, EntryRevokeRequest(token, EntryId(str(UUID(int=9))), "x").encode()),
    ):
        with pytest.raises(Refusal) as refused:
            await ask(given, subject, payload)
        assert refused.value.code == code
    assert book.entries_by_id == {}


async def test_who_asks_too_often_waits_and_others_do_not() -> None:
    given = desk(Book(), most=2)
    mine = EntryListRequest(AUTHOR.name).encode()
    await ask(given, subjects.DESK_LIST, mine)
    await ask(given, subjects.DESK_LIST, mine)

    with pytest.raises(Refusal, match="too many requests") as refused:
        await ask(given, subjects.DESK_LIST, mine)

    assert refused.value.code == 429
    await ask(given, subjects.DESK_LIST, EntryListRequest(APPROVER.name).encode())


async def test_a_database_that_is_away_is_said_clearly() -> None:
    with pytest.raises(Refusal, match="the database is away; matching goes on") as refused:
        await ask(desk(Book(away=True)), subjects.DESK_LIST, EntryListRequest(AUTHOR.name).encode())

    assert refused.value.code == 503


async def test_bytes_that_are_no_request_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        await ask(desk(Book()), subjects.DESK_ADD, b"\xff\xff")

    assert refused.value.code == 400


def test_a_pace_lets_requests_in_again_when_the_window_has_passed() -> None:
    pace = Pace(2, 60)

    assert [pace.admits("a", at) for at in (0, 1, 2, 59.9, 60, 60.5, 61)] == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]

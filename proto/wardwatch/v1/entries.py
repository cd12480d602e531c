"""JSON of watchlist entries as the desk takes and gives it; see ``desk.py`` for the operations."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel, Token

Severity = Literal["rejected", "warning", "note"]
State = Literal["draft", "pending", "active", "suspended", "expired", "revoked", "erased"]
# Who is on the list or may come to be, and who is no more: a list shows the first unless it is asked for others.
LIVING: Final[tuple[State, ...]] = ("draft", "pending", "active", "suspended")
ENDED: Final[tuple[State, ...]] = ("expired", "revoked", "erased")
# What a list may be asked for: one state, or several by one word.
SOUGHT: Final[Mapping[str, tuple[State, ...]]] = {
    "living": LIVING,
    "ended": ENDED,
    "all": (*LIVING, *ENDED),
    **{state: (state,) for state in (*LIVING, *ENDED)},
}
Category = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
_NO_NUL = r"^[^\x00]*$"
Label = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_NUL)]
Basis = Annotated[str, Field(min_length=1, max_length=2000, pattern=_NO_NUL)]
Evidence = Annotated[str, Field(min_length=1, max_length=500, pattern=_NO_NUL)]
Instruction = Annotated[str, Field(min_length=1, max_length=1000, pattern=_NO_NUL)]
Note = Annotated[str, Field(max_length=2000, pattern=_NO_NUL)]
ExternalId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00/\\]*$")]
IdentityNumber = Annotated[str, Field(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z -]*$")]


class Verdict(StrEnum):
    """What becomes of a photo. A warning can be accepted with a reason, a rejection cannot."""

    READY = "ready"
    WARNING = "warning"
    REJECTED = "rejected"


class Scope(RequestModel):
    """Where an entry may match. A group's sites are taken over when the entry is put forward."""

    kind: Literal["network", "group", "sites"] = "network"
    group: Token | None = None
    sites: list[Token] = Field(default=[], max_length=200)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.kind == "group") != (self.group is not None) or (self.kind == "sites") != bool(self.sites):
            raise ValueError("a scope is the network, a group with its name, or sites with their names")
        return self


class Until(RequestModel):
    """Until when an entry stands: its last day in the hospital's time zone, or for programs a moment; never both."""

    last_day: Annotated[date, Field(strict=True)] | None = None
    expires_at: datetime | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.last_day is not None and self.expires_at is not None:
            raise ValueError("say the last day or the moment of the expiry, not both")
        return self


class EntryRequest(Until):
    """A person to put forward. Without an expiry the entry stands for two years, or as long as its category allows."""

    label: Label
    category: Category
    basis: Basis
    evidence: Evidence
    instruction: Instruction
    note: Note = ""
    scope: Scope = Scope()
    identity_number: IdentityNumber | None = None
    external_id: ExternalId | None = None


class WordsRequest(RequestModel):
    """What a draft says instead of what it said at *revision*; what is left out stays.

    A ground that allows less time than is left shortens it. ``last_day`` is the draft's new last day.
    """

    revision: int = Field(ge=1)
    label: Label | None = None
    category: Category | None = None
    basis: Basis | None = None
    evidence: Evidence | None = None
    instruction: Instruction | None = None
    note: Note | None = None
    scope: Scope | None = None
    last_day: Annotated[date, Field(strict=True)] | None = None


class Measures(ResponseModel):
    """What was measured of a face; see Quality in events.proto for the units."""

    face_px: float
    eye_distance_px: float
    sharpness: float
    yaw_degrees: float
    roll_degrees: float
    exposure: float


class Finding(ResponseModel):
    """One thing about a photo or a row: the measure, its limit, and the remedy in words.

    ``meant``: what may be meant instead, as it is written: ids, or days.
    ``about`` is the entry, or for ``in_open_import`` the import, that stands against it.
    """

    code: FindingCode
    severity: Severity
    value: float | None = None
    limit: float | None = None
    text: str
    meant: list[str] = Field(default_factory=list)
    about: UUID | None = None


class PhotoJudged(ResponseModel):
    """What became of a photo, and where it is kept, if it is.

    One that does not show the same person as the entry's other photos is rejected and kept all the same: nobody knows
    which of them is the wrong one, and the entry is not put forward before one is removed.
    """

    verdict: Verdict
    findings: list[Finding]
    measures: Measures | None
    position: int | None


class PhotoView(ResponseModel):
    """An enrolled photo. Each of its ``warnings`` must be accepted before the entry is put forward.

    ``person`` says whose face it is among the entry's photos: while they do not have one number, they do not show one
    person, and the entry is not put forward. None: they were not compared yet.

    ``taken_on`` is the day as it was typed; ``taken_at`` is that day's beginning in UTC, whatever the time zone.
    """

    position: int
    name: str
    source: str
    taken_at: datetime | None
    taken_on: date | None
    added_at: datetime
    measures: Measures
    warnings: list[str]
    accepted_findings: list[str]
    accepted_reason: str
    suspended_at: datetime | None
    suspended_reason: str
    person: int | None = None


class WarningsRequest(RequestModel):
    """Accept a photo's warnings, by their codes, for a reason."""

    codes: list[str] = Field(min_length=1, max_length=20)
    reason: Reason


class LikenessView(ResponseModel):
    """Another entry that looks like this one; a person decides what that means."""

    other: UUID
    label: str
    state: State
    strength: Literal["probably_same", "alike"]
    decision: Literal["same_person", "different_people"] | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str


class LikenessRequest(RequestModel):
    """One person: then the draft takes the other's place. Or two people who look alike: both need more to match."""

    decision: Literal["same_person", "different_people"]
    reason: Reason


class Renewal(ResponseModel):
    """A renewal that waits for its approval."""

    by: str
    expires_at: datetime
    last_day: date


class Amendment(ResponseModel):
    """A draft by which an entry is amended; it is no entry of the list by itself."""

    id: UUID
    state: State
    author: str


class Merged(ResponseModel):
    """An entry that ended because it was merged into this one, with how many photos that came along."""

    other: UUID
    label: str
    photos: int
    by: str
    at: datetime
    undone_by: str | None
    undone_at: datetime | None


class Returned(ResponseModel):
    """Who sent a draft back that was put forward, when, and what is to be amended."""

    by: str
    at: datetime
    comment: str


class Origin(ResponseModel):
    """The list of another hospital that an entry is from; nobody here changes it, but may suspend it."""

    list: str
    title: str  # as its publisher calls the list


class EntryRow(ResponseModel):
    """An entry in a list; it matches until ``expires_at``, when its ``last_day`` is over in the hospital.

    One that ``amends`` another is no person by itself: approved, it becomes what the other says.
    """

    id: UUID
    revision: int
    state: State
    label: str
    category: str
    scope: Scope
    expires_at: datetime
    last_day: date
    photos: int
    first_photo: int | None = None  # the position of the photo that stands for it
    author: str
    approver: str | None
    changed_at: datetime
    batch: UUID | None
    origin: Origin | None = None
    amends: UUID | None = None


class EntryView(EntryRow):
    """An entry as those who keep the list see it.

    ``generation`` is the change of the list that this revision came with, none for a draft; no ``sites`` means all.
    ``replaces`` are entries of the same person that end when this one is approved; ``replaced_by`` is the one that was
    put forward to take the place of this one. ``returned`` says why a draft is one again.
    ``amendment`` is the draft by which it is being amended; ``restores`` is an entry that begins to match again with
    the approval of this one, which is such a draft. ``merged`` ended when they were merged into this one.
    """

    sites: list[str]
    basis: str
    evidence: str
    instruction: str
    note: str
    created_at: datetime
    put_forward_by: str | None
    approved_at: datetime | None
    renewal: Renewal | None
    changed_by: str
    reason: str
    identity_last_four: str | None
    photo_list: list[PhotoView]
    likenesses: list[LikenessView]
    replaces: list[UUID] = Field(default=[])
    replaced_by: UUID | None = None
    generation: int | None = None
    returned: Returned | None = None
    amendment: Amendment | None = None
    restores: UUID | None = None
    merged: list[Merged] = Field(default=[])
    merged_into: UUID | None = None


class EntryPage(ResponseModel):
    """Newest change first; ``next`` is the cursor of the following page, if there is one.

    ``counts`` says how many there are in each state, whichever of them were asked for.
    """

    entries: list[EntryRow]
    next: str | None
    counts: dict[State, int] = Field(default_factory=dict)


class WaitingView(ResponseModel):
    """How many entries wait for who asks: to be approved, themselves, a change or a later end, or to be amended.

    ``version`` grows with each change of the list.
    """

    approvals: int
    renewals: int
    returned: int
    version: int


class EndingDay(ResponseModel):
    """How many entries have this last day, and for how many of them a later end is asked for already."""

    day: date
    entries: int
    asked: int


class Endings(ResponseModel):
    """The last days of entries that match, are suspended or ended a short time ago; others have none."""

    days: list[EndingDay]


class SearchRequest(RequestModel):
    """Entries that say *text* in label, basis, evidence, author, photo's file name, last digits, external id or id.

    Each word must be found, in whichever of these. No text finds all. ``cursor`` is ``next`` of the page before.
    ``waiting``: those alone that wait for who asks. ``ends_from`` and ``ends_to`` are last days, both included.
    """

    text: str = Field(default="", max_length=100, pattern=_NO_NUL)
    state: Literal[
        "living", "ended", "all", "draft", "pending", "active", "suspended", "expired", "revoked", "erased"
    ] = "living"
    batch: UUID | None = None
    sort: Literal["changed", "label", "ends"] = "changed"
    waiting: bool = False
    ends_from: Annotated[date, Field(strict=True, ge=date(2000, 1, 1))] | None = None
    ends_to: Annotated[date, Field(strict=True)] | None = None
    cursor: UUID | None = None
    limit: int = Field(default=50, ge=1, le=100)


class ReasonRequest(RequestModel):
    """Why; it is recorded."""

    reason: Reason


class PairRequest(RequestModel):
    """Another entry, and why the two are merged, or parted again."""

    other: UUID
    reason: Reason


class ApprovalRequest(RequestModel):
    """What is approved: the revision that the approver has seen. What was changed since must be looked at again."""

    revision: int = Field(ge=1)


class RenewRequest(Until):
    """Ask for a later end; another account must approve it."""

    reason: Reason

    @model_validator(mode="after")
    def _is_said(self) -> Self:
        if self.last_day is None and self.expires_at is None:
            raise ValueError("say the new last day")
        return self


class ChangeView(ResponseModel):
    """One row of an entry's history, or of a change of it that was drafted apart."""

    revision: int
    state: State
    account: str
    reason: str
    at: datetime
    generation: int | None
    of_amendment: bool = False


class History(ResponseModel):
    """Everything that was done to an entry, oldest first."""

    changes: list[ChangeView]


class RevealRequest(RequestModel):
    """Why an identity number must be read: a reason, and the confirmed alert it is for unless an administrator asks."""

    reason: Reason
    incident: UUID | None = None


class IdentityRevealed(ResponseModel):
    """An identity number in full."""

    number: str


class FindRequest(RequestModel):
    """An identity number to look for."""

    number: IdentityNumber


class CategoryView(ResponseModel):
    """A ground an entry may stand on, and the last days that one which begins today has as a rule and at most."""

    code: str
    title: str
    longest_days: int
    usual_last_day: date
    latest_last_day: date


class Categories(ResponseModel):
    """The closed list of grounds."""

    categories: list[CategoryView]


class GroupRequest(RequestModel):
    """The sites of a group."""

    sites: list[Token] = Field(min_length=1, max_length=200)


class GroupView(ResponseModel):
    """A named set of sites."""

    name: str
    sites: list[str]
    changed_by: str
    changed_at: datetime


class Groups(ResponseModel):
    """Every group."""

    groups: list[GroupView]


class ReceiptView(ResponseModel):
    """A matcher that has let go of an erased entry."""

    matcher: str
    incarnation: UUID
    index_generation: int
    released_at: datetime


class OwedReceipt(ResponseModel):
    """A matcher that has not said so yet, and when it was last heard."""

    matcher: str
    seen_at: datetime
    silent: bool


class ErasureView(ResponseModel):
    """How far an erasure is: complete when key and stream are clean and every known matcher has signed.

    ``hospitals`` ever had a key of the entry, by a list that they share; each of them closes it as well, and those in
    ``hospitals_open``, as "h07 (city)", have not.
    """

    entry: UUID
    erased_by: str
    erased_at: datetime
    reason: str
    key_destroyed_at: datetime | None
    stream_purged_at: datetime | None
    receipts: list[ReceiptView]
    owed: list[OwedReceipt]
    hospitals: int = 0
    hospitals_closed: int = 0
    hospitals_open: tuple[str, ...] = ()
    complete: bool


class CardsRequest(RequestModel):
    """Labels for incidents that are shown to the holder of the token, who is recorded as having read them."""

    entries: list[UUID] = Field(max_length=100)
    incident: UUID | None = None


class Cards(ResponseModel):
    """Label by entry; an entry without one is erased, or its key is gone."""

    labels: dict[UUID, str]

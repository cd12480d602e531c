"""JSON of lists that hospitals share; see ``federation_operations.py`` for the operations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Base64Bytes, Field

from proto.wardwatch.v1.json_models import NoNul, QrCode, RequestModel, ResponseModel, Token

ListName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Title = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*\S[^\x00]*$")]
# Where a hospital's broker dials: a name or an IP address, and a port.
HubAddress = Annotated[str, Field(max_length=200, pattern=r"^tls://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$")]
# A signed invitation or answer in base64, as it stands in its file and its QR code.
Signed = Annotated[str, Field(min_length=1, max_length=65_536, pattern=r"^[A-Za-z0-9+/=\s]+$")]
# The last sixteen characters of a fingerprint, as they were heard by telephone; blanks and hyphens do not count.
ReadOut = Annotated[str, Field(min_length=16, max_length=100, pattern=r"^[A-Za-z0-9 -]+$")]

# -- the publisher's


class ListRequest(RequestModel):
    """A list to publish. After ``silent_days`` without a word from here, hospitals suspend it by themselves."""

    list: ListName
    title: Title
    silent_days: int = Field(30, ge=1, le=365)


class InvitationRequest(RequestModel):
    """A hospital to invite. ``authority`` is PEM; empty where a public one vouches for the hub."""

    hospital: ListName
    title: Title
    addresses: list[HubAddress] = Field(min_length=1, max_length=4)
    authority: NoNul = Field("", max_length=16_384)
    days: int = Field(14, ge=1, le=90)


class AnswerRequest(RequestModel):
    """A hospital's answer to its invitation, and how its fingerprint was read out by telephone."""

    answer: Signed
    read_out: ReadOut


class AdmissionRequest(RequestModel):
    """Admits a hospital by the answer whose fingerprint was shown to whoever approves."""

    fingerprint: Annotated[str, Field(max_length=100)]


class RenewalRequest(RequestModel):
    """Accepts the announced keys whose fingerprint was shown to whoever accepts."""

    fingerprint: Annotated[str, Field(max_length=100)]


class ShareRequest(RequestModel):
    """The hospitals that an entry is for; none: every hospital of the list, those that join later too."""

    hospitals: list[ListName] = Field(default=[], max_length=1000)


class PublishedList(ResponseModel):
    """A list that is published here; ``waits`` counts what waits for the approval of another account."""

    list: str
    title: str
    silent_days: int
    made_by: str
    made_at: datetime
    entries: int
    hospitals: int
    waits: int


class PublishedLists(ResponseModel):
    """Every list that is published here."""

    lists: list[PublishedList]


class RenewalView(ResponseModel):
    """The next keys of somebody else, announced by the former one; two accounts accept them."""

    fingerprint: str
    heard_at: datetime
    asked_by: str | None
    accepted_by: str | None


class RepairView(ResponseModel):
    """A repair that somebody asked for. Of ``entries`` so many were found ``missing`` or ``differing``.

    Once it is done, ``agrees`` says whether all of it is the same now.
    """

    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    entries: int
    missing: int
    differing: int
    agrees: bool


class HelloView(ResponseModel):
    """What a hospital said of itself last. ``same``: it holds what the publisher's record has said.

    ``behind``: it had not heard the last statement then, so that it could not hold the same. ``publisher`` is the id of
    the last of our keys that it believes.
    """

    heard_at: datetime
    number: int
    number_since: datetime
    same: bool
    behind: bool
    entries: int
    locked: int
    suspended: int
    matchers: int
    matchers_current: int
    owed: int
    publisher: str


HospitalState = Literal["asked", "invited", "answered", "admitted", "removed"]


class HospitalView(ResponseModel):
    """A hospital of a list. ``fingerprint`` is of its answer, ``link_key`` what its broker is let in by.

    ``keys`` it holds, ``owed`` are erasures to close.
    """

    hospital: str
    title: str
    state: HospitalState
    asked_by: str
    fingerprint: str
    link_key: str
    invitation_expires_at: datetime
    admitted_at: datetime | None
    removed_at: datetime | None
    removed_reason: str
    keys: int
    owed: int
    hello: HelloView | None
    renewal: RenewalView | None


class InvitationView(ResponseModel):
    """A signed invitation; ``invitation`` is base64, and empty until two people asked for it and it was signed.

    ``qr`` holds the same text, where that is short enough for a code.
    """

    list: str
    hospital: str
    title: str
    expires_at: datetime
    invitation: str
    fingerprint: str
    qr: QrCode | None


class ShareView(ResponseModel):
    """An entry on a list. ``number`` is of what was said of it last; 0: nothing yet.

    ``scope``, if any, is for which hospitals it is to be from now on; none in it: for every hospital.
    """

    list: str
    entry: UUID
    hospitals: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    number: int
    published: bool
    scope: tuple[str, ...] | None
    scope_asked_by: str | None


class OwingHospital(ResponseModel):
    """A hospital that has not closed an erasure, with what two people may say in its place."""

    hospital: str
    title: str
    signed: int  # matchers there
    heard_at: datetime | None
    closing_asked_by: str | None
    closing_reason: str


class ListErasure(ResponseModel):
    """An entry that hospitals have to erase: how many had it, and who has not closed.

    ``erased``: at every hospital; else it is for other hospitals now.
    """

    entry: UUID
    told_at: datetime
    erased: bool
    hospitals: int
    closed: int
    owing: list[OwingHospital]


class SharingView(ResponseModel):
    """How a list stands: at hospitals, what waits for approval, and erasures that not every hospital has closed."""

    published: PublishedList
    number: int
    unpublished: int
    hospitals: list[HospitalView]
    waiting: list[ShareView]
    erasures: list[ListErasure]
    repair: RepairView | None


# -- the hospital's


class JoinRequest(RequestModel):
    """An invitation's file, the last sixteen characters of its fingerprint as heard, and for which sites."""

    invitation: Annotated[Base64Bytes, Field(min_length=1, max_length=65_536)]
    fingerprint: Annotated[NoNul, Field(min_length=1, max_length=100)]
    sites: list[Token] = Field(min_length=1, max_length=100)


class JoiningApproval(RequestModel):
    """The same characters, so that nobody approves another invitation than the one that was compared."""

    fingerprint: Annotated[NoNul, Field(min_length=1, max_length=100)]


class ListAnswer(ResponseModel):
    """The signed answer to an invitation in base64, and what the publisher compares of it by telephone.

    ``qr`` holds the same text.
    """

    list: str
    hospital: str
    answer: str
    fingerprint: str
    qr: QrCode | None


class SubscriptionView(ResponseModel):
    """A list that was joined, or is asked to be: counts of entries, nothing of whom anybody saw.

    ``number`` and ``agreed_at`` are of the publisher's last head that the record here was the same as, by its clock;
    ``heard_at`` is when a head came last. ``entries`` are looked for or stand here, ``listed`` is how many the
    publisher counts; ``differing`` are not the same since ``differs_since``, ``locked`` cannot be opened.
    """

    list: str
    title: str
    hospital: str
    fingerprint: str
    addresses: tuple[str, ...]
    sites: tuple[str, ...]
    silent_days: int
    asked_by: str
    asked_at: datetime
    joined_by: str | None
    joined_at: datetime | None
    answered: bool
    suspended_by: str | None
    suspended_at: datetime | None
    suspended_reason: str
    silent_since: datetime | None
    left_by: str | None
    left_at: datetime | None
    left_reason: str
    number: int | None
    agreed_at: datetime | None
    heard_at: datetime | None
    listed: int
    entries: int
    differing: int
    differs_since: datetime | None
    locked: int
    suspended_here: int
    unclosed: int  # erasures that the publisher has not been told the end of
    own_key: str  # id of the sealing key of this hospital that everything is sealed to
    renewal: RenewalView | None
    repair: RepairView | None


class Subscriptions(ResponseModel):
    """Every list that was joined, or is asked to be."""

    subscriptions: list[SubscriptionView]

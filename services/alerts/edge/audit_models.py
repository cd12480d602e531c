"""JSON of the audit on the page."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from proto.wardwatch.v1.json_models import NoNul, Reason, RequestModel, ResponseModel

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=0, lt=1 << 62)]
_Word = Annotated[NoNul, Field(min_length=1, max_length=200)]


# A moment, or a day of the hospital; within what every calendar and time zone can say.
_When = (
    Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]
    | Annotated[date, Field(ge=date(2000, 1, 1), lt=date(3000, 1, 1))]
)


class AuditFilter(RequestModel):
    """Which events; null does not narrow it. A day is the hospital's: from its beginning, and until it is over."""

    since: _When | None = None
    until: _When | None = None
    account: _Word | None = Field(None, description="What it did, or what was done to it.")
    kind: Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z_]+)?$", max_length=80)] | None = Field(
        None, description="An action as `entry.approved`, or all that begin as `entry`."
    )
    about: _Word | None = Field(None, description="The id of an entry, an incident, an import or an account; a site.")


class AuditSearch(AuditFilter):
    """A page of the audit, newest first."""

    cursor: Annotated[str, Field(max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class AuditEvent(ResponseModel):
    """One thing that was done, read or checked. ``through`` is the database role that wrote it."""

    number: int
    at: datetime
    by: str
    account: UUID | None = Field(description="Null: somebody without an account; all zeros: the program by itself.")
    through: str
    action: str
    about_kind: str
    about: str
    reason: str
    details: str = Field(description="JSON as it was hashed.")
    sha256: str


class AuditPage(ResponseModel):
    """Newest first; ``next`` is the cursor of the following page, if there is one. That it was read is an event."""

    events: list[AuditEvent]
    next: str | None


class AuditExport(AuditFilter):
    """What to write to a file, and why: it is recorded first. Hashes can be recomputed from ``jsonl`` alone."""

    form: Literal["csv", "jsonl"]
    reason: Reason


class AuditHeadKept(RequestModel):
    """A head of the chain that was kept outside the database."""

    sequence: Annotated[int, Field(ge=1, lt=1 << 62)]
    sha256: Sha256


class AuditVerification(RequestModel):
    """Recompute the next part of the chain, behind an event whose hash is known; from the first where it is 0."""

    after: Number = 0
    sha256: Sha256 = Field("0" * 64, description="The hash of that event; zeros before the first.")
    heads: Annotated[list[AuditHeadKept], Field(max_length=10)] = Field(
        [], description="Heads that were kept elsewhere, to compare with."
    )


class AuditFault(ResponseModel):
    """Something that cannot be so in an audit that nobody touched, at this event."""

    kind: Literal["missing", "unlinked", "altered", "contradicted", "short", "replaced", "cut_off"]
    number: int


class AuditHeadCompared(ResponseModel):
    """A head that was kept elsewhere, and whether the chain says the same at its number."""

    sequence: int
    sha256: str
    agrees: bool


class AuditPublished(ResponseModel):
    """The last head on the broker's stream; nobody can delete from that."""

    sequence: int
    sha256: str
    at: datetime


class AuditPart(ResponseModel):
    """What came of a part of the chain. With ``ended`` it was the last one, and the chain's head is this part's.

    This is computed by the machine that keeps the audit: who rules that machine can have it say anything. `wardwatch
    audit verify --since-file` compares with a head that was kept elsewhere, and looks at the tables too.
    """

    events: int
    sequence: int
    sha256: str
    total: int = Field(description="How many events there were at this moment.")
    ended: bool
    faults: list[AuditFault] = Field(description="The first hundred of this part.")
    compared: list[AuditHeadCompared] = Field(description="Heads of which the event was in this part.")
    published: AuditPublished | None = Field(description="Null where the broker has none, or does not answer.")

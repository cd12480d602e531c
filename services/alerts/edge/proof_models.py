"""JSON of what anybody may check without signing in."""

from datetime import date, datetime

from pydantic import Field

from proto.wardwatch.v1.json_models import ResponseModel


class ProofHead(ResponseModel):
    """An event of the audit: its number, and the SHA-256 that everything before it leads to."""

    sequence: int
    sha256: str
    at: datetime


class ProofDay(ResponseModel):
    """The last event of a day of the hospital. Whoever keeps it can tell later whether what was before it changed."""

    day: date
    sequence: int
    sha256: str


class ProofVerification(ResponseModel):
    """What the hospital published when its audit was verified last: recomputed whole, and compared with kept heads."""

    at: datetime
    version: str
    sequence: int
    heads_compared: int
    covered: int
    faults: int


class ProofReport(ResponseModel):
    """A monthly transparency report as it was published: its counts by their dotted names, as ``alerts.raised``."""

    month: str
    published_at: datetime
    counts: dict[str, str | float | None]


class Proof(ResponseModel):
    """What is proven, and when.

    ``agrees``: at ``checked_at`` the head that is published on the broker was an event of the audit, by its hash.
    Null: that could not be asked; nothing is said to be well then. ``checked_at`` is null while the record is away.
    """

    checked_at: datetime | None
    version: str
    hospital: str
    head: ProofHead | None
    published: ProofHead | None
    agrees: bool | None
    days: list[ProofDay]
    verification: ProofVerification | None
    report_key_sha256: str = Field(description="Fingerprint of the key by which reports of incidents are signed.")
    reports: list[ProofReport]
    notice: str = Field(default="/notice", description="Where visitors are told what is done.")

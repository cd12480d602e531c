"""JSON of what the list is held to: the threshold and the monthly review; see ``desk.py`` for the operations."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel


class ThresholdRequest(RequestModel):
    """A threshold to ask for, as a cosine of two templates, and why."""

    threshold: float = Field(ge=0, le=1)
    reason: Reason


class AccuracyView(ResponseModel):
    """The report that the floor comes from: figures of one data set and one size of list, for one frame."""

    dataset: str
    list_size: int
    model_sha256: str
    fnir: float
    fpir: float
    fpir_upper: float  # of the 95 % interval
    floor: float
    measured_on: date


class ThresholdProposal(ResponseModel):
    """A threshold that somebody asked for."""

    number: int
    threshold: float
    reason: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class ThresholdView(ResponseModel):
    """What holds, what waits for an approval, and what neither may fall below."""

    holds: ThresholdProposal
    waits: ThresholdProposal | None
    floor: float
    reports: list[AccuracyView]


class ReviewRow(ResponseModel):
    """An entry that somebody should look at."""

    entry: UUID
    label: str
    state: str
    false_alerts: int  # in the last 30 days
    suspended_photos: list[int]  # positions
    # Other entries that match too and were decided to be the same person.
    same_person: list[UUID] = Field(default=[])
    several_people: bool = False  # its photos do not show one person
    expires_at: datetime
    last_day: date


class Reviews(ResponseModel):
    """The monthly review list: worst first."""

    reviews: list[ReviewRow]

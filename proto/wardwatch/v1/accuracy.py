"""JSON of a report of accuracy: what `wardwatch eval` writes, the desk keeps, and the page shows.

No name, no vector and no score of anybody is in it; the file that `wardwatch eval` writes holds scores beside it, so
that two reports can be compared person by person.
"""

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel

FORMAT: Final = 1

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Chance = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class Share(ResponseModel):
    """A share and its 95 % interval."""

    value: Chance
    low: Chance
    high: Chance


class MeasuredModel(ResponseModel):
    """A network that was measured, by the digest of its file as published."""

    role: Literal["detector", "embedder"]
    name: Text
    sha256: Digest


class DataSet(ResponseModel):
    """What was measured on. ``digest`` is of all files; ``left_out`` counts people and pictures that were."""

    name: Text
    digest: Digest
    pictures: int
    people: int
    faces: int
    refused: int = Field(description="Faces that the matcher's gate would not compare.")
    left_out: int


class RatePoint(ResponseModel):
    """What is missed where strangers are taken for somebody at ``rate``; null where the data cannot bear the figure.

    ``held_out``: the threshold was set on one half of the people and the misses counted in the other, both ways.
    ``pairs`` is how many pairs of people decide the threshold. ``extrapolated``: by the tail of what was seen.
    """

    rate: Chance
    threshold: Cosine | None
    missed: Share | None
    held_out: Share | None = None
    pairs: int = 0
    extrapolated: bool = False


class ThresholdPoint(ResponseModel):
    """What a threshold misses, and how often strangers reach it."""

    threshold: Cosine
    missed: Share
    taken: Share


class Verification(ResponseModel):
    """One picture against one: ``missed`` of the points is one less the share of true pairs that are accepted."""

    same: int
    others: int
    points: list[RatePoint]
    accuracy: float | None = Field(default=None, description="Mean over the folds of a pairs file.")
    deviation: float | None = Field(default=None, description="Standard error of that mean.")
    pairs_missing: int = 0


class Identification(ResponseModel):
    """Searches of random lists of ``listed`` people with ``photos`` photos each."""

    kind: Literal["pictures", "unlike", "alike"]
    listed: int
    photos: int
    searches: int
    people: int = Field(description="Of the searches of listed people.")
    strangers: int
    stranger_people: int
    rank_one: Share
    points: list[RatePoint]
    thresholds: list[ThresholdPoint]
    shipped: ThresholdPoint | None = Field(
        default=None, description="Of walks: by the decision of the services as they come."
    )
    curve_taken: list[float] = Field(description="By threshold, how often strangers are taken for somebody.")
    curve_missed: list[float] = Field(description="At the same thresholds, how often listed people are missed.")


class FixedList(ResponseModel):
    """Everybody with two pictures or more is listed by the first; everybody with one is a stranger."""

    listed: int
    searches: int
    strangers: int
    rank_one: Share
    thresholds: list[ThresholdPoint]


class FoundFaces(ResponseModel):
    """Marked faces of a height, and the share that is found."""

    label: Text
    lowest_px: int
    below_px: int | None
    faces: int
    found: Share


class GroupFigures(ResponseModel):
    """Of the people who declared one group, at the threshold of a sighting; null where there are too few of them."""

    group: Text
    people: int
    searches: int
    missed: Share | None
    taken: Share | None


class ClipFigures(ResponseModel):
    """Walks of films whose people are known not to be on the list, and those that would have raised an incident."""

    films: int
    frames: int
    faces: int
    walks: int
    raised: Share | None
    nearest: Cosine | None


class Histogram(ResponseModel):
    """Comparisons by cosine from ``lowest`` on, in equal steps: pairs of one person, and of two."""

    lowest: Cosine
    step: float
    same: list[int]
    others: list[int]


class Floor(ResponseModel):
    """The lowest threshold that may be set, and what it lets through and misses of single pictures."""

    threshold: Cosine
    listed: int
    missed: Share
    taken: Share


class AccuracyReport(ResponseModel):
    """All figures of an evaluation, dated, of the models that are named, on the data that is named."""

    format: Literal[1] = FORMAT
    measured_on: date
    software: Text
    models: list[MeasuredModel]
    data: DataSet
    verification: Verification | None = None
    identification: list[Identification] = Field(default=[])
    fixed_list: FixedList | None = None
    detection: list[FoundFaces] = Field(default=[])
    groups: list[GroupFigures] = Field(default=[])
    clips: ClipFigures | None = None
    histogram: Histogram | None = None
    two_names: int = 0
    wrong_names: int = 0
    floor: Floor | None = None

    def digest(self) -> str:
        """What two people compare: SHA-256 of the figures, however they are written down."""
        whole = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(whole.encode()).hexdigest()

    def model(self, role: str) -> MeasuredModel | None:
        """The network of that role."""
        return next((each for each in self.models if each.role == role), None)


class AccuracyRequest(RequestModel):
    """A report to install, with the digest that `wardwatch eval` printed of it."""

    report: AccuracyReport
    digest: Digest
    reason: Reason


class InstalledModel(ResponseModel):
    """A recogniser that is at work, and the report that holds for it.

    ``holds_until`` is the end of the report; matching goes on without one until ``matches_until``, and no longer.
    ``report`` is null where there is none, or one of before reports were kept whole.
    """

    model_sha256: Digest
    dataset: str | None
    measured_on: date | None
    holds_until: datetime | None
    matches_until: datetime
    digest: Digest | None
    report: AccuracyReport | None


class AccuracyProposal(ResponseModel):
    """A report that waits for another account's approval."""

    number: int
    digest: Digest
    floor: float
    measured_on: date
    dataset: str
    reason: str
    asked_by: str
    asked_at: datetime


class AccuracyInstalled(ResponseModel):
    """What is known of how well people are recognised here."""

    models: list[InstalledModel]
    waits: AccuracyProposal | None

"""JSON of two recognisers side by side (docs/adr/0105): a roll, which of them decides where, and what both counted.

See ``desk.py`` for the operations.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from proto.wardwatch.v1.accuracy import Digest
from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel

# Empty: every site that has no row of its own.
SiteOrAll = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,64}$")]


class RollRequest(RequestModel):
    """Why a recogniser is brought beside the list's, or one of the two let go."""

    reason: Reason


class SwitchRequest(RequestModel):
    """Which recogniser is to decide at a site, and its cosines: of a sighting, and of what raises an alert alone.

    Both are left out where the list's threshold is of this recogniser, and is to hold.
    """

    site: SiteOrAll
    model_sha256: Digest
    threshold: float | None = Field(default=None, ge=0.3, le=1)
    strong: float | None = Field(default=None, ge=0.3, le=1)
    reason: Reason


class ModelProgress(ResponseModel):
    """How far the list is with one of the two: of ``photos``, those with a template, and those that yield none.

    ``entries_without`` match, and have no template of it yet: they are compared by the other one.
    """

    model_sha256: Digest
    photos: int
    made: int
    left_out: int
    entries_without: int


class LeftOutPhoto(ResponseModel):
    """An enrolled photo of which a recogniser makes nothing: no face is found in it any more, or no vector comes."""

    entry: UUID
    position: int
    model_sha256: Digest
    cause: str


class RollView(ResponseModel):
    """A recogniser beside the list's, or the last that was."""

    number: int
    from_sha256: Digest
    to_sha256: Digest
    to_name: str
    reason: str
    started_by: str
    started_at: datetime
    kept_sha256: Digest | None
    ended_by: str | None
    ended_at: datetime | None
    progress: list[ModelProgress]
    left_out: list[LeftOutPhoto]


class SwitchView(ResponseModel):
    """What was asked for, or decided, of a site; without a site: of all that have no row of their own."""

    number: int
    site: str
    model_sha256: Digest
    threshold: float | None
    strong: float | None
    reason: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class Above(ResponseModel):
    """How many walks a threshold would let through: those that came to it or to more."""

    threshold: float
    walks: int


class ModelScores(ResponseModel):
    """How near the walks of a site came to the list by one recogniser, over days that both have counted.

    ``raises`` is the cosine from which on one walk raises alone, where it is known; ``as_many`` the one from which on
    this recogniser would raise as many as the one that decides: null where too few walks say so.
    """

    model_sha256: Digest
    decides: bool
    walks: int
    above: list[Above]
    raises: float | None
    as_many: float | None


class SiteScores(ResponseModel):
    """What both counted at a site since a day: walks, and nobody."""

    site: str
    since: date | None
    models: list[ModelScores]


class ModelsView(ResponseModel):
    """Which recognisers the list has templates of, which of them decides where, and what both counted."""

    list_model: Digest = Field(description="The recogniser that the watchlist service enrols by.")
    threshold_model: Digest | None = Field(description="Of which the threshold's cosines are; null: the list's.")
    roll: RollView | None
    sites: list[SwitchView]
    waits: SwitchView | None
    counted: list[SiteScores]

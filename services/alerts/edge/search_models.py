"""JSON of searching incidents and of counting them."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from proto.wardwatch.v1.json_models import NoNul, RequestModel, ResponseModel, Token
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.search import Standing
from services.alerts.incidents.statistics import MOST_DAYS

_Site = Token | Literal[""]


class Period(RequestModel):
    """Days of the hospital, both included."""

    since: date
    until: date

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if not 0 <= (self.until - self.since).days < MOST_DAYS:
            raise ValueError(f"a period ends after it begins, within {MOST_DAYS} days")
        return self


class IncidentSearch(RequestModel):
    """Incidents that are sought; what is left out is any. Days are the hospital's, the last one included.

    ``label`` is looked for in label, file number and grounds of entries, and finds incidents whose label this account
    may see. ``account`` said "On my way", reported, or judged a decided incident.
    """

    site: _Site = ""
    camera: _Site = ""
    zone: _Site = ""
    since: date | None = None
    until: date | None = None
    category: NoNul = Field(default="", max_length=64)
    state: Standing | None = None
    outcome: Outcome | None = None
    account: NoNul = Field(default="", max_length=200)
    label: NoNul = Field(default="", max_length=100)
    cursor: str | None = Field(default=None, max_length=64)
    limit: int = Field(default=50, ge=1, le=100)


class StatisticsRequest(Period):
    """Which incidents are counted: of a site, or of all that the account sees."""

    site: _Site = ""


class OutcomeCounts(ResponseModel):
    """How many incidents came to what."""

    confirmed: int
    rejected: int
    unresolved: int
    ended: int
    undecided: int


class DayCounts(ResponseModel):
    """The alerts of one day, by what came of them."""

    day: date
    outcomes: OutcomeCounts


class AnsweredWithin(ResponseModel):
    """How many were answered within so many seconds, and not within the bound before; null: they took longer."""

    seconds: int | None
    count: int


class JudgedCategory(ResponseModel):
    """How many alerts about a category people judged right and wrong; no category: the entry is gone."""

    category: str
    confirmed: int
    rejected: int


class IncidentStatistics(ResponseModel):
    """Counts of incidents on record, by the day on which they were raised. Answered: somebody went, or compared."""

    since: date
    until: date
    days: list[DayCounts]
    outcomes: OutcomeCounts
    answered: list[AnsweredWithin]
    unanswered: int
    categories: list[JudgedCategory]

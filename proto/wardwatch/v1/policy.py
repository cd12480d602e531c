"""JSON of what the list is held to: the threshold and the monthly review; see ``desk.py`` for the operations."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import Field

from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel

# False alerts a week at one site: fewer nobody can measure, and of more nobody looks at the next one.
LEAST_BUDGET: Final = 0.01
MOST_BUDGET: Final = 1000.0


class ThresholdRequest(RequestModel):
    """A threshold to ask for, as a cosine of two templates, and why; with it how many false alerts can be borne.

    At most ``weekly_false_alerts`` at each site: what raises an alert follows from it. None asks for no budget.
    """

    threshold: float = Field(ge=0, le=1)
    reason: Reason
    weekly_false_alerts: float | None = Field(default=None, ge=LEAST_BUDGET, le=MOST_BUDGET)


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
    weekly_false_alerts: float | None = None


class ExpectedAlerts(ResponseModel):
    """False alerts a week, and 95 %."""

    alerts: float
    low: float
    high: float


class CameraBudget(ResponseModel):
    """From which cosine on one walk at a camera raises an alert, what is expected, and of how many counted walks."""

    camera: str
    threshold: float
    expected: ExpectedAlerts
    chance: float  # of one walk, as it was counted
    walks: int


class BudgetChoice(ResponseModel):
    """What a budget would cost: shares of listed people's walks that raise no alert."""

    weekly_false_alerts: float
    met: bool
    missed: float  # of who shows several views
    missed_of_one_view: float


class SiteBudget(ResponseModel):
    """A site: what its budget leads to, whether it can be ``met``, and what it costs; ``others`` is for new cameras."""

    site: str
    entries: int  # that match there
    others: float
    expected: ExpectedAlerts
    met: bool
    missed: float
    missed_of_one_view: float
    rejected: int  # alerts that people judged wrong, in the time that is counted
    expected_so_far: float  # of them
    cameras: list[CameraBudget]
    choices: list[BudgetChoice]


class BudgetPlan(ResponseModel):
    """What the budget that holds leads to; without one, what is expected. ``others`` is for sites without counts."""

    entries: int  # on the whole list, that match
    others: float
    sites: list[SiteBudget]
    elsewhere: list[BudgetChoice]


class ThresholdView(ResponseModel):
    """What holds, what waits for an approval, and what neither may fall below."""

    holds: ThresholdProposal
    waits: ThresholdProposal | None
    floor: float
    reports: list[AccuracyView]
    # None in the first minute: nothing is computed yet.
    budget: BudgetPlan | None = None


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

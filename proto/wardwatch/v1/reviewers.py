"""JSON of how many people must agree on an alert (docs/adr/0109); see ``desk.py`` for the operations."""

from datetime import datetime
from typing import Literal

from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel
from proto.wardwatch.v1.rolls import SiteOrAll


class ReviewersRequest(RequestModel):
    """How many different people must agree at a site, or, without one, wherever no site has its own number.

    None is for a site alone: as everywhere.
    """

    site: SiteOrAll
    reviewers: Literal[1, 2] | None
    reason: Reason


class ReviewersChange(ResponseModel):
    """A number of reviewers that somebody asked for."""

    number: int
    site: str
    reviewers: int | None
    reason: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class ReviewersView(ResponseModel):
    """How many must agree everywhere, what was decided last for each site, and what waits for an approval.

    An alert keeps the number with which it was raised.
    """

    everywhere: int
    holds: list[ReviewersChange]
    waits: ReviewersChange | None

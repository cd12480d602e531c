"""What false alerts a face will cause: matchers say how near it is to the list, the record what the list costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from proto.wardwatch.v1.entries import Finding
from proto.wardwatch.v1.policy import BudgetPlan
from proto.wardwatch.v1.requests import Crowd
from proto.wardwatch.v1.values import Vector
from services.chassis.errors import Refusal
from services.watchlist.budget.forecast import finding, forecast
from services.watchlist.record.errors import StoreAway

log = structlog.get_logger(__name__)


class Listed(Protocol):
    """How near faces are to the whole list; see ``AlikeClient``. Raises Refusal while no matcher can say."""

    async def crowd(self, vectors: Sequence[Vector]) -> Crowd: ...


class Plans(Protocol):
    """What is expected at each site; see ``ThresholdStore``. Raises StoreAway."""

    async def plan(self) -> BudgetPlan | None: ...


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Says it as a finding. It is told and stops nobody: where it cannot be had, nothing is said."""

    listed: Listed
    plans: Plans

    async def of(self, vector: Vector) -> Finding | None:
        """What is to be told of a face, if anything is."""
        try:
            return finding(forecast(await self.listed.crowd([vector]), await self.plans.plan()))
        except (Refusal, StoreAway) as error:
            log.debug("no forecast of a photo", reason=str(error))
            return None

"""Whether it is known how well people are recognised: without a valid report matching ends (safeguard S14)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.alerts.database import Database, StoreAway
from services.alerts.state.reasons import Reason, Working

_DAY_SECONDS: Final = 86_400
# Long enough to evaluate, and to have a report approved.
_WARN_DAYS: Final = 30
_DIGEST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Measured:
    """A recogniser at work: for how long its report holds, None without one, and for how long it may match."""

    sha256: str
    holds_seconds: float | None
    matches_seconds: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Reads it from the record."""

    database: Database

    async def ask(self) -> Sequence[Reason]:
        """A reason for each recogniser whose report ends or has ended; also while the record does not say."""
        try:
            async with self.database.transaction() as connection:
                rows = await connection.fetch(
                    """
                    select encode(model_sha256, 'hex') as sha256,
                        extract(epoch from holds_until - watchlist.present())::float8 as holds,
                        extract(epoch from matches_until - watchlist.present())::float8 as matches
                    from watchlist.measured_model
                    """
                )
        except StoreAway:
            return [Reason("source_unknown", Working.DEGRADED, None, {"source": "accuracy"})]
        return reasons(Measured(row["sha256"], row["holds"], row["matches"]) for row in rows)


def reasons(models: Iterable[Measured]) -> list[Reason]:
    """What follows of the recognisers' reports. Pure."""
    return [reason for each in models if (reason := _reason(each)) is not None]


def _reason(each: Measured) -> Reason | None:
    model: dict[str, str | int] = {"model": each.sha256[:_DIGEST_SHOWN]}
    if each.matches_seconds <= 0:
        return Reason("accuracy_missing", Working.NO, None, model)
    if each.holds_seconds is None or each.holds_seconds <= 0:
        return Reason("accuracy_ended", Working.DEGRADED, None, {**model, "days": _days(each.matches_seconds)})
    if each.holds_seconds < _WARN_DAYS * _DAY_SECONDS:
        return Reason("accuracy_ends", Working.DEGRADED, None, {**model, "days": _days(each.holds_seconds)})
    return None


def _days(seconds: float) -> int:
    return int(seconds // _DAY_SECONDS)

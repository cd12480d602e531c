"""Whether lists that hospitals share are in step: those that were joined here, and those that hospitals have of us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.alerts.database import Database, StoreAway
from services.alerts.state.reasons import Reason, Working

# A head comes every five seconds, a hello every fifteen.
_SILENT_SECONDS: Final = 60
# What differs is fetched again, which takes seconds.
_DIFFERS_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Standing:
    """How a list stands with whom it is shared: *joined* here, or by the hospital *name*. Times in seconds."""

    joined: bool
    list: str
    name: str
    silent: float
    differs: float | None


@dataclass(frozen=True, slots=True)
class SharedLists:
    """Reads it from the record."""

    database: Database

    async def ask(self) -> Sequence[Reason]:
        """A reason for each list that is not in step; also while the record does not say."""
        try:
            async with self.database.transaction() as connection:
                rows = await connection.fetch(
                    "select joined, list, name, silent_seconds, differs_seconds from federation.standing"
                )
        except StoreAway:
            return [Reason("source_unknown", Working.DEGRADED, None, {"source": "shared_lists"})]
        return reasons(
            Standing(row["joined"], row["list"], row["name"], row["silent_seconds"], row["differs_seconds"])
            for row in rows
        )


def reasons(standing: Iterable[Standing]) -> list[Reason]:
    """What follows of how lists stand. Alerts go on with what is here, so none of it stops them. Pure."""
    return [reason for each in standing if (reason := _reason(each)) is not None]


def _reason(each: Standing) -> Reason | None:
    if each.silent >= _SILENT_SECONDS:
        parameters: dict[str, str | int] = {"list": each.list, "seconds": int(each.silent)}
        if each.joined:
            return Reason("shared_list_silent", Working.DEGRADED, None, parameters)
        return Reason("hospital_silent", Working.DEGRADED, None, {**parameters, "hospital": each.name})
    if each.differs is not None and each.differs >= _DIFFERS_SECONDS:
        return Reason("shared_list_differs", Working.DEGRADED, None, {"list": each.list, "seconds": int(each.differs)})
    return None

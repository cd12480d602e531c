"""Rows of the watchlist's tables as values, and the driver's errors as ours."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncpg

from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.requests import EntrySummary
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState, Model, vector_from


class StoreAway(Exception):
    """The database cannot be reached or cannot answer now; the same request may succeed later."""


class Forbidden(Exception):
    """The database refuses the change; ``rule`` names the constraint."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@contextmanager
def translated() -> Iterator[None]:
    """Raise StoreAway or Forbidden for what the driver reports; anything else is a fault and passes."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise Forbidden(error.constraint_name or type(error).__name__) from error
    except (
        OSError,
        TimeoutError,
        asyncpg.InterfaceError,
        asyncpg.PostgresConnectionError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InsufficientResourcesError,
        asyncpg.OperatorInterventionError,
        asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections
    ) as error:
        raise StoreAway(f"{type(error).__name__}: {error}") from error


def state(text: str) -> EntryState:
    """The state a row names."""
    return EntryState[text.upper()]


def summary(row: asyncpg.Record) -> EntrySummary:
    """An entry row, with its number of photos, as an account holder may see it."""
    return EntrySummary(
        entry_id=EntryId(str(row["id"])),
        revision=row["revision"],
        state=state(row["state"]),
        label=row["label"],
        category=row["category"],
        instruction=row["instruction"],
        basis=row["basis"],
        expires_at=row["expires_at"],
        sites=frozenset(SiteId(site) for site in row["sites"]),
        author=row["author_name"],
        approver=row["approver_name"] or "",
        photos=row["photos"],
        changed_at=row["changed_at"],
    )


def published(row: asyncpg.Record, templates: Sequence[asyncpg.Record]) -> EntryPublished:
    """An outbox row and the templates that go with it, as the stream carries them."""
    return EntryPublished(
        entry_id=EntryId(str(row["entry_id"])),
        revision=row["revision"],
        state=state(row["state"]),
        expires_at=row["expires_at"],
        sites=frozenset(SiteId(site) for site in row["sites"]),
        templates=tuple(
            Template(str(t["photo_id"]), Model(t["model_name"], t["model_sha256"].hex()), vector_from(t["vector"]))
            for t in templates
        ),
    )

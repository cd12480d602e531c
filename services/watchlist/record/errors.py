"""The errors of the record: the database driver's, translated into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from proto.wardwatch.v1.values import EntryState


class StoreAway(Exception):
    """The database cannot be reached or cannot answer now; the same request may succeed later."""


class Forbidden(Exception):
    """The database refuses the change; ``rule`` names the constraint."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


# How the driver says that the database is not there, is going, is under repair or undid the work: all of it passes.
_AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server spoke nonsense, or the connection is in the middle of something
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections, or a lock was not to be had
    asyncpg.TransactionRollbackError,  # a deadlock was broken at our cost
    asyncpg.InvalidTransactionStateError,  # idle too long, or the server is a replica that takes no changes
    asyncpg.PostgresSystemError,  # its disk failed
    asyncpg.InvalidCatalogNameError,  # the database is being restored,
    asyncpg.UndefinedTableError,  # and so are its tables
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise StoreAway or Forbidden for what the driver reports; anything else is a fault and passes."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise Forbidden(error.constraint_name or type(error).__name__) from error
    except _AWAY as error:
        raise StoreAway(f"{type(error).__name__}: {error}") from error


def state(text: str) -> EntryState:
    """The state a row names."""
    return EntryState[text.upper()]

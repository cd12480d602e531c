"""Which of the driver's errors mean that the database is away, and which are a fault of ours."""

import asyncpg
import pytest

from services.watchlist.record.errors import Forbidden, StoreAway, translated


@pytest.mark.parametrize(
    "kind",
    [
        OSError,
        TimeoutError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        asyncpg.ConnectionDoesNotExistError,
        asyncpg.InvalidPasswordError,
        asyncpg.TooManyConnectionsError,
        asyncpg.DiskFullError,
        asyncpg.AdminShutdownError,
        asyncpg.CannotConnectNowError,
        asyncpg.QueryCanceledError,
        asyncpg.LockNotAvailableError,
        asyncpg.DeadlockDetectedError,
        asyncpg.SerializationError,
        asyncpg.IdleInTransactionSessionTimeoutError,
        asyncpg.ReadOnlySQLTransactionError,
        asyncpg.PostgresIOError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.UndefinedTableError,
    ],
)
def test_what_passes_by_itself_is_the_database_being_away(kind: type[Exception]) -> None:
    with pytest.raises(StoreAway, match=kind.__name__), translated():
        raise kind("words")


def test_a_broken_rule_is_forbidden() -> None:
    with pytest.raises(Forbidden), translated():
        raise asyncpg.CheckViolationError("words")


def test_a_statement_that_is_wrong_is_a_fault_and_passes() -> None:
    with pytest.raises(asyncpg.PostgresSyntaxError), translated():
        raise asyncpg.PostgresSyntaxError("words")

"""What every test has: temporary files in memory, a guarded event loop, and the servers of ``tests/servers.py``."""

import gc
from collections.abc import Iterator
from functools import cache
from itertools import chain, groupby, zip_longest

import hypothesis
import pytest
import structlog
import typer.testing
from blockbuster import blockbuster_ctx

from tests import known_types, memory, servers
from tests.checkout import ROOMS

memory.use()

# How fast a machine is says nothing about the code. `make test-attack` looks for longer.
for profile, examples in (("short", 50), ("long", 500)):
    hypothesis.settings.register_profile(
        profile,
        parent=hypothesis.settings.get_profile(hypothesis.settings.get_current_profile_name()),
        max_examples=examples,
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile("short")

# Small local files that are read once, before a process has anything else to do.
MAY_READ_FILES = (
    ("services/chassis/bus.py", {"_check_seed", "_open"}),
    ("services/chassis/settings.py", {"read_secret", "from_env"}),
    ("access/database.py", {"connect"}),
    # The kernel answers from memory, where no disk can hold it up.
    ("services/chassis/stage_tally.py", {"machine_time"}),
    # A traceback is written with lines of source; that happens once per fault, not per message.
    ("services/chassis/outcome.py", {"attempt"}),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long modules first, where several processes take one after another."""
    if config.getoption("workers", 0):
        modules = sorted(_modules(items), key=len, reverse=True)
        long = [module for module in modules if any(map(_starts_processes, module))]
        short = [module for module in modules if not any(map(_starts_processes, module))]
        # Few tests of a module mean a whole Wardwatch for them: not several of these at once.
        many, few = long[: len(long) // 2], long[len(long) // 2 :]
        mixed = filter(None, chain.from_iterable(zip_longest(many, reversed(few))))
        items[:] = chain.from_iterable([*mixed, *short])


def pytest_collection_finish() -> None:
    """Keep the collector of unused memory from going through thousands of tests again and again: they stay."""
    gc.freeze()


def _modules(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    return [list(group) for _, group in groupby(items, lambda item: item.path)]


def _starts_processes(item: pytest.Item) -> bool:
    return item.get_closest_marker("live") is not None or not {"live", "browser", "chaos"}.isdisjoint(item.path.parts)


@pytest.fixture(autouse=True)
def log_settings() -> Iterator[None]:
    """Reset the logging that a test configured: its stream is closed by then, and the next test has another.

    Tracebacks are plain: one that is drawn with every local name holds the event loop up for seconds.
    """
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def blockbuster() -> Iterator[None]:
    """Fail a test whose event loop is blocked by our own code."""
    with blockbuster_ctx(scanned_modules=list(ROOMS)) as guard:
        for function in guard.functions.values():
            for file, names in MAY_READ_FILES:
                function.can_block_in(file, names)
        yield


@pytest.fixture(scope="session", autouse=True)
def commands() -> Iterator[None]:
    """Make the commands of a group once: whoever runs one of them by itself would make all of them anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def broker_files() -> servers.BrokerFiles:
    """What the brokers of this worker's tests begin with."""
    return servers.BrokerFiles()


@pytest.fixture
def nats(request: pytest.FixtureRequest, broker_files: servers.BrokerFiles) -> Iterator[servers.Nats]:
    """A nats-server with the product's accounts and grants; without streams, unless the test asks for them too."""
    wanted = nats_with_streams.__name__ in request.fixturenames
    with servers.running_nats(broker_files.with_streams if wanted else broker_files.plain) as server:
        yield server


@pytest.fixture
def nats_with_streams(nats: servers.Nats) -> servers.Nats:
    """A nats-server with the product's accounts, grants and streams."""
    return nats


@pytest.fixture(scope="session")
def cluster() -> Iterator[servers.Cluster]:
    """One PostgreSQL for this worker."""
    server = servers.Cluster()
    try:
        with pytest.MonkeyPatch.context() as patch:
            known_types.asked_once(patch, server.is_clone)
            yield server
    finally:
        server.stop()


@pytest.fixture
def database(cluster: servers.Cluster) -> Iterator[servers.Database]:
    """A migrated database of this test's own."""
    clone = cluster.clone()
    try:
        yield clone
    finally:
        cluster.drop(clone)

"""Services run in the test's own loop, where a test can reach their tasks."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final

import pytest

from access import store, wrapping
from proto.wardwatch.v1.subjects import Author
from services.alerts import __main__ as alerts_main
from services.chassis import logs
from services.matcher import __main__ as matcher_main
from services.watchlist import __main__ as watchlist_main
from tests.contract.record import DIMENSION, MODEL
from tests.fakes import eventually
from tests.live.hospital import Hospital
from tests.live.processes import signing_settings

MAINS: Final = {"alerts": alerts_main.main, "matcher": matcher_main.main, "watchlist": watchlist_main.main}
# What the library calls a task that nobody named.
_UNNAMED: Final = re.compile(r"Task-\d+")


def settings(hospital: Hospital, service: str) -> Mapping[str, str]:
    """The environment of *service*."""
    nats, database = hospital.nats, hospital.database
    keys = {"WRAPPING_KEYS_FILE": str(nats.credentials_dir / wrapping.WRAPPING_KEYS), "MODEL_SHA256": MODEL.sha256}
    match service:
        case "alerts":
            own = {
                "RECORD_SEED_FILE": str(nats.seed_file("alerts")),
                "DATABASE_URL": database.alerts,
                "CROPS_KEY_FILE": str(nats.credentials_dir / store.CROPS_KEY),
            }
        case "watchlist":
            own = {
                **keys,
                "DATABASE_URL": database.matcher,
                "DESK_DATABASE_URL": database.importer,
                "IDENTITY_KEY_FILE": str(nats.credentials_dir / store.IDENTITY_KEY),
            }
        case _:
            own = {**keys, "NAME": "m1", "DIMENSION": str(DIMENSION)}
    if service != "alerts":
        own |= {f"{each.upper()}_SEED_FILE": str(nats.seed_file(f"{service}-{each}")) for each in ("video", "record")}
    own |= signing_settings(nats, Author(service))
    return {f"WARDWATCH_{service.upper()}_{name}": text for name, text in {"NATS_URL": nats.url, **own}.items()}


def named() -> dict[str, "asyncio.Task[object]"]:
    """The tasks of this loop that have a name of their own."""
    return {task.get_name(): task for task in asyncio.all_tasks() if not _UNNAMED.fullmatch(task.get_name())}


async def long_running(hospital: Hospital, service: str, monkeypatch: pytest.MonkeyPatch, *, until: str) -> list[str]:
    """The names of the tasks that *service* has once the one named *until* is there."""
    stop, main = _start(hospital, service, monkeypatch)
    await eventually(lambda: until in named() or main.done(), within_seconds=40)
    found = sorted(named())
    stop.set()
    await asyncio.wait_for(main, 40)
    return found


async def without(hospital: Hospital, service: str, task: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why *service* ended after its task *task* was cancelled behind its back; nats-py may add errors of its own."""
    _, main = _start(hospital, service, monkeypatch)
    await eventually(lambda: task in named() or main.done(), within_seconds=40)
    killed = named()[task]

    def dead() -> bool:
        killed.cancel()  # again and again: nats-py may swallow one
        return killed.done()

    await eventually(dead)
    await asyncio.wait([main], timeout=40)
    assert main.done(), f"{service} goes on without {task}"
    error = main.exception()
    return [str(leaf) for leaf in _leaves(error)] if isinstance(error, ExceptionGroup) else [repr(error)]


def _start(
    hospital: Hospital, service: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[asyncio.Event, "asyncio.Task[None]"]:
    for name, text in settings(hospital, service).items():
        monkeypatch.setenv(name, text)
    # Its logs go where the test's go.
    monkeypatch.setattr(logs, "configure", lambda _service, _level="info": None)
    stop = asyncio.Event()
    return stop, asyncio.create_task(MAINS[service](stop))


def _leaves(group: ExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, ExceptionGroup) else [error]
    return found

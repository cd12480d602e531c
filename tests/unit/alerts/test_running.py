"""What the edge tells of the last hour: to whom, what of stores and files, and that it answers without the record."""

import os
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local import authority
from proto.wardwatch.v1.replicas import StageLoad, StageReplica, StageReport
from proto.wardwatch.v1.roles import READERS, Role
from services.alerts.accounts.holder import Holder
from services.alerts.database import StoreAway
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.problems import as_problems
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.running import RunningApi
from services.alerts.running import PathSent, Sent
from services.alerts.state.last_hour import LastHour
from services.alerts.state.stages import Replica
from services.alerts.state.wiring import Files
from services.chassis.disk_watch import DiskWatch
from services.chassis.telemetry import Meters

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_US = round(NOON.timestamp() * 1e6)


class Door:
    """A session's token is the role of who has it."""

    async def holder(self, token: str) -> Holder | None:
        return Holder(UUID(int=1), token, Role(token), NOON)

    def remembered(self, token: str) -> Holder | None:
        return Holder(UUID(int=1), token, Role(token), NOON)


@dataclass
class Heard:
    """The last hour of a process, and a record that may be away."""

    own: str = "0011aabbccddeeff"
    now_us: int = NOON_US
    is_away: bool = False
    asked_for: list[Collection[str] | None] = field(default_factory=list)
    hour: LastHour = field(default_factory=lambda: LastHour(NOON_US - 60_000_000))

    def clock_us(self) -> int:
        return self.now_us

    async def sent(self, sites: Collection[str] | None) -> Sent:
        self._ask()
        self.asked_for.append(sites)
        return Sent(False, 2, [PathSent("push", 9, 1, 0, 0.4)])

    async def unpublished_seconds(self) -> float | None:
        self._ask()
        return 1.5

    def _ask(self) -> None:
        if self.is_away:
            raise StoreAway("away")


@dataclass
class Edge:
    http: "TestClient[web.Request, web.Application]"
    heard: Heard
    files: Path

    async def ask(self, role: str = "supervisor", query: str = "") -> Any:
        headers = {"Authorization": f"Bearer {role}"}
        async with self.http.get(f"/running{query}", headers=headers) as reply:
            return await reply.json() if reply.status == 200 else reply.status


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    heard, disks = Heard(), DiskWatch({"database": tmp_path, "broker": tmp_path / "none"}, Meters())
    await disks.look()
    (tmp_path / "page.pem").write_text(authority.new_authority("ward", datetime.now(UTC)).certificate_pem)
    (tmp_path / "backed-up").touch()
    os.utime(tmp_path / "backed-up", (NOON.timestamp(), NOON.timestamp()))
    files = Files((tmp_path / "page.pem", tmp_path / "gone.pem"), tmp_path / "backed-up", 48)
    api = RunningApi(
        Authorisation(Door(), QueryTimeout()),
        heard,
        lambda: [("detector", Replica("d1", 100_000, 64))],
        disks,
        files,
        delivers=True,
    )
    app = web.Application(middlewares=[as_problems])
    app.router.add_get("/running", api.handlers()["show_running"])
    async with TestClient(TestServer(app)) as http:
        yield Edge(http, heard, tmp_path)


async def test_the_last_hour_is_for_those_who_keep_or_audit(edge: Edge) -> None:
    answered = {role for role in Role if await edge.ask(role) != 403}

    assert answered == READERS


async def test_it_is_said_what_each_stage_did_and_since_when_it_is_known(edge: Edge) -> None:
    for second in range(31):
        load = StageLoad(5 * second, 4 * second, {"stale": second}, second * 900_000, (0,) * 5 + (second,) + (0,) * 8)
        edge.heard.hour.take(
            StageReport((StageReplica("detector", "d1", 90, 64, load=load),)), NOON_US + second * 10**6
        )
    edge.heard.now_us = NOON_US + 31_000_000

    view = await edge.ask()

    detector, embedder, _matcher = view["stages"]
    assert (view["process"], view["since"], view["step_seconds"]) == ("0011aabbccddeeff", "2026-11-23T11:59:00Z", 10)
    assert view["times"] == [NOON.timestamp() + at for at in (0, 10, 20)]
    assert (detector["received"], detector["shed"], detector["replicas"]) == ([4.5, 5, 5], [0.9, 1, 1], [1, 1, 1])
    assert (detector["busy"], embedder["received"]) == ([0.81, 0.9, 0.9], [0, 0, 0])
    assert 0.025 < detector["age_seconds"][-1] < 0.05
    assert embedder["age_seconds"] == [None] * 3
    assert [hint["code"] for hint in view["hints"]] == ["stage_full", "alone"]
    assert view["replicas"] == [{"stage": "detector", "replica": "d1", "silent_seconds": 0.1, "shares": 64}]
    newer = await edge.ask(query=f"?after={view['times'][1]}")
    assert (newer["times"], newer["stages"][0]["received"]) == (view["times"][2:], [5])
    assert await edge.ask(query="?after=soon") == 422


async def test_stores_certificates_backup_and_deliveries_are_told(edge: Edge) -> None:
    view = await edge.ask()

    assert [(disk["name"], disk["level"] == "unknown") for disk in view["disks"]] == [
        ("database", False),
        ("broker", True),
    ]
    page, gone = view["certificates"]
    assert (page["file"], gone) == ("page.pem", {"file": "gone.pem", "ends_at": None})
    assert datetime.fromisoformat(page["ends_at"]) > datetime.now(UTC) - timedelta(days=1)
    assert view["backup"] == {"made_at": "2026-11-23T12:00:00Z", "most_hours": 48.0}
    assert view["delivery"]["paths"] == [{"path": "push", "sent": 9, "waiting": 1, "failed": 0, "seconds": 0.4}]
    assert (view["unpublished_seconds"], view["record_away"]) == (1.5, False)


async def test_it_answers_while_the_record_is_away(edge: Edge) -> None:
    edge.heard.is_away = True
    (edge.files / "backed-up").unlink()

    view = await edge.ask()

    assert (view["delivery"], view["record_away"], view["backup"]["made_at"]) == (None, True, None)

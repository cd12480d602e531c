"""The watchlist over HTTP, the real bus, and a desk that answers what the test scripts."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from cli.watchlist.commands import app
from proto.wardwatch.v1 import desk, subjects
from proto.wardwatch.v1.requests import DeskAnswer
from services.chassis.errors import Refusal
from tests.live import alerts_client as live
from tests.live import processes
from tests.live.hospital import Hospital
from tests.unit.cli import desk_server

pytestmark = pytest.mark.timeout(60)

ENTRY = "/api/v1/watchlist/entries/0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01"


@dataclass(frozen=True, slots=True)
class Here:
    service: processes.Alerts
    ana: aiohttp.ClientSession
    desk: live.ScriptedDesk


@pytest.fixture
async def here(hospital: Hospital) -> AsyncIterator[Here]:
    answers = {row.name: DeskAnswer(b'{"done":true}', b"\xff\xd8") for row in desk.OPERATIONS}
    async with (
        live.desk(hospital.nats, answers) as scripted,
        hospital.alerts() as service,
        live.signed_in(service, await live.invite(hospital.database, "ana", "administrator")) as ana,
    ):
        yield Here(service, ana, scripted)


async def test_every_operation_has_its_address_and_reaches_its_subject(here: Here) -> None:
    rows = [row for row in desk.OPERATIONS if row.path is not None]
    for row in rows:
        assert row.path is not None
        address = re.sub(r"\{\w+\}", "7", row.path)
        async with (
            aiohttp.ClientSession(here.service.url) as stranger,
            stranger.request(row.method, address) as refused,
        ):
            assert refused.status == 401, row.name
        content = b'{"codes":[1]}' if row.request is not None else b"{}"
        async with here.ana.request(row.method, address, data=None if row.upload else content) as reply:
            assert reply.status == (422 if row.request is not None else row.status), row.name

    operations = [name for name, _ in here.desk.calls]
    assert operations == [row.name for row in rows if row.request is None]


async def test_a_large_photo_becomes_one_message_that_the_broker_takes(here: Here) -> None:
    photo = live.noise(4000, 3000)
    assert 8 * 1024 * 1024 < len(photo) < 15 * 1024 * 1024

    async with here.ana.put(f"{ENTRY}/photos/0", data=io.BytesIO(photo)) as reply:
        assert reply.status == 200, await reply.text()

    ((_, call),) = here.desk.calls
    assert call.attachment.startswith(b"\xff\xd8")
    assert len(call.attachment) < subjects.MAX_PAYLOAD_BYTES
    assert "unusable" not in call.target


async def test_many_photos_at_once_are_all_judged_or_told_to_come_again(here: Here) -> None:
    async def send(position: int) -> int:
        async with here.ana.put(f"{ENTRY}/photos/{position}", data=live.portrait("#8b6650")) as reply:
            assert reply.status == 200 or reply.headers["Retry-After"] == "1"
            return reply.status

    statuses = await asyncio.gather(*(send(n % 10) for n in range(40)))

    assert set(statuses) <= {200, 503}
    assert len(here.desk.calls) == statuses.count(200) > 0


async def test_other_routes_take_no_more_than_before(here: Here) -> None:
    large = {"verdict": "x" * 20_000}

    async with here.ana.post(f"/api/v1/incidents/{desk_server.ENTRY}/verdict", json=large) as reply:
        assert reply.status == 413


async def test_the_command_line_puts_a_person_forward_through_the_page(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = {
        "draft_entry": _json(desk_server.entry(state="draft", generation=None)),
        "add_photo": _json(desk_server.judged()),
        "submit_entry": _json(desk_server.entry(state="pending")),
    }
    (tmp_path / "a.jpg").write_bytes(live.portrait("#8b6650"))
    async with (
        live.desk(hospital.nats, answers) as scripted,
        hospital.alerts() as service,
        live.signed_in(service, await live.invite(hospital.database, "ana", "supervisor")) as ana,
    ):
        home = desk_server.home(tmp_path / "home", "ana")
        token = ana.headers["Authorization"].removeprefix("Bearer ")
        (home / "accounts" / "ana.token").write_text(token)
        monkeypatch.setenv("WARDWATCH_HOME", str(home))
        monkeypatch.setenv("WARDWATCH_ALERTS_URL", service.url)

        words = ["add", str(tmp_path / "a.jpg"), "--label", "Marlo Quint", "--category", "ban", "--basis", "decision 7"]
        words += ["--evidence", "file 7", "--instruction", "Call 8811.", "--source", "police", "--as", "ana"]
        done = await asyncio.to_thread(CliRunner().invoke, app, words)

    assert done.exit_code == 0, done.output
    assert f"entry {desk_server.ENTRY} is pending" in done.output
    assert [name for name, _ in scripted.calls] == ["draft_entry", "add_photo", "submit_entry"]
    assert {call.token for _, call in scripted.calls} == {token}
    assert scripted.calls[0][1].idempotency_key != ""
    assert scripted.calls[1][1].target["name"] == "a.jpg"


def _json(answer: object) -> DeskAnswer:
    return DeskAnswer(json.dumps(answer).encode())


async def test_the_desks_words_and_pace_pass_through(hospital: Hospital) -> None:
    answers = {
        "approve_entry": Refusal(409, "ana put it forward; another account approves it"),
        "list_entries": Refusal(429, "too many requests; wait a minute"),
    }
    async with _signed_in(hospital) as ana:
        async with live.desk(hospital.nats, answers):
            async with ana.post(f"{ENTRY}/approval", json={"revision": 1}) as reply:
                assert (reply.status, (await reply.json(content_type=None))["detail"]) == (
                    409,
                    "ana put it forward; another account approves it",
                )
            async with ana.get("/api/v1/watchlist/entries") as reply:
                assert (reply.status, reply.headers["Retry-After"]) == (429, "60")
        async with ana.post(f"{ENTRY}/approval", json={"revision": 1}) as reply:
            assert (reply.status, reply.content_type) == (503, "application/problem+json")
            assert "Retry-After" in reply.headers


@asynccontextmanager
async def _signed_in(hospital: Hospital) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        hospital.alerts() as service,
        live.signed_in(service, await live.invite(hospital.database, "ana", "supervisor")) as ana,
    ):
        yield ana

"""The watchlist's console in a browser, before a desk that answers what a test scripts."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Page

from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from services.chassis.errors import Refusal
from tests import servers
from tests.live import alerts_client as live
from tests.live import processes
from tests.unit.cli import desk_server

IMPORT = "0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1b01"
GROUNDS = {"categories": [desk_server.GROUND]}
PURPOSE: Mapping[str, object] = {
    "category": "ban", "basis": "decision 7", "evidence": "file 7", "instruction": "Call 8811.", "source": "police",
    "scope": {"kind": "network", "group": None, "sites": []}, "last_day": None, "expires_at": None,
}  # fmt: skip

Script = Mapping[str, object] | bytes | Refusal


def batch(**over: object) -> dict[str, object]:
    """An import."""
    return desk_server.batch(**{"id": IMPORT, "purpose": PURPOSE, **over})


def item(name: str, verdict: str = "ready", *findings: dict[str, object]) -> dict[str, object]:
    """A row of an import's report."""
    return {
        "kind": "file", "name": name, "label": None, "external_id": name.partition("__")[0], "entry": None,
        "file_sha256": "ab" * 32, "verdict": verdict, "outcome": "refused" if verdict == "rejected" else verdict,
        "findings": list(findings),
    }  # fmt: skip


@dataclass(slots=True)
class Scripted:
    """The running page and its desk."""

    service: processes.Alerts
    desk: live.ScriptedDesk
    database: servers.Database

    def answer(self, name: str, script: Script) -> None:
        """From now on answer *name* with *script*."""
        self.desk.answers = {**self.desk.answers, name: _answer(script)}

    def calls(self, name: str) -> list[DeskCall]:
        """The calls of an operation so far."""
        return [call for called, call in self.desk.calls if called == name]

    async def open(self, page: Page, account: str, role: str, *steps: str) -> None:
        """Sign *page* in and go to a place in the console."""
        code = await live.invite(self.database, account, role)
        await page.goto(f"{self.service.url}/#code={code}")
        await page.get_by_text("Last check").first.wait_for()
        await go(page, *steps)


async def go(page: Page, *steps: str) -> None:
    """Follow an address of the console in an open page."""
    await page.evaluate("address => { location.hash = address; }", f"#/{'/'.join(steps)}")


@asynccontextmanager
async def running(
    nats: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    *,
    time_zone: str = "Asia/Shanghai",
    delivers: bool = False,
    **scripts: Script,
) -> AsyncIterator[Scripted]:
    """The alerts service and a desk that answers *scripts* by operation; channels can be set up where it *delivers*."""
    more = processes.pushing(nats) if delivers else {}
    answers = {
        "list_categories": _answer(GROUNDS),
        "list_groups": _answer({"groups": []}),
        "show_reviewers": _answer({"everywhere": 2, "holds": [], "waits": None}),
        "check_import": _answer(batch()),
        **{name: _answer(script) for name, script in scripts.items()},
    }
    async with (
        live.desk(nats, answers) as desk,
        processes.alerts(nats, database, monkeypatch, TIME_ZONE=time_zone, **more) as service,
    ):
        yield Scripted(service, desk, database)


def _answer(script: Script) -> DeskAnswer | Refusal:
    match script:
        case Refusal():
            return script
        case bytes():
            return DeskAnswer(b"", script)
        case _:
            return DeskAnswer(json.dumps(script).encode())

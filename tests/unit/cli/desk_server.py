"""The HTTP interface of the watchlist as far as a test scripts it, on a real socket."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import typer
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from typer.testing import CliRunner

from cli.desk_client import ALERTS
from cli.watchlist.commands import app as watchlist
from proto.wardwatch.v1 import delivery_operations, desk
from proto.wardwatch.v1.desk_operation import DeskOperation
from services.alerts.edge import operations

ENTRY = "0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01"
OTHER = "0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a02"
MOMENT = "2026-11-23T12:00:00Z"
MEASURES = {
    "face_px": 200.0, "eye_distance_px": 90.0, "sharpness": 120.0, "yaw_degrees": 3.0, "roll_degrees": 1.0,
    "exposure": 120.0,
}  # fmt: skip
GROUND: Final = {
    "code": "ban", "title": "Barred", "longest_days": 731, "usual_last_day": "2028-11-22",
    "latest_last_day": "2028-11-22",
}  # fmt: skip


# What the command asks of the alerts service itself: control pairs, and where cameras are.
_OWN: Final = tuple(
    DeskOperation(row.name, row.method, row.path, row.summary, None, status=row.status, refusals=())
    for row in operations.OPERATIONS
    if "control_" in row.name or "_place" in row.name or "_plan" in row.name or row.name == "show_reviewing"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal."""

    status: int
    detail: str
    retry_after: int | None = None


Script = Mapping[str, object] | bytes | Problem


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request: its address, query and body."""

    name: str
    target: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> dict[str, object]:
        """The body as JSON."""
        content: dict[str, object] = json.loads(self.body)
        return content


@dataclass
class DeskServer:
    """Answers each operation with what is scripted for it, one after the other; the last one stays."""

    scripts: dict[str, list[Script]]
    requests: list[ReceivedRequest] = field(default_factory=list)
    hanging: set[str] = field(default_factory=set)  # operations that are never answered
    statuses: dict[str, int] = field(default_factory=dict)  # where bytes are not an answer but a proxy's words
    url: str = ""

    def of(self, name: str) -> list[ReceivedRequest]:
        """The requests of one operation."""
        return [each for each in self.requests if each.name == name]

    @property
    def names(self) -> list[str]:
        """The operations in the order of their requests."""
        return [each.name for each in self.requests]

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["DeskServer"]:
        """Listen until left."""
        app = web.Application()
        for row in (*desk.OPERATIONS, *delivery_operations.OPERATIONS, ALERTS, *_OWN):
            if row.path is not None:
                app.router.add_route(row.method, row.path, self._handler(row))
        server = TestServer(app, scheme="https" if tls else "http", host="127.0.0.1")
        await server.start_server(ssl=tls)
        try:
            self.url = str(server.make_url("/")).rstrip("/")
            yield self
        finally:
            await server.close()

    def _handler(self, row: DeskOperation) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            target = {**request.query, **request.match_info}
            self.requests.append(ReceivedRequest(row.name, target, await request.read(), dict(request.headers)))
            if row.name in self.hanging:
                await asyncio.Event().wait()
            scripts = self.scripts[row.name]
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
            match script:
                case Problem(status, detail, retry_after):
                    problem = json.dumps({"title": "No", "status": status, "detail": detail})
                    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
                    return web.Response(
                        status=status, text=problem, content_type="application/problem+json", headers=headers
                    )
                case bytes():
                    return web.Response(status=self.statuses.get(row.name, 200), body=script, content_type="image/jpeg")
                case _ if row.status == 204:
                    return web.Response(status=204)
                case _:
                    return web.json_response(script, status=row.status)

        return handle


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str
    exception: BaseException | None

    @property
    def output(self) -> str:
        return f"{self.stdout}{self.stderr}{self.exception or ''}"


@dataclass
class Desk:
    """The server, and the command line beside it."""

    server: DeskServer
    folder: Path

    def script(self, **answers: Script | list[Script]) -> None:
        for name, answer in answers.items():
            self.server.scripts[name] = list(answer) if isinstance(answer, list) else [answer]

    async def run(self, *words: str, typed: str = "", app: typer.Typer = watchlist) -> Ended:
        done = await asyncio.to_thread(CliRunner().invoke, app, [*words], input=typed)
        return Ended(done.exit_code, done.stdout, done.stderr, done.exception)

    def photo(self, name: str = "a.jpg", content: bytes = b"a photo") -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)


def home(folder: Path, *accounts: str) -> Path:
    """A home where *accounts* are signed in."""
    (folder / "accounts").mkdir(parents=True)
    for name in accounts:
        (folder / "accounts" / f"{name}.token").write_text(f"token-of-{name}")
    return folder


def row(**over: object) -> dict[str, object]:
    """An entry in a list."""
    return {
        "id": ENTRY, "revision": 3, "state": "pending", "label": "Marlo Quint", "category": "ban",
        "scope": {"kind": "network", "group": None, "sites": []}, "expires_at": "2028-11-23T16:00:00Z",
        "last_day": "2028-11-23", "photos": 1, "author": "ana", "approver": None,
        "changed_at": MOMENT, "batch": None, **over,
    }  # fmt: skip


def entry(**over: object) -> dict[str, object]:
    """An entry as those who keep the list see it."""
    return row(
        basis="decision 7", evidence="file 7", instruction="Call 8811.", note="", created_at=MOMENT,
        put_forward_by=None, approved_at=None, renewal=None, changed_by="ana", reason="", identity_last_four=None,
        photo_list=[photo()], likenesses=[], generation=7, sites=[], replaces=[], replaced_by=None,
    ) | over  # fmt: skip


def photo(**over: object) -> dict[str, object]:
    """An enrolled photo."""
    return {
        "position": 0, "name": "a.jpg", "source": "police", "taken_at": None, "taken_on": None, "added_at": MOMENT,
        "measures": MEASURES, "warnings": [], "accepted_findings": [], "accepted_reason": "", "suspended_at": None,
        "suspended_reason": "", "person": 0, **over,
    }  # fmt: skip


def judged(verdict: str = "ready", *codes: str) -> dict[str, object]:
    """What became of a photo."""
    severity = "rejected" if verdict == "rejected" else "warning"
    found = [
        {"code": code, "severity": severity, "value": 41.0, "limit": 112.0, "text": "ask for a larger photo"}
        for code in codes
    ]
    position = None if verdict == "rejected" else 0
    return {"verdict": verdict, "findings": found, "measures": None, "position": position}


def likeness(decision: str | None = None) -> dict[str, object]:
    """Somebody who looks like the entry."""
    return {
        "other": OTHER, "label": "Ada Other", "state": "active", "strength": "alike", "decision": decision,
        "decided_by": None, "decided_at": None, "reason": "",
    }  # fmt: skip


def live(
    on: int, *, of: int = 2, seconds: float | None = None, silent: bool = False, locked: int = 0
) -> dict[str, object]:
    """Where a change is live."""
    matchers = [
        {
            "name": f"m{n}", "seen_at": MOMENT, "silent": silent and n == of - 1, "entries": 1, "templates": 1,
            "locked": locked if n == of - 1 else 0, "applied_sequence": 9, "index_generation": 2, "clock_skew_ms": 0,
        }
        for n in range(of)
    ]  # fmt: skip
    return {
        "generation": 7, "committed_at": MOMENT, "published_at": MOMENT, "live": on, "matchers": matchers,
        "seconds": seconds,
    }  # fmt: skip


def unchanged(matchers: int) -> dict[str, object]:
    """A list that nobody has changed yet."""
    return live(matchers, of=matchers) | {"generation": 0, "committed_at": None, "published_at": None}


def counts(**over: int) -> dict[str, int]:
    """How many of a kind came to what."""
    many = {"question": 0, "refused": 0, "warning": 0, "listed": 0, "ready": 0, **over}
    return {"read": sum(many.values()), **many}


def batch(**over: object) -> dict[str, object]:
    """An import; unless ``counts`` says otherwise, who is left out and what is rejected is refused."""
    purpose = {
        "category": "ban",
        "basis": "decision 7",
        "evidence": "file 7",
        "instruction": "Call 8811.",
        "source": "police",
    }

    def counted(**names: str) -> dict[str, int]:
        return counts(**{outcome: int(str(over.get(name, 0))) for outcome, name in names.items()})

    all_counts = {
        "people": counted(ready="people_ready", warning="people_warning", refused="people_left_out"),
        "photos": counted(ready="ready", warning="warning", refused="rejected"),
        "lines": counted(refused="rows_rejected"),
    }
    return {
        "id": OTHER, "revision": 1, "state": "open", "purpose": purpose, "last_day": None, "author": "ana",
        "counts": all_counts, "has_table": False, "drafts": 0, "opened_at": MOMENT, "ends_at": None, "people": 0,
        "people_ready": 0, "people_warning": 0, "people_left_out": 0, "ready": 0, "warning": 0, "rejected": 0,
        "rows_rejected": 0, "reasons": {}, "undecided": 0, "pending": 0, "active": 0, "committed_at": None,
        "undo_until": None, "generation": None, **over,
    }  # fmt: skip


def erasure(*, signed: int, of: int = 2, hospitals: int = 0, still_open: tuple[str, ...] = ()) -> dict[str, object]:
    """How far an erasure is; of a shared entry so many *hospitals* had it."""
    receipts = [
        {"matcher": f"m{n}", "incarnation": OTHER, "index_generation": 4, "released_at": MOMENT} for n in range(signed)
    ]
    owed = [{"matcher": f"m{n}", "seen_at": MOMENT, "silent": False} for n in range(signed, of)]
    return {
        "entry": ENTRY, "erased_by": "ana", "erased_at": MOMENT, "reason": "the decision was withdrawn",
        "key_destroyed_at": MOMENT, "stream_purged_at": MOMENT, "receipts": receipts, "owed": owed,
        "complete": signed == of and not still_open, "hospitals": hospitals,
        "hospitals_closed": hospitals - len(still_open), "hospitals_open": list(still_open),
    }  # fmt: skip


def proposal(number: int, threshold: float, *, by: str = "ana", approved_by: str | None = None) -> dict[str, object]:
    """A threshold that somebody requested."""
    return {
        "number": number, "threshold": threshold, "reason": "two false alerts", "asked_by": by, "asked_at": MOMENT,
        "approved_by": approved_by, "approved_at": approved_by and MOMENT,
    }  # fmt: skip


def thresholds(holds: object, waits: object = None) -> dict[str, object]:
    """The threshold that holds, the one that waits for approval, and the floor."""
    report = {
        "dataset": "lfw-dev", "list_size": 820, "model_sha256": "ab" * 32, "fnir": 0.052, "fpir": 0.0079,
        "fpir_upper": 0.0127, "floor": 0.46, "measured_on": "2026-11-01",
    }  # fmt: skip
    return {"holds": holds, "waits": waits, "floor": 0.46, "reports": [report]}


def comparison(
    minute: int, *, over: bool = True, broken_off: bool = False, by: str | None = "ana", **counts: int
) -> dict[str, object]:
    """A comparison of stream and record that began in *minute*."""
    kinds = ("entries", "missing", "behind", "different", "ahead", "unknown", "repaired", "buried", "keys_destroyed")
    return {
        "cause": "asked" if by else "nightly", "asked_by": by, "began_at": f"2026-11-23T12:{minute:02}:00Z",
        "ended_at": f"2026-11-23T12:{minute:02}:01.500Z" if over else None, "broken_off": broken_off,
        **dict.fromkeys(kinds, 0), **counts,
    }  # fmt: skip


def without_colour(text: str) -> str:
    """*text* as a pipe sees it, blanks of its tables taken together."""
    return re.sub(r"[\s│┃]+", " ", text)

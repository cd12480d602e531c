"""What a person does in a running service is in the audit, and its head is on the broker soon after (safeguard S9)."""

import json
from http import HTTPStatus
from typing import Any

import asyncpg
import pytest
from nats.js.errors import NotFoundError

from access import grants
from cli.audit import transparency
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live.hospital import Hospital

pytestmark = pytest.mark.timeout(60)


async def test_signing_in_is_audited_and_the_head_is_published(hospital: Hospital) -> None:
    code = await live.invite(hospital.database, "li", "guard")
    auditor = await asyncpg.connect(hospital.database.audit)
    bus = await hospital.bus(grants.OPERATOR)

    async with (
        hospital.alerts(ANCHOR_SECONDS="0.1") as service,
        live.signed_in(service, code),
    ):
        last = await auditor.fetchrow("select * from audit.event order by sequence desc limit 1")
        assert last is not None

        async def published() -> bool:
            try:
                message = await bus.stream.get_last_msg(subjects.AUDIT_STREAM.name, subjects.AUDIT.pattern)
            except NotFoundError:
                return False
            return bool(AuditHead.decode(message.data or b"").sha256 == last["sha256"])

        await eventually(published)

    await auditor.close()
    assert (last["action"], last["actor_name"], last["through"]) == ("session.opened", "li", "wardwatch_alerts")


async def test_an_auditor_reads_exports_and_recomputes_the_audit_over_http(hospital: Hospital) -> None:
    code = await live.invite(hospital.database, "aud", "auditor")
    operator = await hospital.bus(grants.OPERATOR)
    async with hospital.alerts(ANCHOR_SECONDS="0.1") as service, live.signed_in(service, code) as http:
        async with http.post("/api/v1/audit/search", json={"limit": 1}) as reply:
            page = await reply.json()
        assert [event["action"] for event in page["events"]] == ["session.opened"]
        async with http.post("/api/v1/audit/search", json={"limit": 9, "cursor": page["next"]}) as reply:
            assert [event["action"] for event in (await reply.json())["events"]] == ["account.invited", "account.added"]
        async with http.post("/api/v1/audit/search", json={"cursor": "nonsense"}) as reply:
            assert reply.status == HTTPStatus.UNPROCESSABLE_ENTITY

        days = (
            {"until": "2026-01-02"},
            {"since": "2026-01-02"},
            {"until": "2026-01-02T00:00:00Z"},
            {"until": "3026-01-02"},
        )
        found = []
        for day in days:
            async with http.post("/api/v1/audit/search", json={"kind": "session", **day}) as reply:
                found.append(len((await reply.json()).get("events", "")) if reply.ok else reply.status)
        assert found == [0, 1, 0, 422]

        async def exported(form: str) -> str:
            body = {"form": form, "reason": "a yearly audit"}
            async with http.post("/api/v1/audit/export", json=body) as reply:
                assert reply.status == HTTPStatus.OK, await reply.text()
                assert f".{form}" in reply.headers["Content-Disposition"]
                return await reply.text()

        table, lines = await exported("csv"), (await exported("jsonl")).splitlines()
        assert [row.partition(",")[0] for row in table.splitlines()] == ["\ufeffsequence", *map(str, range(1, 10))]
        whole = transparency.compute(lines, "2026-01", "Asia/Shanghai")
        assert transparency.is_whole(whole)
        assert json.loads(lines[-1])["action"] == "audit.exported"
        assert json.loads(lines[-1])["reason"] == "a yearly audit"

        async def published() -> bool:
            message = await operator.stream.get_last_msg(subjects.AUDIT_STREAM.name, subjects.AUDIT.pattern)
            return AuditHead.decode(message.data or b"").sequence == len(lines)

        await eventually(published)
        kept = {name: json.loads(lines[2])[name] for name in ("sequence", "sha256")}
        false = {"sequence": 4, "sha256": "ab" * 32}

        async def recomputed(**asked: object) -> dict[str, Any]:
            async with http.post("/api/v1/audit/verification", json=asked) as reply:
                assert reply.status == HTTPStatus.OK, await reply.text()
                part: dict[str, Any] = await reply.json()
                return part

        part = await recomputed(heads=[kept])
        assert (part["ended"], part["faults"], part["events"]) == (True, [], part["total"])
        assert part["compared"] == [
            {**kept, "agrees": True},
            {"sequence": len(lines), "sha256": json.loads(lines[-1])["sha256"], "agrees": True},
        ]
        part = await recomputed(heads=[false, {"sequence": 999, "sha256": "ab" * 32}])
        assert [fault["kind"] for fault in part["faults"]] == ["contradicted", "cut_off"]
        part = await recomputed(after=3, sha256="ab" * 32)
        assert part["faults"] == [{"kind": "unlinked", "number": 4}]

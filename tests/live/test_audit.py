"""What a person does in a running service is in the audit, and its head is on the broker soon after (safeguard S9)."""

import asyncpg
import pytest
from nats.js.errors import NotFoundError

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus
from services.chassis.telemetry import Meters
from tests import servers
from tests.fakes import eventually
from tests.live import alerts_process as live

pytestmark = pytest.mark.timeout(60)


async def test_signing_in_is_audited_and_the_head_is_published(
    nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "li", "guard")
    auditor = await asyncpg.connect(database.audit)
    seed = nats_with_streams.seed_file("operator")

    async with (
        live.running(nats_with_streams, database, monkeypatch, ANCHOR_SECONDS="0.1") as service,
        live.signed_in(service, code),
        Bus.connect(
            nats_with_streams.url, user="operator", user_seed_file=seed, account=Account.RECORD, meters=Meters()
        ) as bus,
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

"""What a person does in a running service is in the audit, and its head is on the broker soon after (safeguard S9)."""

import asyncpg
import pytest
from nats.js.errors import NotFoundError

from access import grants
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

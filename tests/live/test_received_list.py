"""An entry of another hospital's list, from its publisher's statement to a matcher, and to its end."""

from base64 import b64encode

import pytest

from access import grants
from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import Received, ReceiveOutcome, ReceiveRequest
from proto.wardwatch.v1.values import EntryState
from tests.contract.record import MODEL, vector
from tests.fakes import eventually
from tests.live.hospital import Hospital
from tests.publishers import LIST, Publisher, changed, local_id

pytestmark = pytest.mark.live


async def test_a_received_entry_is_looked_for_until_it_is_erased_there(hospital: Hospital) -> None:
    publisher = Publisher()
    of = publisher.lists(vector(7), model=MODEL)
    async with hospital.watchlist(), hospital.matcher() as matcher:
        await join(hospital, publisher.invitation())
        federation = await hospital.bus(grants.FEDERATION_RECORD)

        async def receives(request: ReceiveRequest) -> ReceiveOutcome:
            subject = subjects.federation("receive")
            return Received.decode(await federation.request(subject, request.encode(), timeout_seconds=30)).outcome

        assert await receives(publisher.request(of)) is ReceiveOutcome.WRITTEN
        sighted = await hospital.sees(7, site="h1", within_seconds=30)
        assert str(sighted.entry_id) == str(local_id(publisher, of))

        gone = ReceiveRequest(LIST, publisher.says(changed(of, EntryState.ERASED)))
        assert await receives(gone) is ReceiveOutcome.WRITTEN

        async def is_let_go() -> bool:
            return await matcher.metric("wardwatch_index_templates") == 0

        await eventually(is_let_go, within_seconds=30)
        owner = await hospital.owner()

        async def is_signed() -> bool:
            erasure = await owner.fetchrow("SELECT * FROM federation.received_erasure")
            assert erasure is not None
            return erasure["owed"] == 0 and erasure["signed"] == 1 and erasure["stream_purged_at"] is not None

        await eventually(is_signed, within_seconds=60)


async def join(hospital: Hospital, invitation: bytes) -> None:
    """Two people join the list for the site h1."""
    for name in ("li.wei", "ana.ruiz"):
        await hospital.sign_in(name, "supervisor")
    typed = statements.fingerprint(invitation)[-19:]
    asked = {"invitation": b64encode(invitation).decode(), "fingerprint": typed, "sites": ["h1"]}
    await hospital.call("join_list", "li.wei", body=asked)
    await hospital.call("approve_joining", "ana.ruiz", {"list": LIST}, body={"fingerprint": typed})

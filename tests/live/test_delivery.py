"""An alert leaves the house: alerts and delivery as they run, a phone, a webhook and another system that receive."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import aiohttp
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from access import grants
from proto.wardwatch.v1 import subjects
from services.chassis.delivery_keys import base64url
from services.delivery import webhooks
from tests import receivers
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live.hospital import Hospital
from tests.receivers import Receiver, TestPhone

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

SOON: Final = 40.0


@dataclass
class House:
    """Everybody: two who are signed in, a push service, and where a webhook and another system listen."""

    hospital: Hospital
    guard: aiohttp.ClientSession
    boss: aiohttp.ClientSession
    pushes: Receiver
    hooks: Receiver
    phone: TestPhone = field(default_factory=TestPhone)
    notices: list[Msg] = field(default_factory=list)

    async def subscribe(self) -> int:
        body = {
            "endpoint": f"{self.pushes.url}/phone",
            "p256dh": base64url(self.phone.p256dh),
            "auth": base64url(self.phone.auth),
            "device": "the gate's",
        }
        async with self.guard.put("/api/v1/push/subscription", json=body) as reply:
            return reply.status

    def pushed(self) -> list[dict[str, object]]:
        """What the phone has opened."""
        return [json.loads(self.phone.opens(each.body))["notification"] for each in self.pushes.received]

    async def push(self, count: int) -> dict[str, object]:
        await eventually(lambda: len(self.pushes.received) >= count, within_seconds=SOON)
        return self.pushed()[count - 1]


async def said(http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> dict[str, object]:
    async with http.request(method, f"/api/v1/{path}", json=body) as reply:
        assert reply.status < 300, (path, await reply.text())
        found: dict[str, object] = await reply.json() if reply.content_type == "application/json" else {}
        return found


async def refused(http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> tuple[int, str]:
    async with http.request(method, f"/api/v1/{path}", json=body) as reply:
        return reply.status, (await reply.json(content_type=None))["code"]


@pytest.fixture
async def house(hospital: Hospital, tmp_path: Path) -> AsyncIterator[House]:
    await live.enrol(hospital.database)
    async with (
        receivers.receiver(tmp_path) as pushes,
        receivers.receiver() as hooks,
        hospital.alerts(PUSH_HOSTS=pushes.url.removeprefix("https://")) as service,
        live.signed_in(service, await live.invite(hospital.database, "mo", "guard")) as guard,
        live.signed_in(service, await live.invite(hospital.database, "boss", "administrator")) as boss,
    ):
        yield House(hospital, guard, boss, pushes, hooks)


@pytest.fixture
async def delivery(house: House) -> AsyncIterator[None]:
    hosts = house.pushes.url.removeprefix("https://")
    async with house.hospital.delivery(PUSH_HOSTS=hosts, CA_FILE=str(house.pushes.certificate)):
        yield


@pytest.mark.usefixtures("delivery")
async def test_an_alert_reaches_phone_webhook_and_other_systems(house: House) -> None:
    guard, boss = house.guard, house.boss
    other = Client()
    await other.connect(
        house.hospital.nats.url,
        nkeys_seed=str(house.hospital.nats.seed_file(grants.HOSPITAL)),
        inbox_prefix=subjects.inbox_prefix(grants.HOSPITAL).encode(),
    )

    async def hear(message: Msg) -> None:
        house.notices.append(message)

    await other.subscribe("alerts.h1.*", cb=hear)
    await other.flush()

    # A phone is subscribed, proven, and its guard on duty.
    assert base64url(house.phone.p256dh) != (await said(guard, "GET", "push/key"))["public_key"]
    assert await house.subscribe() == 204
    await said(guard, "POST", "push/test")
    tested = await house.push(1)
    assert (await said(guard, "GET", "push/subscription"))["proven_at"] is None
    data = tested["data"]
    assert isinstance(data, dict)
    shown = {"delivery": data["delivery"], "receipt": data["receipt"], "state": "shown"}
    async with aiohttp.ClientSession(str(guard._base_url)) as stranger:
        assert await refused(stranger, "POST", "receipts", {**shown, "receipt": "x" * 43}) == (404, "no_such_message")
        await said(stranger, "POST", "receipts", shown)
    assert (await said(guard, "GET", "push/subscription"))["proven_at"] is not None
    roster = await said(guard, "PUT", "duty", {"site": "h1", "on": True})
    on_duty = roster["on_duty"]
    assert isinstance(on_duty, list)
    assert [(each["account"], each["phones"]) for each in on_duty] == [("mo", 1)]

    # A webhook, for alerts at the front.
    secret = (
        await said(boss, "PUT", "delivery/channels/hook", {"medium": "webhook", "address": f"{house.hooks.url}/in"})
    )["secret"]
    await said(boss, "PUT", "delivery/zones/front", {"site": "h1", "cameras": ["gate"]})
    rule = {"zones": ["front"], "channels": ["hook"]}
    await said(boss, "PUT", "delivery/rules/front", rule)
    assert await said(boss, "POST", "delivery/preview", rule) == {"rung": 0, "alerts": 0}
    await said(boss, "POST", "delivery/channels/hook/test")
    await eventually(lambda: len(house.hooks.received) == 1, within_seconds=SOON)

    async with live.publisher(house.hospital.nats) as bus:
        await live.send(bus, live.sighting())
    rung = await house.push(2)
    assert rung["title"] == "Wardwatch"
    assert "gate" not in f"{rung['title']} {rung['body']}"
    assert live.LABEL not in json.dumps(rung)
    incident = UUID(str(rung["tag"]))
    await eventually(lambda: len(house.hooks.received) == 2 and len(house.notices) == 1, within_seconds=SOON)
    hook = house.hooks.received[1]
    signed = webhooks.headers(
        UUID(hook.headers["webhook-id"].removeprefix("msg_")),
        str(secret),
        hook.body,
        now_seconds=int(hook.headers["webhook-timestamp"]),
    )
    assert hook.headers["webhook-signature"] == signed["webhook-signature"]
    assert json.loads(hook.body)["data"] == {"incident": str(incident), "site": "h1", "place": None}
    assert house.notices[0].subject == f"alerts.h1.{incident}"
    assert await said(boss, "POST", "delivery/preview", rule) == {"rung": 1, "alerts": 1}

    # Somebody answers: the phone is cleared, the others are told, and all of it can be read.
    house.hooks.status = 403
    await said(guard, "POST", f"incidents/{incident}/response")
    cleared = await house.push(3)
    assert (cleared["tag"], cleared["silent"]) == (str(incident), True)
    await eventually(lambda: len(house.notices) == 2, within_seconds=SOON)
    assert [json.loads(each.data)["type"] for each in house.notices] == ["alert.raised", "alert.answered"]
    told = await said(boss, "GET", f"incidents/{incident}/deliveries")
    rows = told["deliveries"]
    assert isinstance(rows, list)
    (push,) = [row for row in rows if row["path"] == "push" and row["kind"] == "raised"]
    assert (push["account"], push["state"]) == ("mo", "sent")
    assert push["answered_at"] is not None
    await other.close()

    # What the webhook refused is a dead letter, and can be sent again.
    async def letters() -> list[dict[str, object]]:
        found = (await said(boss, "GET", "delivery/dead-letters"))["deliveries"]
        assert isinstance(found, list)
        return found

    async def dead() -> bool:
        return bool(await letters())

    await eventually(dead, within_seconds=SOON)
    (letter,) = await letters()
    assert (letter["channel"], letter["kind"], letter["reason"]) == ("hook", "answered", "http_403")
    house.hooks.status = 200
    await said(boss, "POST", f"delivery/dead-letters/{letter['id']}/send")

    async def sent() -> bool:
        return (await said(boss, "GET", f"delivery/deliveries/{letter['id']}"))["state"] == "sent"

    await eventually(sent, within_seconds=SOON)
    assert await letters() == []


async def test_what_may_not_be_set_up_is_refused_in_words(house: House) -> None:
    guard, boss = house.guard, house.boss
    phone = {"endpoint": "https://evil.lan/x", "p256dh": "AAAA", "auth": "AAAA"}
    known = {**phone, "endpoint": f"{house.pushes.url}/x"}

    assert await refused(guard, "PUT", "push/subscription", phone) == (422, "no_push_service")
    assert await refused(guard, "PUT", "push/subscription", known) == (422, "bad_phone_keys")
    assert await refused(guard, "POST", "push/test") == (409, "no_phone")
    assert await refused(guard, "PUT", "duty", {"site": "h1", "on": True, "account": "boss"}) == (403, "not_for_duty")
    assert await refused(boss, "PUT", "delivery/rules/x", {"channels": ["none"]}) == (422, "not_arranged")
    wrong = {"medium": "wecom", "address": "http://169.254.169.254/"}
    assert await refused(boss, "PUT", "delivery/channels/x", wrong) == (422, "not_valid")
    assert await refused(boss, "DELETE", "delivery/channels/none") == (404, "not_arranged")
    await asyncio.gather(
        *(
            said(boss, "PUT", f"delivery/channels/c{number}", {"medium": "wecom", "address": "wecombot://SECRETKEY"})
            for number in range(3)
        )
    )
    listed = json.dumps(await said(boss, "GET", "delivery/channels"))
    assert "SECRETKEY" not in listed

"""The ways out, against real servers: a phone opens pushes; ntfy, webhooks, mail; servers that behave badly."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path as File
from uuid import UUID

import http_ece
import pytest

from proto.wardwatch.v1.delivery import PUSH_HOSTS, Kind, Path, is_push_service, push_hosts
from services.chassis.delivery_keys import DeliveryKeys, Target, webhook_secret
from services.delivery import webhooks
from services.delivery.chat import ChatPath
from services.delivery.messages import Message
from services.delivery.outcome import Gone, Refused, Result, Taken, Unsure
from services.delivery.outside import Outside, is_forbidden
from services.delivery.paths import NtfyPath, PushPath, WebhookPath
from tests import receivers
from tests.receivers import Receiver, TestPhone

KEYS = DeliveryKeys.new()
NOW = 1_800_000_000
SECRET = webhook_secret(b"0" * 24)


def message(path: Path = Path.PUSH, kind: Kind = "raised", *, place: str = "") -> Message:
    return Message(
        UUID(int=5), UUID(int=7), kind, path, "h1", place, datetime(2026, 12, 1, tzinfo=UTC), "https://ward.lan", "en"
    )  # fmt: skip


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receivers.receiver() as made:
        yield made


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with Outside.opened(within_seconds=20) as made:
        yield made


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize("place", ["", "gate-2"])
async def test_a_push_is_opened_by_the_phone_and_by_nobody_else(tmp_path: File, place: str) -> None:
    phone = TestPhone()
    async with (
        receivers.receiver(tmp_path) as service,
        Outside.opened(within_seconds=20, authorities=service.certificate) as outside,
    ):
        hosts = push_hosts(service.url.removeprefix("https://"))
        push = PushPath(outside.post, KEYS, hosts, "mailto:it@ward.lan", lambda: NOW)
        service.status = 201

        assert await push.send(message(place=place), phone.at(f"{service.url}/abc")) == Taken()

    (came,) = service.received
    assert (came.headers["content-encoding"], came.headers["content-type"]) == (
        "aes128gcm", "application/notification+json",
    )  # fmt: skip
    assert (came.headers["urgency"], came.headers["topic"]) == ("high", UUID(int=7).hex)
    assert int(came.headers["ttl"]) > 0
    said = json.loads(phone.opens(came.body))
    shown = said["notification"]
    assert said["web_push"] == 8030
    assert shown["title"] == ("Watchlist alert · gate-2" if place else "Wardwatch")
    assert (shown["tag"], shown["navigate"]) == (str(UUID(int=7)), f"https://ward.lan/#/alerts/{UUID(int=7)}")
    assert shown["data"] == {
        "incident": str(UUID(int=7)),
        "delivery": str(UUID(int=5)),
        "receipt": KEYS.receipt(UUID(int=5)),
        "kind": "raised",
    }  # fmt: skip
    assert place or b"gate-2" not in phone.opens(came.body)
    with pytest.raises(http_ece.ECEException):
        TestPhone().opens(came.body)


async def test_nothing_is_pushed_to_who_is_no_push_service(outside: Outside, receiver: Receiver) -> None:
    push = PushPath(outside.post, KEYS, push_hosts("push.example"), "", lambda: NOW)

    for endpoint in (receiver.url, receiver.url.replace("http", "https"), "https://push.example.evil.lan/x"):
        assert await push.send(message(), TestPhone().at(endpoint)) == Refused("unknown_push_service")
    assert receiver.received == []


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://db5p.notify.windows.com/w/?token=x", True),
        ("https://notify.windows.com/w/", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://evilfcm.googleapis.com/x", False),
        ("https://169.254.169.254/x", False),
        ("https://[::1", False),
    ],
)
def test_endpoints_are_of_known_push_services(endpoint: str, *, known: bool) -> None:
    assert is_push_service(endpoint, push_hosts(PUSH_HOSTS)) == known


async def test_ntfy_gets_the_topic_and_no_place(outside: Outside, receiver: Receiver) -> None:
    ntfy = NtfyPath(outside.post)

    assert await ntfy.send(message(Path.NTFY), Target(f"{receiver.url}/ward", "tk_secret")) == Taken()

    (came,) = receiver.received
    told = json.loads(came.body)
    assert (came.path, came.headers["authorization"]) == ("/", "Bearer tk_secret")
    assert (told["topic"], told["priority"], told["title"]) == ("ward", 5, "Wardwatch")
    assert told["click"] == f"https://ward.lan/#/alerts/{UUID(int=7)}"


async def test_what_follows_an_alert_takes_its_place_at_ntfy(outside: Outside, receiver: Receiver) -> None:
    ntfy = NtfyPath(outside.post)
    kinds: tuple[Kind, ...] = ("raised", "answered", "withdrawn", "reopened")
    for kind in kinds:
        await ntfy.send(message(Path.NTFY, kind), Target(f"{receiver.url}/ward", ""))

    told = [json.loads(came.body) for came in receiver.received]
    # It may stand in an address of ntfy's (/TOPIC/SEQUENCE), where parts have these signs.
    assert {each["sequence_id"] for each in told} == {UUID(int=7).hex}
    assert re.fullmatch(r"[-_A-Za-z0-9]{1,64}", told[0]["sequence_id"])
    assert [each["priority"] for each in told] == [5, 2, 3, 5]


async def test_a_webhook_is_signed_and_keeps_its_id(outside: Outside, receiver: Receiver) -> None:
    hook, target = WebhookPath(outside.post, lambda: NOW), Target(f"{receiver.url}/in", SECRET)
    receiver.status = 500
    assert await hook.send(message(Path.WEBHOOK), target) == Unsure("http_500")
    receiver.status = 204
    assert await hook.send(message(Path.WEBHOOK), target) == Taken()

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (
        second.headers["webhook-signature"]
        == (webhooks.headers(UUID(int=5), SECRET, second.body, now_seconds=NOW)["webhook-signature"])
    )
    assert json.loads(second.body) == {
        "type": "alert.raised",
        "timestamp": "2026-12-01T00:00:00Z",
        "data": {"incident": str(UUID(int=7)), "site": "h1", "place": None},
    }


@pytest.mark.parametrize(
    ("status", "headers", "result"),
    [
        (410, {}, Gone()),
        (429, {"Retry-After": "9"}, Unsure("http_429", timedelta(seconds=9))),
        (500, {}, Unsure("http_500")),
        (307, {"Location": "/elsewhere"}, Refused("http_307")),
    ],
)
async def test_what_a_server_answers_is_what_came_of_it(
    outside: Outside, receiver: Receiver, status: int, headers: dict[str, str], result: Result
) -> None:
    receiver.status, receiver.headers = status, headers

    came = await outside.post(f"{receiver.url}/x", b"{}", {})

    assert came == result
    assert [each.path for each in receiver.received] == ["/x"]


async def test_a_body_without_an_end_holds_nobody_up(outside: Outside, receiver: Receiver) -> None:
    receiver.answer = receivers.without_an_end

    assert await outside.post(receiver.url, b"", {}) == Taken()


async def test_a_server_that_is_down_or_says_nothing_is_tried_again(receiver: Receiver) -> None:
    receiver.answer = receivers.never
    async with Outside.opened(within_seconds=0.2) as outside:
        assert await outside.post(receiver.url, b"", {}) == Unsure("timeout")
        assert await outside.post(f"http://127.0.0.1:{closed_port()}", b"", {}) == Unsure("unreachable")


async def test_a_server_that_breaks_off_is_tried_again(outside: Outside) -> None:
    async def slam(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(slam, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await outside.post(f"http://127.0.0.1:{port}", b"", {}) == Unsure("broken_off")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://0xa9fea9fe/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://100.100.100.200/",
        "http://0.0.0.0:80/",
        "http://224.0.0.1/",
    ],
)
async def test_nothing_is_sent_to_a_machine_s_back_door(outside: Outside, url: str) -> None:
    assert await outside.post(url, b"", {}) == Refused("forbidden_address")


def test_addresses_of_a_hospital_s_own_network_are_no_back_doors() -> None:
    assert not [each for each in ("10.1.2.3", "192.168.1.4", "127.0.0.1", "fd12::1") if is_forbidden(each)]


async def test_what_is_no_address_is_refused(outside: Outside) -> None:
    assert await outside.post("http://[::1", b"", {}) == Refused("bad_address")
    assert await outside.post("http://2852039166/", b"", {}) == Refused("bad_address")
    assert await outside.post("ftp://ward.lan", b"", {}) == Refused("bad_address")


async def test_mail_arrives_and_says_no_place() -> None:
    with ChatPath.opened(within_seconds=30) as chat:
        async with receivers.mail_server() as (port, mails):
            address = f"mailto://127.0.0.1:{port}?from=ward@hospital.lan&to=guard@hospital.lan&mode=insecure"
            assert await chat.send(message(Path.CHAT), Target(address)) == Taken()
        refused = await chat.send(message(Path.CHAT), Target("json://127.0.0.1:1/"))

    assert refused == Refused("bad_address")
    assert b"Subject: Wardwatch" in mails[0]
    assert b"gate" not in mails[0]


async def test_who_is_asked_gets_no_message_and_who_is_silent_is_known_soon(outside: Outside) -> None:
    async with receivers.receiver() as there:
        assert await outside.ask(f"{there.url}/") == Taken()
        assert there.received == []
        there.answer = receivers.never
        assert await outside.ask(f"{there.url}/") == Unsure("timeout")
    assert await outside.ask(f"http://127.0.0.1:{closed_port()}/") == Unsure("unreachable")
    assert await outside.ask("http://169.254.169.254/") == Refused("forbidden_address")

"""What handlers may rely on of the bus: the same behaviour of the fake and of a real nats-server.

The users are the product's own (a camera-side sender, the matcher, alerts), so each also proves its grants.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nats.aio.transport import TcpTransport

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis import owed, replica
from services.chassis.bus import Bus, Delivery, Limits
from services.chassis.errors import BusClosed, NoAnswer, NotStored, Overtaken, Poison, Refusal
from services.chassis.responder import Answer
from services.chassis.store_probe import StoreProbe
from services.chassis.telemetry import Meters
from tests import buses, servers
from tests.fakes import FakeBus, eventually

FACES = "faces.0.h1.gate"
SIGHTINGS = "sightings.h1.gate"
ROLL = "roll.matchers"


@dataclass
class Wires:
    """The bus as each party of the contract holds it."""

    publish: Callable[[str, bytes], Awaitable[bool]]
    listen: Callable[[Callable[[Delivery], None]], AbstractAsyncContextManager[None]]
    store: Callable[[str, bytes, str], Awaitable[int]]
    store_after: Callable[[str, bytes, int], Awaitable[int]]
    last_of: Callable[[str], Awaitable[Delivery | None]]  # of the KEYRING stream, as the three below
    all_of: Callable[[str], Awaitable[list[Delivery]]]
    delete: Callable[[int], Awaitable[None]]
    messages: Callable[[], AsyncIterator[Delivery]]
    consume: Callable[[Callable[[bytes], Awaitable[None]], asyncio.Event], Awaitable[None]]
    follow: Callable[[Callable[[Delivery], Awaitable[None]], asyncio.Event, asyncio.Event], Awaitable[None]]
    serve: Callable[[Answer], AbstractAsyncContextManager[None]]
    request: Callable[[bytes], Awaitable[bytes]]
    respond: Callable[[Answer], AbstractAsyncContextManager[None]]  # at one process
    respond_too: Callable[[Answer], AbstractAsyncContextManager[None]]  # at another
    request_all: Callable[[bytes, int], Awaitable[list[bytes]]]
    poison: Callable[[], Awaitable[list[tuple[bytes, str]]]]
    lose_the_streams: Callable[[], None]
    meters: Meters


def text(payload: bytes) -> bytes:
    """Decode as a contract would: some bytes are no message."""
    if payload == b"\xff":
        raise ValueError("not a message")
    return payload


class BusContract:
    """The behaviour. Subclasses provide ``wires``."""

    async def test_a_perishable_message_reaches_a_listener_once_per_queue_group(self, wires: Wires) -> None:
        first: list[bytes] = []
        second: list[bytes] = []

        async with wires.listen(lambda d: first.append(d.payload)), wires.listen(lambda d: second.append(d.payload)):
            for number in range(20):
                assert await wires.publish(FACES, b"%d" % number)
            await eventually(lambda: len(first) + len(second) >= 20)

        assert sorted(first + second) == sorted(b"%d" % n for n in range(20))

    async def test_a_message_over_the_limit_is_dropped_and_counted(self, wires: Wires) -> None:
        sent = await wires.publish(FACES, bytes(subjects.MAX_PAYLOAD_BYTES + 1))

        assert not sent
        assert wires.meters.value("wardwatch_bus_shed_total", reason="too_large") == 1

    async def test_a_listener_that_left_hears_nothing_more(self, wires: Wires) -> None:
        received: list[bytes] = []
        async with wires.listen(lambda d: received.append(d.payload)):
            await wires.publish(FACES, b"1")
            await eventually(lambda: len(received) == 1)

        await wires.publish(FACES, b"2")
        later: list[bytes] = []
        async with wires.listen(lambda d: later.append(d.payload)):
            await wires.publish(FACES, b"3")
            await eventually(lambda: b"3" in later)

        assert received == [b"1"]

    async def test_an_owed_message_is_handled_and_not_delivered_again(self, wires: Wires) -> None:
        handled: list[bytes] = []

        async def handle(message: bytes) -> None:
            handled.append(message)

        await wires.store(SIGHTINGS, b"a", "1")
        await wires.store(SIGHTINGS, b"b", "2")
        await consume_until(wires, handle, lambda: len(handled) >= 2)
        await wires.store(SIGHTINGS, b"c", "3")
        await consume_until(wires, handle, lambda: len(handled) >= 3)

        assert handled == [b"a", b"b", b"c"]

    async def test_the_same_id_is_stored_once(self, wires: Wires) -> None:
        handled: list[bytes] = []

        async def handle(message: bytes) -> None:
            handled.append(message)

        await wires.store(SIGHTINGS, b"a", "same")
        await wires.store(SIGHTINGS, b"a", "same")
        await wires.store(SIGHTINGS, b"b", "other")
        await consume_until(wires, handle, lambda: b"b" in handled)

        assert handled == [b"a", b"b"]

    async def test_a_failure_is_delivered_again_until_it_succeeds(self, wires: Wires) -> None:
        tries: list[bytes] = []

        async def handle(message: bytes) -> None:
            tries.append(message)
            if len(tries) < 3:
                raise ConnectionError("the database is away")

        await wires.store(SIGHTINGS, b"a", "1")
        await consume_until(wires, handle, lambda: len(tries) >= 3)

        assert tries == [b"a"] * 3
        assert wires.meters.value("wardwatch_owed_settled_total", stream="SIGHTINGS", outcome="retried") == 2
        assert wires.meters.value("wardwatch_owed_settled_total", stream="SIGHTINGS", outcome="done") == 1

    @pytest.mark.parametrize("payload", [pytest.param(b"\xff", id="no message"), pytest.param(b"p", id="poison")])
    async def test_poison_is_set_aside_with_its_reason_and_not_retried(self, wires: Wires, payload: bytes) -> None:
        handled: list[bytes] = []

        async def handle(message: bytes) -> None:
            handled.append(message)
            if message == b"p":
                raise Poison("of another\nmodel")

        await wires.store(SIGHTINGS, payload, "1")
        await wires.store(SIGHTINGS, b"good", "2")
        await consume_until(wires, handle, lambda: b"good" in handled)

        [(payload_kept, reason)] = await wires.poison()
        assert payload_kept == payload
        assert reason in ("not a message", "of another model")
        assert handled.count(payload) <= 1

    async def test_poison_of_any_size_is_set_aside_and_holds_up_nobody(self, wires: Wires) -> None:
        large = b"p" * (subjects.MAX_PAYLOAD_BYTES - 2_000)  # with a reason it is more than the broker takes
        handled: list[bytes] = []

        async def handle(message: bytes) -> None:
            handled.append(message)
            if message != b"good":
                raise Poison("of another model: " + "x" * 100_000)

        await wires.store(SIGHTINGS, large, "1")
        await wires.store(SIGHTINGS, b"good", "2")
        await consume_until(wires, handle, lambda: b"good" in handled)

        [(kept, reason)] = await wires.poison()
        assert large.startswith(kept)
        assert len(kept) > 8_000_000
        assert reason.startswith("of another model: xxx")
        assert handled == [large, b"good"]

    async def test_stopping_finishes_what_is_in_hand(self, wires: Wires) -> None:
        stop, begun, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()
        ended: list[bytes] = []

        async def handle(message: bytes) -> None:
            begun.set()
            await may_end.wait()
            ended.append(message)

        await wires.store(SIGHTINGS, b"a", "1")
        task = asyncio.ensure_future(wires.consume(handle, stop))
        await begun.wait()
        stop.set()
        may_end.set()
        await task

        assert ended == [b"a"]
        assert wires.meters.value("wardwatch_owed_settled_total", stream="SIGHTINGS", outcome="done") == 1

    async def test_an_owed_message_that_no_stream_takes_raises(self, wires: Wires) -> None:
        wires.lose_the_streams()

        with pytest.raises(NotStored):
            await wires.store(SIGHTINGS, b"a", "1")

    async def test_storing_says_under_which_sequence_also_the_second_time(self, wires: Wires) -> None:
        first = await wires.store(SIGHTINGS, b"a", "1")
        second = await wires.store(SIGHTINGS, b"b", "2")

        assert second == first + 1
        assert await wires.store(SIGHTINGS, b"a", "1") == first

    async def test_a_message_that_expects_another_last_one_is_not_stored(self, wires: Wires) -> None:
        first = await wires.store_after("keys.a", b"1", 0)
        second = await wires.store_after("keys.a", b"2", first)

        for expected in (0, first):
            with pytest.raises(Overtaken):
                await wires.store_after("keys.a", b"3", expected)

        assert await wires.store_after("keys.b", b"1", 0) == second + 1

    async def test_the_last_message_of_a_subject_is_found(self, wires: Wires) -> None:
        assert await wires.last_of("keys.a") is None
        await wires.store("keys.a", b"1", "1")
        second = await wires.store("keys.a", b"2", "2")
        await wires.store("keys.b", b"3", "3")

        last = await wires.last_of("keys.a")

        assert last is not None
        assert (last.subject, last.payload, last.sequence) == ("keys.a", b"2", second)

    async def test_every_message_of_a_subject_is_found_oldest_first(self, wires: Wires) -> None:
        assert await wires.all_of("keys.a") == []
        numbers = [await wires.store(f"keys.{owner}", str(n).encode(), str(n)) for n, owner in enumerate("abaaba")]
        await wires.delete(numbers[2])

        found = await wires.all_of("keys.a")

        assert {each.subject for each in found} == {"keys.a"}
        assert [each.payload for each in found] == [b"0", b"3", b"5"]
        assert [each.sequence for each in found] == [numbers[0], numbers[3], numbers[5]]

    async def test_a_message_that_expects_one_that_was_deleted_is_overtaken(self, wires: Wires) -> None:
        first = await wires.store("keys.a", b"1", "1")
        await wires.store("keys.b", b"2", "2")
        await wires.delete(first)

        with pytest.raises(Overtaken):
            await wires.store_after("keys.a", b"3", first)

        assert await wires.last_of("keys.a") is None

    async def test_a_stream_is_read_from_its_oldest_also_overwritten_messages(self, wires: Wires) -> None:
        assert [each async for each in wires.messages()] == []
        for number, (owner, key) in enumerate([("a", b"1"), ("b", b"1"), ("a", b"2")]):
            await wires.store(f"keys.{owner}", key, str(number))

        messages = [(each.subject, each.payload) async for each in wires.messages()]

        assert messages == [("keys.a", b"1"), ("keys.b", b"1"), ("keys.a", b"2")]

    async def test_a_deleted_message_is_gone_and_its_sequence_never_reused(self, wires: Wires) -> None:
        first = await wires.store("keys.a", b"1", "1")
        second = await wires.store("keys.a", b"2", "2")

        await wires.delete(second)
        await wires.delete(second)

        last = await wires.last_of("keys.a")
        assert last is not None
        assert last.sequence == first
        assert [each.sequence async for each in wires.messages()] == [first]
        assert await wires.store_after("keys.a", b"3", first) == second + 1

    async def test_asking_and_deleting_where_no_stream_answers_says_so(self, wires: Wires) -> None:
        sequence = await wires.store("keys.a", b"1", "1")
        wires.lose_the_streams()

        answers = await asyncio.gather(
            wires.last_of("keys.a"), wires.all_of("keys.a"), wires.delete(sequence), return_exceptions=True
        )

        assert [type(answer) for answer in answers] == [NoAnswer] * 3

    async def test_a_follower_sees_all_that_is_there_then_every_change(self, wires: Wires) -> None:
        seen: list[tuple[str, bytes]] = []
        caught_up, stop = asyncio.Event(), asyncio.Event()

        async def apply(delivery: Delivery) -> None:
            seen.append((delivery.subject, delivery.payload))

        for number, (entry, state) in enumerate([("a", b"1"), ("b", b"1"), ("a", b"2")]):
            await wires.store(f"watchlist.{entry}", state, str(number))
        task = asyncio.ensure_future(wires.follow(apply, caught_up, stop))
        await caught_up.wait()
        assert seen == [("watchlist.a", b"1"), ("watchlist.b", b"1"), ("watchlist.a", b"2")]
        await wires.store("watchlist.a", b"3", "9")
        await eventually(lambda: len(seen) == 4)
        stop.set()
        await task

        assert seen[-1] == ("watchlist.a", b"3")

    async def test_a_follower_of_an_empty_stream_is_caught_up(self, wires: Wires) -> None:
        caught_up, stop = asyncio.Event(), asyncio.Event()

        async def apply(delivery: Delivery) -> None:
            raise AssertionError(delivery)

        task = asyncio.ensure_future(wires.follow(apply, caught_up, stop))
        await caught_up.wait()
        stop.set()
        await task

    async def test_a_request_is_answered(self, wires: Wires) -> None:
        async def answer(payload: bytes) -> bytes:
            return payload[::-1]

        async with wires.serve(answer):
            assert await wires.request(b"abc") == b"cba"

    async def test_requests_are_answered_side_by_side(self, wires: Wires) -> None:
        both = asyncio.Barrier(2)

        async def answer(payload: bytes) -> bytes:
            await both.wait()  # each is only answered once the other is in hand
            return payload

        async with wires.serve(answer):
            assert list(await asyncio.gather(wires.request(b"a"), wires.request(b"b"))) == [b"a", b"b"]

    async def test_a_refusal_carries_its_words_and_code(self, wires: Wires) -> None:
        async def answer(_payload: bytes) -> bytes:
            raise Refusal(422, "2 faces: choose one")

        async with wires.serve(answer):
            with pytest.raises(Refusal, match="2 faces: choose one") as caught:
                await wires.request(b"")

        assert caught.value.code == 422

    async def test_a_refusal_carries_code_and_parameters_of_its_words(self, wires: Wires) -> None:
        words = refusals.ENTRY_STATE.filled(state="撤销", states=["draft", 'with "quotes"\r\nand lines'], photo=3)

        async def answer(_payload: bytes) -> bytes:
            raise Refusal(409, words)

        async with wires.serve(answer):
            with pytest.raises(Refusal) as caught:
                await wires.request(b"")

        assert (caught.value.words.code, caught.value.words.params) == ("entry_state", words.params)

    async def test_a_fault_in_the_answerer_is_told_without_its_details(self, wires: Wires) -> None:
        async def answer(_payload: bytes) -> bytes:
            raise KeyError("secret")

        async with wires.serve(answer):
            with pytest.raises(Refusal) as caught:
                await wires.request(b"")

        assert caught.value.code == 500
        assert "secret" not in str(caught.value)

    async def test_asking_where_nobody_listens_says_so(self, wires: Wires) -> None:
        with pytest.raises(NoAnswer) as caught:
            await wires.request(b"")

        assert caught.value.nobody_listens

    async def test_everybody_who_listens_is_asked_and_answers(self, wires: Wires) -> None:
        async def one(payload: bytes) -> bytes:
            return payload + b"1"

        async def two(payload: bytes) -> bytes:
            return payload + b"2"

        async with wires.respond(one), wires.respond_too(two):
            assert sorted(await wires.request_all(b"a", 2)) == [b"a1", b"a2"]
        async with wires.respond_too(two):
            assert await wires.request_all(b"b", 1) == [b"b2"]

    async def test_asking_everybody_where_nobody_listens_brings_no_answer(self, wires: Wires) -> None:
        assert await wires.request_all(b"a", 1) == []

    async def test_who_does_not_answer_in_time_is_left_out(self, wires: Wires) -> None:
        async def answer(payload: bytes) -> bytes:
            return payload

        async with wires.respond(answer):
            assert await wires.request_all(b"a", 2) == [b"a"]


async def store_after(bus: Bus | FakeBus, subject: str, payload: bytes, last: int) -> int:
    """Store under an id made of the content, where *last* is the subject's last sequence."""
    message_id = f"{subject}/{payload.decode()}"
    return await bus.publish_owed(subject, payload, message_id=message_id, expected_last_sequence_of_subject=last)


async def consume_until(
    wires: Wires, handle: Callable[[bytes], Awaitable[None]], condition: Callable[[], bool]
) -> None:
    """Run a consumer until *condition* holds, then let it finish."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(wires.consume(handle, stop))
    await eventually(condition)
    stop.set()
    await task


class TestFakeBus(BusContract):
    """The fake that handler tests use."""

    @pytest.fixture
    def wires(self) -> Wires:
        bus = FakeBus()

        def lose() -> None:
            bus.storing = False

        async def poison() -> list[tuple[bytes, str]]:
            poisoned = [d for d in bus.stored if d.subject.startswith("poison.")]
            return [(d.payload, d.headers[subjects.HEADER_REASON]) for d in poisoned]

        return Wires(
            publish=bus.publish,
            listen=lambda offer: bus.listen("faces.*.*.*", queue="q", offer=offer),
            store=lambda subject, payload, id_: bus.publish_owed(subject, payload, message_id=id_),
            store_after=lambda subject, payload, last: store_after(bus, subject, payload, last),
            last_of=lambda subject: bus.last_of("KEYRING", subject),
            all_of=lambda subject: bus.all_of("KEYRING", subject),
            delete=lambda sequence: bus.delete("KEYRING", sequence),
            messages=lambda: bus.messages(subjects.KEYRING_STREAM),
            consume=lambda handle, stop: bus.consume(subjects.SIGHTINGS_STREAM, text, handle, stop=stop),
            follow=lambda apply, caught_up, stop: bus.follow(
                subjects.WATCHLIST_STREAM, apply, caught_up=caught_up, stop=stop
            ),
            serve=lambda answer: bus.serve({"photo.embed": answer}, queue="embedder"),
            request=lambda payload: bus.request("photo.embed", payload, timeout_seconds=2),
            respond=lambda answer: bus.respond(ROLL, answer),
            respond_too=lambda answer: bus.respond(ROLL, answer),
            request_all=lambda payload, expected: bus.ask_all(ROLL, payload, within_seconds=0.5, expected=expected),
            poison=poison,
            lose_the_streams=lose,
            meters=bus.meters,
        )


class TestNatsBus(BusContract):
    """The real thing, with the product's own accounts."""

    @pytest.fixture
    async def wires(self, nats_with_streams: servers.Nats) -> AsyncIterator[Wires]:
        nats, meters = nats_with_streams, Meters()
        async with AsyncExitStack() as stack:

            async def connect(user: str, limits: Limits | None = None) -> Bus:
                return await stack.enter_async_context(buses.connected(nats, user, meters=meters, limits=limits))

            detector = await connect("detector")
            embedder = await connect("embedder")
            watchlist_video = await connect("watchlist-video")
            watchlist = await connect("watchlist-record")
            matcher = await connect("matcher-record")
            another_matcher = await connect("matcher-record")
            alerts = await connect("alerts")
            operator = await connect("operator")
            # Where no stream will answer, there is no use in waiting for one.
            without_streams = await connect("watchlist-record", Limits(store_seconds=0.2))
            asking = [watchlist]

            def lose() -> None:
                nats.kill()
                asking[:] = [without_streams]

            async def poison() -> list[tuple[bytes, str]]:
                message = await operator.stream.get_last_msg("POISON", f"poison.{SIGHTINGS}")
                return [(message.data or b"", (message.headers or {})[subjects.HEADER_REASON])]

            yield Wires(
                publish=detector.publish,
                listen=lambda offer: embedder.listen("faces.*.*.*", queue="q", offer=offer),
                store=lambda subject, payload, id_: (matcher if subject == SIGHTINGS else asking[0]).publish_owed(
                    subject, payload, message_id=id_
                ),
                store_after=lambda subject, payload, last: store_after(watchlist, subject, payload, last),
                last_of=lambda subject: asking[0].last_of("KEYRING", subject),
                all_of=lambda subject: asking[0].all_of("KEYRING", subject),
                delete=lambda sequence: asking[0].delete("KEYRING", sequence),
                messages=lambda: replica.messages(watchlist, "KEYRING"),
                consume=lambda handle, stop: owed.consume(
                    alerts, "SIGHTINGS", "alerts", text, handle, concurrency=1, stop=stop
                ),
                follow=lambda apply, caught_up, stop: replica.follow(
                    matcher, "WATCHLIST", apply, caught_up=caught_up, stop=stop
                ),
                serve=lambda answer: embedder.serve({"photo.embed": answer}, queue="embedder"),
                request=lambda payload: watchlist_video.request("photo.embed", payload, timeout_seconds=2),
                respond=lambda answer: matcher.respond(ROLL, answer),
                respond_too=lambda answer: another_matcher.respond(ROLL, answer),
                request_all=lambda payload, expected: watchlist.ask_all(
                    ROLL, payload, within_seconds=0.5, expected=expected
                ),
                poison=poison,
                lose_the_streams=lose,
                meters=meters,
            )


async def test_a_credential_that_is_withdrawn_ends_the_connection_for_good(nats: servers.Nats, tmp_path: Path) -> None:
    stop = asyncio.Event()
    seed = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    old = await asyncio.to_thread(shutil.copy, seed, tmp_path)
    async with buses.connected_at(nats.url, Path(old), "camera.h1.gate", account=Account.CAMERA) as bus:
        await asyncio.to_thread(nats.add_camera, "h1", "gate")

        with pytest.raises(BusClosed, match=r"no longer takes the credential of camera\.h1\.gate"):
            async with asyncio.timeout(10):
                await bus.until(stop)

    assert stop.is_set()


async def test_a_failing_service_ends_by_its_own_fault_not_the_socket_s(
    nats: servers.Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_transport: TcpTransport) -> None:
        raise ConnectionResetError

    async def fail() -> None:
        raise BusClosed("no longer taken")

    async def live() -> None:
        async with buses.connected(nats, "alerts") as bus:
            await asyncio.to_thread(nats.kill)
            await eventually(lambda: not bus.client.is_connected)
            monkeypatch.setattr(TcpTransport, "wait_closed", broken)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fail())

    with pytest.raises(ExceptionGroup) as ended:
        await asyncio.create_task(live())

    assert ended.group_contains(BusClosed)


async def test_leaving_at_any_moment_of_a_reconnect_leaves_no_task(nats: servers.Nats) -> None:
    tries = 20  # the last leaves so many turns of the loop after the loss; a try to connect takes eight
    before, begun = asyncio.all_tasks(), asyncio.Barrier(tries + 1)

    async def leave(turns: int) -> None:
        async with buses.connected(nats, "alerts") as bus:
            await begun.wait()
            while bus.client.is_connected or turns > 0:
                turns -= not bus.client.is_connected
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as leaving:
        for turns in range(tries):
            leaving.create_task(leave(turns))
        await begun.wait()
        await asyncio.sleep(1.1)  # before its second is over a client would not try at once
        nats.kill()

    await eventually(lambda: asyncio.all_tasks() == before)


@dataclass
class Network:
    """A TCP proxy. Connections that are open when it is cut stay open and carry nothing any more."""

    port: int
    severed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[tuple["Network", str]]:
        """The proxy, and the address of the server *url* behind it."""
        async with asyncio.TaskGroup() as tasks:
            network, carrying = cls(int(url.rpartition(":")[2])), set[asyncio.Task[None]]()
            server = await asyncio.start_server(
                lambda *end: carrying.add(tasks.create_task(network.carry(*end))), "127.0.0.1", 0
            )
            async with server:
                yield network, f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            for task in carrying:
                task.cancel()

    def cut(self) -> None:
        self.severed.set()
        self.severed = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        cut = self.severed

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while (content := await source.read(65536)) and not cut.is_set():
                sink.write(content)
            await asyncio.Event().wait()

        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        finally:
            writer.close()
            far_writer.close()


async def test_a_silently_lost_connection_is_made_anew_within_seconds(nats: servers.Nats) -> None:
    def connect(url: str, user: str) -> AbstractAsyncContextManager[Bus]:
        return buses.connected_at(url, nats.seed_file(user), user)

    async def here(_payload: bytes) -> bytes:
        return b"here"

    async with (
        Network.to(nats.url) as (network, far_url),
        connect(nats.url, "watchlist-record") as near,
        connect(far_url, "matcher-record") as far,
        far.respond(ROLL, here),
    ):
        network.cut()

        async def answers() -> bool:
            return await near.ask_all(ROLL, b"", within_seconds=0.5, expected=1) == [b"here"]

        await eventually(answers, within_seconds=15)


async def test_a_refused_subscription_is_told_in_readiness(nats: servers.Nats) -> None:
    async with buses.connected(nats, "detector") as bus:
        assert await bus.check() is None

        async with bus.listen("vectors.>", queue="q", offer=lambda _delivery: None):
            await eventually(lambda: bus.meters.value("wardwatch_bus_errors_total", account=bus.account) > 0)

            assert await bus.check() == "the broker refuses detector to hear vectors.>"


async def test_a_probe_proves_that_the_broker_stores(nats_with_streams: servers.Nats) -> None:
    stop = asyncio.Event()
    async with buses.connected(nats_with_streams, "alerts") as bus:
        probe = StoreProbe(bus, every_seconds=0.05)
        assert await probe.check() == "the broker has stored nothing yet"

        probing = asyncio.create_task(probe.run(stop))
        await eventually(lambda: bus.stores.fault() is None)
        stop.set()
        await probing


async def test_a_broker_that_stores_nothing_is_told(nats: servers.Nats) -> None:
    stop = asyncio.Event()
    # Without streams nobody answers.
    async with buses.connected(nats, "alerts", limits=Limits(store_seconds=0.2)) as bus:
        probe = StoreProbe(bus, every_seconds=0.05)
        probing = asyncio.create_task(probe.run(stop))

        await eventually(lambda: "does not store probe" in (bus.stores.fault() or ""))
        stop.set()
        await probing

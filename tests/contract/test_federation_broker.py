"""A federated list on real brokers: linked by TLS, copied, made anew, put back, cut off, and put out."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from nats.js.api import StreamConfig

from access import links
from access.federation import HospitalRights
from proto.wardwatch.v1 import subjects
from services.chassis.errors import NoAnswer, NotStored
from services.federation.broker import names
from services.federation.broker.copy import Copy
from services.federation.broker.hub import MOST_IN_A_BATCH
from services.federation.broker.hub import Hub as Publisher
from services.federation.broker.received import Received
from tests.fakes import eventually
from tests.federations import LIST, PublishingBroker, copying, link_key, linked, made, publisher, publishing, worker
from tests.servers import Nats

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

HEAD = subjects.fed_head(LIST)


def entry(number: int) -> str:
    return subjects.fed_entry(LIST, f"e{number}")


def key(hospital: str, number: int) -> str:
    return subjects.fed_key(LIST, hospital, f"e{number}")


def face(number: int) -> str:
    return subjects.fed_face(LIST, f"e{number}", "p1")


class Door:
    """What a hospital has read of its copies: the last of each subject, and all of it in order."""

    def __init__(self) -> None:
        self.read: list[Received] = []

    def of(self, subject: str) -> bytes | None:
        return next((each.payload for each in reversed(self.read) if each.subject == subject), None)

    async def has(self, subject: str, content: bytes) -> None:
        await eventually(lambda: self.of(subject) == content, within_seconds=60)


@asynccontextmanager
async def following(copy: Copy) -> AsyncIterator[Door]:
    door, stop = Door(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(copy.follow(door.read.append, stop))
        try:
            yield door
        finally:
            stop.set()


async def said(publisher: Publisher, number: int, *hospitals: str) -> None:
    """An entry, with a key for each of *hospitals*, its picture and a head."""
    await publisher.publish(face(number), b"face %d" % number)
    keys = [(key(hospital, number), b"key of " + hospital.encode()) for hospital in hospitals]
    await publisher.publish_batch(LIST, [*keys, (entry(number), b"entry %d" % number), (HEAD, b"head %d" % number)])


async def stored(publisher: Publisher, subject: str, content: bytes) -> None:
    """Publish when the broker is back."""

    async def published() -> bool:
        with suppress(NotStored):
            await publisher.publish(subject, content)
            return True
        return False

    await eventually(published, within_seconds=60)


async def heard(door: Door, publisher: Publisher, subject: str, content: bytes) -> None:
    """Say *content* until it is read, as heads are said: what is on its way when a link comes back may be lost."""

    async def came() -> bool:
        if door.of(subject) == content:
            return True
        with suppress(NotStored):
            await publisher.publish(subject, content)
        return False

    await eventually(came, within_seconds=60)


@pytest.fixture
def hub() -> Iterator[PublishingBroker]:
    with publishing() as made:
        yield made


@pytest.fixture
def seven(hub: PublishingBroker) -> Iterator[Nats]:
    with linked(hub, "h07") as (made,):
        yield made


@pytest.fixture
def eight(hub: PublishingBroker) -> Iterator[Nats]:
    with linked(hub, "h08") as (made,):
        yield made


async def test_a_list_comes_to_each_hospital_with_its_own_keys_alone(
    hub: PublishingBroker, seven: Nats, eight: Nats
) -> None:
    async with (
        publisher(hub, ["h07", "h08"]) as one,
        copying(hub, seven, "h07") as first,
        copying(hub, eight, "h08") as second,
        following(first) as door,
        following(second) as other,
    ):
        await said(one, 1, "h07", "h08")
        for each in (door, other):
            await each.has(HEAD, b"head 1")
            await each.has(face(1), b"face 1")

        assert [each.subject for each in door.read if each.subject != face(1)] == [key("h07", 1), entry(1), HEAD]
        assert {each.subject for each in other.read} == {key("h08", 1), entry(1), HEAD, face(1)}
        assert len({each.origin for each in door.read}) == 2  # the list, and its pictures
        await eventually(lambda: first.is_caught_up, within_seconds=60)
        await eventually_acked(one, "h07")


async def eventually_acked(one: Publisher, hospital: str) -> None:
    async def acked() -> bool:
        lag = (await one.lag(LIST))[hospital]
        last = await one.last_head(LIST)
        return lag.is_linked and lag.waiting == 0 and last is not None and lag.acked == last.sequence

    await eventually(acked, within_seconds=60)


async def test_a_batch_is_stored_whole_or_not_at_all(hub: PublishingBroker) -> None:
    async with publisher(hub) as one:
        with pytest.raises(NotStored):
            await one.publish_batch(LIST, [(entry(1), b"x"), ("fed.other.entry.e1", b"y"), (HEAD, b"z")])
        assert await one.held(LIST) == {}
        assert await one.last_head(LIST) is None

        many = [(entry(number), b"x") for number in range(MOST_IN_A_BATCH - 1)]
        last = await one.publish_batch(LIST, [*many, (HEAD, b"h")])
        held = await one.held(LIST)
        assert len(held) == MOST_IN_A_BATCH
        assert held[HEAD].sequence == last
        for wrong in ([], [*many, *many]):
            with pytest.raises(ValueError, match="a batch has"):
                await one.publish_batch(LIST, wrong)


async def test_an_empty_key_takes_the_former_one_out_of_the_copy_too(hub: PublishingBroker, seven: Nats) -> None:
    async with publisher(hub, ["h07"]) as one, copying(hub, seven, "h07") as copy, following(copy) as door:
        await said(one, 1, "h07")
        await door.has(HEAD, b"head 1")

        await one.publish_batch(LIST, [(entry(1), b"tombstone"), (key("h07", 1), b""), (HEAD, b"head 2")])
        await one.purge_faces(LIST, "e1")
        await door.has(HEAD, b"head 2")
        await copy.delete(subjects.fed_face(LIST, "e1", "p1"))

        async with worker(seven) as bus:
            held = await bus.all_of(names.list_stream(LIST), "fed.>")
            assert {each.subject: each.payload for each in held} == {
                entry(1): b"tombstone",
                key("h07", 1): b"",
                HEAD: b"head 2",
            }
            assert await bus.count_of(names.faces_stream(LIST)) == 0
        assert face(1) not in await one.held(LIST)


async def test_a_copy_that_lost_something_is_fetched_again(hub: PublishingBroker, seven: Nats) -> None:
    async with publisher(hub, ["h07"]) as one, copying(hub, seven, "h07") as copy, following(copy) as door:
        await said(one, 1, "h07")
        await door.has(HEAD, b"head 1")
        await copy.delete("fed.city.entry.*")
        door.read.clear()

        await copy.repair(pictures=True)

        await door.has(entry(1), b"entry 1")
        await door.has(face(1), b"face 1")
        await said(one, 2, "h07")
        await copy.ask_again()
        await heard(door, one, HEAD, b"head 3")
        await heard(door, one, face(3), b"face 3")
        assert door.of(entry(2)) == b"entry 2"
        assert door.of(face(2)) == b"face 2"
        assert not await copy.ensure()


async def test_hospitals_start_over_with_a_list_that_was_made_anew(hub: PublishingBroker, seven: Nats) -> None:
    async with publisher(hub, ["h07"]) as one, copying(hub, seven, "h07") as copy, following(copy) as door:
        for number in range(3):
            await said(one, number, "h07")
        await door.has(HEAD, b"head 2")

        await one.refill(LIST, ["h07"])
        assert await one.held(LIST) == {}
        await said(one, 7, "h07")

        await heard(door, one, HEAD, b"head 7")
        await heard(door, one, face(7), b"face 7")
        assert await copy.identity() != ""


async def test_a_broker_put_back_from_its_backup_is_refilled(
    hub: PublishingBroker, seven: Nats, tmp_path: Path
) -> None:
    store = hub.nats.blocks(names.list_stream(LIST), account="FED").parents[2]
    async with publisher(hub, ["h07"]) as one, copying(hub, seven, "h07") as copy, following(copy) as door:
        await said(one, 1, "h07")
        await door.has(HEAD, b"head 1")
        await asyncio.to_thread(hub.nats.stop)
        await asyncio.to_thread(shutil.copytree, store, tmp_path / "backup")
        await asyncio.to_thread(hub.nats.restart)
        for number in range(2, 6):
            await stored(one, HEAD, b"head %d" % number)
        await heard(door, one, HEAD, b"head 5")

        await asyncio.to_thread(hub.nats.stop)
        await asyncio.to_thread(shutil.rmtree, store)
        await asyncio.to_thread(shutil.copytree, tmp_path / "backup", store)
        await asyncio.to_thread(hub.nats.restart)
        await stored(one, entry(9), b"entry 9")
        last = await one.last_head(LIST)
        assert last is not None
        assert last.payload == b"head 1"  # by which the publisher sees it

        await one.refill(LIST, ["h07"])
        await said(one, 9, "h07")
        await heard(door, one, HEAD, b"head 9")


async def test_the_list_goes_on_after_either_broker_was_killed(hub: PublishingBroker, seven: Nats) -> None:
    async with publisher(hub, ["h07"]) as one, copying(hub, seven, "h07") as copy, following(copy) as door:
        await said(one, 1, "h07")
        await door.has(HEAD, b"head 1")
        await asyncio.to_thread(hub.nats.restart)
        await heard(door, one, HEAD, b"after the hub")

        await asyncio.to_thread(seven.restart)
        await heard(door, one, HEAD, b"after the hospital")


async def test_what_hospitals_say_is_stored_at_the_publisher_s(hub: PublishingBroker, seven: Nats, eight: Nats) -> None:
    async with (
        publisher(hub, ["h07"]) as one,
        copying(hub, seven, "h07") as first,
        worker(eight) as bus,
    ):
        second, stop = Copy(bus, LIST, "h08", hub.domain), asyncio.Event()
        with pytest.raises(NotStored):  # nobody hears it yet
            await second.publish_hello(b"too soon")
        await one.ensure_hospital(LIST, "h08")
        await made(second)
        for copy in (first, second):
            await copy.publish_receipt("e1", "m1", b"the same")
            await copy.publish_hello(b"then")
            await copy.publish_hello(b"now")

        heard = set[tuple[str, bytes]]()
        async for each in one.receipts(LIST, stop):
            heard.add((each.subject, each.payload))
            if len(heard) == 2:
                break
        async for each in one.hellos(LIST, stop):
            heard.add((each.subject, each.payload))
            if len(heard) == 4:
                break
        assert heard == {
            *(("fed.city.receipt.h07.e1.m1", b"the same"), ("fed.city.receipt.h08.e1.m1", b"the same")),
            *(("fed.city.hello.h07", b"now"), ("fed.city.hello.h08", b"now")),
        }


async def test_what_is_stored_here_was_not_said_to_the_publisher(hub: PublishingBroker, seven: Nats) -> None:
    async with publisher(hub, ["h07"]), worker(seven) as bus:
        await asyncio.to_thread(hub.nats.stop)
        await bus.stream.add_stream(StreamConfig("LIST_city", subjects=["fed.city.hello.h07"]))

        with pytest.raises(NotStored, match="stored by LIST_city of ww-"):
            await Copy(bus, LIST, "h07", hub.domain).publish_hello(b"hello")


async def test_without_a_link_the_copy_that_is_here_stays(hub: PublishingBroker, seven: Nats) -> None:
    async with publisher(hub, ["h07"]) as one, copying(hub, seven, "h07") as copy, following(copy) as door:
        await said(one, 1, "h07")
        await door.has(HEAD, b"head 1")
        await asyncio.to_thread(hub.nats.stop)

        with pytest.raises(NoAnswer):
            await copy.repair(pictures=True)

        assert not await copy.ensure()
        async with worker(seven) as bus:
            assert await bus.count_of(names.list_stream(LIST)) == 3
        await copy.drop()
        with pytest.raises(NoAnswer):
            await copy.ensure()


@pytest.fixture
def elsewhere() -> Iterator[PublishingBroker]:
    """Another publisher, which joins the first one's list while that joins its own."""
    with publishing() as made:
        yield made


async def test_two_installations_publish_and_join_each_other_s_lists(
    hub: PublishingBroker, elsewhere: PublishingBroker
) -> None:
    for here, there, list_ in ((hub, elsewhere, LIST), (elsewhere, hub, "county")):
        await asyncio.to_thread(here.joined_by, there.nats, "h07", list_)
    async with publisher(hub, ["h07"]) as city, publisher(elsewhere) as county:
        await county.ensure_list("county", ["h07"])
        async with worker(elsewhere.nats) as one, worker(hub.nats, "county") as other:
            of_city, of_county = Copy(one, LIST, "h07", hub.domain), Copy(other, "county", "h07", elsewhere.domain)
            await made(of_city)
            await made(of_county)
            async with following(of_city) as door, following(of_county) as other_door:
                # Closes the link that comes in, and not the one that goes out.
                assert await links.take_up(hub.nats.url, hub.nats.credentials) == 1
                await heard(door, city, HEAD, b"of the city")
                await heard(other_door, county, "fed.county.head", b"of the county")
                assert {each.subject for each in (*door.read, *other_door.read)} == {HEAD, "fed.county.head"}


async def test_a_hospital_that_is_put_out_loses_its_link_at_once(
    hub: PublishingBroker, seven: Nats, eight: Nats
) -> None:
    async with (
        publisher(hub, ["h07", "h08"]) as one,
        copying(hub, seven, "h07") as first,
        copying(hub, eight, "h08") as second,
        following(first) as door,
        following(second) as other,
    ):
        await said(one, 1, "h07", "h08")
        await door.has(HEAD, b"head 1")
        await eventually(lambda: hub.has_links(2), within_seconds=60)

        federation = await links.put_out(hub.nats.url, hub.nats.credentials, "h07")

        assert federation.hub is not None
        assert federation.hub.hospitals.keys() == {"h08"}
        assert (await one.lag(LIST)).keys() == {"h08"}
        await said(one, 2, "h08")
        await heard(other, one, HEAD, b"head 2")
        assert await hub.has_links(1)
        with pytest.raises(NotStored):
            await first.publish_hello(b"still here")
        assert door.of(HEAD) == b"head 1"


async def test_a_hospital_that_is_admitted_to_another_list_gets_it_at_once(hub: PublishingBroker, nats: Nats) -> None:
    key_of_link = (await asyncio.to_thread(link_key, nats)).public
    rights = HospitalRights(frozenset({LIST}), key_of_link)
    await links.admit(hub.nats.url, hub.nats.credentials, "h07", rights)
    await asyncio.to_thread(lambda: hub.joined_by(nats, "h07", LIST, "county", admit=False))
    async with publisher(hub, ["h07"]) as one, copying(hub, nats, "h07"):
        await one.ensure_list("county", ["h07"])
        async with worker(nats, "county") as bus:
            county = Copy(bus, "county", "h07", hub.domain)
            with pytest.raises(NoAnswer):
                await county.ensure()

            both = HospitalRights(frozenset({LIST, "county"}), key_of_link)
            await links.admit(hub.nats.url, hub.nats.credentials, "h07", both)

            await one.publish("fed.county.head", b"head")
            await made(county)
            async with following(county) as door:
                await door.has("fed.county.head", b"head")

            await links.put_out(hub.nats.url, hub.nats.credentials, "h07", "county")

            assert (await one.lag("county")).keys() == set()
            assert (await one.lag(LIST)).keys() == {"h07"}
            with pytest.raises(NotStored):
                await county.publish_hello(b"still here")

"""What may cross a link between brokers: a hospital by the raw protocol, and a publisher's broker in evil hands."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, suppress

import pytest
from nats import errors as nats_errors
from nats.aio.client import Client

from access import grants, links
from access.federation import Link
from access.keys import new_user_key
from services.chassis.errors import NoAnswer
from services.federation.broker import names
from tests import buses
from tests.certificates import make_certificate
from tests.federations import AUTHORITY, LIST, PublishingBroker, publisher, publishing, worker
from tests.raw_leaf import RawHub, RawLeaf, raw_hub, raw_leaf
from tests.servers import Nats

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

_RESET = "$JS.{domain}.API.CONSUMER.RESET."
_MAY_SAY = (
    "fed.city.receipt.h07.e1.m1", "fed.city.receipt.h07.e1.-", "fed.city.hello.h07", _RESET + "LIST_city.h07",
    _RESET + "FACES_city.h07", "$JS.FC.LIST_city.h07.x", "$JS.FC.a.b.FACES_city.h07.x",
)  # fmt: skip
_MAY_NOT_SAY = (
    "fed.city.head", "fed.city.entry.e1", "fed.city.key.h07.e1", "fed.city.face.e1.p1", "fed.city.receipt.h08.e1.m1",
    "fed.city.hello.h08", "fed.county.hello.h07", "fed.city.to.h07", "fed.city.to.h08", "fed.city.faces.h08",
    "fed.city.in.guess.head", _RESET + "LIST_city.h08", _RESET + "LIST_county.h07", "$JS.FC.LIST_city.h08.x",
    "$JS.FC.a.b.LIST_city.h08.x", "$JS.API.INFO", "$JS.API.STREAM.DELETE.LIST_city",
    "$JS.{domain}.API.STREAM.INFO.LIST_city", "$JS.{domain}.API.STREAM.MSG.GET.LIST_city",
    "$JS.{domain}.API.CONSUMER.CREATE.LIST_city", "$JS.{domain}.API.CONSUMER.DELETE.LIST_city.h08",
    "$JSC.R.{domain}.a.LIST_city.h08.x", "_INBOX.fed-h08.x", "_INBOX.federation.x", "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.USER.INFO", "$SRV.PING", "sightings.h1.gate", "watchlist.e", "control.h1", "frames.h1.gate",
)  # fmt: skip
_MAY_HEAR = ("fed.city.to.h07", "fed.city.faces.h07", "_INBOX.fed-h07.x", "$JSC.R.{domain}.a.LIST_city.h07.x")
_MAY_NOT_HEAR = (
    "fed.city.head", "fed.city.entry.e1", "fed.city.key.h08.e1", "fed.city.to.h08", "fed.city.faces.h08",
    "fed.city.receipt.h08.e1.m1", "fed.city.hello.h08", "fed.city.in.guess.head", "_INBOX.fed-h08.x",
    "_INBOX.federation.x", "$JSC.R.{domain}.a.LIST_city.h08.x", "$JS.EVENT.ADVISORY.API", "$SYS.REQ.USER.INFO",
    "sightings.h1.gate", "watchlist.e", "frames.h1.gate",
)  # fmt: skip
# The broker refuses none of these, and lets nothing through that is refused by itself.
_WIDER = (
    ">", "fed.>", "fed.city.>", "fed.city.entry.*", "fed.city.key.*.*", "fed.city.in.>", "fed.city.to.*",
    "fed.city.receipt.>", "fed.city.hello.*", "$JSC.R.>", "_INBOX.>", "_INBOX.fed-h08.>", "_INBOX.federation.>",
    "$JS.>", "$JS.EVENT.>", "$SYS.>", "sightings.>", "frames.>",
)  # fmt: skip


class Hospital:
    """A hospital that was taken over: what its link key can do by itself."""

    def __init__(self, hub: PublishingBroker, name: str) -> None:
        self._hub, self.key = hub, new_user_key()
        hub.admits(name, self.key)

    def link(self, seed: str | None = None) -> AbstractAsyncContextManager[RawLeaf]:
        return raw_leaf(self._hub.port, seed or self.key.seed, self._hub.nats.credentials_dir / AUTHORITY)

    async def may_say(self, subject: str) -> bool:
        async with self.link() as leaf:
            leaf.publish(subject.format(domain=self._hub.domain), b"x")
            return not await leaf.is_closed_after_all()

    async def may_hear(self, subject: str) -> bool:
        async with self.link() as leaf:
            leaf.subscribe(subject.format(domain=self._hub.domain))
            return not await leaf.is_closed_after_all()

    async def may_link_by(self, seed: str) -> bool:
        try:
            async with self.link(seed):
                return True
        except ConnectionError:
            return False


@pytest.fixture
def hub() -> Iterator[PublishingBroker]:
    with publishing() as made:
        yield made


@pytest.fixture
def taken_over(hub: PublishingBroker) -> Hospital:
    """Admitted as h07."""
    return Hospital(hub, "h07")


@pytest.fixture
def other(hub: PublishingBroker) -> Hospital:
    """Admitted as h08."""
    return Hospital(hub, "h08")


async def test_a_hospital_that_was_taken_over_does_nothing_but_its_own(
    hub: PublishingBroker, taken_over: Hospital
) -> None:
    async with publisher(hub, ["h07", "h08"]):
        assert [s for s in _MAY_SAY if not await taken_over.may_say(s)] == []
        assert [s for s in _MAY_NOT_SAY if await taken_over.may_say(s)] == []
        assert [s for s in _MAY_HEAR if not await taken_over.may_hear(s)] == []
        assert [s for s in _MAY_NOT_HEAR if await taken_over.may_hear(s)] == []


async def test_no_other_word_of_the_protocol_says_or_hears_more(
    hub: PublishingBroker, taken_over: Hospital, other: Hospital
) -> None:
    async with publisher(hub, ["h07", "h08"]) as one:
        before = await one.held(LIST)
        for subject in ("fed.city.head", "fed.city.key.h08.e1", "fed.city.receipt.h08.e1.m1", "fed.city.to.h08"):
            async with taken_over.link() as leaf:
                leaf.publish_with_header(subject, b"forged")
                assert await leaf.is_closed_after_all(), subject
        async with taken_over.link() as leaf, other.link() as honest:
            # One of a group would take what is another's.
            leaf.subscribe("fed.city.to.h08 group 1")
            if not await leaf.is_closed_after_all():
                honest.subscribe("fed.city.to.h08")
                await one.publish("fed.city.head", b"a head")
                assert await honest.hears("fed.city.to.h08") == b"a head"
                assert leaf.heard == []
        assert before == {}
        assert set(await one.held(LIST)) <= {"fed.city.head"}


async def test_a_hospital_that_listens_to_everything_hears_its_own_alone(
    hub: PublishingBroker, taken_over: Hospital, other: Hospital
) -> None:
    async with publisher(hub, ["h07", "h08"]) as one, taken_over.link() as leaf, other.link() as honest:
        for wider in _WIDER:
            leaf.subscribe(wider)
        for own in ("fed.city.to.h08", "_INBOX.fed-h08.x", f"$JSC.R.{hub.domain}.a.LIST_city.h08.x"):
            honest.subscribe(own)
        assert not await leaf.is_closed_after_all()
        for subject in ("fed.city.entry.e1", "fed.city.key.h08.e1", "fed.city.face.e1.p1", "fed.city.head"):
            await one.publish(subject, b"a statement")
        for subject in ("fed.city.hello.h08", "fed.city.receipt.h08.e1.m1"):
            honest.publish(subject, b"of h08", "_INBOX.fed-h08.x")
        reset = f"$JS.{hub.domain}.API.CONSUMER.RESET.LIST_city.h08"
        honest.publish(reset, b"", f"$JSC.R.{hub.domain}.a.LIST_city.h08.x")
        await honest.hears(f"$JSC.R.{hub.domain}.a.LIST_city.h08.x")
        await honest.hears("_INBOX.fed-h08.x")
        await honest.hears("fed.city.to.h08")

        assert not await leaf.is_closed_after_all()
        assert {subject for subject, _ in leaf.heard} <= {"fed.city.to.h07"}


async def test_no_answer_to_a_hospital_takes_the_place_of_a_statement(
    hub: PublishingBroker, taken_over: Hospital
) -> None:
    # The broker checks no right on the subject of a reply, nor that of an acknowledgement.
    async with publisher(hub, ["h07", "h08"]) as one:
        for subject in ("fed.city.head", "fed.city.entry.e1", "fed.city.key.h08.e1", "fed.city.face.e1.p1"):
            await one.publish(subject, b"genuine")
        before, lag = await one.held(LIST), (await one.lag(LIST))["h08"]
        api = ("STREAM.DELETE.LIST_city", "STREAM.PURGE.LIST_city", "CONSUMER.DELETE.LIST_city.h08")
        replies = [*before, "fed.city.to.h08", "fed.city.in.guess.head", "$JS.ACK.LIST_city.h08.1.1.1.0.0"]
        for reply in (*replies, *(f"$JS.API.{call}" for call in api), *(f"$JS.{hub.domain}.API.{c}" for c in api)):
            async with taken_over.link() as leaf:
                leaf.publish(f"$JS.{hub.domain}.API.CONSUMER.RESET.LIST_city.h07", b"", reply)
                leaf.publish("fed.city.hello.h07", b"x", reply)
                leaf.publish("$JS.ACK.LIST_city.h08.1.1.1.0.0", b"+ACK", reply)
                await leaf.is_closed_after_all()

        assert await one.held(LIST) == before
        assert (await one.lag(LIST))["h08"] == lag


async def test_receipts_of_others_outlast_what_a_hospital_puts_over_them(
    hub: PublishingBroker, taken_over: Hospital, other: Hospital
) -> None:
    async with publisher(hub, ["h07", "h08"]) as one:
        async with other.link() as leaf:
            leaf.publish("fed.city.receipt.h08.e1.m1", b"genuine")
            assert not await leaf.is_closed_after_all()
        async with taken_over.link() as leaf:
            leaf.publish("fed.city.hello.h07", b"x", "fed.city.receipt.h08.e1.m1")
            assert not await leaf.is_closed_after_all()

        async for each in one.receipts(LIST, asyncio.Event()):
            assert each.payload == b"genuine"
            break


async def test_no_seed_but_that_of_a_link_opens_one(hub: PublishingBroker, taken_over: Hospital) -> None:
    nats = hub.nats
    gate = await asyncio.to_thread(nats.add_camera, "h1", "gate")
    users = [*(nats.seed_file(grant.user) for grant in grants.services()), nats.seed_file(grants.SYSTEM), gate]
    seeds = {path.stem: await asyncio.to_thread(path.read_text) for path in users}

    assert [user for user, seed in seeds.items() if await taken_over.may_link_by(seed)] == []
    assert not await taken_over.may_link_by(new_user_key().seed)
    assert await taken_over.may_link_by(taken_over.key.seed)


async def test_the_key_of_a_link_opens_nothing_else(hub: PublishingBroker, taken_over: Hospital) -> None:
    client = Client()
    with pytest.raises(nats_errors.Error):
        await client.connect(hub.nats.url, nkeys_seed_str=taken_over.key.seed, allow_reconnect=False)
    await client.close()


class EvilHub:
    """The broker of a hospital, and where it dials for a list."""

    def __init__(self, nats: Nats, hub: RawHub) -> None:
        self.nats, self.hub = nats, hub
        self.domain = nats.credentials.domain()

    def dial(self) -> None:
        authority = (self.nats.credentials_dir / AUTHORITY).read_text(encoding="ascii")
        link = Link(LIST, "h07", "ww-0123456789ab", (f"tls://127.0.0.1:{self.hub.port}",))
        links.add_link(self.nats.credentials, link, authority=authority)
        self.nats.add_camera("h1", "gate")


@pytest.fixture
async def evil(nats_with_streams: Nats) -> AsyncIterator[EvilHub]:
    folder = nats_with_streams.credentials_dir
    await asyncio.to_thread(make_certificate, folder / AUTHORITY, folder / "hub.key")
    async with raw_hub(folder / AUTHORITY, folder / "hub.key") as hub:
        made = await asyncio.to_thread(EvilHub, nats_with_streams, hub)
        await asyncio.to_thread(made.dial)
        yield made


_MARK = b"who passed by"
_SAID = {
    grants.DETECTOR: ("faces.0.h1.gate", "rejected.h1.gate", "troubles.h1.gate"),
    grants.EMBEDDER: ("vectors.0.h1.gate",),
    grants.DRILL: ("frames.0.h1.gate", "photo.detect"),
    grants.MATCHER_VIDEO: ("steps.h1.gate", "shields.h1"),
    grants.MATCHER_RECORD: ("sightings.h1.gate", "matchers.m1", "cameras.h1.gate"),
    grants.WATCHLIST_RECORD: ("watchlist.e", "keys.e"),
    grants.ALERTS: ("control.h1", "judged.h1", "desk.watchlist.cards", "poison.x"),
    grants.DELIVERY: ("alerts.h1.i",),
    grants.FEDERATION: ("fed.city.in.x.head",),
}


async def test_nothing_of_record_and_video_crosses_a_link(evil: EvilHub) -> None:
    leaf = await evil.hub.linked()
    for wanted in (">", "frames.>", "sightings.>", "$JS.>", "$SYS.>", "_INBOX.>"):
        leaf.subscribe(wanted)
    assert not await leaf.is_closed_after_all()
    async with worker(evil.nats) as joined:
        for user, subjects_of_it in _SAID.items():
            async with buses.connected(evil.nats, user) as bus:
                for subject in subjects_of_it:
                    await bus.client.publish(subject, _MARK)
                await bus.flush_subscriptions()
        with suppress(NoAnswer):
            await joined.request("$JS.API.STREAM.INFO.LIST_city", _MARK, timeout_seconds=5)
        await joined.client.publish("fed.city.hello.h07", b"a hello")

        assert await leaf.hears("fed.city.hello.h07") == b"a hello"
        assert _MARK not in evil.hub.bytes
        assert b"RECORD" not in evil.hub.bytes
        assert {subject for subject, _ in leaf.heard} == {"fed.city.hello.h07"}


async def test_a_publisher_s_broker_in_evil_hands_rules_nothing_here(evil: EvilHub) -> None:
    leaf = await evil.hub.linked()
    leaf.subscribe(">")
    async with worker(evil.nats) as joined:
        wanted, _ = names.copies(LIST, "h07", "ww-0123456789ab")
        await joined.stream.add_stream(wanted)
        apis = ("$JS.API", f"$JS.{evil.domain}.API")
        calls = (
            "INFO", "STREAM.NAMES", "STREAM.LIST", "STREAM.DELETE.LIST_city", "STREAM.PURGE.LIST_city",
            "STREAM.MSG.GET.LIST_city", "CONSUMER.CREATE.LIST_city", "STREAM.INFO.LIST_city",
        )  # fmt: skip
        system = ("$SYS.REQ.USER.INFO", "$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SRV.PING")
        inbox = joined.client.new_inbox()
        heard = await joined.client.subscribe(inbox)
        over_the_link = await joined.client.subscribe("_INBOX.fed-h07.x")
        await joined.flush_subscriptions()
        for subject in (*(f"{api}.{call}" for api in apis for call in calls), *system):
            leaf.publish(subject, b"", "evil.answer")
        leaf.publish(inbox, b"forged")
        leaf.publish("sightings.h1.gate", b"forged")
        leaf.publish("_INBOX.fed-h07.x", b"an answer")
        assert not await leaf.is_closed_after_all()

        # What came before it, in its order, was refused: the answer to a request over the link is all that comes in.
        assert (await over_the_link.next_msg(timeout=20)).data == b"an answer"
        assert heard.pending_msgs == 0
        await joined.stream.stream_info("LIST_city")
        assert not await leaf.is_closed_after_all()
        assert {subject for subject, _ in leaf.heard} <= {"$JS.ww-0123456789ab.API.CONSUMER.RESET.LIST_city.h07"}
        async with buses.connected(evil.nats, grants.OPERATOR) as bus:
            assert await bus.count_of("SIGHTINGS") == 0

"""What stands on a hospital's link, inside the TLS, while somebody is sighted, alerted about, stopped and erased."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from access.federation import denied_to_hubs, rights_of
from proto.wardwatch.v1.values import vector_to
from tests import servers
from tests.fakes import eventually
from tests.federations import AUTHORITY, LIST
from tests.live import processes
from tests.live.federated import Gate, Publisher, Subscriber, publishing, subscribing, vector
from tests.tapped_line import Tap, tapped

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(600)]
_WITHIN_SECONDS = 120.0
_VISITOR = b"the picture of a visitor"
_REASON = "asked by the court of appeal"
_MESSAGE = re.compile(rb"^(?:LMSG|HMSG) (\S+) ", re.MULTILINE)
_INTEREST = re.compile(rb"^LS\+ (\S+)", re.MULTILINE)
# What the broker itself says to find loops of links, and asks for answers by.
_OF_THE_BROKER = ("$LDS.>", "$JS.ACK.>")


@pytest.fixture(scope="module")
def cluster() -> Iterator[servers.Cluster]:
    made = servers.Cluster()
    yield made
    made.stop()


async def test_nothing_of_who_was_seen_or_who_decided_crosses(cluster: servers.Cluster, tmp_path: Path) -> None:
    async with publishing(cluster, tmp_path) as publisher, subscribing(cluster, tmp_path, "h01") as hospital:
        folder = publisher.nats.credentials_dir
        async with tapped(publisher.broker.port, folder / AUTHORITY, folder / "hub.key") as tap:
            await publisher.watchlist()
            await publisher.federation()
            await hospital.watchlist()
            await hospital.matcher("matcher-one", PURGE_SECONDS="1", WALK_SECONDS="2")
            alerts = processes.alerts_alone(hospital.nats, hospital.at.database, processes.pushing(hospital.nats))
            await hospital.running.enter_async_context(alerts)
            await hospital.join(publisher, tap.port)
            await hospital.federation()
            people = await _live_through(publisher, hospital)
            sighted = [str(each) for each in await _sightings(hospital)]
            _nothing_of_it(tap, [*people, *sighted], publisher)
            _only_what_may(tap, publisher.broker.domain)


async def _live_through(publisher: Publisher, hospital: Subscriber) -> list[str]:
    """Somebody is listed, sighted, alerted about, suspended here and erased; returns how the hospital calls them."""
    seen, other = await publisher.lists(2)
    await publisher.share([seen, other])
    await eventually(lambda: hospital.agrees(publisher), within_seconds=_WITHIN_SECONDS)
    gate = Gate(hospital, picture=_VISITOR)
    await gate.sees(hospital.local(publisher, seen), publisher.numbers[seen])

    async def is_alerted() -> bool:
        return bool(await hospital.fetch("SELECT FROM alerts.incident"))

    async def shows_more() -> bool:
        await gate.shows(publisher.numbers[seen])
        return await is_alerted()

    await eventually(shows_more, within_seconds=_WITHIN_SECONDS)
    stopped = {"entry": str(hospital.local(publisher, other))}
    await hospital.at.call("suspend_entry", "li.wei", stopped, body={"reason": _REASON})

    async def is_counted() -> bool:
        return bool(await publisher.fetch("SELECT FROM federation.hello WHERE suspended = 1"))

    await eventually(is_counted, within_seconds=_WITHIN_SECONDS)
    await publisher.erase(seen)

    async def is_closed() -> bool:
        return await publisher.owed(seen) == set()

    await eventually(is_closed, within_seconds=_WITHIN_SECONDS)
    return [str(hospital.local(publisher, each)) for each in (seen, other)]


async def _sightings(hospital: Subscriber) -> list[UUID]:
    return [row["id"] for row in await hospital.fetch("SELECT id FROM alerts.incident")]


def _nothing_of_it(tap: Tap, ids: list[str], publisher: Publisher) -> None:
    passed = bytes(tap.said) + bytes(tap.heard)
    # It is readable, and something did pass.
    assert b"fed.city.hello.h01" in passed
    assert b"matcher-one" in passed
    vectors = [vector_to(vector(person)) for person in publisher.numbers.values()]
    never = [
        *(_VISITOR, _REASON.encode(), b"li.wei", b"ana.ruiz", b"session of", b"Visitor", b"call 8811", b"decision 17"),
        *(b"sightings.", b"judged.", b"matchers.", b"desk.watchlist", b"watchlist.", b"keys.", b"control.", b"alerts."),
        *(b"frames.", b"vectors.", b"faces.h1", b"federation.watchlist", b"RECORD", b"VIDEO"),
        *(each.encode() for each in ids),
        *vectors,
    ]
    assert [each for each in never if each in passed] == []


def _only_what_may(tap: Tap, domain: str) -> None:
    may = rights_of("h01", frozenset({LIST}), domain)
    for side, patterns in ((tap.said, may.publish), (tap.heard, may.subscribe)):
        said = {each.decode() for each in _MESSAGE.findall(bytes(side))}
        assert {each for each in said if not _is_any(each, (*patterns, *_OF_THE_BROKER))} == set()
    asked = {each.decode() for each in _INTEREST.findall(bytes(tap.said))}
    assert not {each for each in asked if _is_any(each, denied_to_hubs(LIST, domain)) and not each.startswith("$LDS")}
    assert not {each for each in asked if each.startswith(("sightings", "frames", "watchlist", "keys", ">"))}


def _is_any(subject: str, patterns: tuple[str, ...]) -> bool:
    return any(_is(subject.split("."), pattern.split(".")) for pattern in patterns)


def _is(subject: list[str], pattern: list[str]) -> bool:
    if pattern[-1:] == [">"]:
        return len(subject) >= len(pattern) and _is(subject[: len(pattern) - 1], pattern[:-1])
    return len(subject) == len(pattern) and all(p in ("*", s) for s, p in zip(subject, pattern, strict=True))

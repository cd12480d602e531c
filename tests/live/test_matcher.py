"""The matcher as a process of its own, on a real nats-server and PostgreSQL: what it does when something is amiss.

Entries are put on the stream as the relay would; vectors are drawn from a number that stands for a person, so that no
model is needed. What the desk and the record do to the list is tested in ``tests/contract`` and
``test_replication.py``.
"""

import asyncio
import json
import logging
import os
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import pytest

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import EntryPage
from proto.wardwatch.v1.messages import EntryPublished, MatchingControl, Template
from proto.wardwatch.v1.replication import KeyPublished, MatcherPresence
from proto.wardwatch.v1.sealing import KEY_BYTES, NONCE_BYTES, DataKey, seal
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState, Look, vector_to
from services.chassis.errors import Refusal
from services.watchlist.keys import seals
from services.watchlist.keys.key_files import read_wrapping_keys
from services.watchlist.keys.key_stream import KeyStream
from tests.contract.record import MODEL, vector
from tests.fakes import eventually
from tests.live.hospital import Hospital

# Figures are logged, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]

KEY = DataKey(bytes(range(KEY_BYTES)))


async def publish(hospital: Hospital, entry_id: str, template: Template) -> None:
    """Put an active entry on the stream without the desk."""
    until = datetime.now(UTC) + timedelta(days=1)
    entry = EntryPublished(EntryId(entry_id), 3, EntryState.ACTIVE, until, frozenset(), (template,))
    bus = await hospital.bus(grants.WATCHLIST_RECORD)
    await bus.publish_owed(subjects.watchlist(entry.entry_id), entry.encode(), message_id=entry.entry_id)


async def publish_entry(hospital: Hospital, person: int) -> None:
    """An entry whose vector is in clear."""
    await publish(hospital, f"person-{person}", Template(f"photo-{person}", MODEL, vector(person)))


async def publish_locked(hospital: Hospital, person: int) -> UUID:
    """An entry whose key is not on the stream; returns its id."""
    entry_id, photo = uuid4(), uuid4()
    about = seals.vector(photo, MODEL.sha256)
    sealed = seal(KEY, vector_to(vector(person)), about=about, nonce=os.urandom(NONCE_BYTES))
    await publish(hospital, str(entry_id), Template(str(photo), MODEL, None, sealed))
    return entry_id


async def publish_key(hospital: Hospital, owner: UUID, *, destroyed: bool = False) -> None:
    """Put an entry's key, or its tombstone, on its stream."""
    secrets = await asyncio.to_thread(read_wrapping_keys, hospital.wrapping_keys_file)
    wrapped = secrets.wrap(str(owner), KEY, nonce=os.urandom(NONCE_BYTES))
    key = KeyPublished(str(owner), "", b"") if destroyed else KeyPublished(str(owner), secrets.current, wrapped)
    bus = await hospital.bus(grants.WATCHLIST_RECORD)
    await KeyStream(bus, random=os.urandom).store(key, follows=0)


async def listed(hospital: Hospital) -> EntryPage:
    """The list as the desk answers it, which needs the database."""
    return EntryPage.model_validate_json(await hospital.call("list_entries", "li.wei"))


async def stop_matching(hospital: Hospital, *, stopped: bool, site: str = "h1") -> None:
    control = MatchingControl(str(uuid4()), SiteId(site), stopped, "li.wei", "drill", datetime.now(UTC))
    bus = await hospital.bus(grants.OPERATOR)
    await bus.publish_owed(subjects.control(control.site), control.encode(), message_id=control.control_id)


async def test_while_the_database_is_away_matching_goes_on_and_the_desk_says_so(hospital: Hospital) -> None:
    await hospital.sign_in("li.wei", "supervisor")
    # In the record: what is on the stream alone is taken off it again.
    await (await hospital.record()).active()
    async with hospital.watchlist() as watchlist, hospital.matcher():
        await hospital.sees(1)
        await hospital.call("list_groups", "li.wei")
        superuser = await asyncpg.connect(hospital.database.superuser.replace(_name(hospital), "postgres"))
        await superuser.execute(f"ALTER DATABASE {_name(hospital)} ALLOW_CONNECTIONS false")
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _name(hospital)
        )

        with pytest.raises(Refusal, match="the database is away; matching goes on"):
            await hospital.call("list_groups", "li.wei")
        await publish_entry(hospital, 8)
        await hospital.sees(8)
        assert watchlist.process.returncode is None

        await superuser.execute(f"ALTER DATABASE {_name(hospital)} ALLOW_CONNECTIONS true")
        await superuser.close()
        await hospital.call("list_groups", "li.wei")


async def test_the_watchlist_starts_without_its_database_and_says_so(hospital: Hospital, tmp_path: Path) -> None:
    await hospital.sign_in("li.wei", "supervisor")
    await publish_entry(hospital, 7)
    nowhere = f"postgresql://nobody:x@/wardwatch?host={tmp_path}"

    async with hospital.watchlist(DATABASE_URL=nowhere, DESK_DATABASE_URL=nowhere), hospital.matcher():
        await hospital.sees(7)
        with pytest.raises(Refusal, match="the database is away"):
            await listed(hospital)


async def test_a_matcher_outlives_the_broker_and_then_takes_what_changed(hospital: Hospital) -> None:
    await publish_entry(hospital, 7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        await asyncio.to_thread(hospital.nats.restart)
        buses = [await hospital.bus(user) for user in (grants.EMBEDDER, grants.WATCHLIST_RECORD)]
        await eventually(lambda: all(bus.client.is_connected for bus in buses), within_seconds=30)

        await publish_entry(hospital, 8)
        await hospital.sees(8, within_seconds=30)

        assert matcher.process.returncode is None


async def test_a_stop_holds_within_five_seconds_and_through_a_restart(hospital: Hospital) -> None:
    await publish_entry(hospital, 7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        began = perf_counter()
        await stop_matching(hospital, stopped=True)

        async def stopped() -> bool:
            await hospital.show(7)
            return await matcher.metric('wardwatch_vectors_shed_total{camera="h1.gate",reason="stopped"}') > 0

        await eventually(stopped)
        log.info("matching stopped %.2f s after the button", perf_counter() - began)
        await hospital.sees(7, site="h2")

    async with hospital.matcher() as matcher:
        while_stopped = await hospital.show(7)
        await eventually(stopped)
        await stop_matching(hospital, stopped=False)
        await hospital.sees(7)

    assert while_stopped not in {s.origin.frame_id for s in hospital.sightings}


async def test_a_credential_that_is_withdrawn_ends_the_matcher_in_one_line(hospital: Hospital) -> None:
    await publish_entry(hospital, 7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        await asyncio.to_thread(hospital.nats.withdraw, "matcher-video")
        await eventually(lambda: matcher.process.returncode is not None, within_seconds=30)

    errors = [json.loads(line) for line in matcher.lines if '"level":"error"' in line.replace(" ", "")]
    assert matcher.process.returncode == 1
    assert [(line["event"], line["reason"]) for line in errors] == [
        ("cannot go on", "the broker no longer takes the credential of matcher-video")
    ]


async def test_an_unreadable_change_does_not_stop_the_list(hospital: Hospital) -> None:
    bus = await hospital.bus(grants.WATCHLIST_RECORD)
    await bus.publish_owed("watchlist.broken", b"\xff\xff", message_id="broken/1")
    await publish_entry(hospital, 7)

    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        assert await matcher.metric('wardwatch_messages_unreadable_total{subject="watchlist"}') == 1


async def test_entries_match_once_their_late_keys_are_here(hospital: Hospital) -> None:
    before = await publish_locked(hospital, 7)
    await publish_entry(hospital, 8)
    async with hospital.matcher() as matcher:  # ready, though one entry is locked
        await hospital.sees(8)
        behind = [await publish_locked(hospital, person) for person in (10, 11)]
        await publish_entry(hospital, 9)
        await hospital.sees(9)
        assert await matcher.metric("wardwatch_entries_locked") == 3
        bus = await hospital.bus(grants.WATCHLIST_RECORD)
        (answer,) = await bus.ask_all(subjects.ROLL.pattern, b"", within_seconds=5, expected=1)
        assert MatcherPresence.decode(answer).locked == 3
        assert {s.entry_id for s in hospital.sightings} == {"person-8", "person-9"}

        await publish_key(hospital, before)
        await publish_key(hospital, behind[0])
        await publish_key(hospital, behind[1], destroyed=True)

        assert (await hospital.sees(7)).entry_id == str(before)
        assert (await hospital.sees(10)).entry_id == str(behind[0])

        async def nobody_waits() -> bool:
            return await matcher.metric("wardwatch_entries_locked") == 0

        await eventually(nobody_waits)
        await matcher.can_match(4)


async def test_a_track_is_a_walk_until_its_camera_is_silent(hospital: Hospital) -> None:
    await publish_entry(hospital, 7)
    async with hospital.matcher(WALK_SECONDS="5", LOG_LEVEL="debug") as matcher:
        await hospital.sees(7)  # alone: of no track
        tracks, numbers = {person: str(uuid4()) for person in (7, 99)}, count(1)

        async def walked() -> bool:
            number = next(numbers)
            for person, track in tracks.items():
                await hospital.show(person, look=Look(track, number, 1))
            await hospital.sees(7)
            return any(s.walk is not None and s.walk.looks > 1 for s in hospital.sightings)

        await eventually(walked, within_seconds=30)
        walks = await matcher.metric("wardwatch_walks")

        async def forgotten() -> bool:
            return await matcher.metric("wardwatch_walks") == 0

        await eventually(forgotten, within_seconds=30)

    (walk, *_) = (s for s in hospital.sightings if s.walk is not None and s.walk.looks > 1)
    assert walk.origin.look is not None
    assert (walk.entry_id, walk.origin.look.track_id) == ("person-7", tracks[7])
    assert walk.walk is not None
    assert (walk.walk.views, walk.walk.span_us > 0) == (1, True)
    assert walks <= 2
    assert not any(track in line for line in matcher.lines for track in tracks.values())


async def test_the_log_names_no_face_that_matched_nobody(hospital: Hospital) -> None:
    await publish_entry(hospital, 7)
    async with hospital.matcher(LOG_LEVEL="debug") as matcher:
        stranger = await hospital.show(99)
        await hospital.sees(7)

    assert all(stranger not in re.findall(r"f\d+", line) for line in matcher.lines)
    assert {s.entry_id for s in hospital.sightings} == {"person-7"}


def _name(hospital: Hospital) -> str:
    return hospital.database.owner.partition("@/")[2].partition("?")[0]

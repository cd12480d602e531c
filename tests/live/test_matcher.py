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
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import EntryPage
from proto.wardwatch.v1.messages import EntryPublished, MatchingControl, Template
from proto.wardwatch.v1.replication import KeyPublished, MatcherPresence
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.sealing import KEY_BYTES, NONCE_BYTES, DataKey, seal
from proto.wardwatch.v1.subjects import Account, EntryId, SiteId
from proto.wardwatch.v1.values import EntryState, vector_to
from services.chassis.bus import Bus
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.watchlist.keys import seals
from services.watchlist.keys.key_files import read_wrapping_keys
from services.watchlist.keys.key_stream import KeyStream
from tests import servers
from tests.fakes import eventually
from tests.live.processes import MODEL, Corridor, vector

# Figures are said, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]

TOKEN = "token-of-li"
KEY = DataKey(bytes(range(KEY_BYTES)))


@dataclass(kw_only=True)
class Hospital(Corridor):
    """A corridor, and the stream as the relay writes it."""

    record: Bus  # as the watchlist has it

    async def publish_entry(self, person: int) -> EntryPublished:
        """Put an active entry on the stream without the desk."""
        entry = EntryPublished(
            EntryId(f"person-{person}"),
            3,
            EntryState.ACTIVE,
            datetime.now(UTC) + timedelta(days=1),
            frozenset(),
            (Template(f"photo-{person}", MODEL, vector(person)),),
        )
        await self.record.publish_owed(
            subjects.watchlist(entry.entry_id), entry.encode(), message_id=f"{entry.entry_id}/{entry.revision}"
        )
        return entry

    async def publish_locked(self, person: int) -> UUID:
        """Put an active entry on the stream whose key is not on its own; returns its id."""
        entry_id, photo = uuid4(), uuid4()
        about = seals.vector(photo, MODEL.sha256)
        sealed = seal(KEY, vector_to(vector(person)), about=about, nonce=os.urandom(NONCE_BYTES))
        until = datetime.now(UTC) + timedelta(days=1)
        entry = EntryPublished(
            EntryId(str(entry_id)),
            3,
            EntryState.ACTIVE,
            until,
            frozenset(),
            (Template(str(photo), MODEL, None, sealed),),
        )
        await self.record.publish_owed(subjects.watchlist(entry.entry_id), entry.encode(), message_id=entry.entry_id)
        return entry_id

    async def publish_key(self, owner: UUID, *, destroyed: bool = False) -> None:
        """Put an entry's key, or its tombstone, on its stream."""
        secrets = await asyncio.to_thread(read_wrapping_keys, self.nats.credentials_dir / "wrapping.keys.json")
        wrapped = secrets.wrap(str(owner), KEY, nonce=os.urandom(NONCE_BYTES))
        said = KeyPublished(str(owner), "", b"") if destroyed else KeyPublished(str(owner), secrets.current, wrapped)
        await KeyStream(self.record, random=os.urandom).store(said, follows=0)

    async def listed(self) -> EntryPage:
        """What the desk answers; it needs the database."""
        asked = DeskCall(TOKEN).encode()
        answer = await self.operator.request(subjects.desk("list_entries"), asked, timeout_seconds=10)
        return EntryPage.model_validate_json(DeskAnswer.decode(answer).body)

    async def stop_matching(self, *, stopped: bool, site: str = "h1") -> None:
        control = MatchingControl(str(uuid4()), SiteId(site), stopped, "li.wei", "drill", datetime.now(UTC))
        await self.operator.publish_owed(
            subjects.control(control.site), control.encode(), message_id=control.control_id
        )


@pytest.fixture
async def hospital(nats_with_streams: servers.Nats, database: servers.Database) -> AsyncIterator[Hospital]:
    owner = await asyncpg.connect(database.owner)
    await owner.execute(
        "INSERT INTO accounts.account (id, name, role) VALUES ($1, 'li.wei', 'supervisor')", UUID(int=1)
    )
    await owner.execute(
        "INSERT INTO accounts.session (token_sha256, account_id, expires_at)"
        " VALUES ($1, $2, now() + interval '1 hour')",
        sha256(TOKEN.encode()).digest(),
        UUID(int=1),
    )
    await owner.close()
    async with AsyncExitStack() as stack:

        async def connected(user: str, account: Account) -> Bus:
            seed = nats_with_streams.seed_file(user)
            return await stack.enter_async_context(
                Bus.connect(nats_with_streams.url, user=user, user_seed_file=seed, account=account, meters=Meters())
            )

        yield Hospital(
            nats=nats_with_streams,
            database=database,
            embedder=await connected("embedder", Account.VIDEO),
            operator=await connected("operator", Account.RECORD),
            record=await connected("watchlist-record", Account.RECORD),
        )


async def test_while_the_database_is_away_matching_goes_on_and_the_desk_says_so(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.watchlist() as watchlist, hospital.matcher():
        await hospital.sees(7)
        assert (await hospital.listed()).entries == []
        superuser = await asyncpg.connect(hospital.database.superuser.replace(_name(hospital), "postgres"))
        await superuser.execute(f"ALTER DATABASE {_name(hospital)} ALLOW_CONNECTIONS false")
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _name(hospital)
        )

        with pytest.raises(Refusal, match="the database is away; matching goes on"):
            await hospital.listed()
        await hospital.publish_entry(8)
        await hospital.sees(8)
        assert watchlist.process.returncode is None

        await superuser.execute(f"ALTER DATABASE {_name(hospital)} ALLOW_CONNECTIONS true")
        await superuser.close()
        assert (await hospital.listed()).entries == []


async def test_the_watchlist_starts_without_its_database_and_says_so(hospital: Hospital, tmp_path: Path) -> None:
    await hospital.publish_entry(7)
    nowhere = f"postgresql://nobody:x@/wardwatch?host={tmp_path}"

    async with hospital.watchlist(DATABASE_URL=nowhere, DESK_DATABASE_URL=nowhere), hospital.matcher():
        await hospital.sees(7)
        with pytest.raises(Refusal, match="the database is away"):
            await hospital.listed()


async def test_while_the_broker_is_away_the_matcher_lives_and_then_matches_by_what_changed(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        await asyncio.to_thread(hospital.nats.restart)
        await eventually(lambda: hospital.embedder.client.is_connected, within_seconds=30)
        await eventually(lambda: hospital.record.client.is_connected, within_seconds=30)

        await hospital.publish_entry(8)
        await hospital.sees(8, within_seconds=30)

        assert matcher.process.returncode is None


async def test_a_stop_holds_within_five_seconds_and_through_a_restart(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        began = perf_counter()
        await hospital.stop_matching(stopped=True)

        async def stopped() -> bool:
            await hospital.show(7)
            return await matcher.metric('wardwatch_vectors_shed_total{reason="stopped"}') > 0

        await eventually(stopped)
        log.info("matching stopped %.2f s after the button", perf_counter() - began)
        await hospital.sees(7, site="h2")

    async with hospital.matcher() as matcher:
        while_stopped = await hospital.show(7)
        await eventually(stopped)
        await hospital.stop_matching(stopped=False)
        await hospital.sees(7)

    assert while_stopped not in {s.origin.frame_id for s in hospital.sightings}


async def test_a_credential_that_is_withdrawn_ends_the_matcher_in_one_line(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
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
    await hospital.record.publish_owed("watchlist.broken", b"\xff\xff", message_id="broken/1")
    await hospital.publish_entry(7)

    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        assert await matcher.metric('wardwatch_messages_unreadable_total{subject="watchlist"}') == 1


async def test_entries_whose_keys_come_late_hold_nobody_up_and_match_once_they_are_here(hospital: Hospital) -> None:
    before = await hospital.publish_locked(7)
    await hospital.publish_entry(8)
    async with hospital.matcher() as matcher:  # ready, though one entry is locked
        await hospital.sees(8)
        behind = [await hospital.publish_locked(person) for person in (10, 11)]
        await hospital.publish_entry(9)
        await hospital.sees(9)
        assert await matcher.metric("wardwatch_entries_locked") == 3
        (said,) = await hospital.record.ask_all(subjects.ROLL.pattern, b"", within_seconds=5, expected=1)
        assert MatcherPresence.decode(said).locked == 3
        assert {s.entry_id for s in hospital.sightings} == {"person-8", "person-9"}

        await hospital.publish_key(before)
        await hospital.publish_key(behind[0])
        await hospital.publish_key(behind[1], destroyed=True)

        assert (await hospital.sees(7)).entry_id == str(before)
        assert (await hospital.sees(10)).entry_id == str(behind[0])

        async def nobody_waits() -> bool:
            return await matcher.metric("wardwatch_entries_locked") == 0

        await eventually(nobody_waits)
        await matcher.can_match(4)


async def test_the_log_names_no_face_that_matched_nobody(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.matcher(LOG_LEVEL="debug") as matcher:
        stranger = await hospital.show(99)
        await hospital.sees(7)

    assert all(stranger not in re.findall(r"f\d+", line) for line in matcher.lines)
    assert {s.entry_id for s in hospital.sightings} == {"person-7"}


def _name(hospital: Hospital) -> str:
    return hospital.database.owner.partition("@/")[2].partition("?")[0]

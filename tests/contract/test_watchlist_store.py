"""The watchlist's record on a real PostgreSQL: what it keeps, what it refuses, and in which order it speaks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.requests import EntrySummary
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState, Model, Quality, Vector
from services.chassis.errors import NotStored
from services.matcher.records import Forbidden, StoreAway
from services.matcher.rules import REFUSALS, EnrolledPhoto, Holder, NewEntry
from services.matcher.store import WatchlistStore
from tests import servers

AUTHOR = Holder(UUID(int=1), "li.wei", "supervisor")
APPROVER = Holder(UUID(int=2), "ana.ruiz", "administrator")
MODEL = Model("sface", "ab" * 32)


def vector(seed: int = 1) -> Vector:
    drawn = np.random.default_rng(seed).standard_normal(8).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    return unit


def photo(seed: int = 1) -> EnrolledPhoto:
    return EnrolledPhoto(
        photo_id=uuid4(),
        filename=f"{seed}.jpg",
        source="incident report 12",
        taken_at=None,
        file_sha256=sha256(bytes([seed])).digest(),
        picture=b"jpeg",
        quality=Quality(0.9, 120, 50, 300, 5, 0, 120),
        model=MODEL,
        vector=vector(seed),
    )


def entry(
    *,
    category: str = "violence",
    days: float = 365,
    basis: str = "decision 2026/17",
    photos: tuple[EnrolledPhoto, ...] | None = None,
) -> NewEntry:
    return NewEntry(
        entry_id=uuid4(),
        label="Visitor with a knife",
        category=category,
        basis=basis,
        instruction="Keep your distance, call 8811",
        expires_at=datetime.now(UTC) + timedelta(days=days),
        sites=frozenset({SiteId("h1")}),
        author=AUTHOR,
        photos=(photo(),) if photos is None else photos,
    )


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[WatchlistStore]:
    async with WatchlistStore.open(database.matcher, password=None) as opened:
        yield opened


@pytest.fixture
async def matcher(database: servers.Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(database.matcher)
    yield connection
    await connection.close()


async def drained(store: WatchlistStore) -> list[EntryPublished]:
    published: list[EntryPublished] = []

    async def publish(change: EntryPublished) -> None:
        published.append(change)

    while await store.relay(publish):
        pass
    return published


async def active(store: WatchlistStore) -> EntrySummary:
    added = await store.add(entry())
    approved = await store.approve(UUID(added.entry_id), APPROVER)
    assert approved is not None
    return approved


async def test_an_added_entry_is_pending_and_listed(store: WatchlistStore) -> None:
    added = await store.add(entry())

    assert added.state is EntryState.PENDING
    assert (added.author, added.approver, added.photos) == ("li.wei", "", 1)
    assert await store.entries(with_ended=False) == (added,)


async def test_a_pending_entry_is_published_without_templates(store: WatchlistStore) -> None:
    added = await store.add(entry())

    (change,) = await drained(store)

    assert (change.entry_id, change.revision, change.state) == (added.entry_id, 2, EntryState.PENDING)
    assert change.templates == ()


async def test_an_approved_entry_is_published_with_its_templates(store: WatchlistStore) -> None:
    approved = await active(store)

    change = (await drained(store))[-1]

    assert (change.revision, change.state, change.sites) == (3, EntryState.ACTIVE, frozenset({SiteId("h1")}))
    assert change.expires_at == approved.expires_at
    assert change.templates[0].model == MODEL
    np.testing.assert_array_equal(change.templates[0].vector, vector())


async def test_an_entry_revoked_before_it_was_published_sends_no_template(store: WatchlistStore) -> None:
    approved = await active(store)
    await store.revoke(UUID(approved.entry_id), AUTHOR, "mistaken identity")

    changes = await drained(store)

    assert [change.state for change in changes] == [EntryState.PENDING, EntryState.ACTIVE, EntryState.REVOKED]
    assert all(change.templates == () for change in changes)


async def test_the_author_cannot_approve(store: WatchlistStore) -> None:
    added = await store.add(entry())

    with pytest.raises(Forbidden) as refused:
        await store.approve(UUID(added.entry_id), AUTHOR)

    assert refused.value.rule in REFUSALS
    assert await drained(store) != []
    assert (await store.entries(with_ended=True))[0].state is EntryState.PENDING


async def test_a_revoked_entry_never_comes_back(store: WatchlistStore) -> None:
    approved = await active(store)
    await store.revoke(UUID(approved.entry_id), APPROVER, "charges dropped")

    with pytest.raises(Forbidden, match="entry_"):
        await store.approve(UUID(approved.entry_id), APPROVER)

    assert await store.entries(with_ended=False) == ()
    assert (await store.entries(with_ended=True))[0].state is EntryState.REVOKED


async def test_an_unknown_entry_is_not_there(store: WatchlistStore) -> None:
    assert await store.approve(uuid4(), APPROVER) is None
    assert await store.revoke(uuid4(), APPROVER, "why not") is None


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        pytest.param(entry(days=1900), "entry_", id="over five years"),
        pytest.param(entry(category="ban", days=800), "entry_category_cap", id="over the category's cap"),
        pytest.param(entry(category="grudge"), "entry_category_fkey", id="category not on the list"),
        pytest.param(entry(basis="  "), "entry_says_what_and_why", id="no basis"),
        pytest.param(entry(days=-1), "entry_expires_after_it_begins", id="already over"),
        pytest.param(entry(photos=()), "entry_has_a_photo", id="no photo"),
        pytest.param(entry(photos=(photo(1), photo(1))), "photo_entry_id_file_sha256_key", id="one photo twice"),
    ],
)
async def test_the_record_refuses(store: WatchlistStore, wrong: NewEntry, rule: str) -> None:
    with pytest.raises(Forbidden, match=rule):
        await store.add(wrong)

    assert await store.entries(with_ended=True) == ()


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        pytest.param(
            "UPDATE watchlist.entry SET state = 'active', revision = 3, approver_id = author_id,"
            " approver_name = author_name, approved_at = now()",
            "entry_approver_is_not_the_author",
            id="self-approval",
        ),
        pytest.param(
            "UPDATE watchlist.entry SET state = 'active', revision = 3", "entry_is_approved", id="without approver"
        ),
        pytest.param(
            "UPDATE watchlist.entry SET state = 'active', revision = 3, approver_id = gen_random_uuid(),"
            " approver_name = 'nobody', approved_at = now()",
            "entry_approval_is_given_once",
            id="approval in somebody else's name",
        ),
        pytest.param("UPDATE watchlist.entry SET state = 'draft', revision = 3", "entry_state_order", id="backwards"),
        pytest.param(
            "UPDATE watchlist.entry SET state = 'revoked', revision = 9, reason = 'x'",
            "entry_revision_order",
            id="skipping a revision",
        ),
        pytest.param(
            "UPDATE watchlist.entry SET state = 'revoked', revision = 3", "entry_ends_with", id="revoked without reason"
        ),
        pytest.param(
            "UPDATE watchlist.entry SET state = 'expired', revision = 3",
            "entry_state_order",
            id="expired before active",
        ),
    ],
)
async def test_the_database_itself_refuses(
    store: WatchlistStore, matcher: "asyncpg.Connection[asyncpg.Record]", statement: str, rule: str
) -> None:
    await store.add(entry())

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await matcher.execute(statement)

    assert str(refused.value.constraint_name).startswith(rule)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE watchlist.entry SET basis = 'another'",
        "UPDATE watchlist.entry SET expires_at = now() + interval '9 days'",
        "DELETE FROM watchlist.entry",
        "DELETE FROM watchlist.photo",
        "UPDATE watchlist.template SET vector = vector",
        "DELETE FROM watchlist.change",
        "INSERT INTO watchlist.outbox (entry_id, revision, state, expires_at, sites)"
        " SELECT id, 9, state, expires_at, sites FROM watchlist.entry",
        "INSERT INTO watchlist.category VALUES ('grudge', 'Grudge', interval '9 days')",
        "SELECT * FROM accounts.session",
    ],
)
async def test_the_matcher_has_no_right_to(
    store: WatchlistStore, matcher: "asyncpg.Connection[asyncpg.Record]", statement: str
) -> None:
    await store.add(entry())

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await matcher.execute(statement)


async def test_no_photo_or_template_joins_an_entry_that_was_put_forward(
    store: WatchlistStore, matcher: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    added = await store.add(entry())

    with pytest.raises(asyncpg.CheckViolationError, match="draft"):
        await matcher.execute(
            "INSERT INTO watchlist.photo SELECT $1, entry_id, 1, filename, sha256(''), source, taken_at, picture,"
            " face_px, sharpness, yaw_degrees, added_at FROM watchlist.photo WHERE entry_id = $2",
            uuid4(),
            UUID(added.entry_id),
        )
    with pytest.raises(asyncpg.CheckViolationError, match="draft"):
        await matcher.execute(
            "INSERT INTO watchlist.template SELECT photo_id, 'other', sha256('other'), vector FROM watchlist.template"
        )


async def test_the_history_says_who_did_what_and_why(
    store: WatchlistStore, matcher: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    approved = await active(store)
    await store.revoke(UUID(approved.entry_id), AUTHOR, "charges dropped")

    rows = await matcher.fetch("SELECT state, account_name, reason FROM watchlist.change ORDER BY sequence")

    assert [tuple(row) for row in rows] == [
        ("draft", "li.wei", ""),
        ("pending", "li.wei", ""),
        ("active", "ana.ruiz", ""),
        ("revoked", "li.wei", "charges dropped"),
    ]


async def test_not_even_the_owner_rewrites_the_history(store: WatchlistStore, database: servers.Database) -> None:
    await store.add(entry())
    owner = await asyncpg.connect(database.owner)

    with pytest.raises(asyncpg.CheckViolationError, match="only ever added to"):
        await owner.execute("UPDATE watchlist.change SET reason = 'forged'")

    await owner.close()


async def test_alerts_see_the_card_of_approved_entries_and_nothing_else(
    store: WatchlistStore, database: servers.Database
) -> None:
    approved = await active(store)
    await store.add(entry())
    alerts = await asyncpg.connect(database.alerts)

    cards = await alerts.fetch("SELECT entry_id, label, category, instruction, picture FROM watchlist.alert_card")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await alerts.fetch("SELECT vector FROM watchlist.template")
    await alerts.close()

    assert [(card["entry_id"], card["picture"]) for card in cards] == [(approved.entry_id, b"jpeg")]


async def test_a_change_that_was_not_stored_is_published_again_in_order(store: WatchlistStore) -> None:
    await active(store)
    tried: list[int] = []

    async def publish(change: EntryPublished) -> None:
        tried.append(change.revision)
        if len(tried) == 2:
            raise NotStored("watchlist")

    with pytest.raises(NotStored):
        await store.relay(publish)

    assert await store.outbox_waiting() == 2
    assert [change.revision for change in await drained(store)] == [2, 3]


async def test_two_replicas_never_relay_at_once(store: WatchlistStore) -> None:
    await active(store)
    inside, leave = asyncio.Event(), asyncio.Event()

    async def publish(change: EntryPublished) -> None:
        inside.set()
        await leave.wait()

    first = asyncio.create_task(store.relay(publish))
    await inside.wait()

    assert await store.relay(publish) == 0
    leave.set()
    assert await first == 2


async def test_a_commit_wakes_the_relay(store: WatchlistStore) -> None:
    changed, stop = asyncio.Event(), asyncio.Event()
    listening = asyncio.create_task(store.wait_for_change(changed, stop))

    while not changed.is_set():  # the listener may still be connecting: another entry will wake it
        await store.add(entry())

    stop.set()
    await listening


async def test_tokens_are_resolved_by_their_digest(store: WatchlistStore, database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    await owner.execute("INSERT INTO accounts.account (id, name, role) VALUES ($1, 'li.wei', 'guard')", UUID(int=7))
    await owner.execute(
        "INSERT INTO accounts.session (token_sha256, account_id, expires_at)"
        " VALUES ($1, $2, now() + interval '1 hour')",
        sha256(b"token").digest(),
        UUID(int=7),
    )
    await owner.close()

    assert await store.holder(sha256(b"token").digest()) == Holder(UUID(int=7), "li.wei", "guard")
    assert await store.holder(sha256(b"guess").digest()) is None


async def test_a_database_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    async with WatchlistStore.open(f"postgresql://matcher@/wardwatch?host={tmp_path}", password="x") as store:
        with pytest.raises(StoreAway):
            await store.entries(with_ended=False)
        with pytest.raises(StoreAway):
            await store.wait_for_change(asyncio.Event(), asyncio.Event())


async def test_the_words_for_a_rule_name_rules_that_exist(database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    rows = await owner.fetch(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'watchlist'::regnamespace"
        " UNION SELECT (regexp_matches(prosrc, 'CONSTRAINT = ''([a-z_]+)''', 'g'))[1] FROM pg_proc"
        " WHERE pronamespace = 'watchlist'::regnamespace"
    )
    await owner.close()

    assert REFUSALS.keys() <= {row["conname"] for row in rows}


def test_an_entry_id_is_a_subject_token() -> None:
    assert EntryId(str(uuid4())).count(".") == 0

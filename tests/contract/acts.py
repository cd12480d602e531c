"""What people and programs do to the tables, in the fewest words that their guards accept: builders for tests.

Whatever must never be in the audit carries :data:`MARK`.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

MARK: Final = b"Wu Anming was here"
MODEL_SHA256: Final = "ab" * 32
PROGRAM: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts."""

    id: UUID
    name: str


LI: Final = Person(UUID(int=1), "li.wei")
ANA: Final = Person(UUID(int=2), "ana.ruiz")


async def draft(
    desk: "Connection",
    by: Person = LI,
    *,
    batch: UUID | None = None,
    photos: int = 1,
    lives: timedelta = timedelta(days=300),
) -> UUID:
    """Begin an entry with photos, each with a template."""
    entry = uuid4()
    async with desk.transaction():
        await desk.execute(
            """
            insert into watchlist.entry (
                id, sealed_label, sealed_note, category, basis, evidence, instruction, scope, sites, expires_at,
                author_id, author_name, changed_by_id, changed_by_name, batch_id, external_lookup
            ) values ($1, $2, $2, 'violence', 'decision 17', 'file 17', 'call 8811', 'sites', '{h1}',
                now() + $7, $3, $4, $3, $4, $5, $6)
            """,
            entry,
            MARK * 3,
            by.id,
            by.name,
            batch,
            sha256(entry.bytes).digest(),
            lives,
        )
        for position in range(photos):
            await add_photo(desk, entry, position)
        # Compared, as the desk does it: they show one person.
        await desk.execute("update watchlist.photo set person = 0 where entry_id = $1", entry)
    return entry


async def add_photo(desk: "Connection", entry: UUID, position: int) -> UUID:
    """Add a face with its template to a draft."""
    photo = uuid4()
    await desk.execute(
        """
        insert into watchlist.photo (
            id, entry_id, position, sealed_name, file_sha256, source, sealed_picture,
            face_px, eye_distance_px, sharpness, yaw_degrees, roll_degrees, exposure
        ) values ($1, $2, $3, $4, $5, 'report 12', $4, 120, 50, 300, 5, 0, 120)
        """,
        photo,
        entry,
        position,
        MARK * 3,
        sha256(photo.bytes).digest(),
    )
    await desk.execute(
        "insert into watchlist.template values ($1, 'sface', $2, $3)",
        photo,
        bytes.fromhex(MODEL_SHA256),
        (MARK * 4)[:64],
    )
    return photo


async def change(desk: "Connection", entry: UUID, by: Person, words: str = "", reason: str = "") -> None:
    """Make the next revision of an entry; *words* is SQL that is set, ``{columns}`` who makes it."""
    columns = f"'{by.id}'::uuid, '{by.name}'"
    await desk.execute(
        f"""
        update watchlist.entry set revision = revision + 1, changed_by_id = $2, changed_by_name = $3,
            changed_at = now(), reason = $4 {words.replace("{columns}", columns)}
        where id = $1
        """,  # noqa: S608 - written by the test itself
        entry,
        by.id,
        by.name,
        reason,
    )


async def submit(desk: "Connection", entry: UUID, by: Person = LI) -> None:
    """Put a draft forward."""
    await change(desk, entry, by, ", state = 'pending', (put_forward_by_id, put_forward_by_name) = (select {columns})")


async def approve(desk: "Connection", entry: UUID, by: Person = ANA) -> None:
    """Let a pending entry match."""
    await change(
        desk, entry, by, ", state = 'active', (approver_id, approver_name) = (select {columns}), approved_at = now()"
    )


async def request_renewal(desk: "Connection", entry: UUID, by: Person = LI) -> None:
    """Request a later end."""
    await change(
        desk,
        entry,
        by,
        ", (renewal_by_id, renewal_by_name) = (select {columns}), renewal_expires_at = now() + interval '400 days'",
    )


async def renew(desk: "Connection", entry: UUID, by: Person = ANA) -> None:
    """Approve the later end that another person requested."""
    await change(
        desk,
        entry,
        by,
        """
        , state = 'active', (approver_id, approver_name) = (select {columns}), approved_at = now(), stands_from = now(),
        expires_at = renewal_expires_at, renewal_by_id = null, renewal_by_name = null, renewal_expires_at = null
        """,
    )


async def move(desk: "Connection", entry: UUID, by: Person, state: str, reason: str = "found out") -> None:
    """Take an entry to a state that needs nothing but a reason."""
    await change(desk, entry, by, f", state = '{state}'", reason)


async def erase(desk: "Connection", entry: UUID, by: Person = ANA) -> None:
    """Erase a revoked entry."""
    async with desk.transaction():
        await move(desk, entry, by, "erased")
        await desk.execute(
            """
            insert into watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)
            values ($1, $2, $3, 'asked')
            """,
            entry,
            by.id,
            by.name,
        )


async def active(desk: "Connection", *, photos: int = 1) -> UUID:
    """An entry that matches."""
    entry = await draft(desk, photos=photos)
    await submit(desk, entry)
    await approve(desk, entry)
    return entry


async def account(owner: "Connection", name: str, role: str = "guard") -> Person:
    """Somebody who may sign in."""
    code = sha256(name.encode()).digest()
    account_id = await owner.fetchval(
        "select accounts.add_account($1, $2, $3, now() + interval '1 hour')", name, role, code
    )
    return Person(account_id, name)


def token(who: Person) -> str:
    """What *who* has after signing in."""
    return f"{MARK.decode()}, {who.name}"


async def sign_in(alerts: "Connection", who: Person) -> bytes:
    """A session for the code that *who* got with the account; its token's digest."""
    digest = sha256(token(who).encode()).digest()
    code = sha256(who.name.encode()).digest()
    assert await alerts.fetch("select from accounts.redeem($1, $2, interval '1 hour')", code, digest)
    return digest


async def raise_incident(alerts: "Connection", *, entry: UUID | None = None, reviewers: int = 1) -> UUID:
    """An incident as the ledger makes it: first the sighting, then the incident, then the two joined."""
    incident, person = uuid4(), entry or uuid4()
    async with alerts.transaction():
        await alerts.execute(
            """
            insert into alerts.sighting (
                sighting_id, entry_id, entry_revision, site, camera, frame_id, face_index, model_name, model_sha256,
                similarity, face_px, sharpness, yaw_degrees, seen_at, recorded_at,
                captured_us, received_us, detected_us, embedded_us, matched_us, picture
            ) values ($1, $2, 7, 'h1', 'gate', 'f', 0, 'sface', $3, 0.71234, 90, 40, 3, now(), now(), 1, 2, 3, 4, 5, $4)
            """,
            str(incident),
            person,
            MODEL_SHA256,
            MARK,
        )
        await alerts.execute(
            """
            insert into alerts.incident (
                id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras,
                sightings, strong, reviewers, announced_at
            ) values ($1, $2, 'h1', now(), now(), now(), now() + interval '5 min', 'gate', '{gate}', 1, true, $3, now())
            """,
            incident,
            person,
            reviewers,
        )
        await alerts.execute(
            "update alerts.sighting set incident_id = $1 where sighting_id = $2", incident, str(incident)
        )
        await alerts.execute(
            "insert into alerts.event (incident_id, kind, camera, at) values ($1, 'raised', 'gate', now())", incident
        )
    return incident


async def review(alerts: "Connection", incident: UUID, who: Person, verdict: str, outcome: str | None = None) -> None:
    """Give a verdict, and decide with it; *who* has signed in."""
    async with alerts.transaction():
        assert await alerts.fetchval("select alerts.give_verdict($1, $2, $3)", incident, token(who), verdict)
        assert await alerts.fetchval("select alerts.decide($1)", incident) == outcome


async def report_presence(matcher: "Connection", name: str) -> None:
    """Record the first presence of a matcher; its incarnation is UUID 7."""
    await matcher.execute(
        """
        insert into watchlist.replica (
            name, incarnation, started_at, seen_at,
            applied_sequence, entries, templates, index_generation, clock_skew_ms
        ) values ($1, $2, now(), now(), 0, 0, 0, 0, 0)
        """,
        name,
        UUID(int=7),
    )


async def give_up(matcher: "Connection", name: str, by: Person, reason: str) -> None:
    """Count a matcher as gone for good."""
    await matcher.execute(
        """
        update watchlist.replica set ended_at = now(), given_up_by_id = $2, given_up_by_name = $3, given_up_reason = $4
        where name = $1
        """,
        name,
        by.id,
        by.name,
        reason,
    )


async def compare(matcher: "Connection", by: Person | None, *, bury_unknown: bool = False) -> UUID:
    """Begin a comparison of stream and record, requested *by* somebody; without anybody it is the nightly one."""
    comparison = uuid4()
    await matcher.execute(
        """
        insert into watchlist.reconciliation (id, cause, asked_by_id, asked_by_name, bury_unknown)
        values ($1, $2, $3, $4, $5)
        """,
        comparison,
        "nightly" if by is None else "asked",
        None if by is None else by.id,
        None if by is None else by.name,
        bury_unknown,
    )
    return comparison


async def end_comparison(
    matcher: "Connection", comparison: UUID, *, entries: int, unknown: int = 0, buried: int = 0
) -> None:
    """Note what a comparison found."""
    await matcher.execute(
        "update watchlist.reconciliation set ended_at = now(), entries = $2, unknown = $3, buried = $4 where id = $1",
        comparison,
        entries,
        unknown,
        buried,
    )


async def request_threshold(desk: "Connection", min_similarity: float, by: Person = LI) -> int:
    """Request another threshold; returns its number."""
    number: int = await desk.fetchval(
        """
        insert into watchlist.threshold (min_similarity, reason, asked_by_id, asked_by_name)
        values ($1, 'fewer false alerts', $2, $3) returning number
        """,
        min_similarity,
        by.id,
        by.name,
    )
    return number


async def approve_threshold(desk: "Connection", number: int, by: Person = ANA) -> None:
    """Approve a threshold."""
    await desk.execute(
        """
        update watchlist.threshold set approved_at = now(), approved_by_id = $2, approved_by_name = $3
        where number = $1
        """,
        number,
        by.id,
        by.name,
    )


async def withdraw_threshold(desk: "Connection", number: int, by: Person = ANA) -> None:
    """Withdraw a requested threshold."""
    await desk.execute(
        """
        update watchlist.threshold set withdrawn_at = now(), withdrawn_by_id = $2, withdrawn_by_name = $3
        where number = $1
        """,
        number,
        by.id,
        by.name,
    )


async def note(role: "Connection", action: str, *, subject: str = "", reason: str = "", details: str = "{}") -> None:
    """Write an audit event as a program does."""
    await role.execute(
        "select audit.note($1, $2, $3, 'entry', $4, $5, $6::jsonb)", LI.id, LI.name, action, subject, reason, details
    )


async def somebody_waits(superuser: str) -> bool:
    """Whether a session of this database waits for a row that another one has locked."""
    connection = await asyncpg.connect(superuser)
    try:
        waiting: int = await connection.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
    finally:
        await connection.close()
    return waiting > 0

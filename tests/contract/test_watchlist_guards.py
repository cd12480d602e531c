"""What the database itself refuses of the desk's role, whatever a program asks for; and that there are words for it."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest

from proto.wardwatch.v1.entries import EntryView
from services.watchlist.rules.constraints import REFUSALS
from tests import servers
from tests.contract.desks import ANA, LI, OTTO, Desk, opened, person

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# The desk's people, as SQL. Li is the author of every entry here, Ana its approver.
LI_ID, ANA_ID, OTTO_ID = (f"'{holder.account_id}'" for holder in (LI, ANA, OTTO))
WHY = {"reason": "because"}


_CHANGE = (
    "UPDATE watchlist.entry SET revision = revision + 1, changed_by_id = BY, changed_by_name = 'x', reason = 'r', ALSO"
    " WHERE id = $1"
)
_BEGUN = (
    "INSERT INTO watchlist.entry (id, sealed_label, category, basis, evidence, instruction, scope, expires_at,"
    " author_id, author_name, changed_by_name, COLUMNS) SELECT gen_random_uuid(), sealed_label, category, basis,"
    " evidence, instruction, 'network', expires_at, AUTHOR, 'x', 'x', OTHERS FROM watchlist.entry WHERE id = $1"
)


def change(by: str, also: str) -> str:
    """The next revision of the entry ``$1``, made by one of the people."""
    return _CHANGE.replace("BY", by).replace("ALSO", also)


def approval(by: str, *, maker: str | None = None, also: str = "") -> str:
    """An approval in one person's name, written by the same or by another."""
    named = f"state = 'active', approver_id = {by}, approver_name = 'x', approved_at = now()"
    return change(maker or by, named + also)


def renewal(by: str, *, until: str = "renewal_expires_at") -> str:
    """The approval of a renewal."""
    rest = ", stands_from = now(), renewal_by_id = NULL, renewal_by_name = NULL, renewal_expires_at = NULL"
    return approval(by, also=f", expires_at = {until}{rest}")


def begun(columns: str, values: str) -> str:
    """Another entry like ``$1``, of which the given columns are something else."""
    return _BEGUN.replace("AUTHOR", LI_ID).replace("COLUMNS", columns).replace("OTHERS", values)


PHOTO = (
    "INSERT INTO watchlist.photo (id, entry_id, position, sealed_name, file_sha256, source, sealed_picture, face_px,"
    " eye_distance_px, sharpness, yaw_degrees, roll_degrees, exposure) SELECT gen_random_uuid(), entry_id, 5,"
    " sealed_name, sha256('x'), source, sealed_picture, 1, 1, 1, 1, 1, 1 FROM watchlist.photo WHERE entry_id = $1"
)
TEMPLATE = (
    "INSERT INTO watchlist.template SELECT t.photo_id, 'other', sha256('other'), t.sealed_vector"
    " FROM watchlist.template AS t JOIN watchlist.photo AS p ON p.id = t.photo_id WHERE p.entry_id = $1"
)
FORWARD = f"state = 'pending', put_forward_by_id = {LI_ID}, put_forward_by_name = 'x'"


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


@pytest.fixture
async def importer(database: servers.Database) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database.importer)
    yield connection
    await connection.close()


async def standing(desk: Desk, state: str) -> EntryView:
    """An entry brought to *state* by the desk, with a renewal requested by Otto where possible."""
    if state.startswith("draft"):
        entry = await desk.draft()
        if state != "draft":
            await desk.photograph(entry.id, person(1), warning="turned" if state == "draft with a warning" else None)
        return entry

    entry = await desk.pending(person(1))
    if state == "pending":
        return entry
    entry = await desk.approve(entry.id)
    body = {**WHY, "expires_at": entry.expires_at.replace(year=entry.expires_at.year + 1)}
    entry = await desk.entry("renew_entry", entry.id, by=OTTO, body=body)
    steps = {"suspended": "suspend_entry", "revoked": "revoke_entry"}
    if state in steps:
        entry = await desk.entry(steps[state], entry.id, body=WHY)
    if state in ("over", "expired"):
        await desk.entry("suspend_entry", entry.id, body=WHY)
        # Only a session that says it replays another server's changes can turn the clock of an entry back.
        await desk.fetch(
            "WITH replays AS (SELECT set_config('session_replication_role', 'replica', false))"
            " UPDATE watchlist.entry SET expires_at = now(), stands_from = now() - interval '9 days' FROM replays"
        )
    if state == "expired":
        await desk.fetch("SELECT watchlist.expire_due()")
    if state == "erased":
        await desk.call("erase_entry", {"entry": entry.id}, body=WHY)
    return entry


@pytest.mark.parametrize(
    ("state", "statement", "rule"),
    [
        ("draft", begun("changed_by_id, state", f"{LI_ID}, 'active'"), "entry_begins_as_draft"),
        ("draft", begun("changed_by_id, revision", f"{LI_ID}, 7"), "entry_begins_as_draft"),
        ("draft", begun("changed_by_id", ANA_ID), "entry_begins_as_draft"),
        ("draft", begun("changed_by_id, approver_id", f"{LI_ID}, {ANA_ID}"), "entry_begins_as_draft"),
        ("draft", begun("changed_by_id, stands_from", f"{LI_ID}, now() + interval '1 day'"), "entry_begins_as_draft"),
        ("draft", approval(ANA_ID), "entry_state_order"),
        ("pending", change(LI_ID, "state = 'draft'"), "entry_is_sent_back_as_it_is"),
        ("pending", change(LI_ID, "state = 'expired'"), "entry_state_order"),
        ("revoked", approval(ANA_ID), "entry_state_order"),
        ("erased", change(LI_ID, "state = 'draft'"), "entry_state_order"),
        ("erased", change(LI_ID, "basis = 'x'"), "entry_state_order"),
        ("active", change(LI_ID, "state = 'erased'"), "entry_state_order"),
        ("draft", "UPDATE watchlist.entry SET reason = 'x' WHERE id = $1", "entry_revision_order"),
        ("active", change(LI_ID, f"author_id = {OTTO_ID}"), "entry_revision_order"),
        ("pending", change(LI_ID, "basis = 'another'"), "entry_is_fixed"),
        ("active", change(LI_ID, "scope = 'sites', sites = '{h9}'"), "entry_is_fixed"),
        ("active", change(LI_ID, "sealed_label = sealed_label || 'x'"), "entry_is_fixed"),
        ("draft", change(LI_ID, FORWARD), "entry_has_a_photo"),
        ("draft with a warning", change(LI_ID, FORWARD), "entry_warnings_are_accepted"),
        ("draft with a photo", change(ANA_ID, FORWARD), "entry_put_forward_by_its_maker"),
        ("pending", change(OTTO_ID, f"put_forward_by_id = {OTTO_ID}"), "entry_put_forward_by_its_maker"),
        ("pending", approval(LI_ID), "entry_approver"),
        ("pending", approval(ANA_ID, maker=LI_ID), "entry_approval_is_anothers"),
        ("pending", change(ANA_ID, "state = 'active'"), "entry_approval_is_anothers"),
        ("active", renewal(OTTO_ID), "entry_approval_is_anothers"),
        ("suspended", change(LI_ID, "state = 'active', approver_name = 'y'"), "entry_approval_is_anothers"),
        ("expired", change(LI_ID, "state = 'active'"), "entry_approval_is_anothers"),
        ("active", renewal(LI_ID), "entry_approver"),
        ("active", renewal(ANA_ID, until="renewal_expires_at + interval '1 day'"), "entry_renewal_is_as_asked"),
        ("active", approval(ANA_ID), "entry_renewal_is_as_asked"),
        ("active", change(LI_ID, "expires_at = expires_at + interval '1 day'"), "entry_expiry_is_fixed"),
        ("expired", change(LI_ID, "expires_at = now() + interval '9 days'"), "entry_expiry_is_fixed"),
        ("active", change(ANA_ID, f"renewal_by_id = {LI_ID}"), "entry_renewal_is_possible"),
        (
            "active",
            change(LI_ID, f"renewal_by_id = {LI_ID}, renewal_by_name = 'x', renewal_expires_at = 'infinity'"),
            "entry_renewal_is_possible",
        ),
        ("over", change(LI_ID, "state = 'active'"), "entry_expiry_is_ahead"),
        ("draft", change(LI_ID, "expires_at = now() + interval '1828 days'"), "entry_category_cap"),
        (
            "draft",
            change(LI_ID, "stands_from = now() + interval '999 days', expires_at = now() + interval '2000 days'"),
            "entry_begins_as_draft",
        ),
        ("draft", change(LI_ID, "expires_at = now() - interval '1 day'"), "entry_expires_after_it_begins"),
        ("active", change(LI_ID, "state = 'revoked', reason = ' '").replace("reason = 'r', ", ""), "entry_ends_with"),
        ("draft", change(LI_ID, "instruction = ' '"), "entry_says_what_and_why"),
        ("draft", change(LI_ID, "sealed_label = NULL"), "entry_says_what_and_why"),
        ("draft", change(LI_ID, "scope = 'sites'"), "entry_check"),
        ("draft", change(LI_ID, "sites = '{a.b}', scope = 'sites'"), "sites_check"),
        ("pending", PHOTO, "photo_joins_a_draft"),
        ("pending", "UPDATE watchlist.photo SET source = 'x' WHERE entry_id = $1", "photo_joins_a_draft"),
        ("active", TEMPLATE, "template_joins_a_draft"),
        (
            "active",
            "UPDATE watchlist.photo SET accepted_findings = '{x}', accepted_reason = 'x' WHERE entry_id = $1",
            "photo_joins_a_draft",
        ),
    ],
)
async def test_the_database_refuses(desk: Desk, importer: Connection, state: str, statement: str, rule: str) -> None:
    entry = await standing(desk, state)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await importer.execute(statement, entry.id)

    assert str(refused.value.constraint_name).startswith(rule)
    assert refused.value.constraint_name in REFUSALS


async def test_an_entry_with_an_undecided_likeness_is_not_put_forward(desk: Desk, importer: Connection) -> None:
    listed, entry = await standing(desk, "active"), await standing(desk, "draft with a photo")
    await importer.execute("INSERT INTO watchlist.likeness VALUES ($1, $2, 0.6)", entry.id, listed.id)

    with pytest.raises(asyncpg.CheckViolationError, match="resembles"):
        await importer.execute(change(LI_ID, FORWARD), entry.id)


@pytest.mark.parametrize(("state", "then"), [("active", "revoked"), ("active", "suspended"), ("over", "expired")])
async def test_a_ground_that_allows_less_by_now_keeps_no_entry_from_ending(
    desk: Desk, importer: Connection, state: str, then: str
) -> None:
    entry = await standing(desk, state)
    await desk.fetch("UPDATE watchlist.category SET longest = interval '1 day'")

    if then == "expired":
        await desk.fetch("SELECT watchlist.expire_due()")
    else:
        await importer.execute(change(LI_ID, f"state = '{then}'"), entry.id)

    (row,) = await desk.fetch("SELECT state FROM watchlist.entry")
    assert row["state"] == then


async def test_a_ground_that_allows_less_by_now_lets_no_entry_begin_to_match(desk: Desk, importer: Connection) -> None:
    entry = await standing(desk, "pending")
    await desk.fetch("UPDATE watchlist.category SET longest = interval '1 day'")

    with pytest.raises(asyncpg.CheckViolationError, match="allows at most"):
        await importer.execute(approval(ANA_ID), entry.id)


async def test_a_raised_threshold_is_never_lowered(desk: Desk, importer: Connection) -> None:
    entry = await standing(desk, "pending")
    await importer.execute(change(LI_ID, "min_similarity = 0.6"), entry.id)

    with pytest.raises(asyncpg.CheckViolationError, match="more easily"):
        await importer.execute(change(LI_ID, "min_similarity = 0.5"), entry.id)


async def test_a_renewal_approved_by_another_brings_an_expired_entry_back(desk: Desk, importer: Connection) -> None:
    entry = await standing(desk, "expired")

    await importer.execute(renewal(ANA_ID), entry.id)

    (row,) = await desk.fetch("SELECT state, expires_at > now() AS ahead FROM watchlist.entry")
    assert tuple(row) == ("active", True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM watchlist.entry",
        "DELETE FROM watchlist.template",
        "DELETE FROM watchlist.likeness",
        "DELETE FROM identity.number",
        "DELETE FROM watchlist.change",
        "UPDATE watchlist.photo SET sealed_picture = sealed_picture",
        "UPDATE watchlist.template SET sealed_vector = sealed_vector",
        "UPDATE watchlist.change SET reason = 'forged'",
        "UPDATE watchlist.erasure SET key_destroyed_at = now()",
        "UPDATE watchlist.category SET longest = interval '1827 days'",
        "INSERT INTO watchlist.category VALUES ('grudge', 'Grudge', interval '9 days')",
        "INSERT INTO watchlist.generation (number) VALUES (99)",
        "INSERT INTO watchlist.receipt SELECT id, 'm', id, 1, now() FROM watchlist.entry",
        "DELETE FROM watchlist.outbox",
        "TRUNCATE watchlist.change",
        "SELECT watchlist.expire_due()",
        "SELECT watchlist.present_generation()",
        "SELECT * FROM accounts.session",
        "SELECT * FROM alerts.sighting",
        "UPDATE alerts.incident SET outcome = 'confirmed'",
    ],
)
async def test_the_desk_has_no_right_to(desk: Desk, importer: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await importer.execute(statement)


async def test_not_even_a_superuser_rewrites_the_history(desk: Desk) -> None:
    await desk.draft()

    with pytest.raises(asyncpg.CheckViolationError, match="only ever added to"):
        await desk.fetch("UPDATE watchlist.change SET reason = 'forged'")


async def test_alerts_reads_what_to_do_of_approved_entries_only(desk: Desk, database: servers.Database) -> None:
    active = await standing(desk, "active")
    await standing(desk, "draft with a photo")
    alerts = await asyncpg.connect(database.alerts)

    cards = await alerts.fetch("SELECT * FROM watchlist.alert_card")
    for closed in ("watchlist.entry", "watchlist.photo", "watchlist.template", "identity.number"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await alerts.fetch(f"TABLE {closed}")
    await alerts.close()

    assert [tuple(card) for card in cards] == [(str(active.id), "violence", "Keep your distance, call 8811")]


# What no person can meet: written by triggers, by programs, or made of what a program alone chooses.
UNMET = {
    "batch_author_name_check", "batch_check", "batch_generation_fkey", "batch_people_sha256_check", "batch_pkey",
    "batch_lines_are_counted",
    "batch_item_file_sha256_check", "batch_item_kind_check",
    "batch_item_item_lookup_check", "batch_item_pkey", "batch_item_verdict_check",
    "entry_author_name_check", "entry_changed_by_name_check", "entry_external_lookup_check",
    "entry_min_similarity_check", "entry_pkey", "entry_request_digest_check", "entry_revision_check",
    "erasure_pkey", "likeness_pkey", "likeness_similarity_check", "number_lookup_check", "number_pkey",
    "photo_file_sha256_check", "photo_pkey", "site_group_pkey",
    "template_model_name_check", "template_model_sha256_check", "template_photo_id_fkey", "template_pkey",
    "template_sealed_vector_check",
    "threshold_asked_by_name_check", "threshold_pkey",
    "accuracy_proposal_model_sha256_check", "accuracy_proposal_document_check", "accuracy_proposal_digest_check",
    "accuracy_proposal_dataset_check", "accuracy_proposal_list_size_check", "accuracy_proposal_floor_check",
    "accuracy_proposal_fnir_check", "accuracy_proposal_fpir_check",
    "accuracy_proposal_check", "accuracy_proposal_reason_check", "accuracy_proposal_asked_by_name_check",
    "accuracy_proposal_pkey",
    "pinned_is_kept", "pinned_stays", "received_goes_on", "received_is_kept", "share_is_as_approved",
    "subscription_is_left_for_good", "list_numbers_grow", "statement_follows",
    "model_roll_from_sha256_check", "model_roll_to_sha256_check", "model_roll_to_name_check",
    "model_roll_started_by_name_check", "model_roll_pkey", "model_switch_site_check",
    "model_switch_model_sha256_check", "model_switch_asked_by_name_check", "model_switch_pkey",
    "reviewers_change_site_check", "reviewers_change_asked_by_name_check", "reviewers_change_pkey",
    "access_request_asked_by_name_check", "access_request_pkey",
}  # fmt: skip
# What the desk writes for people; a domain belongs to no table.
WRITTEN_FOR_PEOPLE = (
    "watchlist.entry", "watchlist.photo", "watchlist.template", "watchlist.likeness", "watchlist.site_group",
    "watchlist.batch", "watchlist.batch_item", "watchlist.erasure", "watchlist.threshold",
    "watchlist.accuracy_proposal", "watchlist.model_roll", "watchlist.model_switch", "watchlist.access_request",
    "watchlist.reviewers_change",
    "identity.number", "-",
)  # fmt: skip


async def test_there_are_words_for_exactly_the_rules_a_person_can_meet(database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    rows = await owner.fetch(
        "SELECT conname AS name FROM pg_constraint WHERE contype IN ('c', 'f', 'p', 'u', 'x')"
        " AND connamespace IN ('watchlist'::regnamespace, 'identity'::regnamespace)"
        " AND conrelid::regclass::text = ANY ($1)"
        " UNION SELECT (regexp_matches(prosrc, 'CONSTRAINT = ''([a-z_]+)''', 'g'))[1] FROM pg_proc"
        " WHERE pronamespace IN ('watchlist'::regnamespace, 'federation'::regnamespace)",
        WRITTEN_FOR_PEOPLE,
    )
    await owner.close()

    rules = {row["name"] for row in rows}
    assert rules - UNMET == set(REFUSALS)
    assert rules >= UNMET

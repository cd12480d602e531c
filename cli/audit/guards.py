"""Whether what writes and guards the audit is still there, switched on, and as the migration made it."""

from hashlib import sha256
from typing import TYPE_CHECKING, Final

import asyncpg

from services.chassis.audit_chain import Fault

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

# Trigger and table, as in the migration.
TRIGGERS: Final = frozenset(
    {
        ("chain_up", "audit.pending"),
        ("guard_event", "audit.event"),
        ("guard_chain", "audit.chain"),
        ("audit_entry", "watchlist.entry"),
        ("audit_photo", "watchlist.photo"),
        ("audit_likeness_made", "watchlist.likeness"),
        ("audit_likeness", "watchlist.likeness"),
        ("audit_number", "identity.number"),
        ("audit_batch_made", "watchlist.batch"),
        ("audit_batch", "watchlist.batch"),
        ("audit_group", "watchlist.site_group"),
        ("audit_erasure", "watchlist.erasure"),
        ("audit_receipt", "watchlist.receipt"),
        ("audit_account", "accounts.account"),
        ("audit_code", "accounts.code"),
        ("audit_session_opened", "accounts.session"),
        ("audit_session_ended", "accounts.session"),
        ("audit_session_proven", "accounts.session"),
        ("audit_passkey_added", "accounts.passkey"),
        ("audit_passkey_removed", "accounts.passkey"),
        ("audit_passkey_copied", "accounts.passkey"),
        ("audit_incident", "alerts.incident"),
        ("audit_outcome", "alerts.incident"),
        ("audit_response", "alerts.response"),
        ("audit_review", "alerts.review"),
        ("audit_correction", "alerts.correction"),
        ("audit_arrival", "alerts.arrival"),
        ("audit_report", "alerts.report"),
        ("audit_export", "alerts.export"),
        ("audit_place", "alerts.place_change"),
        ("audit_control", "alerts.control_change"),
        ("audit_control", "alerts.control"),
        ("audit_control", "alerts.control_change"),
        ("audit_threshold", "watchlist.threshold"),
        ("audit_accuracy", "watchlist.accuracy_proposal"),
        ("audit_access_request", "watchlist.access_request"),
        ("audit_roll", "watchlist.model_roll"),
        ("audit_switch", "watchlist.model_switch"),
        ("audit_reviewers", "watchlist.reviewers_change"),
        ("audit_given_up", "watchlist.replica"),
        ("audit_comparison_asked", "watchlist.reconciliation"),
        ("audit_comparison", "watchlist.reconciliation"),
        ("audit_repair", "broker.repair"),
        ("audit_arrangement", "delivery.arrangement"),
        ("audit_camera", "alerts.camera"),
        ("audit_list", "federation.list"),
        ("audit_hospital", "federation.hospital"),
        ("audit_share", "federation.share"),
        ("audit_closing", "federation.holding"),
        ("audit_subscription", "federation.subscription"),
        ("audit_subscription_change", "federation.subscription"),
        ("audit_joining_anew", "federation.subscription"),
        ("audit_next_publisher", "federation.subscription"),
        ("audit_hospital_change", "federation.hospital"),
        ("audit_invited_anew", "federation.hospital"),
        ("audit_share_change", "federation.share"),
        ("audit_scope", "federation.share"),
        ("audit_renewal", "federation.publisher_renewal"),
        ("audit_renewal", "federation.hospital_renewal"),
        ("audit_repair", "federation.repair"),
    }
)

# Of the functions of schema audit and of every trigger that calls one or stands on a table there. A migration that
# changes any of them writes the new digest here; a test names it.
DIGEST: Final = "fd1effcfe7ef79c8197ddb380f86ed158a0bf17ccf54914db6704426afbad072"

_FOUND: Final = """
    select t.tgname::text as name, t.tgrelid::regclass::text as relation, t.tgenabled = 'A' as always,
        pg_get_triggerdef(t.oid) as words
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and 'audit'::regnamespace in (p.pronamespace, c.relnamespace)
    order by 1, 2
"""
_FUNCTIONS: Final = """
    select p.oid::regprocedure::text || p.prosecdef || coalesce(p.proconfig::text, '') || p.prosrc
    from pg_proc p where p.pronamespace = 'audit'::regnamespace order by 1
"""


async def missing(connection: "Connection") -> list[Fault]:
    """What is gone, off or not as it was made."""
    found = {(row["name"], row["relation"]): row["always"] for row in await connection.fetch(_FOUND)}
    faults = [
        Fault(f"trigger {name} on {relation}", "is missing: nothing that it would have written or refused is certain")
        for name, relation in sorted(TRIGGERS - found.keys())
    ]
    faults += [
        Fault(f"trigger {name} on {relation}", "is switched off, wholly or for replication")
        for (name, relation), always in found.items()
        if not always
    ]
    faults += [
        Fault(f"trigger {name} on {relation}", "does not belong there")
        for name, relation in sorted(found.keys() - TRIGGERS)
    ]
    if not faults and await digest(connection) != DIGEST:
        faults.append(Fault("functions", "those of the audit are not the ones that this version of wardwatch made"))
    return faults


async def digest(connection: "Connection") -> str:
    """Hex digest of the code that writes and guards the audit."""
    # The server writes a definition's names in full only when nothing is on the path.
    await connection.execute("set local search_path = ''")
    made = sha256()
    for row in [*await connection.fetch(_FUNCTIONS), *await connection.fetch(_FOUND)]:
        for column in row:
            made.update(str(column).encode() + b"\0")
    return made.hexdigest()

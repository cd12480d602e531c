"""Who may do what: one row for each operation, those of the alerts service and those of the desk.

The gate of the HTTP interface, the desk's front, the OpenAPI document and the page's buttons all read this table.
An operation that is missing here cannot be served. Which accounts one reaches, besides one's own, the database decides
(``accounts.keeps``): an administrator those of their sites, a supervisor guards and reviewers of theirs.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account is for."""

    GUARD = "guard"  # answers alerts and goes there
    REVIEWER = "reviewer"  # judges alerts from a desk, and goes nowhere
    SUPERVISOR = "supervisor"  # the same, keeps the list, stops matching, lets guards and reviewers in
    ADMINISTRATOR = "administrator"  # keeps the list, the keys and every account
    AUDITOR = "auditor"  # reads, and acts on nothing
    WATCHLIST_EDITOR = "watchlist_editor"  # drafts and puts forward; approves nothing and sees no alert


EVERYBODY: Final = frozenset(Role)
# An editor writes entries, and learns nothing of who was seen where.
OBSERVERS: Final = EVERYBODY - {Role.WATCHLIST_EDITOR}
# An auditor reads the record: no face, and nothing that changes an incident or the list.
REVIEWERS: Final = OBSERVERS - {Role.AUDITOR}
RESPONDERS: Final = REVIEWERS - {Role.REVIEWER}
KEEPERS: Final = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
READERS: Final = KEEPERS | {Role.AUDITOR}
EDITORS: Final = KEEPERS | {Role.WATCHLIST_EDITOR}
LIST_READERS: Final = READERS | EDITORS
SUPERVISORS: Final = frozenset({Role.SUPERVISOR})
ADMINISTRATORS: Final = frozenset({Role.ADMINISTRATOR})
AUDIT_READERS: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

# Served without a session.
PUBLIC: Final = frozenset(
    {
        "open_session", "openapi", "ways_to_sign_in", "offer_sign_in", "open_session_by_passkey", "begin_oidc",
        "finish_oidc", "note_receipt", "show_proof",
    }
)  # fmt: skip

# What an account that can prove who it is (a passkey, or the hospital's own sign-in) does only within ten minutes of
# having proven it (docs/adr/0090). Of matching only the resumption asks for it: a stop never waits.
PROVEN: Final = frozenset(
    {
        "approve_entry", "approve_import", "ask_threshold", "approve_threshold", "reveal_identity", "add_account",
        "change_account", "disable_account", "enable_account", "make_code", "add_passkey", "remove_passkey",
        "approve_invitation", "approve_admission", "approve_share", "approve_joining", "resume_list",
        "accept_hospital_keys", "accept_publisher_key",
        "ask_accuracy", "approve_accuracy", "export_audit", "export_incident",
        "ask_access", "approve_access",
        "start_roll", "finish_roll", "ask_switch", "approve_switch",
        "ask_reviewers", "approve_reviewers",
    }
)  # fmt: skip

ALLOWED: Final[Mapping[str, frozenset[Role]]] = {
    # One's own session, and whether alerts arrive.
    "end_session": EVERYBODY,
    "me": EVERYBODY,
    "stream_events": EVERYBODY,
    "show_line": EVERYBODY,
    # By the page itself: who rings for alerts answers for them.
    "answer_drill": RESPONDERS,
    "list_sites": EVERYBODY,
    "show_matching": EVERYBODY,
    "set_matching": SUPERVISORS,
    # Whether alerts work, and which cameras are missed when they are silent.
    "show_state": EVERYBODY,
    "expect_camera": KEEPERS,
    # How much there was to do within the last hour, stores, certificates, backups.
    "show_running": READERS,
    "report_sound": REVIEWERS,
    "show_first_steps": ADMINISTRATORS,
    # Incidents.
    "list_incidents": OBSERVERS,
    "search_incidents": READERS,
    "count_incidents": READERS,
    "export_incident": KEEPERS,
    "show_incident": OBSERVERS,
    "show_picture": REVIEWERS,
    "respond": RESPONDERS,
    "review": REVIEWERS,
    "show_details": SUPERVISORS,
    "correct": REVIEWERS,
    "arrive": RESPONDERS,
    "report": RESPONDERS,
    "show_trail": OBSERVERS,
    # Control pairs, and what they say of reviewers (docs/adr/0092): of oneself, or of all for keepers and auditors.
    "next_pair": frozenset({Role.REVIEWER}),
    "show_reviewing": READERS | {Role.REVIEWER},
    "list_control_pairs": READERS,
    "add_control_pair": KEEPERS,
    "set_control_picture": KEEPERS,
    "remove_control_pair": KEEPERS,
    "use_control_pairs": ADMINISTRATORS,
    # Where cameras are.
    "list_places": OBSERVERS,
    "show_plan": OBSERVERS,
    "describe_place": ADMINISTRATORS,
    "set_plan": ADMINISTRATORS,
    "remove_place": ADMINISTRATORS,
    # How alerts reach people.
    "push_key": RESPONDERS,
    "show_subscription": RESPONDERS,
    "subscribe": RESPONDERS,
    "unsubscribe": RESPONDERS,
    "test_push": RESPONDERS,
    "show_duty": OBSERVERS,
    "set_duty": RESPONDERS,
    "list_channels": READERS,
    "set_channel": ADMINISTRATORS,
    "pause_channel": ADMINISTRATORS,
    "remove_channel": ADMINISTRATORS,
    "test_channel": ADMINISTRATORS,
    "show_arrangements": READERS,
    "set_rule": KEEPERS,
    "remove_rule": KEEPERS,
    "preview_rule": KEEPERS,
    "set_zone": KEEPERS,
    "remove_zone": KEEPERS,
    "set_site_delivery": ADMINISTRATORS,
    "list_deliveries": READERS,
    "show_delivery": READERS,
    "list_dead_letters": READERS,
    "send_again": ADMINISTRATORS,
    # What the alerts service asks the desk in the name of who looks at an incident.
    "cards": OBSERVERS,
    "card_picture": REVIEWERS,
    # Entries.
    "list_categories": LIST_READERS,
    "list_entries": LIST_READERS,
    "search_entries": LIST_READERS,
    "show_waiting": LIST_READERS,
    "show_endings": LIST_READERS,
    "show_entry": LIST_READERS,
    "show_history": LIST_READERS,
    "show_photo": EDITORS,
    "draft_entry": EDITORS,
    "add_photo": EDITORS,
    "remove_photo": EDITORS,
    "accept_warnings": EDITORS,
    "release_photo": KEEPERS,
    "decide_likeness": EDITORS,
    "take_photos": EDITORS,
    "submit_entry": EDITORS,
    "rewrite_entry": EDITORS,
    "return_entry": EDITORS,
    "discard_entry": EDITORS,
    "approve_entry": KEEPERS,
    "amend_entry": EDITORS,
    "merge_entries": EDITORS,
    "part_entries": EDITORS,
    "suspend_entry": KEEPERS,
    "resume_entry": KEEPERS,
    "renew_entry": EDITORS,
    "revoke_entry": KEEPERS,
    "erase_entry": KEEPERS,
    "show_erasure": READERS,
    "reveal_identity": KEEPERS,
    "find_identity": KEEPERS,
    # What is held about somebody who asks (docs/adr/0104).
    "list_access": READERS,
    "ask_access": KEEPERS,
    "approve_access": KEEPERS,
    "withdraw_access": KEEPERS,
    "answer_access": KEEPERS,
    "answer_access_number": KEEPERS,
    # Imports.
    "open_import": EDITORS,
    "list_imports": LIST_READERS,
    "show_import": LIST_READERS,
    "import_people": EDITORS,
    "people_template": LIST_READERS,
    "known_photos": EDITORS,
    "import_photo": EDITORS,
    "check_import": EDITORS,
    "list_items": LIST_READERS,
    "list_likenesses": LIST_READERS,
    "commit_import": EDITORS,
    "approve_import": KEEPERS,
    "undo_import": KEEPERS,
    "discard_import": EDITORS,
    # Rules of the list.
    "list_groups": LIST_READERS,
    "set_group": KEEPERS,
    "show_threshold": READERS,
    "ask_threshold": KEEPERS,
    "approve_threshold": KEEPERS,
    "withdraw_threshold": KEEPERS,
    "show_accuracy": READERS,
    "ask_accuracy": KEEPERS,
    "approve_accuracy": KEEPERS,
    "withdraw_accuracy": KEEPERS,
    "show_reviewers": READERS,
    "ask_reviewers": KEEPERS,
    "approve_reviewers": KEEPERS,
    "withdraw_reviewers": KEEPERS,
    "show_models": READERS,
    "start_roll": KEEPERS,
    "finish_roll": KEEPERS,
    "ask_switch": KEEPERS,
    "approve_switch": KEEPERS,
    "withdraw_switch": KEEPERS,
    "list_reviews": READERS,
    # Lists of other hospitals that were joined.
    "list_subscriptions": READERS,
    "join_list": KEEPERS,
    "approve_joining": KEEPERS,
    "show_answer": READERS,
    "accept_publisher_key": KEEPERS,
    "repair_list": KEEPERS,
    "suspend_list": KEEPERS,
    "resume_list": KEEPERS,
    "leave_list": KEEPERS,
    # Matchers and keys.
    "show_liveness": LIST_READERS,
    "list_matchers": READERS,
    "end_matcher": ADMINISTRATORS,
    "reconcile_list": ADMINISTRATORS,
    "show_reconciliation": READERS,
    "verify_keys": AUDIT_READERS,
    "rewrap_keys": ADMINISTRATORS,
    # Lists for other hospitals: the publisher's.
    "list_lists": READERS,
    "publish_list": KEEPERS,
    "show_sharing": READERS,
    "refill_list": KEEPERS,
    "invite_hospital": KEEPERS,
    "approve_invitation": KEEPERS,
    "show_invitation": KEEPERS,
    "admit_hospital": KEEPERS,
    "approve_admission": KEEPERS,
    "remove_hospital": KEEPERS,
    "accept_hospital_keys": KEEPERS,
    "share_entry": KEEPERS,
    "approve_share": KEEPERS,
    "withdraw_share": KEEPERS,
    "close_for": KEEPERS,
    "approve_closing": KEEPERS,
    # Who one is, and one's own devices: everybody's, and those of the accounts that one keeps.
    "offer_proof": EVERYBODY,
    "prove": EVERYBODY,
    "prove_by_oidc": EVERYBODY,
    "offer_passkey": EVERYBODY,
    "add_passkey": EVERYBODY,
    "remove_passkey": EVERYBODY,
    "show_account": EVERYBODY,
    "name_device": EVERYBODY,
    "end_device": EVERYBODY,
    "lose_devices": EVERYBODY,
    # Accounts.
    "list_accounts": READERS,
    "list_sessions": READERS,
    "account_history": AUDIT_READERS,
    "make_code": KEEPERS,
    "add_account": ADMINISTRATORS,
    "change_account": ADMINISTRATORS,
    "disable_account": ADMINISTRATORS,
    "enable_account": ADMINISTRATORS,
    # The audit: read, taken along as a file, and its chain recomputed (docs/adr/0103).
    "read_audit": AUDIT_READERS,
    "export_audit": AUDIT_READERS,
    "verify_audit": AUDIT_READERS,
}


def may(role: str) -> list[str]:
    """The operations that an account of *role* may call, by name."""
    return sorted(name for name, allowed in ALLOWED.items() if role in allowed)


def refusal(role: str, operation: str) -> str:
    """Why an account of *role* is refused an operation, in words."""
    return f"this is not for a {role}; it takes: {' or '.join(sorted(ALLOWED[operation]))}"

"""Who may do what: one row for each operation, those of the alerts service and those of the desk.

The gate of the HTTP interface, the desk's front, the OpenAPI document and the buttons of the page all read this table.
An operation that is missing here cannot be served.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account is for."""

    GUARD = "guard"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


EVERYBODY: Final = frozenset(Role)
# An auditor reads the record: no face, and nothing that changes an incident or the list.
RESPONDERS: Final = EVERYBODY - {Role.AUDITOR}
KEEPERS: Final = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
READERS: Final = KEEPERS | {Role.AUDITOR}
SUPERVISORS: Final = frozenset({Role.SUPERVISOR})
ADMINISTRATORS: Final = frozenset({Role.ADMINISTRATOR})

# Served without a session.
PUBLIC: Final = frozenset({"open_session", "openapi", "note_receipt"})

ALLOWED: Final[Mapping[str, frozenset[Role]]] = {
    # One's own session, and whether alerts arrive.
    "end_session": EVERYBODY,
    "me": EVERYBODY,
    "stream_events": EVERYBODY,
    "list_sites": EVERYBODY,
    "show_matching": EVERYBODY,
    "set_matching": SUPERVISORS,
    # Whether alerts work, and which cameras are missed when they are silent.
    "show_state": EVERYBODY,
    "expect_camera": KEEPERS,
    # Incidents.
    "list_incidents": EVERYBODY,
    "show_incident": EVERYBODY,
    "show_picture": RESPONDERS,
    "respond": RESPONDERS,
    "review": RESPONDERS,
    "show_details": SUPERVISORS,
    # How alerts reach people.
    "push_key": RESPONDERS,
    "show_subscription": RESPONDERS,
    "subscribe": RESPONDERS,
    "unsubscribe": RESPONDERS,
    "test_push": RESPONDERS,
    "show_duty": EVERYBODY,
    "set_duty": RESPONDERS,
    "list_channels": READERS,
    "set_channel": ADMINISTRATORS,
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
    "cards": EVERYBODY,
    "card_picture": RESPONDERS,
    # Entries.
    "list_categories": READERS,
    "list_entries": READERS,
    "show_entry": READERS,
    "show_history": READERS,
    "show_photo": KEEPERS,
    "draft_entry": KEEPERS,
    "add_photo": KEEPERS,
    "remove_photo": KEEPERS,
    "accept_warnings": KEEPERS,
    "release_photo": KEEPERS,
    "decide_likeness": KEEPERS,
    "take_photos": KEEPERS,
    "submit_entry": KEEPERS,
    "discard_entry": KEEPERS,
    "approve_entry": KEEPERS,
    "suspend_entry": KEEPERS,
    "resume_entry": KEEPERS,
    "renew_entry": KEEPERS,
    "revoke_entry": KEEPERS,
    "erase_entry": KEEPERS,
    "show_erasure": READERS,
    "reveal_identity": KEEPERS,
    "find_identity": KEEPERS,
    # Imports.
    "open_import": KEEPERS,
    "list_imports": READERS,
    "show_import": READERS,
    "import_people": KEEPERS,
    "people_template": READERS,
    "known_photos": KEEPERS,
    "import_photo": KEEPERS,
    "check_import": KEEPERS,
    "list_items": READERS,
    "list_likenesses": READERS,
    "commit_import": KEEPERS,
    "approve_import": KEEPERS,
    "undo_import": KEEPERS,
    "discard_import": KEEPERS,
    # Rules of the list.
    "list_groups": READERS,
    "set_group": KEEPERS,
    "show_threshold": READERS,
    "ask_threshold": KEEPERS,
    "approve_threshold": KEEPERS,
    "withdraw_threshold": KEEPERS,
    "list_reviews": READERS,
    # Matchers and keys.
    "show_liveness": READERS,
    "list_matchers": READERS,
    "end_matcher": ADMINISTRATORS,
    "reconcile_list": ADMINISTRATORS,
    "show_reconciliation": READERS,
    "verify_keys": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    "rewrap_keys": ADMINISTRATORS,
}


def may(role: str) -> list[str]:
    """The operations that an account of *role* may call, by name."""
    return sorted(name for name, allowed in ALLOWED.items() if role in allowed)


def refusal(role: str, operation: str) -> str:
    """Why an account of *role* is refused an operation, in words."""
    return f"this is not for a {role}; it takes: {' or '.join(sorted(ALLOWED[operation]))}"
